"""One task: what is known of it, what is written of it, and whom it is for; and a new one by hand."""

import re
from collections.abc import Sequence

from google.protobuf.field_mask_pb2 import FieldMask
from portico.casemanager.v1.case_managers_pb2 import GetCaseManagerRequest, ListCaseManagersRequest
from portico.casemanager.v1.resources_pb2 import CaseManager, Task
from portico.casemanager.v1.tasks_pb2 import (
    CreateTaskRequest,
    GetTaskRequest,
    ReassignTaskRequest,
    TaskPatch,
    UpdateTaskRequest,
)
from starlette.responses import Response

from chassis.call import Role
from chassis.errors import InvalidArgument, NotFound, ServiceError
from chassis.tasks import together
from chassis.text import full_name
from portal.areas.tasks import labels
from portal.areas.tasks.bases import BOOKINGS, base_of, show_own_organization
from portal.areas.tasks.tasks import ENDED_MEANWHILE, can, colleagues_in, ids, said
from portal.core.colleagues import all_colleagues
from portal.core.context import PageContext
from portal.core.forms import Form
from portal.core.i18n import N_
from portal.core.labels import TASK_TITLES

POOL = "pool"
_NUMBER = re.compile(r"\bB-\d+")
"""A booking, as the note of a task that is about several names it."""
_MAX_PEOPLE = 200
"""How many case managers of a company can be chosen."""
_IN_THE_FORM = {"INVALID_REQUEST": "", "ASSIGNEE_INVALID": "assignee_id", "ASSIGNEE_NOT_FOUND": "assignee_id"}
"""The refusals that a form can mend, each with the field that it is about where it names none."""
_Choices = list[tuple[str, str]]


async def show(context: PageContext) -> Response:
    """The page; what was typed and refused stays."""
    await show_own_organization(context)
    task = await context.services.casemanager.GetTask(GetTaskRequest(task_id=context.param("task_id")))
    if not context.form.values:
        context.form = Form({"title": task.title, "note": task.note})
    may_assign = _is_staff(context) and Task.REASSIGN in task.actions
    colleagues, choices = await together(
        colleagues_in(context, [task]), _holders(context, task) if may_assign else _nobody()
    )
    return context.render(
        "tasks/task.html",
        labels=labels,
        titles=TASK_TITLES,
        can=can,
        task=task,
        base=base_of(context),
        bookings=BOOKINGS[base_of(context)],
        numbers=_NUMBER.findall(task.note) if task.kind == Task.MOVE_BOOKINGS else [],
        colleagues=colleagues,
        holders=choices,
        today=_today(context),
        is_staff=_is_staff(context),
    )


async def change(context: PageContext) -> Response:
    """Saves what was typed; the day only where another one was chosen, the title only of what somebody wrote."""
    form = context.form
    paths = ["note", *(["due_date"] if form["due_date"] else []), *(["title"] if "title" in form.values else [])]
    request = UpdateTaskRequest(
        **ids(context),
        task=TaskPatch(title=form["title"], note=form["note"], due_date=form["due_date"]),
        update_mask=FieldMask(paths=paths),
    )
    try:
        await context.services.casemanager.UpdateTask(request)
    except ServiceError as error:
        if error.reason not in _IN_THE_FORM:
            return said(context, error)
        context.form = form.refused(error, context.i18n, about=_IN_THE_FORM[error.reason])
        return await show(context)
    return context.redirect(f"{base_of(context)}/{context.param('task_id')}", flash="task-saved")


async def assign(context: PageContext) -> Response:
    """Gives it to whoever was chosen."""
    chosen = context.form["assignee_id"]
    request = ReassignTaskRequest(**ids(context), assignee_id="" if chosen == POOL else chosen, pool=chosen == POOL)
    flash = "task-assigned" if chosen != context.account_id else "task-taken"
    try:
        await context.services.casemanager.ReassignTask(request)
    except ServiceError as error:
        if error.reason not in ENDED_MEANWHILE:
            raise
        flash = error.reason
    return context.redirect(f"{base_of(context)}/{context.param('task_id')}", flash=flash)


