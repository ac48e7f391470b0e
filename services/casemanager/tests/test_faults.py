"""What happens to logins when identity is away, a process dies, or two do something at once."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from portico.casemanager.v1 import case_manager_logins_pb2 as pb
from portico.casemanager.v1 import case_managers_pb2
from portico.casemanager.v1 import resources_pb2 as res
from portico.casemanager.v1.stub import CasemanagerStub

from casemanager.app import servicers
from casemanager.case_managers.storage import SAVE_CASE_MANAGER
from chassis.clients import open_channel
from chassis.errors import Aborted, Conflict, ServiceError, Unavailable
from chassis.ids import new_id
from chassis.testing import eventually
from chassis.testing.grpc import serving
from identity.login_users.domain import State
from identity.login_users.usecases import by_id
from identity.resets.usecases.passwords import activate_account
from services.casemanager.tests.offers import NO, YES, answer, check, newest_token, offer
from services.casemanager.tests.world import PASSWORD, STRANGER, World, status, token_in

HERE = {State.PENDING_ACTIVATION: "ACTIVATION_SENT", State.ACTIVE: "ACTIVE", State.DISABLED: "DISABLED"}


async def truth(world: World, person: res.CaseManager) -> str:
    """How the login stands at identity, in the words of casemanager."""
    user = await by_id(world.org_id, UUID(person.login.account_id)).load(world.identity)
    assert user is not None
    return HERE[user.state]


def call_of(name: str, person: res.CaseManager) -> Any:
    """A request that can be repeated."""
    module = case_managers_pb2 if name.startswith(("Activate", "Deactivate")) else pb
    return getattr(module, f"{name}Request")(case_manager_id=person.id, request_id=str(new_id()))


class Dying:
    """The database of a process that dies once, before it saves a case manager."""

    def __init__(self, database: Any) -> None:
        self._database = database
        self.has_died = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    async def first(self, stmt: Any, /, **params: Any) -> Any:
        if stmt is SAVE_CASE_MANAGER and not self.has_died:
            self.has_died = True
            raise ConnectionError
        return await self._database.first(stmt, **params)


@asynccontextmanager
async def dying(world: World):
    """The same provider at a process of casemanager that dies once."""
    database: Any = Dying(world.deps.database)
    async with serving(*servicers(replace(world.deps, database=database)), people=world.people) as address:
        channel = open_channel(address, server="", credentials=None)
        yield replace(world, stub=CasemanagerStub(channel))
        await channel.close()


async def in_state(world: World, name: str) -> res.CaseManager:
    """A person with whom this can be done."""
    match name:
        case "EnableCaseManagerLogin":
            return await world.case_manager()
        case "ResendCaseManagerActivation":
            return await world.enable(await world.case_manager())
        case "ActivateCaseManager":
            return await world.deactivate(await world.active())
    return await world.active()


@pytest.mark.parametrize(
    ("name", "result"),
    [
        ("EnableCaseManagerLogin", "ACTIVATION_SENT"),
        ("DisableCaseManagerLogin", "DISABLED"),
        ("ResendCaseManagerActivation", "ACTIVATION_SENT"),
        ("SendCaseManagerPasswordReset", "ACTIVE"),
        ("DeactivateCaseManager", "DISABLED"),
        ("ActivateCaseManager", "ACTIVE"),
    ],
)
async def test_identity_is_away(world: World, neighbour, away, name: str, result: str) -> None:
    """CM-03: DEPENDENCY_UNAVAILABLE, nothing changed, and the repeated call does it once identity is back."""
    person = await in_state(world, name)
    request, call = call_of(name, person), getattr(world.stub, name)
    before = (await world.get(person), await world.history(person), await world.events())
    await away()
    with pytest.raises(Unavailable) as refused:
        await call(request, metadata=world.staff)
    assert "DEPENDENCY_UNAVAILABLE" == refused.value.reason
    assert before == (await world.get(person), await world.history(person), await world.events())
    await neighbour.start()

    async def repeated():
        try:
            return await call(request, metadata=world.staff)
        except Unavailable:  # gRPC has not connected anew yet
            return None

    assert result == status(await eventually(repeated))
    assert result == await truth(world, await world.get(person))
    assert len(before[1]) + 1 == len(await world.history(person))


async def test_a_yes_while_identity_is_away(world: World, neighbour, away) -> None:
    """CM-04: a yes that would give the login at once is not taken while identity is away; a no is."""
    await world.give_logins_on_yes()
    person = await offer(world, await world.case_manager())
    token = await newest_token(world)
    await away()
    with pytest.raises(Unavailable):
        await answer(world, token, YES)
    assert "OPEN" == await check(world, token)
    await answer(world, token, NO)
    assert "Glebe" == (await world.update(person, suburb="Glebe")).suburb
    assert "DECLINED" == status(await world.get(person))


async def test_death_between_account_and_record(world: World) -> None:
    """CM-03: one account and one activation, also when the process died in between; the repeated call records them."""
    person = await world.case_manager()
    request = call_of("EnableCaseManagerLogin", person)
    async with dying(world) as mortal:
        with pytest.raises(ServiceError, match="INTERNAL"):
            await mortal.stub.EnableCaseManagerLogin(request, metadata=world.staff)
        await world.hear()
        assert "NONE" == status(await world.get(person))
        enabled = await mortal.stub.EnableCaseManagerLogin(request, metadata=world.staff)
    assert "ACTIVATION_SENT" == status(enabled) == await truth(world, enabled)
    assert ["TEMPLATE_27"] == [mail.template for mail in await world.mails()]
    # What was heard before the record was made counts as well.
    assert (await world.get(person)).login.HasField("activation_expire_time")
    assert ["LOGIN_ENABLED", "CREATED"] == await kinds(world, person)


async def kinds(world: World, person: res.CaseManager) -> list[str]:
    return [res.PersonHistoryEntry.Kind.Name(entry.kind) for entry in await world.history(person)]


@pytest.mark.parametrize("is_heard", [True, False])
async def test_death_after_identity_disabled(world: World, *, is_heard: bool) -> None:
    """CM-03, CM-05: a command that was obeyed and never recorded is heard of, and the next one is obeyed at once."""
    person = await world.active()
    async with dying(world) as mortal:
        with pytest.raises(ServiceError, match="INTERNAL"):
            await mortal.disable(person)
    assert "DISABLED" == await truth(world, person)
    if is_heard:
        await world.hear()
        assert "DISABLED" == status(await world.get(person))
    else:
        assert "DISABLED" == status(await world.disable(person))
    async with dying(world) as mortal:
        with pytest.raises(ServiceError, match="INTERNAL"):
            await mortal.enable(person)
    assert "ACTIVE" == await truth(world, person)
    if is_heard:
        await world.hear()
        assert "ACTIVE" == status(await world.get(person))
    enabled = await world.enable(person)
    assert "ACTIVE" == status(enabled) == await truth(world, person)
    disabled = await world.disable(person)
    assert "DISABLED" == status(disabled) == await truth(world, person)
    await world.hear()
    assert "DISABLED" == status(await world.get(person))


async def test_death_of_many_commands(world: World) -> None:
    """CM-03: however many commands were obeyed and never recorded, staff's next one is obeyed."""
    person = await world.active()
    for command in (World.disable, World.enable, World.disable):
        async with dying(world) as mortal:
            with pytest.raises(ServiceError, match="INTERNAL"):
                await command(mortal, person)
        await world.hear()
    assert "DISABLED" == await truth(world, person)
    enabled = await world.enable(person)
    assert "ACTIVE" == status(enabled) == await truth(world, person)


