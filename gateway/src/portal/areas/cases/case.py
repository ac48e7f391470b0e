"""One case: what is written of it, and whether anything new is booked for it."""

from collections.abc import Sequence
from datetime import date

from portico.casemanager.v1.case_resources_pb2 import Case
from portico.casemanager.v1.cases_pb2 import CloseCaseRequest, GetCaseRequest, ReopenCaseRequest
from portico.casemanager.v1.resources_pb2 import Task
from portico.casemanager.v1.tasks_pb2 import ListTasksRequest
from portico.casemanager.v1.value_lists_pb2 import ValueList
from starlette.responses import Response

from chassis.errors import ServiceError
from chassis.tasks import together
from portal.areas.cases import labels
from portal.areas.cases.sides import myself, side_of
from portal.core.context import PageContext
from portal.core.labels import TASK_TITLES
from portal.core.values import values_of

_MAX_TASKS = 50


async def show(context: PageContext) -> Response:
    """All of it; what can be done now has a button."""
    case, values, person, tasks = await together(load(context), values_of(context), myself(context), _tasks(context))
    return context.render(
        "cases/case.html",
        labels=labels,
        side=side_of(context),
        case=case,
        person=person,
        birth_date=date.fromisoformat(case.subject.birth_date) if case.subject.birth_date else None,
        service=values.words(ValueList.SERVICE_TYPES, case.service_type),
        claim=values.words(ValueList.CLAIM_TYPES, case.claim_type),
        tasks=tasks,
        titles=TASK_TITLES,
        may_edit=Case.EDIT in case.allowed_actions,
        may_close=Case.CLOSE in case.allowed_actions,
        may_reopen=Case.REOPEN in case.allowed_actions,
    )


async def _tasks(context: PageContext) -> Sequence[Task]:
    """What is to be done about the case: for staff all, for case managers what is theirs."""
    request = ListTasksRequest(page_size=_MAX_TASKS, case_id=context.param("case_id"))
    return (await context.services.casemanager.ListTasks(request)).tasks


async def ask_closing(context: PageContext) -> Response:
    """What follows, before it is done."""
    case, _ = await together(load(context), myself(context))
    return context.render("cases/close.html", case=case, side=side_of(context))


async def close(context: PageContext) -> Response:
    """Takes no new request for it; or says what is still open."""
    request = CloseCaseRequest(**_seen(context))
    try:
        await context.services.casemanager.CloseCase(request)
    except ServiceError as error:
        if error.reason not in {"CASE_HAS_OPEN_BOOKINGS", "CONCURRENT_CHANGE"}:
            raise
        return context.redirect(address(context), flash=error.reason)
    return context.redirect(address(context), flash="case-closed")


async def reopen(context: PageContext) -> Response:
    """Takes requests for it again."""
    try:
        await context.services.casemanager.ReopenCase(ReopenCaseRequest(**_seen(context)))
    except ServiceError as error:
        if error.reason != "CONCURRENT_CHANGE":
            raise
        return context.redirect(address(context), flash=error.reason)
    return context.redirect(address(context), flash="case-reopened")


def _seen(context: PageContext) -> dict[str, str]:
    """The case of the address, in the version that was seen, and the form's request id."""
    form = context.form
    return {"request_id": form["request_id"], "case_id": context.param("case_id"), "etag": form["etag"]}


async def load(context: PageContext) -> Case:
    """The case of the address."""
    return await context.services.casemanager.GetCase(GetCaseRequest(case_id=context.param("case_id")))


def address(context: PageContext) -> str:
    """Where the case of the address is shown."""
    return f"{side_of(context).path}/{context.param('case_id')}"
