"""Loading case managers, and what identity is asked for when their login changes."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from uuid import UUID

from portico.casemanager.v1 import resources_pb2 as res
from portico.identity.v1 import login_users_pb2 as identity
from portico.options.v1 import options_pb2
from portico_errors import identity as theirs
from portico_errors.casemanager import CaseManagerNotFound, EmailTaken, UsernameTaken

from casemanager.case_managers.aggregate import changed_case_managers
from casemanager.case_managers.domain import CaseManager, Change
from casemanager.case_managers.storage import (
    FIND_BY_ACCOUNT,
    FIND_BY_EMAIL,
    LOAD_BY_ACCOUNT,
    LOAD_CASE_MANAGER,
    NAMES_OF,
)
from casemanager.logins.domain import AccountStatus, is_enabled
from casemanager.shared.deps import Deps
from casemanager.shared.organizations import organization_of
from casemanager.tasks.domain import PersonName
from chassis.aggregate import C, Source
from chassis.call import Call
from chassis.text import full_name


async def load_case_manager(deps: Deps, org_id: UUID, person_id: UUID) -> CaseManager:
    """A case manager of an organization; raises CaseManagerNotFound."""
    person = await deps.database.first(LOAD_CASE_MANAGER, org_id=org_id, id=person_id)
    if person is None:
        raise CaseManagerNotFound()
    return person


async def load_myself(deps: Deps, call: Call) -> CaseManager:
    """The case manager who calls; raises CaseManagerNotFound for a login without a profile, or one that is off.

    Nobody out of service sees anything, whatever their token still says.
    """
    person = await deps.database.first(LOAD_BY_ACCOUNT, org_id=call.org_id, account_id=call.account_id)
    if person is None or not person.is_active or not is_enabled(person.login):
        raise CaseManagerNotFound()
    return person


async def change_case_manager(
    deps: Deps,
    call: Call,
    person_id: UUID,
    decide: Callable[[CaseManager, C, datetime], Change],
    command: C,
    *,
    effect: Callable[[Change], Awaitable[object]] | None = None,
) -> res.CaseManager:
    """Changes a case manager of the caller's organization, at identity too where the login shall change.

    Raises CaseManagerNotFound, UsernameTaken, and what the decision raises.
    """
    org_id = call.org_id
    people = changed_case_managers(deps, await organization_of(deps.database, org_id))
    source = Source(call, org_id, partial(load_case_manager, deps, org_id, person_id))
    return await people.change(source, decide, command, effect=effect, complete=partial(commanded, deps))


async def commanded(deps: Deps, change: Change) -> Change:
    """The change once identity has obeyed; it answers the same command of the same generation the same."""
    person, login = change.person, change.person.login
    if login is None or not change.commands_login:
        return change
    org_id, person_id = str(person.org_id), str(person.id)
    if login.status is AccountStatus.DISABLED:
        await deps.identity.DisableAccount(
            identity.DisableAccountRequest(org_id=org_id, person_id=person_id, generation=login.generation)
        )
        return change
    try:
        account = await deps.identity.ProvisionAccount(
            identity.ProvisionAccountRequest(
                role=options_pb2.CASE_MANAGER,
                username=login.username,
                display_name=full_name(person.given_name, person.family_name)[:200],
                language=person.language,
                org_id=org_id,
                person_id=person_id,
                generation=login.generation,
            )
        )
    except theirs.UsernameTaken as refused:
        raise await _taken(deps, person.org_id, refused) from None
    account_id = UUID(account.id)
    heard_version = login.heard_version if login.account_id == account_id else 0
    provisioned = replace(
        login, account_id=account_id, status=AccountStatus(account.status), heard_version=heard_version
    )
    return replace(change, person=replace(person, login=provisioned))


async def _taken(deps: Deps, org_id: UUID, refused: theirs.UsernameTaken) -> UsernameTaken:
    """The refusal with the case manager who has the login, where it is one of ours."""
    account_id = refused.metadata.get("account_id", "")
    owner = None
    if account_id:
        owner = await deps.database.first(FIND_BY_ACCOUNT, org_id=org_id, account_id=UUID(account_id))
    return UsernameTaken(metadata={"account_id": account_id, "case_manager_id": str(owner or "")})


async def email_taken(deps: Deps, org_id: UUID, email: str) -> EmailTaken:
    """The refusal with the case manager who has the address."""
    owner = await deps.database.first(FIND_BY_EMAIL, org_id=org_id, email=email)
    return EmailTaken(metadata={"case_manager_id": str(owner or "")})


async def names_of(deps: Deps, org_id: UUID, ids: Sequence[UUID]) -> Mapping[UUID, PersonName]:
    """The names of an organization's case managers, by their ids."""
    return {person.id: person for person in await deps.database.all(NAMES_OF, org_id=org_id, ids=list(ids))}


async def own_company(deps: Deps, call: Call) -> UUID | None:
    """The company of the case manager who calls; None for a login without a profile."""
    try:
        return (await load_myself(deps, call)).company_id
    except CaseManagerNotFound:
        return None
