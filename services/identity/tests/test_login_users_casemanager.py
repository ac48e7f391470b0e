"""The logins that casemanager hands out, on a real database."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from portico.identity.v1.resources_pb2 import Account as AccountReply
from portico_errors.identity import AccountNotFound, ActionNotAllowed, OrganizationNotFound, UsernameTaken

from chassis.call import FAMILY_ORG, Role
from chassis.ids import new_id
from identity.accounts.domain import Status
from identity.login_users.domain import Action
from identity.resets.usecases.passwords import activate_account
from identity.shared.audit.domain import Action as Audited
from services.identity.tests.desks import CaseManagement, Desk, request_key
from services.identity.tests.world import GOOD, STRANGER, World, token_in


def _management(world: World, number: int = 0) -> CaseManagement:
    return CaseManagement(world, new_id(), username=f"cam-{number or new_id().hex}@example.org")


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    # Each generation enables or disables: which, it says by being odd or even.
    generations=st.lists(st.integers(1, 6), min_size=1, max_size=12)
)
async def test_the_newest_generation_counts_in_any_order(world: World, generations: list[int]) -> None:
    """ID-02: commands that are repeated or overtake one another end as the one with the highest generation says."""
    management = _management(world)
    reply, obeyed = None, 0
    for generation in generations:
        if generation % 2:
            reply = await management.provision(generation)
        elif reply is None:
            with pytest.raises(AccountNotFound):
                await management.disable(generation)
            continue
        else:
            reply = await management.disable(generation)
        obeyed = max(obeyed, generation)
        account = await management.account(reply)
        expected = Status.PENDING_ACTIVATION if obeyed % 2 else Status.DISABLED
        assert (expected, obeyed, management.person_id) == (account.status, account.generation, account.person_id)
    usernames = [message.recipient.address for message in await world.messages(to=management.username)]
    assert (reply is not None) == bool(usernames)


async def test_commands_at_the_same_moment_end_as_the_newest(world: World) -> None:
    """ID-02: of commands at once, the newest decides."""
    management = _management(world)
    reply = await management.provision(1)

    async def obeyed(generation: int) -> None:
        command = management.provision if generation % 2 else management.disable
        await command(generation)

    await asyncio.gather(*(obeyed(generation) for generation in (2, 3, 4)), return_exceptions=True)
    for generation in (4, 3, 2):  # who lost the race comes again
        await obeyed(generation)
    account = await management.account(reply)
    assert (Status.DISABLED, 4) == (account.status, account.generation)


async def test_a_login_of_another_person_is_taken(world: World) -> None:
    """ID-02: a username that is somebody else's is taken, and casemanager is told whose login it is."""
    management = _management(world)
    made = await management.provision(1)
    for rival in (replace(management, person_id=new_id()), replace(management, role=Role.SPECIALIST)):
        with pytest.raises(UsernameTaken) as taken:
            await rival.provision(2)
        assert {"account_id": made.id} == taken.value.metadata
    assert made == await management.provision(1)


async def test_a_person_comes_back(world: World) -> None:
    """ID-02, ID-14: a disabled person of casemanager is out; provisioned once more, the old password is good."""
    management = _management(world)
    account = await management.account(await management.provision(1))
    token = token_in((await world.messages(to=account.username))[-1])
    await activate_account(world.deps, STRANGER, token=token, password=GOOD)
    await management.disable(2)
    disabled = await world.account(account)
    assert ((), Status.DISABLED) == (disabled.live_sessions, disabled.status)
    sent = len(await world.messages())
    await management.provision(3)
    assert sent == len(await world.messages())
    await world.sign_in(account.username)
    assert {None} == {entry.actor_id for entry in await world.audit() if entry.action is Audited.ACCOUNT_DISABLED}


async def test_who_never_activated_gets_the_message_once_more(world: World) -> None:
    """ID-02, ID-03: a person who comes back without a password is sent a new activation; the older link is dead."""
    management = _management(world)
    account = await management.account(await management.provision(1))
    await management.disable(2)
    await management.provision(3)
    first, second = await world.messages(to=account.username)
    assert ["TEMPLATE_27"] * 2 == [first.template, second.template]
    with suppress(Exception):
        await activate_account(world.deps, STRANGER, token=token_in(first), password=GOOD)
    assert Status.PENDING_ACTIVATION is (await world.account(account)).status
    await activate_account(world.deps, STRANGER, token=token_in(second), password=GOOD)


async def test_a_repeated_command_is_answered_once(world: World) -> None:
    """ID-02: the same request id gets the same answer, whatever has come in between."""
    management, request = _management(world), request_key()
    made = await management.provision(1)
    disabled = await management.disable(2, request)
    await management.provision(3)
    assert disabled == await management.disable(2, request)
    assert Status.PENDING_ACTIVATION is (await management.account(made)).status


async def test_casemanager_resends_and_resets(world: World) -> None:
    """ID-03, ID-08: a person's activation is sent once more, then a reset of 24 hours; each where the state allows."""
    management, request = _management(world), request_key()
    account = await management.account(await management.provision(1))
    with pytest.raises(ActionNotAllowed):
        await management.ask("SendAccountPasswordReset")
    for _ in range(2):
        await management.ask("ResendAccountActivation", request)
    older, newer = await world.messages(to=account.username)
    assert older.reference == newer.supersedes
    await activate_account(world.deps, STRANGER, token=token_in(newer), password=GOOD)
    with pytest.raises(ActionNotAllowed):
        await management.ask("ResendAccountActivation")
    await management.ask("SendAccountPasswordReset")
    reset = (await world.messages(to=account.username))[-1]
    assert ("RESET_PASSWORD", str(24 * 3600)) == (reset.template, reset.values["valid_for"])
    world.clock.advance(timedelta(hours=23))
    await world.reset_by_link(token_in(reset))


@pytest.mark.parametrize(
    ("rpc", "fields"),
    [("DisableAccount", {"generation": 1}), ("ResendAccountActivation", {}), ("SendAccountPasswordReset", {})],
)
async def test_nobody_is_not_found(world: World, rpc: str, fields: dict[str, object]) -> None:
    """ID-02: a person without a login or of another organization is not found; nor is an unknown organization."""
    management = _management(world)
    await management.provision(1)
    other = await World.with_organization(world.deps, world.clock)
    for lost in (replace(management, person_id=new_id()), replace(management, world=other)):
        with pytest.raises(AccountNotFound):
            await lost.ask(rpc, **fields)
    with pytest.raises(AccountNotFound):
        await management.ask(rpc, org_id=str(FAMILY_ORG), **fields)
    with pytest.raises(OrganizationNotFound):
        await management.ask(rpc, org_id=str(new_id()), **fields)


async def test_administrators_do_not_change_what_casemanager_keeps(world: World) -> None:
    """ID-13: of a person of casemanager an administrator changes neither the address nor the role, and disables it."""
    desk, management = await Desk.of(world), _management(world)
    account = await management.account(await management.provision(1))
    for action in (Action.CHANGE_USERNAME, Action.SET_ROLE):
        with pytest.raises(ActionNotAllowed):
            await desk.act(action, account)
    await desk.act(Action.DISABLE, account)
    assert AccountReply.DISABLED == (await management.provision(1)).status
    assert AccountReply.PENDING_ACTIVATION == (await management.provision(2)).status
