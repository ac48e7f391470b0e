"""What staff do about a batch: a row for each action. Applications says which are allowed, and in which order."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from portico.applications.v1 import batch_requests_pb2 as requests
from portico.applications.v1.batch_resources_pb2 import Batch
from starlette.responses import Response

from chassis.call import Role
from chassis.errors import ServiceError
from portal.areas.batches import labels
from portal.areas.batches.options import method_of
from portal.core.context import PageContext
from portal.core.i18n import N_
from portal.core.pages import Page

NOT_NOW = frozenset({"ACTION_NOT_ALLOWED", "BATCH_EXPIRED", "UNDO_EXPIRED", "SELECTION_EMPTY"})


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchAction:
    """One action: its label, where it stands below the batch's address, its RPC, and what is said when it is done.

    `template`: the page that asks first, with `question` and `warning`; without one a button does it at once.
    """

    value: Batch.Action.ValueType
    label: str
    path: str
    call: Callable[[PageContext], Awaitable[Batch]]
    flash: str
    done: str
    template: str = ""
    question: str = ""
    warning: str = ""


def ids(context: PageContext) -> dict[str, Any]:
    """The batch of this address, and the form's request id."""
    return {"request_id": context.form["request_id"], "batch_id": context.param("batch_id")}


ACTIONS = (
    BatchAction(
        value=Batch.START,
        label=N_("Start"),
        path="/start",
        call=lambda context: context.services.applications.StartBatch(requests.StartBatchRequest(**ids(context))),
        flash="batch-started",
        done=N_("It has begun."),
    ),
    BatchAction(
        value=Batch.PAUSE,
        label=N_("Pause"),
        path="/pause",
        call=lambda context: context.services.applications.PauseBatch(requests.PauseBatchRequest(**ids(context))),
        flash="batch-paused",
        done=N_("It is paused. What was on its way at this moment is still finished."),
    ),
    BatchAction(
        value=Batch.RESUME,
        label=N_("Go on"),
        path="/resume",
        call=lambda context: context.services.applications.ResumeBatch(requests.ResumeBatchRequest(**ids(context))),
        flash="batch-resumed",
        done=N_("It goes on."),
    ),
    BatchAction(
        value=Batch.CANCEL,
        label=N_("Cancel the batch"),
        path="/cancel",
        call=lambda context: context.services.applications.CancelBatch(requests.CancelBatchRequest(**ids(context))),
        flash="batch-cancelled",
        done=N_("The batch is cancelled."),
        template="batches/question.html",
        question=N_("Cancel this batch?"),
        warning=N_("What has not begun is not done any more. What was done before stays as it is."),
    ),
    BatchAction(
        value=Batch.UNDO,
        label=N_("Undo"),
        path="/undo",
        call=lambda context: context.services.applications.UndoBatch(requests.UndoBatchRequest(**ids(context))),
        flash="batch-undone",
        done=N_("The families get their access back."),
    ),
    BatchAction(
        value=Batch.REVOKE,
        label=N_("Withdraw invitations"),
        path="/revoke",
        call=lambda context: context.services.applications.RevokeBatch(requests.RevokeBatchRequest(**ids(context))),
        flash="batch-revoked",
        done=N_("The invitations are being withdrawn."),
        template="batches/question.html",
        question=N_("Withdraw the invitations of this batch?"),
        warning=N_("Links and codes that nobody has used stop working. Families that have accepted keep their access."),
    ),
    BatchAction(
        value=Batch.RETRY,
        label=N_("Try again what failed"),
        path="/retry",
        call=lambda context: context.services.applications.RetryBatch(
            requests.RetryBatchRequest(**ids(context), method=method_of(context.form["method"]))
        ),
        flash="batch-retried",
        done=N_("Here is a new preview, of those that failed or did not arrive."),
        template="batches/retry.html",
    ),
)
"""In the order of the contract."""


def allowed_actions(batch: Batch) -> list[BatchAction]:
    """What may be done now; a service that is a release ahead may allow more than we know."""
    known = {action.value: action for action in ACTIONS}
    return [known[value] for value in batch.allowed_actions if value in known]


def pages(address: str, roles: frozenset[Role]) -> Iterator[Page]:
    """A page for each action, below a batch's address."""
    for action in ACTIONS:
        ask = partial(_ask, action) if action.template else None
        yield Page(path=address + action.path, get=ask, post=partial(_act, action), roles=roles)


async def _ask(action: BatchAction, context: PageContext) -> Response:
    request = requests.GetBatchRequest(batch_id=context.param("batch_id"))
    batch = await context.services.applications.GetBatch(request)
    return context.render(action.template, batch=batch, action=action, labels=labels)


async def _act(action: BatchAction, context: PageContext) -> Response:
    """Does it; when it no longer fits, the page shows what fits now, and a word says why it was not done."""
    return await done(context, action.call(context), flash=action.flash)


async def done(context: PageContext, call: Awaitable[Batch], *, flash: str) -> Response:
    """The page of the batch that a call answers, which for some is a new one."""
    batch_id = context.param("batch_id")
    try:
        batch_id = (await call).id
    except ServiceError as error:
        if error.reason not in NOT_NOW:
            raise
        flash = error.reason
    return context.redirect(f"/staff/batches/{batch_id}", flash=flash)
