from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from portico.notifications.v1 import dead_letters_pb2, messages_pb2, requests_pb2
from portico.notifications.v1 import resources_pb2 as pb
from portico.notifications.v1.stub import NotificationsStub

from chassis.call import Role
from chassis.clients import open_channel
from chassis.clock import utc_now
from chassis.db import Database
from chassis.errors import AlreadyExists, Denied, InvalidArgument, NotFound, ServiceError
from chassis.ids import new_id
from chassis.pagination import Pager, PageTokens
from chassis.secrets import KeyedHash
from chassis.testing.grpc import TestPeople, as_service, serving
from notifications.app import servicers
from notifications.dead_letters.deps import Deps
from notifications.providers.domain import Accepted, OutboundMessage, Outcome, Refused
from notifications.sending import storage as sending
from notifications.sending.attempts import Attempts
from notifications.sending.domain import RETRY_WINDOW
from notifications.sending.sender import LEASE
from notifications.shared.domain import Channel, Profile, Request
from notifications.templates.composition import Composer
from services.notifications.tests.world import (
    SEALER,
    composed,
    events_of,
    introduce,
    message_request,
    request_for,
    stored,
)

APPLICATIONS, OPERATOR = as_service("applications"), as_service("operator")


@dataclass(frozen=True)
class Served:
    """Both services of notifications on the network."""

    public: Any
    internal: Any
    deps: Deps


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def served(database: Database, composer: Composer, people: TestPeople) -> AsyncIterator[Served]:
    async def nothing_to_redrive(_: UUID) -> None:
        raise AssertionError

    deps = Deps(
        database=database,
        clock=utc_now,
        ids=new_id,
        pager=Pager(PageTokens(b"\2" * 32)),
        hashes=KeyedHash(b"\1" * 32),
        composer=composer,
        sms_regions=frozenset({"US"}),
        wake=lambda _: None,
        redrive_event=nothing_to_redrive,
    )
    async with serving(*servicers(deps), people=people, service="notifications") as address:
        channel = open_channel(address, server="", credentials=None)
        yield Served(NotificationsStub(channel), NotificationsStub(channel), deps)
        await channel.close()


@pytest.fixture
def request_(composer: Composer) -> Request:
    return request_for(composer.catalogue.template("FAMILY_INVITATION", Channel.EMAIL))


async def _send(served: Served, org_id: UUID, request: Request) -> pb.Message:
    asked = requests_pb2.SendMessageRequest(org_id=str(org_id), message=message_request(request))
    message: pb.Message = await served.internal.SendMessage(asked, metadata=APPLICATIONS)
    return message


async def test_service_sends_a_message(served: Served, org_id: UUID, request_: Request, people: TestPeople) -> None:
    """NT-01: another service asks by RPC, and staff of the organization see the message."""
    request = replace(request_, not_after=utc_now() + timedelta(days=14))
    sent = await _send(served, org_id, request)
    assert (request.address, "en", pb.EMAIL) == (
        sent.recipient.address,
        sent.recipient.language,
        sent.recipient.channel,
    )
    assert (pb.Message.QUEUED, request.reference, 0) == (sent.state, sent.reference, sent.attempt_count)
    assert sent.HasField("next_attempt_time")
    staff = people.metadata(Role.STAFF, org_id=org_id)
    assert sent == await served.public.GetMessage(messages_pb2.GetMessageRequest(message_id=sent.id), metadata=staff)
    assert sent == await _send(served, org_id, request)


