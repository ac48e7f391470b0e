import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from portico_errors.notifications import (
    IdempotencyKeyReused,
    RecipientInvalid,
    RecipientLimitReached,
    RegionNotAllowed,
    TemplateValuesInvalid,
)

from chassis.db import Database
from chassis.errors import ServiceError
from chassis.ids import new_id
from chassis.testing import FakeClock
from notifications.dead_letters.deps import Deps
from notifications.messages.domain import Message, State
from notifications.messages.usecases import get_message
from notifications.requests.domain import BURST, DAY
from notifications.requests.usecases.single import send_message
from notifications.shared.domain import Channel, Request, RequestInvalid, Urgency
from notifications.templates.composition import Composer
from services.notifications.tests.world import SEALER, a_phone_number, events_of, introduce, request_for, row_of, stored

INVITATION = "FAMILY_INVITATION"


@pytest.fixture
def request_(composer: Composer) -> Request:
    return request_for(composer.catalogue.template(INVITATION, Channel.EMAIL))


async def _send(deps: Deps, org_id: UUID, request: Request) -> UUID:
    return await send_message(deps, deps.database, org_id=org_id, request=request)


async def test_message_is_stored_queued_and_told(
    deps: Deps, org_id: UUID, request_: Request, clock: FakeClock, woken: list[Channel]
) -> None:
    """NT-01: a request is stored as it came, its sender is woken, and an event says that it is QUEUED."""
    message_id = await _send(deps, org_id, replace(request_, urgency=Urgency.URGENT, language="es-MX"))
    assert Message(
        org_id=org_id,
        id=message_id,
        template=INVITATION,
        template_version=deps.composer.catalogue.template(INVITATION, Channel.EMAIL).version,
        channel=Channel.EMAIL,
        address=request_.address,
        language="es-MX",
        reference=request_.reference,
        state=State.QUEUED,
        failure_reason="",
        attempt_count=0,
        create_time=clock(),
        send_time=None,
        due_time=clock(),
        subject="",
        text="",
        segment_count=0,
    ) == await get_message(deps, org_id=org_id, message_id=message_id)
    assert [Channel.EMAIL] == woken
    [event] = await events_of(deps.database, org_id)
    assert ("queued", str(message_id), request_.reference, 2) == (
        event.WhichOneof("event"),
        event.message_id,
        event.reference,
        event.version,
    )


async def test_secrets_stay_sealed(deps: Deps, org_id: UUID, request_: Request) -> None:
    """NT-08: what is stored, and what is told, holds the secrets only in their sealed box."""
    message_id = await _send(deps, org_id, request_)
    row = await row_of(deps.database, org_id, message_id)
    assert request_.sealed_values == row.pop("sealed_values")
    told = str(await events_of(deps.database, org_id))
    sample = deps.composer.catalogue.template(INVITATION, Channel.EMAIL).sample
    assert [] == [secret for secret in (sample["link"], sample["code"]) if secret in str(row) or secret in told]


async def test_same_key_gives_the_same_message(deps: Deps, org_id: UUID, request_: Request) -> None:
    """NT-07: the same key with the same body gives the same message, also when the secrets were sealed anew."""
    sample = deps.composer.catalogue.template(INVITATION, Channel.EMAIL).sample
    sealed_again = SEALER.seal({"link": sample["link"], "code": sample["code"]})
    first = await _send(deps, org_id, request_)
    assert first == await _send(deps, org_id, request_)
    assert first == await _send(deps, org_id, replace(request_, sealed_values=sealed_again))
    assert 1 == len(await events_of(deps.database, org_id))


@pytest.mark.parametrize(
    "changes",
    [
        {"address": "other@example.org"},
        {"reference": "invitations/other"},
        {"urgency": Urgency.BULK},
        {"sealed_values": SEALER.seal({"link": "https://portico.example/i/other", "code": "OTHER12345"})},
        {"values": "other"},
    ],
)
async def test_same_key_with_another_body_is_refused(
    deps: Deps, org_id: UUID, request_: Request, changes: dict[str, Any]
) -> None:
    """NT-07: another body under the same key is refused."""
    await _send(deps, org_id, request_)
    if "values" in changes:
        changes = {"values": {**request_.values, "guardian_name": "Bo"}}
    with pytest.raises(IdempotencyKeyReused):
        await _send(deps, org_id, replace(request_, **changes))


async def test_key_belongs_to_its_asker_and_organization(deps: Deps, org_id: UUID, request_: Request) -> None:
    """NT-07: two services, or two organizations, may use the same key."""
    ids = {
        await _send(deps, org_id, request_),
        await _send(deps, org_id, replace(request_, requester="identity")),
        await _send(deps, new_id(), request_),
    }
    assert 3 == len(ids)


