"""What a batch is to do with the chosen applications; its preview follows."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from portico.applications.v1.batch_requests_pb2 import CreateBatchRequest
from portico.applications.v1.batch_resources_pb2 import InviteOptions, UnlinkOptions
from portico.applications.v1.resources_pb2 import ContactMethod
from starlette.responses import Response

from chassis.errors import FieldViolation, InvalidArgument, ServiceError
from portal.areas.batches import labels
from portal.areas.batches.selection import count_of, fields_of, is_empty, selection_of
from portal.core.context import PageContext
from portal.core.forms import Form

MAX_DAYS, MAX_RATE = 30, 100_000
"""Days that an invitation lives, and messages a minute; what an organization may send is for applications to say."""
REFUSED = frozenset({"INVALID_REQUEST", "RATE_TOO_HIGH", "SELECTION_EMPTY", "SELECTION_TOO_LARGE"})


async def ask(context: PageContext) -> Response:
    """The form, for the applications in its address; without any it says how to choose them."""
    chosen = fields_of(context)
    context.form = Form({**context.form.values, **chosen}, context.form.problems, context.form.problem)
    return await _render(context)


async def proceed(context: PageContext) -> Response:
    """Leads on from the choice to the options, and from the options to the preview."""
    if context.form["do"] != "create":
        query = [(name, value) for name in fields_of(context) for value in context.form.all(name)]
        return context.redirect(f"{context.request.url.path}?{urlencode(query)}")
    try:
        request = CreateBatchRequest(
            request_id=context.form["request_id"],
            display_name=context.form["display_name"],
            **_options(context.form),
            **selection_of(context.form),
        )
        batch = await context.services.applications.CreateBatch(request)
    except ServiceError as error:
        if error.reason not in REFUSED:
            raise
        context.form = context.form.refused(error, context.i18n)
        return await _render(context)
    return context.redirect(f"/staff/batches/{batch.id}")


async def _render(context: PageContext) -> Response:
    is_unlink = context.form["kind"] == "unlink"
    return context.render(
        "batches/options.html",
        labels=labels,
        is_unlink=is_unlink,
        is_empty=is_empty(context.form),
        count=await count_of(context),
        selected={name: value for name, value in fields_of(context).items() if value},
    )


def _options(form: Form) -> Mapping[str, Any]:
    if form["kind"] == "unlink":
        if form["reason"] not in {"REMOVE_ACCESS", "NEW_CONTACT"}:
            raise InvalidArgument(violations=[FieldViolation("reason", "VALUE_MISSING", "choose one.")])
        return {"unlink": UnlinkOptions(reason=UnlinkOptions.Reason.Value(form["reason"]))}
    invite = InviteOptions(
        method=method_of(form["method"]),
        reissue_live=form["reissue_live"] == "yes",
        expire_days=_number(form, "expire_days", MAX_DAYS),
        send_rate_per_minute=_number(form, "send_rate_per_minute", MAX_RATE),
    )
    return {"invite": invite}


def method_of(name: str) -> ContactMethod.ValueType:
    """The chosen way of sending; unset for anything else: as each family prefers."""
    return ContactMethod.Value(name) if name in {"EMAIL", "SMS"} else ContactMethod.CONTACT_METHOD_UNSPECIFIED


def _number(form: Form, name: str, limit: int) -> int:
    """From 1 to `limit`, 0 for an empty field; InvalidArgument for anything else."""
    written = form[name]
    if not written:
        return 0
    if written.isdecimal() and len(written) < 10 and 1 <= int(written) <= limit:
        return int(written)
    raise InvalidArgument(violations=[FieldViolation(name, "NUMBER_OUT_OF_RANGE", f"a number from 1 to {limit}.")])
