"""A new case: who books for it, and whom it is about; what may be the same is shown before it is added."""

from urllib.parse import urlencode

from portico.casemanager.v1.case_managers_pb2 import GetCaseManagerRequest, ListCaseManagersRequest
from portico.casemanager.v1.case_resources_pb2 import Case
from portico.casemanager.v1.cases_pb2 import CreateCaseRequest
from portico.casemanager.v1.resources_pb2 import CaseManager
from starlette.responses import Response

from chassis.errors import ServiceError
from portal.areas.cases.fields import ABOUT, choices, consented, patch_of, without_gaps
from portal.areas.cases.sides import STAFF, side_of
from portal.core.context import PageContext
from portal.core.versions import version_of

PAGE = 20


async def ask(context: PageContext) -> Response:
    """Who books for it, where staff have not said yet; then the empty form, or what was typed before."""
    if side_of(context) is not STAFF:
        return await _page(context, None)
    if person_id := context.form["case_manager_id"] or context.query("case_manager"):
        return await _page(context, await _person(context, person_id))
    return await _choose(context)


async def create(context: PageContext) -> Response:
    """Adds it, and shows it; or asks for one more party, or for a second look."""
    is_added, context.form = context.form["do"] == "parties", without_gaps(context.form)
    person = None
    if side_of(context) is STAFF:
        person = await _person(context, context.form["case_manager_id"])
    if is_added:
        return await _page(context, person, adds=True)
    try:
        case = await _created(context)
    except ServiceError as error:
        if error.reason not in ABOUT:
            raise
        context.form = context.form.refused(error, context.i18n, about=ABOUT[error.reason])
        return await _page(context, person)
    if case.possible_duplicates:
        context.request_id = context.form["request_id"]  # what may be the same may be what this form has added before
        return await _page(context, person, checked=case)
    side, slot = side_of(context), _slot(context)
    path = f"{side.home}/request?{urlencode({'case': case.id, 'slot': slot})}" if slot else f"{side.path}/{case.id}"
    return context.redirect(path, flash="case-created")


def _slot(context: PageContext) -> str:
    """The time for which the case is added on the way to booking it; empty: none."""
    return context.form["slot"] or context.query("slot")


async def _created(context: PageContext) -> Case:
    """The case; as long as nobody has seen that it may be there already, with what may be the same and not written."""
    patch = patch_of(context.form, consented(context))
    cases = context.services.casemanager
    checked = await cases.CreateCase(CreateCaseRequest(case=patch, validate_only=True))
    if checked.possible_duplicates and context.form["seen"] != seen_version(checked):
        return checked
    return await cases.CreateCase(CreateCaseRequest(request_id=context.form["request_id"], case=patch))


def seen_version(checked: Case) -> str:
    """Another one for other cases that may be the same, so that only what was read is waved through."""
    return version_of([each.case_id for each in checked.possible_duplicates])


async def _choose(context: PageContext) -> Response:
    query = context.query("query")[:100]
    found = await context.services.casemanager.ListCaseManagers(
        ListCaseManagersRequest(page_size=PAGE, query=query, account_status=CaseManager.ACTIVE, order_by="family_name")
    )
    return context.render(
        "cases/choose_person.html", query=query, found=found, side=side_of(context), slot=_slot(context)
    )


async def _person(context: PageContext, person_id: str) -> CaseManager:
    return await context.services.casemanager.GetCaseManager(GetCaseManagerRequest(case_manager_id=person_id))


async def _page(
    context: PageContext, person: CaseManager | None, *, adds: bool = False, checked: Case | None = None
) -> Response:
    """`checked`: with what may be the same."""
    return context.render(
        "cases/new.html",
        person=person,
        slot=_slot(context),
        duplicates=checked.possible_duplicates if checked else (),
        seen=seen_version(checked) if checked else "",
        **await choices(context, person.company_id if person else "", adds=adds),
    )