async def ask_new(context: PageContext) -> Response:
    """What is to be done, by when, and for whom."""
    await show_own_organization(context)
    person = await _person(context)
    chosen = context.form["assignee_id"] or (person.id if person else context.account_id)
    people: _Choices = []
    if _is_staff(context):
        people = await _of_staff(context)
        people += [(person.id, full_name(person.given_name, person.family_name))] if person else []
    return context.render(
        "tasks/new.html",
        base=base_of(context),
        people=people,
        chosen=chosen,
        today=_today(context),
        whom=person.id if person else "",
        case=context.form["case"] or context.query("case"),
    )


async def create(context: PageContext) -> Response:
    """Writes it down."""
    form = context.form
    chosen = form["assignee_id"] if _is_staff(context) else ""
    request = CreateTaskRequest(
        request_id=form["request_id"],
        task=TaskPatch(title=form["title"], note=form["note"], due_date=form["due_date"]),
        assignee_id="" if chosen == POOL else chosen,
        pool=chosen == POOL,
        case_id=form["case"],
    )
    try:
        task = await context.services.casemanager.CreateTask(request)
    except ServiceError as error:
        if error.reason not in _IN_THE_FORM:
            raise
        context.form = form.refused(error, context.i18n, about=_IN_THE_FORM[error.reason])
        return await ask_new(context)
    return context.redirect(f"{base_of(context)}/{task.id}", flash="task-created")


async def _nobody() -> _Choices:
    return []


async def _of_staff(context: PageContext) -> _Choices:
    """Who is asked, the pool, and the colleagues."""
    others = [each for each in await all_colleagues(context) if each.id != context.account_id]
    return [
        (context.account_id, context.i18n(N_("myself"))),
        (POOL, context.i18n(N_("anybody of the staff"))),
        *((each.id, each.display_name) for each in others),
    ]


async def _holders(context: PageContext, task: Task) -> _Choices:
    """Whom it may be given to: staff, and where a case manager has it the others of their company."""
    is_of_company = task.assignee_kind == Task.CASE_MANAGER
    choices = await _of_staff(context) if task.kind == Task.BY_HAND or not is_of_company else []
    if task.assignee_kind == Task.SPECIALIST:
        return [*choices, (task.assignee_id, task.assignee_name)] if task.kind == Task.BY_HAND else []
    people = await _colleagues_of(context, task.assignee_id) if is_of_company else []
    choices += [(person.id, full_name(person.given_name, person.family_name)) for person in people]
    holder = POOL if task.assignee_kind == Task.POOL else task.assignee_id
    name = task.assignee_name or context.i18n(N_("a former colleague"))
    return choices if holder in dict(choices) else [*choices, (holder, name)]


async def _colleagues_of(context: PageContext, case_manager_id: str) -> Sequence[CaseManager]:
    casemanager = context.services.casemanager
    person = await casemanager.GetCaseManager(GetCaseManagerRequest(case_manager_id=case_manager_id))
    request = ListCaseManagersRequest(
        page_size=_MAX_PEOPLE,
        company_id=person.company_id,
        account_status=CaseManager.ACTIVE,
        order_by="family_name",
    )
    return (await casemanager.ListCaseManagers(request)).case_managers


async def _person(context: PageContext) -> CaseManager | None:
    """The case manager from whose page the form was opened; nobody, also when there is no such person."""
    person_id = context.form["whom"] or context.query("whom")
    if not person_id or not _is_staff(context):
        return None
    try:
        return await context.services.casemanager.GetCaseManager(GetCaseManagerRequest(case_manager_id=person_id))
    except (NotFound, InvalidArgument):
        return None


def _is_staff(context: PageContext) -> bool:
    return context.person.role in {Role.STAFF, Role.STAFF_ADMIN}


def _today(context: PageContext) -> str:
    """The day that it is for the reader: the first one that can be chosen."""
    return context.now.astimezone(context.zone).date().isoformat()
