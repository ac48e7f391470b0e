"""Families that register, on a real database."""

import asyncio
from datetime import timedelta

import pytest
from portico_errors.identity import ContactTicketInvalid, PasswordWeak, UsernameInvalid, UsernameTaken

from chassis.call import Role
from identity.accounts.domain import Status
from identity.accounts.usecases import family_account, family_exists
from identity.registrations.usecases import issue_contact_ticket, register_family
from identity.sessions.tokens import ContactTicket
from identity.shared.audit.domain import Action
from services.identity.tests.world import GOOD, STRANGER, World, a_phone_number, an_email


async def test_family_registers_with_its_ticket(world: World) -> None:
    """ID-02: a family with a contact ticket chooses a password and is signed in; its username is the contact."""
    contact = a_phone_number()
    assert not await family_exists(world.deps, username=contact)
    family = await world.family(contact)
    assert (contact, "Familia Ruiz", "es", Role.FAMILY, Status.ACTIVE, "family", world.clock()) == (
        family.account.username,
        family.account.display_name,
        family.account.language,
        family.account.role,
        family.account.status,
        family.organization.slug,
        family.account.last_login_time,
    )
    assert await family_exists(world.deps, username=contact)
    assert family.account.id == (await world.sign_in(contact, realm="family")).account.id
    assert [Action.ACCOUNT_CREATED, Action.ACCOUNT_ACTIVATED, Action.SIGNED_IN] == (
        await world.actions(family.account)
    )[:3]
    account, _ = await family_account(world.deps, account_id=family.account.id)
    assert contact == account.username


async def test_family_chooses_name_and_language(world: World) -> None:
    """ID-02: a family may choose another name and language than the invitation's."""
    ticket = ContactTicket(contact=an_email(), display_name="Familia Ruiz", language="es")
    signed, _ = await issue_contact_ticket(world.deps, ticket=ticket)
    family = await register_family(
        world.deps, STRANGER, contact_ticket=signed, password=GOOD, display_name="Ana Ruiz", language="en"
    )
    assert ("Ana Ruiz", "en") == (family.tokens.account.display_name, family.tokens.account.language)


async def test_contact_registers_once(world: World) -> None:
    """ID-02: of ten registrations with one contact at once exactly one succeeds; the others hear that it is taken."""
    contact = an_email()
    outcomes = await asyncio.gather(*(world.family(contact) for _ in range(10)), return_exceptions=True)
    assert 9 == len([outcome for outcome in outcomes if isinstance(outcome, UsernameTaken)])


async def test_ticket_runs_out(world: World) -> None:
    """ID-02: a contact ticket is worth nothing after 15 minutes, and an access token never is one."""
    ticket, expire_time = await issue_contact_ticket(
        world.deps, ticket=ContactTicket(contact=an_email(), display_name="", language="en")
    )
    access_token = (await world.sign_in()).access_token
    assert world.clock() + timedelta(minutes=15) == expire_time
    world.clock.advance(timedelta(minutes=15))
    for token in (ticket, access_token):
        with pytest.raises(ContactTicketInvalid):
            await register_family(
                world.deps, STRANGER, contact_ticket=token, password=GOOD, display_name="", language=""
            )


async def test_ticket_needs_a_contact(world: World) -> None:
    """ID-02: there is no ticket for what is neither an email address nor a phone number."""
    with pytest.raises(UsernameInvalid) as refused:
        await issue_contact_ticket(world.deps, ticket=ContactTicket(contact="nobody", display_name="", language="en"))
    assert ["contact"] == [violation.field for violation in refused.value.violations]


async def test_weak_family_password_makes_no_account(world: World) -> None:
    """ID-09: a guessable password is refused before there is an account."""
    contact = an_email()
    with pytest.raises(PasswordWeak):
        await world.family(contact, "familia ruiz 1")
    assert not await family_exists(world.deps, username=contact)
