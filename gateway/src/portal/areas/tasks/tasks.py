"""The list of tasks, those that are due first at the top, and what is done about one with a button."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from urllib.parse import urlencode

from portico.casemanager.v1.resources_pb2 import Task
from portico.casemanager.v1.tasks_pb2 import (
    CompleteTaskRequest,
    ListTasksRequest,
    ReassignTaskRequest,
    ReopenTaskRequest,
)
from starlette.responses import Response

from chassis.call import Role
from chassis.errors import ServiceError
from portal.areas.tasks import labels
from portal.areas.tasks.bases import BOOKINGS, base_of, show_own_organization
from portal.core.colleagues import names_of
from portal.core.context import PageContext
from portal.core.i18n import N_, NC_
from portal.core.labels import TASK_TITLES
from portal.core.paging import forward_ways

PAGE = 50
ENDED_MEANWHILE = frozenset(
    {"TASK_NOT_FOUND", "TASK_CLOSED", "TASK_DERIVED", "TASK_OF_COLLEAGUE", "ASSIGNEE_INVALID", "ASSIGNEE_NOT_FOUND"}
)
"""What a button meets when it lost the race: the next page says so."""
_STAFF_SCOPES = {"": (ListTasksRequest.POOL, N_("For anybody")), "mine": (ListTasksRequest.MINE, NC_("tasks", "Mine"))}
_CASE_MANAGER_SCOPES = {
    "": (ListTasksRequest.MINE, NC_("tasks", "Mine")),
    "unit": (ListTasksRequest.UNIT, N_("My unit’s")),
}
_SCOPES: Mapping[Role, Mapping[str, tuple[ListTasksRequest.Scope.ValueType, str]]] = {
    Role.CASE_MANAGER: _CASE_MANAGER_SCOPES,
    Role.SPECIALIST: {"": (ListTasksRequest.MINE, NC_("tasks", "Mine"))},
}
_ALL = {**_STAFF_SCOPES, "all": (ListTasksRequest.SCOPE_UNSPECIFIED, N_("Everybody’s"))}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which tasks, as it stands in the address."""

    base: str
    whose: str = ""
    state: str = "OPEN"
    kind: str = ""
    late: str = ""

    @classmethod
    def of(cls, context: PageContext) -> "Chosen":
        """From the address; what there is not is passed over."""
        state, kind, whose = (context.query(name) for name in ("state", "kind", "whose"))
        return cls(
            base=base_of(context),
            whose=whose if whose in scopes_of(context) else "",
            state=state if state in labels.STATES else "OPEN",
            kind=kind if kind in labels.KINDS else "",
            late="yes" if context.query("late") and state in {"", "OPEN"} else "",
        )

    @property
    def is_filtered(self) -> bool:
        """Whether it is less than all that is open."""
        return bool(self.kind or self.late or self.state != "OPEN")

    def address(self, **changes: str) -> str:
        """The list with something changed, from its first page on."""
        asked = {**asdict(self), "base": "", "state": "" if self.state == "OPEN" else self.state, **changes}
        query = urlencode({name: value for name, value in asked.items() if value})
        return f"{self.base}?{query}" if query else self.base


def scopes_of(context: PageContext) -> Mapping[str, tuple[ListTasksRequest.Scope.ValueType, str]]:
    """Whose tasks somebody may look at, by the word in the address: the number and the words; the usual ones first."""
    return _SCOPES.get(context.person.role, _ALL)


def done_flash(base: str) -> str:
    """The key of the message that leads back to these tasks."""
    return f"{base.strip('/').replace('/', '-')}-done"


async def show(context: PageContext) -> Response:
    """The table; where a page has nothing any more, the first one."""
    await show_own_organization(context)
    chosen, scopes = Chosen.of(context), scopes_of(context)
    request = ListTasksRequest(
        page_size=PAGE,
        page_token=context.query("page"),
        state=Task.State.Value(chosen.state),
        scope=scopes[chosen.whose][0],
        kind=Task.Kind.Value(chosen.kind) if chosen.kind else Task.KIND_UNSPECIFIED,
        overdue=bool(chosen.late),
    )
    found = await context.services.casemanager.ListTasks(request)
    if context.query("page") and not found.tasks:
        return context.redirect(chosen.address())
    return context.render(
        "tasks/tasks.html",
        labels=labels,
        titles=TASK_TITLES,
        bookings=BOOKINGS[chosen.base],
        can=can,
        tasks=found.tasks,
        chosen=chosen,
        tabs=[
            (chosen.address(whose=whose), context.i18n(words), whose == chosen.whose, None)
            for whose, (_, words) in scopes.items()
        ],
        colleagues=await colleagues_in(context, found.tasks),
        shows_whom=scopes[chosen.whose][0] != ListTasksRequest.MINE,
        ways=forward_ways(context, found.next_page_token, chosen.address),
    )


def can(task: Task, action: str) -> bool:
    """Whether whoever reads the page can do this about a task."""
    return Task.Action.Value(action) in task.actions


async def colleagues_in(context: PageContext, tasks: Sequence[Task]) -> Mapping[str, str]:
    """The names of staff whom tasks are for, by account; for staff alone, and none while they cannot be asked for."""
    if context.person.role not in {Role.STAFF, Role.STAFF_ADMIN}:
        return {}
    return await names_of(context, (task.assignee_id for task in tasks if task.assignee_kind == Task.STAFF)) or {}


async def complete(context: PageContext) -> Response:
    """Marks it as done by hand; for a while that can be taken back."""
    request = CompleteTaskRequest(**ids(context))
    try:
        done = await context.services.casemanager.CompleteTask(request)
    except ServiceError as error:
        return said(context, error)
    undo = (done.id,) if Task.REOPEN in done.actions else ()
    return context.redirect(context.next or base_of(context), flash=done_flash(base_of(context)), ids=undo)


async def take_over(context: PageContext) -> Response:
    """Makes it one's own."""
    try:
        await context.services.casemanager.ReassignTask(ReassignTaskRequest(**ids(context), pool=False))
    except ServiceError as error:
        return said(context, error)
    return context.redirect(context.next or base_of(context), flash="task-taken")


async def reopen(context: PageContext) -> Response:
    """Opens it once more."""
    try:
        await context.services.casemanager.ReopenTask(ReopenTaskRequest(**ids(context)))
    except ServiceError as error:
        return said(context, error)
    return context.redirect(context.next or base_of(context), flash="task-reopened")


def ids(context: PageContext) -> dict[str, str]:
    """The task of the address, and the form's request id."""
    return {"request_id": context.form["request_id"], "task_id": context.param("task_id")}


def said(context: PageContext, error: ServiceError) -> Response:
    """Back to where it was pressed, with what came between; raises what nobody's haste explains."""
    if error.reason not in ENDED_MEANWHILE:
        raise error
    return context.redirect(context.next or base_of(context), flash=error.reason)
