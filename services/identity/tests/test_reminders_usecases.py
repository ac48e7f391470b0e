"""Telling people where they sign in, on a real database."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from google.protobuf.empty_pb2 import Empty
from portico.identity.v1.reminders_pb2 import SendMyOrganizationsRequest
from portico.notifications.v1.resources_pb2 import Channel, Urgency
from sqlalchemy import bindparam, update

from chassis.call import FAMILY_ORG, Role
from chassis.db import statement
from chassis.errors import Exhausted, InvalidArgument
from identity.accounts.domain import NewLogin, Status
from identity.accounts.storage import accounts
from identity.login_users.usecases import create_login_user
from identity.reminders.domain import MAX_SIGN_INS
from identity.reminders.usecases import Reminders
from services.identity.tests.served import GATEWAY, Served, refused
from services.identity.tests.world import World, an_email

DISABLE = statement(
    update(accounts)
    .where(accounts.c.org_id == bindparam("org_id"), accounts.c.username == bindparam("username"))
    .values(status=int(Status.DISABLED))
)


@pytest.fixture
async def another(world: World) -> World:
    """A second organization."""
    return await World.with_organization(world.deps, world.clock)


async def _employ(world: World, email: str, role: Role = Role.STAFF) -> None:
    """Gives the address a login that waits for its first password."""
    login = NewLogin(role=role, username=email, display_name="Noor", language="es")
    await create_login_user(world.deps, world.call(await world.sign_in()), login)


def _address(world: World) -> str:
    return f"https://portico.example/o/{world.organization.slug}/sign-in"


def _lines(values: Mapping[str, str]) -> list[str]:
    return values["sign_ins"].split("\n")


async def test_one_message_names_every_sign_in(world: World, another: World) -> None:
    """CASE-U4, ID-01: who is staff of two organizations and a family gets one email, the latest sign-in first."""
    email = an_email()
    await _employ(world, email)
    world.clock.advance(timedelta(seconds=1))
    await _employ(another, email, Role.CASE_MANAGER)
    await world.family(email)
    [message] = await world.remind(email)
    assert ("YOUR_ORGANIZATIONS", "EMAIL", "es", Urgency.URGENT, "") == (
        message.template,
        Channel.Name(message.recipient.channel),
        message.recipient.language,
        message.urgency,
        message.account_id,
    )
    assert "Portico" == message.values["organization_name"]
    assert [
        "https://portico.example/family/sign-in Mis solicitudes, como familia",
        f"{_address(another)} Sunrise Childcare",
        f"{_address(world)} Sunrise Childcare",
    ] == _lines(message.values)


async def test_an_address_gets_three_a_day(world: World) -> None:
    """CASE-U4, ID-07: an address gets three a day, whoever asks from wherever, and as many the day after."""
    email = an_email()
    await _employ(world, email)
    counts = [len(await world.remind(email)) for _ in range(5)]
    assert [1, 2, 3, 3, 3] == counts
    world.clock.advance(timedelta(days=1))
    assert 4 == len(await world.remind(email))


async def test_a_disabled_login_is_not_told(world: World, another: World) -> None:
    """CASE-U4, ID-14: a login that is disabled is not named, and who has no other gets nothing."""
    email = an_email()
    await _employ(world, email)
    await _employ(another, email)
    await world.deps.database.run(DISABLE, org_id=world.organization.org_id, username=email)
    [message] = await world.remind(email)
    assert [f"{_address(another)} Sunrise Childcare"] == _lines(message.values)
    await world.deps.database.run(DISABLE, org_id=another.organization.org_id, username=email)
    assert [message] == await world.remind(email)


async def test_nobody_is_written_to(world: World) -> None:
    """CASE-U4, ID-07: an address that is nobody's username gets nothing."""
    assert [] == await world.remind(an_email())


async def test_a_message_names_ten_at_most(world: World) -> None:
    """CASE-U4: of eleven organizations the ten of the latest logins are named."""
    email = an_email()
    worlds = [world, *[await World.with_organization(world.deps, world.clock) for _ in range(MAX_SIGN_INS)]]
    for each in worlds:
        each.clock.advance(timedelta(seconds=1))
        await _employ(each, email)
    [message] = await world.remind(email)
    assert [f"{_address(each)} Sunrise Childcare" for each in worlds[:0:-1]] == _lines(message.values)


async def test_the_answer_is_always_the_same(served: Served, sunrise: World) -> None:
    """CASE-U4, ID-07: known or unknown, however it is written, an address gets one answer, and then its mail."""
    email = an_email()
    await _employ(sunrise, email)
    for written in (f" {email.upper()} ", an_email()):
        request = SendMyOrganizationsRequest(email=written)
        assert Empty() == await served.public.SendMyOrganizations(request, metadata=GATEWAY)
    message = await sunrise.awaited_message(to=email, org_id=FAMILY_ORG)
    assert [f"{_address(sunrise)} Sunrise Childcare"] == _lines(message.values)


@pytest.mark.parametrize("written", ["maple", "ana@", "a@b@c", "+12025550100"])
async def test_what_is_no_address_is_said(served: Served, written: str) -> None:
    """CASE-U4: what can be nobody's email address is refused by its field, so that a typo is seen."""
    answer = served.public.SendMyOrganizations(SendMyOrganizationsRequest(email=written), metadata=GATEWAY)
    wrong = await refused(answer, InvalidArgument, "INVALID_REQUEST")
    assert [("email", "EMAIL_INVALID")] == [(violation.field, violation.reason) for violation in wrong.violations]


def test_too_many_that_wait_are_refused(world: World) -> None:
    """ID-07: a flood of asks is refused for a moment instead of filling the memory."""
    desk = Reminders(world.deps)

    def flood() -> None:
        for _ in range(100_000):
            desk.ask("ana@example.org")

    with pytest.raises(Exhausted):
        flood()
