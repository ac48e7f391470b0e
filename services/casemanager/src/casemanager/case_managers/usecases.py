"""Loading case managers, and what identity is asked for when their login changes."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from portico.casemanager.v1 import resources_pb2 as res
from portico.options.v1 import options_pb2
from portico_errors import identity as theirs
from portico_errors.casemanager import CaseManagerNotFound, EmailTaken, UsernameTaken

from casemanager.case_managers.aggregate import changed_case_managers
from casemanager.case_managers.domain import CaseManager, Change, PersonSummary
from casemanager.case_managers.storage import (
    FIND_BY_ACCOUNT,
    FIND_BY_EMAIL,
    LOAD_BY_ACCOUNT,
    LOAD_CASE_MANAGER,
    LOAD_SUMMARIES,
    NAMES_OF,
)
from casemanager.logins.domain import Answer, is_enabled
from casemanager.logins.usecases import Holder, command_login, take_back
from casemanager.shared.deps import Deps
from casemanager.shared.organizations import organization_of
from casemanager.shared.people import Contact
from casemanager.shared.staff import check_staff
from casemanager.shared.visibility import NOBODY, STAFF_VIEWER, Viewer, case_manager_viewer, is_staff
from casemanager.tasks.domain.task import Assignee, AssigneeKind, Person, PersonName, Task
from chassis.aggregate import C, Source
from chassis.call import Call
from chassis.db import Executor
from chassis.errors import Conflict
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
    staff_id: UUID | None = None,
    effect: Callable[[Change], Awaitable[object]] | None = None,
) -> res.CaseManager:
    """Changes a case manager of the caller's organization, at identity too where the login shall change.

    `staff_id` is who shall look after the person. Raises CaseManagerNotFound, StaffNotFound, UsernameTaken, and what
    the decision raises.
    """

    async def load() -> CaseManager:
        person = await load_case_manager(deps, call.org_id, person_id)
        await check_staff(deps, call.org_id, staff_id)
        return person

    return await change_from(deps, Source(call, call.org_id, load), decide, command, effect=effect)


async def change_from(
    deps: Deps,
    source: Source[CaseManager],
    decide: Callable[[CaseManager, C, datetime], Change],
    command: C,
    *,
    effect: Callable[[Change], Awaitable[object]] | None = None,
) -> res.CaseManager:
    """As `change_case_manager`, of a person who is loaded in any way."""
    people = changed_case_managers(deps, await organization_of(deps.database, source.org_id))
    obeyed: list[CaseManager] = []

    async def complete(change: Change) -> Change:
        done = await _commanded(deps, change)
        obeyed.extend([done.person] if done.commands_login else [])
        return done

    try:
        return await people.change(source, decide, command, effect=effect, complete=complete)
    except Conflict:
        # Identity had obeyed, the race was lost, and what is there now does not allow it.
        await _take_back(deps, source, obeyed)
        raise


async def _take_back(deps: Deps, source: Source[CaseManager], obeyed: Sequence[CaseManager]) -> None:
    """Disables a login that was enabled for nothing."""
    told = obeyed[-1].login if obeyed else None
    if is_enabled(told) and told is not None:
        await take_back(deps, _holder(obeyed[-1]), told, (await source.load()).login)


async def _commanded(deps: Deps, change: Change) -> Change:
    """The change once identity has obeyed."""
    person = change.person
    if person.login is None or not change.commands_login:
        return change
    try:
        login = await command_login(deps, _holder(person), person.login)
    except theirs.UsernameTaken as refused:
        raise await _taken(deps, person.org_id, refused) from None
    return replace(change, person=replace(person, login=login))


def _holder(person: CaseManager) -> Holder:
    return Holder(
        org_id=person.org_id,
        person_id=person.id,
        role=options_pb2.CASE_MANAGER,
        display_name=full_name(person.given_name, person.family_name),
        language=person.language,
    )


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


async def task_person(deps: Deps, org_id: UUID, person_id: UUID) -> Person | None:
    """A case manager as tasks are for them; None: nobody of the organization."""
    person = await deps.database.first(LOAD_CASE_MANAGER, org_id=org_id, id=person_id)
    return None if person is None else await _task_person(deps, person)


async def myself_in_tasks(deps: Deps, call: Call) -> Person | None:
    """The case manager who calls, as tasks are for them; None for nobody in service."""
    try:
        return await _task_person(deps, await load_myself(deps, call))
    except CaseManagerNotFound:
        return None


async def _task_person(deps: Deps, person: CaseManager) -> Person:
    zone = person.time_zone or (await organization_of(deps.database, person.org_id)).time_zone
    return Person(
        assignee=Assignee(AssigneeKind.CASE_MANAGER, person.id),
        zone=zone,
        contact=Contact(full_name(person.given_name, person.family_name), person.email, person.language),
        is_active=person.is_active,
        company_id=person.company_id,
        business_unit_id=person.business_unit_id,
    )


async def is_login_wanted(deps: Deps, task: Task) -> bool:
    """Whether whom a task is about said yes to a login, and has none."""
    if task.case_manager_id is None:
        return False
    person = await load_case_manager(deps, task.org_id, task.case_manager_id)
    has_said_yes = person.offer is not None and person.offer.answer is Answer.YES
    return person.is_active and person.login is None and has_said_yes


async def own_company(deps: Deps, call: Call) -> UUID | None:
    """The company of the case manager who calls; None for a login without a profile."""
    try:
        return (await load_myself(deps, call)).company_id
    except CaseManagerNotFound:
        return None


async def check_member(deps: Deps, org_id: UUID, company_id: UUID, person_id: UUID) -> None:
    """Raises CaseManagerNotFound unless the person is a case manager of the company, in service or not."""
    person = (await summaries_of(deps.database, org_id, [person_id])).get(person_id)
    if person is None or person.company_id != company_id:
        raise CaseManagerNotFound()


async def summaries_of(executor: Executor, org_id: UUID, ids: Collection[UUID]) -> Mapping[UUID, PersonSummary]:
    """Who an organization's case managers are, by their ids; who is none of them is missing."""
    found = await executor.all(LOAD_SUMMARIES, org_id=org_id, ids=list(ids)) if ids else []
    return {person.id: person for person in found}


async def viewer_of(deps: Deps, call: Call) -> Viewer:
    """Who calls, as far as it decides what they see: staff, or a case manager of a unit; NOBODY out of service."""
    if is_staff(call):
        return STAFF_VIEWER
    try:
        person = await load_myself(deps, call)
    except CaseManagerNotFound:
        return NOBODY
    return case_manager_viewer(person.id, person.business_unit_id)
