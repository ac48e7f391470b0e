"""Reading specialists, who of them is asking, and taking one out of service."""

from collections.abc import Mapping, Sequence
from functools import partial
from uuid import UUID

from portico.casemanager.v1 import schedule_resources_pb2 as res
from portico_errors.casemanager import SpecialistNotFound
from psycopg.errors import InFailedSqlTransaction

from casemanager.reservations.storage import LIST_CONFIRMED
from casemanager.shared.deps import Deps
from casemanager.shared.organizations import organization_of
from casemanager.shared.visibility import is_staff
from casemanager.specialists.aggregate import deactivated_specialists, from_now
from casemanager.specialists.domain import AccountStatus, Ahead, Specialist, deactivate
from casemanager.specialists.storage import (
    FIND_OWN_SPECIALIST,
    LOAD_SPECIALIST,
    LOCK_SPECIALIST,
    SPECIALIST_NAMES_OF,
)
from casemanager.tasks.domain.task import Assignee, AssigneeKind, Person, PersonName
from chassis.aggregate import TRIES, Source
from chassis.call import Call, Role
from chassis.db import Executor
from chassis.errors import Aborted

MAX_LISTED = 1000
"""Confirmed bookings that a refusal counts."""
NOBODY = UUID(int=0)


async def load_specialist(executor: Executor, *, org_id: UUID, specialist_id: UUID) -> Specialist:
    """The specialist; SpecialistNotFound for another organization's."""
    specialist = await executor.first(LOAD_SPECIALIST, org_id=org_id, specialist_id=specialist_id)
    if specialist is None:
        raise SpecialistNotFound()
    return specialist


async def own_specialist_id(deps: Deps, call: Call) -> UUID | None:
    """Which specialist the caller is, by their login; None: none, as staff and case managers.

    NOBODY for a specialist's login that belongs to no active one here: they see nothing.
    """
    if call.caller.role is not Role.SPECIALIST:
        return None
    own = await deps.database.first(FIND_OWN_SPECIALIST, org_id=call.org_id, login_account_id=call.account_id)
    return own or NOBODY


async def task_person(deps: Deps, org_id: UUID, specialist_id: UUID) -> Person | None:
    """A specialist as tasks are for them; None: nobody of the organization."""
    specialist = await deps.database.first(LOAD_SPECIALIST, org_id=org_id, specialist_id=specialist_id)
    if specialist is None:
        return None
    return Person(
        assignee=Assignee(AssigneeKind.SPECIALIST, specialist.id),
        zone=specialist.time_zone or (await organization_of(deps.database, org_id)).time_zone,
        is_active=specialist.account_status is AccountStatus.ACTIVE,
    )


async def myself_in_tasks(deps: Deps, call: Call) -> Person | None:
    """The specialist who calls, as tasks are for them; None for nobody in service."""
    own = await own_specialist_id(deps, call)
    return await task_person(deps, call.org_id, own) if own else None


async def names_of(deps: Deps, org_id: UUID, ids: Sequence[UUID]) -> Mapping[UUID, PersonName]:
    """The names of an organization's specialists, by their ids."""
    found = await deps.database.all(SPECIALIST_NAMES_OF, org_id=org_id, ids=list(ids))
    return {specialist.id: specialist for specialist in found}


async def seen_specialist_id(deps: Deps, call: Call, specialist_id: UUID) -> UUID:
    """The specialist whose time staff or they themselves may see and change; SpecialistNotFound for others'."""
    if is_staff(call) or await own_specialist_id(deps, call) == specialist_id:
        return specialist_id
    raise SpecialistNotFound()


async def deactivate_specialist(deps: Deps, call: Call, specialist_id: UUID) -> res.Specialist:
    """Takes a specialist out of service; BookingsInTheWay while something confirmed lies ahead."""
    for _ in range(TRIES):
        try:
            async with deps.database.transaction() as tx:
                return await _deactivate(deps, tx, call, specialist_id)
        except InFailedSqlTransaction:
            continue  # the same call was answered meanwhile: its answer is kept by now
    raise Aborted()


async def _deactivate(deps: Deps, tx: Executor, call: Call, specialist_id: UUID) -> res.Specialist:
    """What is being confirmed at the same moment is not seen by a statement that began before.

    So the specialist is locked by a statement of its own, between the decision and the save. Whoever takes time shares
    that lock while they do.
    """
    which = {"org_id": call.org_id, "specialist_id": specialist_id}

    async def load() -> Ahead:
        specialist = await load_specialist(tx, **which)
        ahead = from_now(deps.clock())
        return Ahead(specialist, await tx.all(LIST_CONFIRMED, **which, during=ahead, limit=MAX_LISTED))

    source = Source(call, call.org_id, load)
    lock = partial(tx.first, LOCK_SPECIALIST, **which)
    return await deactivated_specialists(deps, tx).change(source, deactivate, None, effect=lambda _: lock())