async def test_parallel_requests_make_one_message(deps: Deps, org_id: UUID, request_: Request) -> None:
    """NT-07: the same request many times at once makes one message."""
    ids = await asyncio.gather(*(_send(deps, org_id, request_) for _ in range(30)))
    assert 1 == len(set(ids)) == len(await events_of(deps.database, org_id))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"address": "not an address"}, RecipientInvalid),
        ({"address": "josé@example.org"}, RecipientInvalid),
        ({"address": "ana@example.org\r\nRCPT TO:<bo@example.org>"}, RecipientInvalid),
        ({"channel": Channel.SMS, "address": "213 555 0123"}, RecipientInvalid),
        ({"channel": Channel.SMS, "address": "+1"}, RecipientInvalid),
        ({"supersedes": "a", "reference": "a"}, RequestInvalid),
        ({"reference": "a\0b"}, RequestInvalid),
        ({"values": {}}, TemplateValuesInvalid),
    ],
)
async def test_wrong_request_leaves_nothing(
    deps: Deps,
    org_id: UUID,
    request_: Request,
    changes: dict[str, Any],
    expected: type[ServiceError],
    woken: list[Channel],
) -> None:
    """NT-02: what is wrong is refused before anything is stored."""
    with pytest.raises(expected):
        await _send(deps, org_id, replace(request_, **changes))
    assert ([], []) == (await events_of(deps.database, org_id), woken)


async def test_address_is_stored_in_its_one_form(deps: Deps, org_id: UUID, request_: Request) -> None:
    """NT-01: addresses are kept in the form that they are compared and sent in."""
    message_id = await _send(deps, org_id, replace(request_, address=" Ana@BÜCHER.example "))
    message = await get_message(deps, org_id=org_id, message_id=message_id)
    assert "ana@xn--bcher-kva.example" == message.address


@pytest.mark.parametrize("language", ["", "<script>", "x" * 300])
async def test_odd_language_becomes_english(deps: Deps, org_id: UUID, request_: Request, language: str) -> None:
    """NT-01: a language that is no tag is stored as English."""
    message_id = await _send(deps, org_id, replace(request_, language=language))
    assert "en" == (await get_message(deps, org_id=org_id, message_id=message_id)).language


async def test_request_holds_or_falls_with_its_transaction(
    deps: Deps, database: Database, org_id: UUID, request_: Request
) -> None:
    """NT-07: a request is stored in the transaction that acknowledges it; when that fails, nothing is stored."""
    with suppress(RuntimeError):
        async with database.transaction() as tx:
            await send_message(deps, tx, org_id=org_id, request=request_)
            raise RuntimeError
    assert [] == await events_of(database, org_id)
    async with database.transaction() as tx:
        message_id = await send_message(deps, tx, org_id=org_id, request=request_)
    assert State.QUEUED is (await get_message(deps, org_id=org_id, message_id=message_id)).state


async def test_a_phone_gets_so_many_texts(deps: Deps, org_id: UUID, clock: FakeClock) -> None:
    """CASE-S8, NT-10: the sixth text within ten minutes is refused; another phone and a repeated request are not."""
    template = deps.composer.catalogue.template(INVITATION, Channel.SMS)
    first = request_for(template, address=a_phone_number())
    asked = [replace(first, reference=f"invitations/{new_id()}", idempotency_key=str(number)) for number in range(21)]
    ids = [await _send(deps, org_id, each) for each in asked[:5]]
    with pytest.raises(RecipientLimitReached, match="5 text messages within 10 minutes"):
        await _send(deps, org_id, asked[5])
    assert ids == [await _send(deps, org_id, each) for each in asked[:5]]
    await stored(deps, org_id, channel=Channel.SMS)
    for begin in (5, 10, 15):
        clock.advance(BURST)
        assert 5 == len([await _send(deps, org_id, each) for each in asked[begin : begin + 5]])
    clock.advance(BURST)
    with pytest.raises(RecipientLimitReached, match="20 text messages were sent within a day"):
        await _send(deps, org_id, asked[20])
    clock.advance(DAY - 4 * BURST)
    await _send(deps, org_id, asked[20])


async def test_texts_go_to_the_organizations_country(deps: Deps, database: Database) -> None:
    """CASE-S8, NT-10: to its own and those of the setting, by country and not by prefix; a realm of none has all."""
    cuban, dominican, nobody = new_id(), new_id(), new_id()
    for org_id, country in ((cuban, "US"), (cuban, "CU"), (dominican, "DO")):
        await introduce(database, org_id, country=country)
    for org_id, address in ((cuban, "+5351234567"), (nobody, "+5351234567"), (cuban, a_phone_number())):
        await stored(deps, org_id, channel=Channel.SMS, address=address)
    for org_id, address in (
        (cuban, "+18095550123"),
        (nobody, "+16135550123"),
        (dominican, "+5351234567"),
        (nobody, "+447400123456"),
    ):
        with pytest.raises(RegionNotAllowed):
            await stored(deps, org_id, channel=Channel.SMS, address=address)