@pytest.mark.parametrize(
    ("changes", "error", "reason", "field"),
    [
        ({"template": "NO_SUCH"}, NotFound, "TEMPLATE_NOT_FOUND", None),
        ({"values": {}}, InvalidArgument, "TEMPLATE_VALUES_INVALID", "values.application_number"),
        ({"address": "nowhere"}, InvalidArgument, "RECIPIENT_INVALID", "recipient.address"),
        ({"sealed_values": b"x"}, InvalidArgument, "SEALED_VALUES_UNREADABLE", None),
        ({"supersedes": "a", "reference": "a"}, InvalidArgument, "INVALID_REQUEST", None),
        ({"idempotency_key": ""}, InvalidArgument, "INVALID_REQUEST", "message.idempotency_key"),
    ],
)
async def test_wrong_request_is_refused(
    served: Served,
    org_id: UUID,
    request_: Request,
    changes: dict[str, Any],
    error: type[ServiceError],
    reason: str,
    field: str | None,
) -> None:
    """NT-02: a wrong request is refused with its reason, and the field where there is one."""
    with pytest.raises(error) as refused:
        await _send(served, org_id, replace(request_, **changes))
    assert reason == refused.value.reason
    assert field in (None, *(violation.field for violation in refused.value.violations))


async def test_long_sms_is_refused(served: Served, org_id: UUID, composer: Composer) -> None:
    """NT-02: an SMS of too many parts is refused."""
    template = composer.catalogue.template("TEMPLATE_27", Channel.SMS)
    values = {name: template.sample[name] for name in template.values}
    link = f"https://portico.example/activate/{'x' * 600}"
    request = request_for(template, values=values, sealed_values=SEALER.seal({"link": link}))
    with pytest.raises(InvalidArgument) as refused:
        await _send(served, org_id, request)
    assert "SMS_TOO_LONG" == refused.value.reason


async def test_key_with_another_body_is_refused(served: Served, org_id: UUID, request_: Request) -> None:
    """NT-07: another body under the same key is refused."""
    await _send(served, org_id, request_)
    with pytest.raises(AlreadyExists) as refused:
        await _send(served, org_id, replace(request_, reference="invitations/other"))
    assert "IDEMPOTENCY_KEY_REUSED" == refused.value.reason


async def test_messages_are_listed_in_pages(served: Served, org_id: UUID, people: TestPeople) -> None:
    """NT-11: staff list the messages of their organization newest first, by reference and state, page by page."""
    ids = [str(await stored(served.deps, org_id, reference=f"invitations/{n % 2}")) for n in range(5)]
    await stored(served.deps, new_id(), reference="invitations/0")
    staff = people.metadata(Role.STAFF, org_id=org_id)

    async def listed(**asked: Any) -> tuple[list[str], str]:
        page = await served.public.ListMessages(messages_pb2.ListMessagesRequest(**asked), metadata=staff)
        return [message.id for message in page.messages], page.next_page_token

    assert (ids[::-1], "") == await listed()
    first, token = await listed(page_size=2)
    second, token = await listed(page_size=2, page_token=token)
    third, end = await listed(page_size=2, page_token=token)
    assert (ids[::-1], "") == ([*first, *second, *third], end)
    assert (ids[4::-2], "") == await listed(reference="invitations/0", states=[pb.Message.QUEUED])
    versions = [str(await stored(served.deps, org_id, reference=f"bookings/1/{n}")) for n in (1, 2, 11)]
    plain = str(await stored(served.deps, org_id, reference="bookings/1"))
    for other in ("bookings/11/1", "tasks/1/1", "bookings/1x"):
        await stored(served.deps, org_id, reference=other)
    assert ([plain, *versions[::-1]], "") == await listed(reference="bookings/1")
    assert ([versions[0]], "") == await listed(reference="bookings/1/1")
    newest, more = await listed(reference="bookings/1", page_size=3)
    oldest = await listed(reference="bookings/1", page_size=3, page_token=more)
    assert ([plain, *versions[:0:-1]], ([versions[0]], "")) == (newest, oldest)
    assert ([], "") == await listed(states=[pb.Message.SENT])
    with pytest.raises(InvalidArgument) as refused:
        await listed(page_token=token, reference="invitations/0")
    assert "PAGE_TOKEN_INVALID" == refused.value.reason
    with pytest.raises(InvalidArgument) as refused:
        await listed(states=[pb.Message.STATE_UNSPECIFIED])
    assert ["states[0]"] == [violation.field for violation in refused.value.violations]


