"""Reading business units."""

from collections.abc import Sequence
from uuid import UUID

from portico_errors.casemanager import UnitNotFound

from casemanager.shared.deps import Deps
from casemanager.units.domain import BusinessUnit
from casemanager.units.storage import LIST_UNITS, LOAD_UNIT
from chassis.pagination import Key


async def load_unit(deps: Deps, *, org_id: UUID, company_id: UUID, unit_id: UUID) -> BusinessUnit:
    """The unit of a company; raises UnitNotFound."""
    unit = await deps.database.first(LOAD_UNIT, org_id=org_id, company_id=company_id, unit_id=unit_id)
    if unit is None:
        raise UnitNotFound()
    return unit


async def list_units(
    deps: Deps, org_id: UUID, company_id: UUID, after: tuple[Key, ...], limit: int
) -> Sequence[BusinessUnit]:
    """At most so many units of a company from after a position on, by name."""
    position = after[0] if after else None
    return await deps.database.all(LIST_UNITS, org_id=org_id, company_id=company_id, after=position, limit=limit)
