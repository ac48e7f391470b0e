"""Logins that staff and other services make, on a real database."""

import asyncio
from dataclasses import replace

import pytest
from portico.identity.v1.resources_pb2 import Account as AccountReply
from portico_errors.identity import (
    OrganizationNotFound,
    UsernameInvalid,
    UsernameTaken,
)

from chassis.aggregate import RequestIdReused
from chassis.call import FAMILY_ORG, Call, RequestKey, Role
from chassis.ids import new_id
from identity.accounts.domain import NewLogin
from identity.login_users.usecases import create_login_user, provision_account
from identity.shared.audit.domain import Action
from services.identity.tests.world import (
    ADMIN,
    STRANGER,
    World,
    opened,
)

STAFF = NewLogin(role=Role.STAFF, username="New@Example.org", display_name="Noor", language="es")


async def _create(world: World, login: NewLogin = STAFF, request: RequestKey | None = None) -> AccountReply:
    call = replace(world.call(await world.sign_in()), request=request)
    return await create_login_user(world.deps, call, login)


async def _provision(world: World, login: NewLogin, call: Call = STRANGER) -> AccountReply:
    return await provision_account(world.deps, call, world.organization.org_id, login)


def _request(body: bytes = b"body") -> RequestKey:
    return RequestKey(caller="boss", request_id=new_id(), body_hash=body)


async def test_staff_login_gets_its_activation(world: World) -> None:
    """ID-02: an administrator makes a staff login; it waits for its password, and a sealed link goes to it."""
    made = await _create(world)
    assert ("new@example.org", world.organization.slug) == (made.username, made.realm)
    request = (await world.messages())[-1]
    assert ("STAFF_ACTIVATION", "new@example.org", "es", {"link"}) == (
        request.template,
        request.recipient.address,
        request.recipient.language,
        set(opened(request)),
    )
    assert {
        "display_name": "Noor",
        "organization_name": "Sunrise Childcare",
        "expire_time": "2026-01-22T12:00:00Z",
        "time_zone": "America/New_York",
    } == dict(request.values)
    assert request.reference.startswith("activations/")
    created = [entry for entry in await world.audit() if str(entry.subject_id) == made.id]
    boss = (await world.sign_in()).account
    assert [(Action.ACCOUNT_CREATED, boss.id)] == [(entry.action, entry.actor_id) for entry in created]


async def test_username_is_unique_in_its_realm(world: World) -> None:
    """ID-02: a username that exists in the realm is taken, however it is written; in another realm it is free."""
    await _create(world)
    for login in (STAFF, replace(STAFF, username=" NEW@example.ORG "), replace(STAFF, username=ADMIN)):
        with pytest.raises(UsernameTaken):
            await _create(world, login)
    other = await World.with_organization(world.deps, world.clock)
    assert "new@example.org" == (await _create(other)).username


@pytest.mark.parametrize("username", ["x", "x@", "@x", "+1", "12", "a@b@c.org", "ana@localhost"])
async def test_username_is_a_contact(world: World, username: str) -> None:
    """ID-01: what is neither an email address nor a phone number is no username; the field is named."""
    with pytest.raises(UsernameInvalid) as refused:
        await _create(world, replace(STAFF, username=username))
    assert ["username"] == [violation.field for violation in refused.value.violations]


async def test_one_of_many_logins_is_made(world: World) -> None:
    """ID-02: of ten creations of one username at once exactly one is made, and one message is sent."""
    call = world.call(await world.sign_in())
    outcomes = await asyncio.gather(
        *(create_login_user(world.deps, call, STAFF) for _ in range(10)),
        return_exceptions=True,
    )
    assert 9 == len([outcome for outcome in outcomes if isinstance(outcome, UsernameTaken)])
    assert 1 == len(await world.messages(to="new@example.org"))


async def test_repeated_creation_gets_the_first_answer(world: World) -> None:
    """ID-02: a repeated request id gives the same login and sends nothing again; with another body it is refused."""
    request = _request()
    first = await _create(world, request=request)
    assert first == await _create(world, request=request)
    assert 1 == len(await world.messages(to="new@example.org"))
    with pytest.raises(RequestIdReused):
        await _create(world, request=replace(request, body_hash=b"another"))


@pytest.mark.parametrize(("role", "template"), [(Role.CASE_MANAGER, "TEMPLATE_27"), (Role.SPECIALIST, "TEMPLATE_26")])
async def test_provisioning_is_idempotent(world: World, role: Role, template: str) -> None:
    """ID-02: provisioning makes one login with its own activation message, however often it is asked."""
    login = replace(STAFF, role=role, person_id=new_id(), generation=1)
    made = await asyncio.gather(*(_provision(world, login) for _ in range(5)))
    assert 1 == len({account.id for account in made})
    assert [template] == [request.template for request in await world.messages()]


async def test_provisioning_does_not_change_a_role(world: World) -> None:
    """ID-02: a username of another role is taken; an unknown organization and the families' are not found."""
    with pytest.raises(UsernameTaken):
        await _provision(world, replace(STAFF, role=Role.CASE_MANAGER, username=ADMIN))
    for org_id in (new_id(), FAMILY_ORG):
        with pytest.raises(OrganizationNotFound):
            await provision_account(world.deps, STRANGER, org_id, STAFF)


async def test_events_carry_no_contact_and_no_name(world: World) -> None:
    """ID-01: account events say that something happened and to whom, but neither contact nor name."""
    await _create(world)
    for subject, _, message in await world.events():
        if subject.startswith("account."):
            assert b"example.org" not in message.SerializeToString()
            assert b"Noor" not in message.SerializeToString()
