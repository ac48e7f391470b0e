"""Who acts on tasks and whom they are for, and reading a task with the names that it is shown with."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from portico_errors.casemanager import AssigneeNotFound, StaffNotFound, TaskNotFound

from casemanager.shared.deps import Deps
from casemanager.shared.organizations import organization_of
from casemanager.shared.people import Contact
from casemanager.shared.staff import check_staff
from casemanager.shared.visibility import is_staff
from casemanager.tasks.domain.changes import Held, OfBooking, require_seen
from casemanager.tasks.domain.task import POOL, Actor, Assignee, AssigneeKind, Kind, Person, PersonName, Task
from casemanager.tasks.listing import LOAD_TASK
from chassis.call import Call, Role

_NOBODY = UUID(int=0)
_KIND_OF = {Role.CASE_MANAGER: AssigneeKind.CASE_MANAGER, Role.SPECIALIST: AssigneeKind.SPECIALIST}
Names = Mapping[UUID, PersonName]


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """What one kind of people is, to tasks: each is asked of the feature that has them.

    `myself` is who calls (None: nobody in service), `person` somebody by their id (None: nobody of the organization),
    `names` several.
    """

    myself: Callable[[Deps, Call], Awaitable[Person | None]]
    person: Callable[[Deps, UUID, UUID], Awaitable[Person | None]]
    names: Callable[[Deps, UUID, Sequence[UUID]], Awaitable[Names]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What tasks are about: the people, and whether what a derived one asks for is still to do, by kind.

    `check_case` raises CaseNotFound for a case that the caller does not see, `find_booking` BookingNotFound; `managers`
    are those of bookings that somebody sees, by booking.
    """

    people: Mapping[AssigneeKind, People]
    check_case: Callable[[Deps, Call, UUID], Awaitable[object]]
    find_booking: Callable[[Deps, Call, UUID], Awaitable[OfBooking]]
    managers: Callable[[Deps, UUID, Actor, Sequence[UUID]], Awaitable[Names]]
    is_needed: Mapping[Kind, Callable[[Deps, Task], Awaitable[bool]]]


async def actor_of(deps: Deps, around: Surroundings, call: Call) -> Actor:
    """Who calls; somebody out of service is for no task, and sees none."""
    if is_staff(call):
        return Actor(assignee=Assignee(AssigneeKind.STAFF, call.account_id), account_id=call.account_id)
    kind = _KIND_OF[call.caller.role or Role.SPECIALIST]
    myself = await around.people[kind].myself(deps, call)
    return Actor(
        assignee=Assignee(kind, _NOBODY) if myself is None else myself.assignee,
        account_id=call.account_id,
        business_unit_id=None if myself is None else myself.business_unit_id,
    )


@dataclass(frozen=True, slots=True)
class Whom:
    """Whom a task is to be for, as it was asked for: an id, the pool, or with neither who calls."""

    assignee_id: UUID | None
    in_pool: bool


async def person_of(deps: Deps, around: Surroundings, org_id: UUID, actor: Actor, whom: Whom) -> Person:
    """Whom a task is to be for; raises AssigneeNotFound for nobody of the organization."""
    if whom.in_pool:
        return await _of_staff(deps, org_id, POOL)
    assignee_id = whom.assignee_id or actor.assignee.id or _NOBODY
    if actor.is_staff and assignee_id == actor.assignee.id:
        return await _of_staff(deps, org_id, actor.assignee)
    for people in around.people.values():
        if (person := await people.person(deps, org_id, assignee_id)) is not None:
            return person
    try:
        contact = await check_staff(deps, org_id, assignee_id)
    except StaffNotFound:
        raise AssigneeNotFound() from None
    return await _of_staff(deps, org_id, Assignee(AssigneeKind.STAFF, assignee_id), contact)


async def _of_staff(deps: Deps, org_id: UUID, assignee: Assignee, contact: Contact | None = None) -> Person:
    zone = (await organization_of(deps.database, org_id)).time_zone
    return Person(assignee=assignee, zone=zone, contact=contact)


async def load_task(deps: Deps, org_id: UUID, actor: Actor, task_id: UUID) -> Task:
    """A task that somebody sees; raises TaskNotFound."""
    task = await deps.database.first(LOAD_TASK, org_id=org_id, id=task_id)
    if task is None:
        raise TaskNotFound()
    return require_seen(task, actor)


async def load_held(deps: Deps, around: Surroundings, org_id: UUID, actor: Actor, task_id: UUID) -> Held:
    """A task that somebody sees, and whom it is for; raises TaskNotFound."""
    task = await load_task(deps, org_id, actor, task_id)
    people = around.people.get(task.assignee.kind)
    person = await people.person(deps, org_id, task.assignee.id) if people and task.assignee.id else None
    # Of the staff may be one who has left meanwhile.
    return Held(task, person or await _of_staff(deps, org_id, task.assignee))


async def is_needed(deps: Deps, around: Surroundings, task: Task) -> bool:
    """Whether what a task asks for is still to do: what people alone end is, until they say otherwise."""
    if not task.is_derived or task.kind is Kind.MOVE_BOOKINGS:
        return True
    ask = around.is_needed.get(task.kind)
    return ask is not None and await ask(deps, task)


async def names_in(deps: Deps, around: Surroundings, org_id: UUID, actor: Actor, tasks: Iterable[Task]) -> Names:
    """The names of all whom tasks are about or for, and by booking of whose it is; one read for each kind.

    But for staff, whose names identity has.
    """
    wanted: dict[AssigneeKind, set[UUID]] = {kind: set() for kind in around.people}
    booking_ids = set[UUID]()
    for task in tasks:
        if task.booking_id:
            booking_ids.add(task.booking_id)
        if task.case_manager_id:
            wanted[AssigneeKind.CASE_MANAGER].add(task.case_manager_id)
        if task.assignee.id and task.assignee.kind in wanted:
            wanted[task.assignee.kind].add(task.assignee.id)
    found: dict[UUID, PersonName] = {}
    for kind, ids in wanted.items():
        if ids:
            found |= await around.people[kind].names(deps, org_id, sorted(ids))
    if booking_ids:
        found |= await around.managers(deps, org_id, actor, sorted(booking_ids))
    return found
