"""One company: what is written of it, its business units, and whether it takes anything new."""

from google.protobuf.field_mask_pb2 import FieldMask
from portico.casemanager.v1.companies_pb2 import (
    ActivateCompanyRequest,
    CompanyPatch,
    DeactivateCompanyRequest,
    GetCompanyRequest,
    UpdateCompanyRequest,
)
from portico.casemanager.v1.resources_pb2 import Company
from starlette.responses import Response

from chassis.errors import ServiceError
from chassis.tasks import together
from portal.areas.companies import labels
from portal.areas.companies.companies import LIST
from portal.areas.companies.contacts import active_people, contacts_of
from portal.core.colleagues import all_colleagues, colleague_choices
from portal.core.companies import units_of
from portal.core.context import PageContext
from portal.core.forms import Form

FIELDS = (
    *("name", "business_type", "email", "phone", "address"),
    *("booking_email", "report_email", "responsible_staff_id", "main_contact_id"),
)
_ABOUT = {
    "COMPANY_NAME_TAKEN": "name",
    "CASE_MANAGER_NOT_FOUND": "main_contact_id",
    "CONTACT_INVALID": "",
    "CONCURRENT_CHANGE": "",
    "INVALID_REQUEST": "",
}
"""The refusals that the form can mend, each with the field that it is about where it names none."""


async def show(context: PageContext) -> Response:
    """The form, filled with what is known; what was typed and refused stays."""
    company_id = context.param("company_id")
    company, units, colleagues, people = await together(
        load(context), units_of(context, company_id), all_colleagues(context), active_people(context, company_id)
    )
    if not context.form.values:
        context.form = Form({name: getattr(company, name) for name in FIELDS})
    return context.render(
        "companies/company.html",
        labels=labels,
        company=company,
        units=units,
        contacts=await contacts_of(context, company, people),
        colleagues=colleague_choices(colleagues, context.form["responsible_staff_id"], context),
    )


async def change(context: PageContext) -> Response:
    """Saves what was typed, an empty field too."""
    request = UpdateCompanyRequest(
        request_id=context.form["request_id"],
        company_id=context.param("company_id"),
        company=CompanyPatch(**{name: context.form[name] for name in FIELDS}),
        update_mask=FieldMask(paths=FIELDS),
        etag=context.form["etag"],
    )
    try:
        await context.services.casemanager.UpdateCompany(request)
    except ServiceError as error:
        if error.reason not in _ABOUT:
            raise
        context.form = context.form.refused(error, context.i18n, about=_ABOUT[error.reason])
        return await show(context)
    return context.redirect(_page(context), flash="company-saved")


async def ask_deactivation(context: PageContext) -> Response:
    """What follows, before it is done."""
    return context.render("companies/deactivate.html", company=await load(context))


async def deactivate(context: PageContext) -> Response:
    """Takes nothing new for it."""
    await context.services.casemanager.DeactivateCompany(DeactivateCompanyRequest(**_ids(context)))
    return context.redirect(_page(context), flash="company-deactivated", ids=(context.param("company_id"),))


async def activate(context: PageContext) -> Response:
    """Takes what is new again."""
    await context.services.casemanager.ActivateCompany(ActivateCompanyRequest(**_ids(context)))
    return context.redirect(_page(context), flash="company-activated")


async def load(context: PageContext) -> Company:
    """The company of the address."""
    return await context.services.casemanager.GetCompany(GetCompanyRequest(company_id=context.param("company_id")))


def _ids(context: PageContext) -> dict[str, str]:
    return {"request_id": context.form["request_id"], "company_id": context.param("company_id")}


def _page(context: PageContext) -> str:
    return f"{LIST}/{context.param('company_id')}"
