"""Reading specialists, who of them is asking, and what identity is asked for when they change."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from uuid import UUID

from portico.casemanager.v1 import schedule_resources_pb2 as res
from portico.options.v1 import options_pb2
from portico_errors import identity as theirs
from portico_errors.casemanager import SpecialistNotFound, UsernameTaken
from psycopg.errors import InFailedSqlTransaction

from casemanager.logins.usecases import Holder, command_login, take_back
from casemanager.reservations.storage import LIST_CONFIRMED
from casemanager.shared.deps import Deps
from casemanager.shared.organizations import organization_of
from casemanager.shared.people import Contact
from casemanager.shared.visibility import is_staff
from casemanager.specialists.aggregate import changed_specialists, deactivated_specialists, from_now
from casemanager.specialists.domain import AccountStatus, Ahead, Change, Specialist, deactivate
from casemanager.specialists.storage import (
    FIND_BY_ACCOUNT,
    FIND_OWN_SPECIALIST,
    LOAD_SPECIALIST,
    LOCK_SPECIALIST,
    SPECIALIST_NAMES_OF,
)
from casemanager.tasks.domain.task import Assignee, AssigneeKind, Person, PersonName
from chassis.aggregate import TRIES, C, Source, kept_reply
from chassis.call import Call, Role
from chassis.db import Executor
from chassis.errors import Aborted, Conflict
from chassis.text import full_name

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
        contact=Contact(specialist.display_name, specialist.email, specialist.language),
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


async def load_myself(deps: Deps, call: Call) -> Specialist:
    """The specialist who calls; SpecialistNotFound for a login without a profile, or one that is off."""
    own = await own_specialist_id(deps, call)
    return await load_specialist(deps.database, org_id=call.org_id, specialist_id=own or NOBODY)


async def change_specialist(
    deps: Deps,
    call: Call,
    specialist_id: UUID,
    decide: Callable[[Specialist, C, datetime], Change],
    command: C,
    *,
    effect: Callable[[Change], Awaitable[object]] | None = None,
) -> res.Specialist:
    """Changes a specialist of the caller's organization, at identity too where the login shall change.

    Raises SpecialistNotFound, UsernameTaken, and what the decision raises.
    """
    obeyed: list[Change] = []

    async def complete(change: Change) -> Change:
        done = await _commanded(deps, change)
        obeyed.extend([done] if done.commands_login else [])
        return done

    load = partial(load_specialist, deps.database, org_id=call.org_id, specialist_id=specialist_id)
    source = Source(call, call.org_id, load)
    try:
        return await changed_specialists(deps).change(source, decide, command, effect=effect, complete=complete)
    except Conflict:
        # Identity had obeyed, the race was lost, and what is there now does not allow it.
        if obeyed:
            await _take_back(deps, obeyed[-1])
        raise


async def deactivate_specialist(deps: Deps, call: Call, specialist_id: UUID) -> res.Specialist:
    """Takes a specialist out of service, and their login with them; BookingsInTheWay with something confirmed ahead.

    Identity is asked before the transaction begins, in which nobody else takes the specialist's time. Who books them
    in between keeps them in service, and their login.
    """
    if (kept := await kept_reply(deps.database, call, call.org_id)) is not None:
        return res.Specialist.FromString(kept)
    told: Change | None = None
    try:
        for _ in range(TRIES):
            ahead = await _ahead(deps, deps.database, call, specialist_id)
            told = await _commanded(deps, deactivate(ahead, None, deps.clock()))
            with suppress(_Stale, InFailedSqlTransaction):  # changed meanwhile, or answered: that answer is kept by now
                async with deps.database.transaction() as tx:
                    return await _deactivate(deps, tx, call, told)
    except Conflict:
        if told is not None:
            await _take_back(deps, told)
        raise
    raise Aborted()


class _Stale(Exception):
    """The specialist is not as identity was told."""


async def _deactivate(deps: Deps, tx: Executor, call: Call, told: Change) -> res.Specialist:
    """What is being confirmed at the same moment is not seen by a statement that began before.

    So the specialist is locked by a statement of its own, between the decision and the save. Whoever takes time shares
    that lock while they do.
    """
    specialist_id = told.specialist.id

    async def load() -> Ahead:
        ahead = await _ahead(deps, tx, call, specialist_id)
        if ahead.specialist.version != told.specialist.version - 1:
            raise _Stale
        return ahead

    async def complete(change: Change) -> Change:
        return replace(change, specialist=replace(change.specialist, login=told.specialist.login))

    source = Source(call, call.org_id, load)
    lock = partial(tx.first, LOCK_SPECIALIST, org_id=call.org_id, specialist_id=specialist_id)
    return await deactivated_specialists(deps, tx).change(
        source, deactivate, None, effect=lambda _: lock(), complete=complete
    )


async def _ahead(deps: Deps, executor: Executor, call: Call, specialist_id: UUID) -> Ahead:
    which = {"org_id": call.org_id, "specialist_id": specialist_id}
    specialist = await load_specialist(executor, **which)
    during = from_now(deps.clock())
    return Ahead(specialist, await executor.all(LIST_CONFIRMED, **which, during=during, limit=MAX_LISTED))


async def _commanded(deps: Deps, change: Change) -> Change:
    """The change once identity has obeyed."""
    specialist = change.specialist
    if specialist.login is None or not change.commands_login:
        return change
    try:
        login = await command_login(deps, _holder(specialist), specialist.login)
    except theirs.UsernameTaken as refused:
        raise await _taken(deps, specialist.org_id, refused) from None
    return replace(change, specialist=replace(specialist, login=login))


async def _take_back(deps: Deps, told: Change) -> None:
    """Undoes at identity what was told for nothing."""
    specialist = told.specialist
    if told.commands_login and specialist.login is not None:
        kept = await load_specialist(deps.database, org_id=specialist.org_id, specialist_id=specialist.id)
        await take_back(deps, _holder(specialist), specialist.login, kept.login)


async def _taken(deps: Deps, org_id: UUID, refused: theirs.UsernameTaken) -> UsernameTaken:
    """The refusal with the specialist who has the login, where it is one of ours."""
    account_id = refused.metadata.get("account_id", "")
    owner = None
    if account_id:
        owner = await deps.database.first(FIND_BY_ACCOUNT, org_id=org_id, login_account_id=UUID(account_id))
    return UsernameTaken(metadata={"account_id": account_id, "specialist_id": str(owner or "")})


def _holder(specialist: Specialist) -> Holder:
    return Holder(
        org_id=specialist.org_id,
        person_id=specialist.id,
        role=options_pb2.SPECIALIST,
        display_name=full_name(specialist.given_name, specialist.family_name),
        language=specialist.language,
    )