async def test_staff_who_enable_at_once(world: World) -> None:
    """CM-03: ten at once make one account, one activation and one line; who loses too often comes again."""
    person = await world.case_manager()
    outcomes = await asyncio.gather(*(world.enable(person) for _ in range(10)), return_exceptions=True)
    assert {Aborted, res.CaseManager} >= {type(outcome) for outcome in outcomes}
    accounts = {each.login.account_id for each in outcomes if isinstance(each, res.CaseManager)}
    assert {(await world.get(person)).login.account_id} == accounts
    assert ["TEMPLATE_27"] == [mail.template for mail in await world.mails()]
    assert ["LOGIN_ENABLED", "CREATED"] == await kinds(world, person)


async def test_enable_races_disable(world: World) -> None:
    """CM-03, CM-05: whoever comes last, what is shown here is how the login stands at identity."""
    person = await world.active()
    for _ in range(8):
        calls = [world.enable(person), world.disable(person), world.enable(person), world.disable(person)]
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
        kinds_of = {type(outcome) for outcome in outcomes}
        assert {Aborted, res.CaseManager} >= kinds_of
        # Identity may have obeyed whoever was told to come again: that is heard of.
        if Aborted not in kinds_of:
            assert status(await world.get(person)) == await truth(world, person)
        await world.hear()
        assert status(await world.get(person)) == await truth(world, person)


