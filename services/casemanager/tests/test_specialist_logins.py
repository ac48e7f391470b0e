"""Logins of specialists, beside an identity that keeps them."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from portico.casemanager.v1 import profile_pb2
from portico.casemanager.v1 import specialists_pb2 as pb
from portico.casemanager.v1.stub import CasemanagerStub

from casemanager.app import servicers
from chassis.clients import open_channel
from chassis.errors import Aborted, AlreadyExists, Conflict, Exhausted, NotFound, Unavailable
from chassis.ids import new_id
from chassis.testing import eventually
from chassis.testing.grpc import serving
from identity.login_users.domain import State
from identity.login_users.usecases import by_id
from services.casemanager.tests.doctors import Doctors
from services.casemanager.tests.practice import hours
from services.casemanager.tests.world import World, actions, status

ENABLE, DISABLE = "EnableSpecialistLogin", "DisableSpecialistLogin"
RESEND, RESET = "ResendSpecialistActivation", "SendSpecialistPasswordReset"
DEACTIVATE, ACTIVATE = "DeactivateSpecialist", "ActivateSpecialist"


@pytest.fixture
def doctors(world: World) -> Doctors:
    return Doctors.of(world)


async def at_identity(doctors, specialist):
    """How the login stands at identity."""
    user = await by_id(doctors.world.org_id, UUID(specialist.login.account_id)).load(doctors.world.identity)
    assert user is not None
    return user.state


async def me(doctors, specialist):
    """What the specialist sees of themselves."""
    request = profile_pb2.GetMySpecialistProfileRequest()
    return await doctors.practice.call("GetMySpecialistProfile", request, doctors.metadata(specialist))


async def test_a_login_is_enabled_and_its_activation_is_on_its_way(doctors: Doctors) -> None:
    """CM-06: enabling makes the account, and identity sends TEMPLATE_26; twice is as once, and nothing is offered."""
    specialist = await doctors.new(language="es")
    assert ("NONE", ["ENABLE"]) == (status(specialist), actions(specialist))
    enabled = await doctors.say(ENABLE, specialist)
    assert ("ACTIVATION_SENT", ["RESEND_ACTIVATION", "DISABLE"]) == (status(enabled), actions(enabled))
    await doctors.world.hear()
    assert (await doctors.get(specialist)).login.HasField("activation_expire_time")
    repeated = await doctors.say(ENABLE, specialist)
    assert enabled.login.account_id == repeated.login.account_id
    [mail] = await doctors.world.mails()
    assert ("TEMPLATE_26", "es", specialist.email) == (
        mail.template,
        mail.recipient.language,
        mail.recipient.address,
    )
    assert "Rui Zhang" == mail.values["display_name"]


async def test_one_request_id_enables_once(doctors: Doctors) -> None:
    """CM-06: ten calls with one request id are one login, one activation and one answer; who loses comes again."""
    specialist = await doctors.new()
    await at_once(doctors, ENABLE, specialist)
    assert 1 == len(await doctors.world.mails())
    assert ["specialist.created", "specialist.updated"] == await doctors.practice.subjects()


async def at_once(doctors, name, specialist):
    """The one answer of ten calls with one request id, and of one that comes after them."""
    call = partial(doctors.say, name, specialist, request_id=str(new_id()))
    outcomes = await asyncio.gather(*(call() for _ in range(10)), return_exceptions=True)
    answer = await call()
    assert {Aborted, type(answer)} >= {type(outcome) for outcome in outcomes}
    assert [] == [outcome for outcome in outcomes if not isinstance(outcome, Aborted) and answer != outcome]
    return answer


async def test_a_login_without_an_address(doctors: Doctors) -> None:
    """CM-06: without an email there is nothing to enable."""
    specialist = await doctors.new(email="")
    assert [] == actions(specialist)
    with pytest.raises(Conflict, match="EMAIL_MISSING"):
        await doctors.say(ENABLE, specialist)


async def test_an_address_that_another_login_has(doctors: Doctors) -> None:
    """CM-06: somebody else's address is refused with which specialist has it; a case manager is not named as one."""
    first, colleague = await doctors.active(), await doctors.world.active()
    await doctors.practice.call(
        "UpdateSpecialist",
        pb.UpdateSpecialistRequest(
            specialist_id=first.id, specialist=pb.SpecialistPatch(email=f"{new_id().hex}@clinic.example")
        ),
    )
    for login, specialist_id in ((first.login, first.id), (colleague.login, "")):
        other = await doctors.new(email=login.username)
        with pytest.raises(AlreadyExists, match="USERNAME_TAKEN") as refused:
            await doctors.say(ENABLE, other)
        assert {"account_id": login.account_id, "specialist_id": specialist_id} == refused.value.metadata
        assert "NONE" == status(await doctors.get(other))
    person = await doctors.world.case_manager(email=first.login.username)
    with pytest.raises(AlreadyExists, match="USERNAME_TAKEN") as refused:
        await doctors.world.enable(person)
    assert "" == refused.value.metadata["case_manager_id"]


