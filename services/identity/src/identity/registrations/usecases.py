"""Families: a proven contact becomes a login of their own, and no other service ever sees a password."""

from dataclasses import replace
from datetime import datetime

from portico_errors.identity import UsernameTaken

from chassis.call import FAMILY_ORG, Call, Role
from identity.accounts.domain import NewLogin, activate_at_once, begin, create
from identity.accounts.events import account_events
from identity.accounts.storage import NEW_ACCOUNT, account_params, session_params
from identity.accounts.usecases import account_by_username, themselves, username_of
from identity.organizations.usecases import organization_of
from identity.sessions.deps import Deps
from identity.sessions.domain import SignedIn
from identity.sessions.tokens import ContactTicket
from identity.sessions.usecases import check_password, new_session, signed_in_with
from identity.shared.audit.usecases import audit_written
from identity.shared.deps import save


async def issue_contact_ticket(deps: Deps, *, ticket: ContactTicket) -> tuple[str, datetime]:
    """Vouches for a family's contact, and says until when; raises `UsernameInvalid`."""
    families = await organization_of(deps, FAMILY_ORG)
    contact = username_of(ticket.contact, families, field="contact")
    return deps.signer.contact_ticket(replace(ticket, contact=contact), now=deps.clock())


async def register_family(
    deps: Deps, call: Call, *, contact_ticket: str, password: str, display_name: str, language: str
) -> SignedIn:
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
    change = begin(activate_at_once(created, password_hash=await deps.passwords.hash(password), now=now), now=now)
    account = change.account
    session = new_session(call, account, session_id=deps.ids(), now=now)
    hit = await save(
        deps,
        call,
        NEW_ACCOUNT,
        org_id=FAMILY_ORG,
        params={
            **account_params(account),
            **session_params([session]),
            **audit_written(deps, call, change.actions, subject=account.id, actor=themselves(account), now=now),
        },
        events=account_events(change, ids=deps.ids, now=now),
    )
    if not hit:
        raise UsernameTaken()
    return signed_in_with(deps, account, families, session)
