"""OP-04: one story, told by the processes themselves to a real OTLP receiver."""

import json

import httpx
import pytest

from chassis.testing.eventually import eventually
from chassis.testing.otlp import OtlpReceiver
from local_stack.external import External
from local_stack.stack import Stack
from tests.e2e.agencies import founded
from tests.e2e.families import Mailbox, Submission, fresh_email, submit
from tests.e2e.people import ADMIN_PASSWORD

pytestmark = pytest.mark.long(seconds=40)

CREATE = "portico.applications.v1.IntakeService/CreateApplication"
GET = "portico.applications.v1.ApplicationsService/GetApplication"
NAMES = ("Xiomara", "Quiñonero")
# OpenTelemetry's own variables; the usual pauses are up to a minute.
SOON = {"OTEL_METRIC_EXPORT_INTERVAL": "1000", "OTEL_BSP_SCHEDULE_DELAY": "200", "OTEL_BLRP_SCHEDULE_DELAY": "200"}


@pytest.fixture(scope="module")
def collector():
    with OtlpReceiver() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def told_stack(collector, tmp_path_factory):
    """A stack of its own, whose processes tell the collector everything."""
    external = External(otlp_endpoint=collector.url)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in SOON.items():
            patch.setenv(name, value)
        with Stack(tmp_path_factory.mktemp("told"), external=external) as stack:
            yield stack


@pytest.fixture(scope="module")
def told_agency(told_stack):
    return founded(told_stack)


def ways_to(name, collector):
    """From the gateway to each span of that name: service and span of every step that arrived."""
    spans = {span.span_id: (service, span) for service, span in collector.spans()}
    for last in [(service, span) for service, span in spans.values() if span.name == name]:
        way = [last]
        while way[0][1].parent_span_id in spans:
            way.insert(0, spans[way[0][1].parent_span_id])
        yield way


async def test_one_trace_from_the_gateway_to_smtp(told_stack, told_agency, collector):
    """OP-04: a submission and its email are one trace: gateway, service, consumer, SMTP, each the next one's parent."""
    mailbox = Mailbox(told_stack, fresh_email())
    submit(told_agency, Submission(email=mailbox.contact))
    mailbox.text()
    expected = [
        ("gateway", CREATE),
        ("applications", CREATE),
        ("notifications", "portico.notifications.v1.MessageRequest consume"),
        ("notifications", "smtp send"),
    ]

    def whole():
        ways = ways_to("smtp send", collector)
        return [way for way in ways if expected == [(service, span.name) for service, span in way]]

    [way, *_] = await eventually(whole, timeout=20)
    assert 1 == len({span.trace_id for _, span in way})
    assert not way[0][1].parent_span_id


async def test_what_is_measured(told_stack, told_agency, collector):
    """OP-04: calls, the outbox, the streams, dead letters and the provider are measured, each by its service."""
    mailbox = Mailbox(told_stack, fresh_email())
    submit(told_agency, Submission(email=mailbox.contact))
    mailbox.text()
    expected = {
        ("applications", "rpc.server.duration", "s"),
        ("applications", "outbox.age", "s"),
        ("applications", "dead_letters", "{event}"),
        ("applications", "revocations.unknown", ""),
        ("notifications", "consumer.lag", "{event}"),
        ("notifications", "notifications.attempt.duration", "s"),
    }
    await eventually(
        lambda: expected <= {(service, metric.name, metric.unit) for service, metric in collector.metrics()}, timeout=20
    )


@pytest.fixture
def mail_is_away(told_stack):
    told_stack.kill("mail")
    yield
    told_stack.start("mail")


@pytest.mark.usefixtures("mail_is_away")
async def test_a_log_line_knows_its_trace(told_agency, collector):
    """OP-04: what notifications says of a failed attempt stands in the trace of the submission."""
    submit(told_agency, Submission(email=fresh_email()))

    def refusal():
        return next((record for _, record in collector.logs() if "message.refused" in record.body.string_value), None)

    record = await eventually(refusal, timeout=20)
    assert record.trace_id.hex() == json.loads(record.body.string_value)["trace_id"]
    await eventually(
        lambda: (
            ("applications", CREATE)
            in {(service, span.name) for service, span in collector.spans() if span.trace_id == record.trace_id}
        )
    )


async def test_nothing_personal_is_told(told_stack, told_agency, collector):
    """OP-04: no contact, name, token, code or password stands in a span, a metric or a log line."""
    mailbox = Mailbox(told_stack, fresh_email())
    application = submit(told_agency, Submission(email=mailbox.contact, names=NAMES))
    told_agency.admin.get(f"/v1/applications?query={NAMES[0]}")
    token, code = mailbox.link("i"), mailbox.code()
    async with httpx.AsyncClient(base_url=told_stack.gateway, trust_env=False) as browser:
        (await browser.get(f"/i/{token}?code={code}")).raise_for_status()
    told_agency.admin.get(f"/v1/applications/{application['id']}")
    told_of = {("gateway", GET), ("portal", "GET /i/{token}")}
    await eventually(lambda: told_of <= {(service, span.name) for service, span in collector.spans()})
    secrets = [mailbox.contact, *NAMES, token, code, told_agency.username, ADMIN_PASSWORD]
    secrets += told_agency.admin.tokens["accessToken"], told_agency.admin.tokens["refreshToken"], "python-httpx"
    told = b"".join(body for bodies in collector.bodies.values() for body in bodies)
    assert [] == [secret for secret in secrets if secret.encode() in told]
