"""Where staff begin: the search, what needs attention, what is theirs, and the batches that are under way."""

from collections.abc import Sequence

from portico.applications.v1.batch_requests_pb2 import ListBatchesRequest
from portico.applications.v1.batch_resources_pb2 import Batch, BatchRow
from portico.applications.v1.search_pb2 import ListApplicationsRequest, ListApplicationsResponse
from portico.casemanager.v1.tasks_pb2 import ListTasksRequest, ListTasksResponse
from starlette.responses import Response

from chassis.errors import DeadlineExceeded, Unavailable
from chassis.tasks import together
from portal.areas.staff import labels
from portal.areas.staff.search import ASSIGNED_TO_ME, Chosen, counted, said, sums
from portal.core.context import PageContext
from portal.core.labels import choice
from portal.core.outages import unless_away

NEEDS_ATTENTION = ("UNDELIVERABLE", "EXPIRED", "NO_CONTACT", "INVITED_LONG_AGO", "HELP_REQUESTED")
TASK_TILES = (
    (ListTasksRequest.MINE, labels.MY_TASKS, "/tasks?whose=mine"),
    (ListTasksRequest.POOL, labels.OPEN_TASKS, "/tasks"),
)
_MINE = 5
_NEWEST_BATCHES = 50
_MAX_TASKS = 200
"""How many open tasks are counted; of more it says that there are more."""


async def show(context: PageContext) -> Response:
    """All at once; what cannot be counted now is left out."""
    (everything, mine, own, batches), tasks = await together(
        together(
            counted(context, Chosen()), counted(context, ASSIGNED_TO_ME), unless_away(_own(context)), _batches(context)
        ),
        together(*(_open_tasks(context, scope) for scope, _, _ in TASK_TILES)),
    )
    counts = sums(everything, context.i18n)
    return context.render(
        "staff/start.html",
        labels=labels,
        tiles=[
            (counts[state], labels.ATTENTION_TILES[state], Chosen(states=[state]).address())
            for state in NEEDS_ATTENTION
            if state in counts
        ]
        + [
            (_figure(context, found), words, address)
            for found, (_, words, address) in zip(tasks, TASK_TILES, strict=True)
            if found is not None
        ],
        total=said(everything.found, context.i18n) if everything else "",
        all_of_mine=said(mine.found, context.i18n) if mine else "",
        mine=own.applications if own else None,
        my_list=ASSIGNED_TO_ME.address(),
        batches=[(batch, *_progress(batch)) for batch in batches],
    )


async def _open_tasks(context: PageContext, scope: ListTasksRequest.Scope.ValueType) -> ListTasksResponse | None:
    """What is to be done; None while it cannot be asked for."""
    try:
        return await context.services.casemanager.ListTasks(ListTasksRequest(page_size=_MAX_TASKS, scope=scope))
    except (Unavailable, DeadlineExceeded):
        return None


def _figure(context: PageContext, tasks: ListTasksResponse) -> str:
    return context.i18n.number(len(tasks.tasks)) + ("+" if tasks.next_page_token else "")


async def _own(context: PageContext) -> ListApplicationsResponse:
    request = ListApplicationsRequest(page_size=_MINE, assignee_id=context.person.account_id)
    return await context.services.applications.ListApplications(request)


async def _batches(context: PageContext) -> Sequence[Batch]:
    """Those that are not finished; none while they cannot be asked for."""
    try:
        found = await context.services.applications.ListBatches(ListBatchesRequest(page_size=_NEWEST_BATCHES))
    except (Unavailable, DeadlineExceeded):
        return []
    return [batch for batch in found.batches if choice(batch, "state") in labels.BATCH_STATES]


def _progress(batch: Batch) -> tuple[int, int]:
    """How many of its rows are done, and how many there are."""
    pending = sum(each.count for each in batch.outcomes if each.outcome == BatchRow.PENDING)
    return batch.row_count - pending, batch.row_count
