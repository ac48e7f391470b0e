"""Families: a proven contact becomes a login of their own, and no other service ever sees a password."""

from dataclasses import replace
from datetime import datetime

from portico.identity.v1 import resources_pb2 as res
from portico_errors.identity import UsernameTaken

from chassis.call import FAMILY_ORG, Call, Role
from identity.accounts.aggregate import Manner, new_accounts
from identity.accounts.domain import Method, NewLogin, activate_at_once, begin, create
from identity.accounts.usecases import account_by_username, themselves, username_of
from identity.organizations.usecases import organization_of
from identity.sessions.deps import Deps
from identity.sessions.finish import finish_sign_in
from identity.sessions.tokens import ContactTicket
from identity.sessions.usecases import check_password
from identity.sessions.wire import sign_in_result


async def issue_contact_ticket(deps: Deps, *, ticket: ContactTicket) -> tuple[str, datetime]:
    """Vouches for a family's contact, and says until when; raises `UsernameInvalid`."""
    families = await organization_of(deps, FAMILY_ORG)
    contact = username_of(ticket.contact, families, field="contact")
    return deps.signer.contact_ticket(replace(ticket, contact=contact), now=deps.clock())


async def register_family(
    deps: Deps, call: Call, *, contact_ticket: str, password: str, display_name: str, language: str
) -> res.SignInResult:
    """Makes a family account for the ticket's contact and signs the family in.

    An empty name or language is the ticket's. Raises `ContactTicketInvalid`, `UsernameTaken` or `PasswordWeak`.
    """
    now = deps.clock()
    ticket = deps.signer.read_contact_ticket(contact_ticket, now=now)
    login = NewLogin(
        role=Role.FAMILY,
        username=ticket.contact,
        display_name=display_name or ticket.display_name,
        language=language or ticket.language,
    )
    families = await organization_of(deps, FAMILY_ORG)
    if await account_by_username(deps, org_id=FAMILY_ORG, username=login.username) is not None:
        raise UsernameTaken()
    await check_password(deps, password, login.username, login.display_name, families, field="password")
    created = create(login, org_id=FAMILY_ORG, account_id=deps.ids(), now=now)
    activated = activate_at_once(created, password_hash=await deps.passwords.hash(password), now=now)
    finished = finish_sign_in(deps, call, activated.account, families, Method.REGISTRATION)
    manner = Manner(
        actor=lambda change, _: themselves(change.account),
        told=lambda *_: (),
        answer=lambda change, _: sign_in_result(finished.answer(change.account)),
        reply=res.SignInResult,
    )
    return await new_accounts(deps, manner).add(call, FAMILY_ORG, begin(activated, finished.session))
