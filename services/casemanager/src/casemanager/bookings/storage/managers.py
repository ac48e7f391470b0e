"""Whose bookings these are: the case managers by booking, as far as somebody sees the bookings."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from uuid import UUID

from sqlalchemy import SmallInteger, Uuid, any_, bindparam, literal, select, true
from sqlalchemy.dialects.postgresql import ARRAY

from casemanager.bookings.domain.states import State
from casemanager.bookings.domain.visibility import Caller
from casemanager.bookings.storage.listing import known_params
from casemanager.bookings.storage.load import ORG_ID
from casemanager.bookings.storage.tables import bookings
from casemanager.bookings.storage.walks import Scope, is_seen, scope_of
from casemanager.case_managers.storage import case_managers
from casemanager.companies.storage import companies
from casemanager.tasks.domain.task import PersonName
from chassis.db import Executor, Statement, statement
from chassis.readers import reader
from chassis.text import full_name


async def managers_of(
    executor: Executor, org_id: UUID, caller: Caller, booking_ids: Sequence[UUID]
) -> Mapping[UUID, PersonName]:
    """The case managers of these bookings, by booking; those of which the caller knows nothing are missing."""
    scope = scope_of(caller, is_mine=False)
    if scope is Scope.NONE:
        return {}
    stmt = _managers_statement(scope)
    params = {
        "viewer_id": caller.case_manager_id,
        "viewer_unit_id": caller.unit_id,
        "viewer_specialist_id": caller.specialist_id,
    }
    found = await executor.all(stmt, org_id=org_id, ids=list(booking_ids), **known_params(params, stmt))
    return dict(found)


@lru_cache(maxsize=len(Scope))
def _managers_statement(scope: Scope) -> Statement[tuple[UUID, PersonName]]:
    # Of an appointment that will not be a specialist sees nobody.
    is_told = true() if scope is not Scope.BOOKED else bookings.c.state != literal(State.CANCELLED, SmallInteger)
    return statement(
        select(
            bookings.c.id.label("booking_id"),
            *(case_managers.c[name] for name in ("id", "given_name", "family_name")),
            companies.c.name.label("company_name"),
        )
        .join(
            case_managers,
            (case_managers.c.org_id == bookings.c.org_id) & (case_managers.c.id == bookings.c.case_manager_id),
        )
        .join(companies, (companies.c.org_id == bookings.c.org_id) & (companies.c.id == bookings.c.company_id))
        .where(
            bookings.c.org_id == ORG_ID,
            bookings.c.id == any_(bindparam("ids", type_=ARRAY(Uuid))),
            is_seen(scope),
            is_told,
        ),
        into=reader(_manager, "booking_id", "id", "given_name", "family_name", "company_name"),
    )


def _manager(
    booking_id: UUID, id_: UUID, given_name: str, family_name: str, company_name: str
) -> tuple[UUID, PersonName]:
    return booking_id, PersonName(id_, full_name(given_name, family_name), company_name)