async def test_disabled_and_enabled(doctors: Doctors) -> None:
    """CM-06, CM-15: who is disabled, here or in Login Users, sees nothing from the next call on, and then all again."""
    specialist = await doctors.active()
    assert specialist.id == (await me(doctors, specialist)).id
    off = await doctors.say(DISABLE, specialist)
    assert ("DISABLED", ["ENABLE"]) == (status(off), actions(off))
    assert State.DISABLED is await at_identity(doctors, specialist)
    with pytest.raises(NotFound, match="SPECIALIST_NOT_FOUND"):
        await me(doctors, specialist)
    on = await doctors.say(ENABLE, specialist)
    assert ("ACTIVE", specialist.login.account_id) == (status(on), on.login.account_id)
    assert specialist.id == (await me(doctors, specialist)).id
    await doctors.world.disable_elsewhere(specialist)
    await doctors.world.hear()
    assert "DISABLED" == status(await doctors.get(specialist))
    with pytest.raises(NotFound, match="SPECIALIST_NOT_FOUND"):
        await me(doctors, specialist)
    assert 1 == len(await doctors.world.mails())


async def test_deactivation_takes_the_login_along(doctors: Doctors) -> None:
    """CM-06: one command takes a specialist out of service with their login, and one brings both back."""
    specialist = await doctors.active()
    out = await doctors.say(DEACTIVATE, specialist)
    assert ("DISABLED", [], out.INACTIVE) == (status(out), actions(out), out.account_status)
    assert State.DISABLED is await at_identity(doctors, specialist)
    with pytest.raises(NotFound, match="SPECIALIST_NOT_FOUND"):
        await me(doctors, specialist)
    with pytest.raises(Conflict, match="SPECIALIST_INACTIVE"):
        await doctors.say(ENABLE, specialist)
    assert "DISABLED" == status(await doctors.say(DEACTIVATE, specialist))
    assert "ACTIVE" == status(await doctors.say(ACTIVATE, specialist))
    assert State.ACTIVE is await at_identity(doctors, specialist)
    assert specialist.id == (await me(doctors, specialist)).id


async def test_a_login_that_was_off_stays_off(doctors: Doctors) -> None:
    """CM-06: whose login was disabled before comes back without it, and who has none gets none."""
    specialist, other = await doctors.say(DISABLE, await doctors.active()), await doctors.new()
    for each, expected in ((specialist, "DISABLED"), (other, "NONE")):
        await doctors.say(DEACTIVATE, each)
        assert expected == status(await doctors.say(ACTIVATE, each))


async def test_one_request_id_deactivates_once(doctors: Doctors) -> None:
    """CM-06: ten calls with one request id disable the login once, with one answer; who loses too often comes again."""
    specialist = await doctors.active()
    answer = await at_once(doctors, DEACTIVATE, specialist)
    assert ("DISABLED", State.DISABLED) == (status(answer), await at_identity(doctors, specialist))


async def test_a_booking_ahead_keeps_the_login(doctors: Doctors) -> None:
    """CM-06: a deactivation that is refused leaves the login as it is."""
    specialist = await doctors.active()
    tomorrow = doctors.world.clock() + timedelta(days=2)
    assert await doctors.practice.take(specialist, *hours(tomorrow, 9, 10))
    with pytest.raises(Conflict, match="BOOKINGS_IN_THE_WAY"):
        await doctors.say(DEACTIVATE, specialist)
    assert ("ACTIVE", State.ACTIVE) == (
        status(await doctors.get(specialist)),
        await at_identity(doctors, specialist),
    )


class _Meanwhile:
    """identity, while something else happens before it answers that a login is disabled."""

    def __init__(self, identity: Any, happen: Any) -> None:
        self._identity, self._happen = identity, happen

    def __getattr__(self, name: str) -> Any:
        return getattr(self._identity, name)

    async def DisableAccount(self, request: Any) -> Any:
        account = await self._identity.DisableAccount(request)
        await self._happen()
        return account


async def elsewhere(doctors, specialist, happen):
    """Deactivates the specialist in a process whose identity is slow, and what comes of it."""
    identity: Any = _Meanwhile(doctors.world.deps.identity, happen)
    async with serving(
        *servicers(replace(doctors.world.deps, identity=identity)), people=doctors.world.people
    ) as address:
        channel = open_channel(address, server="", credentials=None)
        stub: Any = CasemanagerStub(channel)
        slow = replace(doctors, practice=replace(doctors.practice, stub=stub))
        try:
            return await slow.say(DEACTIVATE, specialist)
        finally:
            await channel.close()