async def test_other_organizations_message_is_not_found(served: Served, org_id: UUID, people: TestPeople) -> None:
    """NT-11: another organization's message does not exist."""
    message_id = await stored(served.deps, org_id)
    stranger = people.metadata(Role.STAFF_ADMIN, org_id=new_id())
    with pytest.raises(NotFound) as refused:
        await served.public.GetMessage(messages_pb2.GetMessageRequest(message_id=str(message_id)), metadata=stranger)
    assert "MESSAGE_NOT_FOUND" == refused.value.reason


@pytest.mark.parametrize("role", [Role.CASE_MANAGER, Role.SPECIALIST, Role.FAMILY])
async def test_messages_are_for_staff(served: Served, org_id: UUID, people: TestPeople, role: Role) -> None:
    """NT-11: nobody but staff sees messages."""
    with pytest.raises(Denied):
        await served.public.ListMessages(
            messages_pb2.ListMessagesRequest(), metadata=people.metadata(role, org_id=org_id)
        )


async def test_message_in_hand_has_no_next_attempt(
    served: Served, org_id: UUID, people: TestPeople, empty_queue: None
) -> None:
    """NT-05: while a sender has a message, no next attempt is shown; when it is sent, subject and masked text are."""
    message_id = await stored(served.deps, org_id)
    now = utc_now()
    [claimed] = await served.deps.database.all(
        sending.CLAIM_MESSAGES,
        channel=Channel.EMAIL,
        now=now,
        stored_before=now,
        limit=8,
        lease_until=now + LEASE,
        takes_over=True,
    )
    staff = people.metadata(Role.STAFF, org_id=org_id)
    asked = messages_pb2.GetMessageRequest(message_id=str(message_id))
    in_hand = await served.public.GetMessage(asked, metadata=staff)
    assert (pb.Message.SENDING, False, "") == (in_hand.state, in_hand.HasField("next_attempt_time"), in_hand.text)

    class Yes:
        async def send(self, outbound: OutboundMessage) -> Outcome:
            return Accepted()

        async def close(self) -> None: ...

    result, _ = await Attempts(served.deps.composer, Yes(), utc_now, new_id).attempt(claimed)
    await served.deps.database.run(sending.RECORD_RESULTS, **sending.result_params([result]))
    sent = await served.public.GetMessage(asked, metadata=staff)
    assert (pb.Message.SENT, True, 2) == (sent.state, sent.HasField("send_time"), sent.text.count("••••"))
    assert "Maple County Childcare: see your application online" == sent.subject


async def test_dead_letters_are_listed_and_put_back(served: Served, org_id: UUID, empty_queue: None) -> None:
    """NT-06: operators list dead letters page by page and put them back; what is none is not found."""
    ids = [await stored(served.deps, org_id) for _ in range(3)]
    now = utc_now()
    claimed = await served.deps.database.all(
        sending.CLAIM_MESSAGES,
        channel=Channel.EMAIL,
        now=now,
        stored_before=now,
        limit=8,
        lease_until=now + LEASE,
        takes_over=True,
    )
    almost_a_day_later = now + RETRY_WINDOW - timedelta(seconds=1)

    class Busy:
        async def send(self, outbound: OutboundMessage) -> Outcome:
            return Refused("451 busy", is_permanent=False)

        async def close(self) -> None: ...

    attempts = Attempts(served.deps.composer, Busy(), lambda: almost_a_day_later, new_id)
    results = [(await attempts.attempt(message))[0] for message in claimed]
    await served.deps.database.run(sending.RECORD_RESULTS, **sending.result_params(results))

    async def listed(**asked: Any) -> dead_letters_pb2.ListDeadLettersResponse:
        request = dead_letters_pb2.ListDeadLettersRequest(org_id=str(org_id), **asked)
        page: dead_letters_pb2.ListDeadLettersResponse = await served.internal.ListDeadLetters(
            request, metadata=OPERATOR
        )
        return page

    first = await listed(page_size=2)
    second = await listed(page_size=2, page_token=first.next_page_token)
    letters = [*first.dead_letters, *second.dead_letters]
    assert ({str(message_id) for message_id in ids}, "") == ({letter.id for letter in letters}, second.next_page_token)
    assert {"451 busy"} == {letter.reason for letter in letters}
    request = dead_letters_pb2.RedriveDeadLetterRequest(org_id=str(org_id), dead_letter_id=str(ids[0]))
    put_back = await served.internal.RedriveDeadLetter(request, metadata=OPERATOR)
    assert (f"messages/{ids[0]}", True) == (put_back.source, put_back.HasField("redrive_time"))
    request.org_id = str(new_id())
    with pytest.raises(NotFound) as refused:
        await served.internal.RedriveDeadLetter(request, metadata=OPERATOR)
    assert "DEAD_LETTER_NOT_FOUND" == refused.value.reason


