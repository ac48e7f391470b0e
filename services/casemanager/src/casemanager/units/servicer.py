"""The parts of a company."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from google.protobuf.empty_pb2 import Empty
from portico.casemanager.v1 import business_units_pb2 as pb
from portico.casemanager.v1 import resources_pb2 as res
from portico.casemanager.v1.business_units_pb2_grpc import BusinessUnitsServiceServicer
from portico_errors.casemanager import UnitNotEmpty, UnitNotFound
from psycopg.errors import ForeignKeyViolation

from casemanager.companies.usecases import load_company
from casemanager.shared.deps import Deps
from casemanager.shared.names import checked_name
from casemanager.units.domain import BusinessUnit, new_unit, rename
from casemanager.units.storage import ADD_UNIT, DELETE_UNIT, SAVE_UNIT, UNIT, UNITS_BY_NAME, unit_params
from casemanager.units.usecases import list_units, load_unit
from chassis.aggregate import Aggregate, Source
from chassis.call import current_call
from chassis.interceptor import Context
from chassis.mapping import Params
from chassis.saves import Save
from chassis.wire import timestamp


class BusinessUnitsServicer(BusinessUnitsServiceServicer):
    """For staff."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._new, self._changed = _units(deps, ADD_UNIT, UNIT.params), _units(deps, SAVE_UNIT, unit_params)

    async def CreateBusinessUnit(self, request: pb.CreateBusinessUnitRequest, context: Context) -> res.BusinessUnit:
        call, deps = current_call(), self._deps
        company = await load_company(deps, org_id=call.org_id, company_id=UUID(request.company_id))
        name = checked_name(request.name, field="name")
        unit = new_unit(company, name, unit_id=deps.ids(), now=deps.clock())
        return await self._new.add(call, call.org_id, unit)

    async def ListBusinessUnits(
        self, request: pb.ListBusinessUnitsRequest, context: Context
    ) -> pb.ListBusinessUnitsResponse:
        org_id = current_call().org_id
        await load_company(self._deps, org_id=org_id, company_id=UUID(request.company_id))
        fetch = partial(list_units, self._deps, org_id, UUID(request.company_id))
        page = await self._deps.pager.page(request, org_id, UNITS_BY_NAME, fetch)
        units = map(_unit_message, page.items)
        return pb.ListBusinessUnitsResponse(business_units=units, next_page_token=page.next_token)

    async def UpdateBusinessUnit(self, request: pb.UpdateBusinessUnitRequest, context: Context) -> res.BusinessUnit:
        call, which = current_call(), _ids(request)
        source = Source(call, call.org_id, partial(load_unit, self._deps, org_id=call.org_id, **which))
        return await self._changed.change(source.seen(request.etag), rename, checked_name(request.name, field="name"))

    async def DeleteBusinessUnit(self, request: pb.DeleteBusinessUnitRequest, context: Context) -> Empty:
        try:
            if await self._deps.database.first(DELETE_UNIT, org_id=current_call().org_id, **_ids(request)) is None:
                raise UnitNotFound()
        except ForeignKeyViolation:
            raise UnitNotEmpty() from None
        return Empty()


def _ids(request: pb.UpdateBusinessUnitRequest | pb.DeleteBusinessUnitRequest) -> dict[str, UUID]:
    return {"company_id": UUID(request.company_id), "unit_id": UUID(request.business_unit_id)}


def _units(
    deps: Deps, save: Save, params: Callable[[BusinessUnit], Params]
) -> Aggregate[BusinessUnit, res.BusinessUnit]:
    return Aggregate(
        database=deps.database,
        clock=deps.clock,
        save=save,
        params=lambda unit, _: params(unit),
        events=lambda *_: [],
        answer=lambda unit, _: _unit_message(unit),
        reply=res.BusinessUnit,
    )


def _unit_message(unit: BusinessUnit) -> res.BusinessUnit:
    return res.BusinessUnit(
        id=str(unit.id),
        company_id=str(unit.company_id),
        name=unit.name,
        create_time=timestamp(unit.create_time),
        etag=str(unit.version),
    )