async def test_deactivate_races_enable(world: World) -> None:
    """CM-02, CM-03: nobody is out of service with a login that works."""
    for _ in range(5):
        person = await world.disable(await world.active())
        await asyncio.gather(world.deactivate(person), world.enable(person), return_exceptions=True)
        assert res.CaseManager.INACTIVE == (await world.get(person)).account_status
        assert "DISABLED" == status(await world.get(person)) == await truth(world, person)


@pytest.mark.parametrize("gives_login", [False, True])
async def test_yes_and_no_at_once(world: World, *, gives_login: bool) -> None:
    """CM-04: one answer stands, with its task or login; the other came before it, or too late."""
    if gives_login:
        await world.give_logins_on_yes()
    for _ in range(5):
        person = await offer(world, await world.case_manager())
        token = await newest_token(world)
        outcomes = await asyncio.gather(
            *(answer(world, token, said) for said in (YES, NO, YES, NO)), return_exceptions=True
        )
        assert {"OFFER_ANSWERED", "CONCURRENT_CHANGE"} >= {
            outcome.reason for outcome in outcomes if isinstance(outcome, ServiceError)
        }
        state, tasks = await check(world, token), [task.case_manager_id for task in await world.tasks()]
        assert (state, person.id in tasks) in {
            ("ACCEPTED", True),
            ("DECLINED", False),
            *([("ENABLED", False)] if gives_login else []),
        }
        assert (state == "ENABLED") == bool((await world.get(person)).login.account_id)


async def test_there_and_back_to_an_address(world: World) -> None:
    """CM-03: a login whose address changed and changed back is the first account, and the other one is off."""
    first = await world.active(email="ana@north.example")
    await world.disable(first)
    await world.update(first, email="other@north.example")
    second = await world.enable(first)
    await world.disable(first)
    await world.update(first, email="ana@north.example")
    back = await world.enable(first)
    assert (first.login.account_id, "ACTIVE") == (back.login.account_id, status(back))
    assert ("ACTIVE", "DISABLED") == (await truth(world, first), await truth(world, second))
    await world.hear()
    assert "ACTIVE" == status(await world.get(first))
    with pytest.raises(Conflict):
        await world.stub.ResendCaseManagerActivation(
            call_of("ResendCaseManagerActivation", first), metadata=world.staff
        )


async def test_an_address_that_changed_after_a_death(world: World) -> None:
    """CM-03: what was made for the older address and never recorded is not what staff disable."""
    person = await world.case_manager()
    async with dying(world) as mortal:
        with pytest.raises(ServiceError, match="INTERNAL"):
            await mortal.enable(person)
    await world.update(person, email="other@north.example")
    enabled = await world.enable(person)
    assert "other@north.example" == enabled.login.username
    await activate_account(world.identity, STRANGER, token=token_in((await world.mails())[0]), password=PASSWORD)
    assert "DISABLED" == status(await world.disable(person)) == await truth(world, enabled)