async def test_who_is_booked_while_identity_disables_keeps_the_login(doctors: Doctors) -> None:
    """CM-06: a booking between identity's answer and the save refuses the deactivation, and the login is back."""
    specialist = await doctors.active()
    tomorrow = doctors.world.clock() + timedelta(days=2)

    async def happen() -> None:
        await doctors.practice.take(specialist, *hours(tomorrow, 9, 10))

    with pytest.raises(Conflict, match="BOOKINGS_IN_THE_WAY"):
        await elsewhere(doctors, specialist, happen)
    assert State.ACTIVE is await at_identity(doctors, specialist)
    await doctors.world.hear()
    assert "ACTIVE" == status(await doctors.get(specialist))
    assert "DISABLED" == status(await doctors.say(DISABLE, specialist))


async def test_who_changes_while_identity_disables_is_deactivated(doctors: Doctors) -> None:
    """CM-06: a change between identity's answer and the save is kept, and the deactivation goes on from it."""
    specialist = await doctors.active()
    request = pb.UpdateSpecialistRequest(specialist_id=specialist.id, specialist=pb.SpecialistPatch(note="On leave"))
    changes = iter([request])

    async def happen() -> None:
        for change in changes:
            await doctors.practice.call("UpdateSpecialist", change)

    out = await elsewhere(doctors, specialist, happen)
    assert (out.INACTIVE, "On leave", "DISABLED") == (out.account_status, out.note, status(out))
    assert State.DISABLED is await at_identity(doctors, specialist)


async def test_the_activation_is_sent_once_more(doctors: Doctors) -> None:
    """CM-06: while it waits for its password; then no longer, with what fits."""
    specialist = await doctors.say(ENABLE, await doctors.new())
    await doctors.say(RESEND, specialist)
    assert ["TEMPLATE_26"] * 2 == [mail.template for mail in await doctors.world.mails()]
    with pytest.raises(Conflict, match="ACTION_NOT_ALLOWED") as refused:
        await doctors.say(RESEND, await doctors.active())
    assert "RESET_PASSWORD,DISABLE" == refused.value.metadata["allowed_actions"]


async def test_a_password_is_reset(doctors: Doctors) -> None:
    """CM-06: in ACTIVE alone; the budget of identity counts."""
    with pytest.raises(Conflict, match="ACTION_NOT_ALLOWED"):
        await doctors.say(RESET, await doctors.new())
    specialist = await doctors.active()
    for _ in range(3):
        await doctors.say(RESET, specialist)
    assert "RESET_PASSWORD" == (await doctors.world.mails())[-1].template
    with pytest.raises(Exhausted, match="RESET_LIMIT_REACHED") as refused:
        await doctors.say(RESET, specialist)
    assert refused.value.retry_after is not None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (ENABLE, "ACTIVATION_SENT"),
        (DISABLE, "DISABLED"),
        (RESEND, "ACTIVATION_SENT"),
        (RESET, "ACTIVE"),
        (DEACTIVATE, "DISABLED"),
        (ACTIVATE, "ACTIVE"),
    ],
)
async def test_identity_is_away(doctors: Doctors, neighbour, away, name: str, expected: str) -> None:
    """CM-06: DEPENDENCY_UNAVAILABLE, nothing changed, and the repeated call does it once identity is back."""
    match name:
        case "EnableSpecialistLogin":
            specialist = await doctors.new()
        case "ResendSpecialistActivation":
            specialist = await doctors.say(ENABLE, await doctors.new())
        case "ActivateSpecialist":
            specialist = await doctors.say(DEACTIVATE, await doctors.active())
        case _:
            specialist = await doctors.active()
    before, request_id = (await doctors.get(specialist), await doctors.practice.subjects()), str(new_id())
    await away()
    with pytest.raises(Unavailable, match="DEPENDENCY_UNAVAILABLE"):
        await doctors.say(name, specialist, request_id=request_id)
    assert before == (await doctors.get(specialist), await doctors.practice.subjects())
    await neighbour.start()

    async def repeated() -> Any:
        try:
            return await doctors.say(name, specialist, request_id=request_id)
        except Unavailable:  # gRPC has not connected anew yet
            return None

    assert expected == status(await eventually(repeated))


async def test_specialists_are_listed_by_their_accounts(doctors: Doctors) -> None:
    """CM-06: staff find whose logins these are; case managers learn nothing of it."""
    one, other = await doctors.active(family_name="One"), await doctors.active(family_name="Other")
    await doctors.new(family_name="Without")
    request = pb.ListSpecialistsRequest(account_ids=[one.login.account_id, str(new_id())])
    found = (await doctors.practice.call("ListSpecialists", request)).specialists
    assert [one] == list(found)
    seen = await doctors.practice.call("ListSpecialists", request, await doctors.practice.case_manager())
    assert ["One", "Other", "Without"] == [each.family_name for each in seen.specialists]
    assert not any(each.HasField("login") for each in seen.specialists)
    mine = await doctors.practice.call("ListSpecialists", pb.ListSpecialistsRequest(), doctors.metadata(other))
    assert ["Other"] == [each.family_name for each in mine.specialists]
