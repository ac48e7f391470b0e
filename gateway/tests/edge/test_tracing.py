"""What the gateway tells a collector: a real Envoy, and a real OTLP receiver."""

import pytest
from msgspec.structs import replace

from chassis.testing.otlp import OtlpReceiver
from gateway.config import EnvoySettings
from gateway.envoy import render

from .neighbours import AnotherEdge, Eventually, Neighbour
from .portal import Portal

LOGIN = "portico.identity.v1.SessionsService/Login"
TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


async def test_a_call_goes_on_in_the_gateways_span(
    settings: EnvoySettings, another_edge: AnotherEdge, identity: Neighbour, eventually: Eventually
) -> None:
    """OP-04: the gateway continues a client's trace; its span has the RPC's name, and the service is its child."""
    with OtlpReceiver() as collector:
        async with another_edge(replace(settings, otlp_endpoint=collector.url)) as (rest, _):
            traceparent = f"00-{TRACE}-{PARENT}-01"
            answer = await rest.post("/v1/auth/login", json={}, headers={"traceparent": traceparent})

            async def arrived() -> bool:
                return any(True for _ in collector.spans())

            await eventually(arrived)
        [(service, span)] = collector.spans()
    assert ("gateway", LOGIN) == (service, span.name)
    assert (TRACE, PARENT) == (span.trace_id.hex(), span.parent_span_id.hex())
    assert f"00-{TRACE}-{span.span_id.hex()}-01" == identity.received[0].metadata["traceparent"]
    tags = {tag.key: tag.value.string_value for tag in span.attributes}
    assert answer.headers["x-request-id"] == tags["guid:x-request-id"]


async def test_a_page_is_the_portals_span_and_no_path(
    settings: EnvoySettings, another_edge: AnotherEdge, portal: Portal, eventually: Eventually
) -> None:
    """OP-04: the span of a page is named `portal`, and the portal goes on with it."""
    with OtlpReceiver() as collector:
        async with another_edge(replace(settings, otlp_endpoint=collector.url)) as (rest, _):
            await rest.get("/i/hush?hush=hush", headers={"cookie": "session=hush"})

            async def arrived() -> bool:
                return any(True for _ in collector.spans())

            await eventually(arrived)
        [(_, span)] = collector.spans()
    assert "portal" == span.name
    assert f"00-{span.trace_id.hex()}-{span.span_id.hex()}-01" == portal.received[0].headers["traceparent"]
    assert [] == [body for body in collector.bodies["/v1/traces"] if b"hush" in body]


async def test_a_span_quotes_nothing_that_a_client_sent(
    settings: EnvoySettings, another_edge: AnotherEdge, identity: Neighbour, eventually: Eventually
) -> None:
    """OP-04: no path, query, body or header of a client stands in a span, whether it was served or refused."""
    headers = {"user-agent": "hush", "x-client-trace-id": "hush", "authorization": "Bearer hush", "host": "hush"}
    with OtlpReceiver() as collector:
        async with another_edge(replace(settings, otlp_endpoint=collector.url)) as (rest, _):
            for path, body in (
                ("/v1/auth/login", '{"username": "hush"}'),
                ("/v1/auth/login", '{"username": ["hush"]}'),
                ("/v1/auth/login?hush=hush", "{}"),
                ("/i/hush", "{}"),
            ):
                await rest.post(path, content=body, headers={**headers, "content-type": "application/json"})

            async def arrived() -> bool:
                return len(list(collector.spans())) == 4

            await eventually(arrived)
    assert [] == [body for body in collector.bodies["/v1/traces"] if b"hush" in body]


@pytest.mark.parametrize(("endpoint", "ratio"), [("http://127.0.0.1:9", 1.0), ("", 0.0)])
async def test_without_a_collector_calls_are_served(
    settings: EnvoySettings, another_edge: AnotherEdge, identity: Neighbour, endpoint: str, ratio: float
) -> None:
    """OP-04: a collector that is away, or none at all, changes no answer."""
    async with another_edge(replace(settings, otlp_endpoint=endpoint, trace_ratio=ratio)) as (rest, _):
        assert 200 == (await rest.post("/v1/auth/login", json={})).status_code


async def test_the_ratio_goes_to_the_services(
    settings: EnvoySettings, another_edge: AnotherEdge, identity: Neighbour
) -> None:
    """OP-04: what the gateway does not record, the services are told not to record."""
    with OtlpReceiver() as collector:
        untold = replace(settings, otlp_endpoint=collector.url, trace_ratio=0)
        async with another_edge(untold) as (rest, _):
            await rest.post("/v1/auth/login", json={})
    assert identity.received[0].metadata["traceparent"].endswith("-00")


def test_a_collector_elsewhere_is_refused(settings: EnvoySettings) -> None:
    """OP-04: an address that is not plain HTTP is named before Envoy starts."""
    with pytest.raises(ValueError, match=r"https://otlp\.example is no address"):
        render(replace(settings, otlp_endpoint="https://otlp.example"))
