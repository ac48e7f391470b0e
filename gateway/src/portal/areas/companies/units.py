"""The business units of a company: added, given another name, removed when nobody belongs to them."""

from urllib.parse import urlencode

from portico.casemanager.v1.business_units_pb2 import (
    CreateBusinessUnitRequest,
    DeleteBusinessUnitRequest,
    UpdateBusinessUnitRequest,
)
from portico.casemanager.v1.resources_pb2 import BusinessUnit
from portico_errors.casemanager import UnitNotFound
from starlette.responses import Response

from chassis.errors import ServiceError
from portal.areas.companies.companies import LIST
from portal.core.companies import units_of
from portal.core.context import PageContext
from portal.core.forms import Form

IN_THE_FORM = frozenset({"UNIT_NAME_TAKEN", "CONCURRENT_CHANGE", "INVALID_REQUEST"})


async def ask_new(context: PageContext) -> Response:
    """Its name."""
    return context.render("companies/unit.html", unit=None, here=_company(context))


async def create(context: PageContext) -> Response:
    """Adds it to the company."""
    request = CreateBusinessUnitRequest(
        request_id=context.form["request_id"], company_id=context.param("company_id"), name=context.form["name"]
    )
    try:
        await context.services.casemanager.CreateBusinessUnit(request)
    except ServiceError as error:
        if error.reason not in IN_THE_FORM:
            raise
        context.form = context.form.refused(error, context.i18n, about="name")
        return await ask_new(context)
    return context.redirect(_company(context), flash="unit-created")


async def ask_name(context: PageContext) -> Response:
    """Its name, to be changed."""
    unit = await _load(context)
    if not context.form.values:
        context.form = Form({"name": unit.name})
    return context.render("companies/unit.html", unit=unit, here=_company(context))


async def rename(context: PageContext) -> Response:
    """Gives it the name that was typed."""
    request = UpdateBusinessUnitRequest(
        request_id=context.form["request_id"],
        **_ids(context),
        name=context.form["name"],
        etag=context.form["etag"],
    )
    try:
        await context.services.casemanager.UpdateBusinessUnit(request)
    except ServiceError as error:
        if error.reason not in IN_THE_FORM:
            raise
        context.form = context.form.refused(error, context.i18n, about="name")
        return await ask_name(context)
    return context.redirect(_company(context), flash="unit-renamed")


async def ask_removal(context: PageContext) -> Response:
    """What follows, before it is done."""
    unit = await _load(context)
    members = f"/case-managers?{urlencode({'company': unit.company_id, 'unit': unit.id})}"
    return context.render("companies/remove_unit.html", unit=unit, here=_company(context), members=members)


async def remove(context: PageContext) -> Response:
    """Removes it; where somebody belongs to it, the page says who, and nothing is done."""
    try:
        await context.services.casemanager.DeleteBusinessUnit(DeleteBusinessUnitRequest(**_ids(context)))
    except ServiceError as error:
        if error.reason != "UNIT_NOT_EMPTY":
            raise
        context.form = context.form.refused(error, context.i18n)
        return await ask_removal(context)
    return context.redirect(_company(context), flash="unit-removed")


async def _load(context: PageContext) -> BusinessUnit:
    """The unit of the address; raises UnitNotFound."""
    for unit in await units_of(context, context.param("company_id")):
        if unit.id == context.param("business_unit_id"):
            return unit
    raise UnitNotFound()


def _ids(context: PageContext) -> dict[str, str]:
    return {name: context.param(name) for name in ("company_id", "business_unit_id")}


def _company(context: PageContext) -> str:
    return f"{LIST}/{context.param('company_id')}"