@pytest.mark.parametrize("peer", ["gateway", "operator", "portal"])
async def test_only_services_ask_for_messages(served: Served, org_id: UUID, request_: Request, peer: str) -> None:
    """NT-01: only the services that write to people may ask for messages."""
    asked = requests_pb2.SendMessageRequest(org_id=str(org_id), message=message_request(request_))
    with pytest.raises(Denied):
        await served.internal.SendMessage(asked, metadata=as_service(peer))


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.SMS])
async def test_message_is_rendered_as_it_would_be_sent(
    served: Served, org_id: UUID, channel: Channel, language: str
) -> None:
    """AP-12: a rendered message is what its recipient would read, in the organization's name; nothing is stored."""
    await introduce(served.deps.database, org_id, name="Maple County", phone="+13125550100")
    template = served.deps.composer.catalogue.template("FAMILY_INVITATION", channel)
    request = request_for(template, language=language)
    profile = Profile(name="Maple County", phone="+13125550100")
    values = {**request.values, **{name: template.sample[name] for name in template.sealed}}
    asked = _render(org_id, channel, language, values)
    rendered = await served.internal.RenderMessage(asked, metadata=APPLICATIONS)
    sent = composed(served.deps.composer, request, profile=profile)
    assert (sent.subject, sent.segment_count) == (rendered.subject, rendered.segment_count)
    assert template.sample["link"] in rendered.text
    masked = rendered.text
    for secret in sorted(sent.secrets, key=len, reverse=True):
        masked = masked.replace(secret, "••••")
    assert sent.text == masked
    assert "Maple County" in rendered.subject + rendered.text
    assert [] == await events_of(served.deps.database, org_id)


@pytest.mark.parametrize(
    ("changes", "error", "reason"),
    [
        ({"template": "NO_SUCH"}, NotFound, "TEMPLATE_NOT_FOUND"),
        ({"values": {}}, InvalidArgument, "TEMPLATE_VALUES_INVALID"),
        ({"values": {"link": f"https://portico.example/{'x' * 900}"}}, InvalidArgument, "SMS_TOO_LONG"),
        ({"language": ""}, InvalidArgument, "INVALID_REQUEST"),
    ],
)
async def test_message_that_cannot_be_rendered_is_refused(
    served: Served, org_id: UUID, changes: dict[str, Any], error: type[ServiceError], reason: str
) -> None:
    """AP-12: who asks for a message that could not be sent is told why."""
    sample = served.deps.composer.catalogue.template("FAMILY_INVITATION", Channel.SMS).sample
    asked = _render(org_id, Channel.SMS, "en", sample)
    for name, value in changes.items():
        if name == "values":
            asked.values.update(value) if value else asked.values.clear()
        else:
            setattr(asked, name, value)
    with pytest.raises(error) as refused:
        await served.internal.RenderMessage(asked, metadata=APPLICATIONS)
    assert reason == refused.value.reason


def _render(org_id: UUID, channel: Channel, language: str, values: Mapping[str, str]) -> Any:
    return requests_pb2.RenderMessageRequest(
        org_id=str(org_id),
        template="FAMILY_INVITATION",
        channel=pb.Channel.ValueType(channel),
        language=language,
        values=values,
    )
