"""The message of a batch before anybody gets it: shown in each language, and sent to who asks."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from portico.applications.v1 import batch_requests_pb2 as pb
from portico.identity.v1.accounts_pb2 import GetMyAccountRequest
from portico.notifications.v1.requests_pb2 import RenderMessageRequest
from portico.notifications.v1.resources_pb2 import Channel
from portico_errors.applications import ActionNotAllowed

from applications.application.domain.application import Application
from applications.application.domain.invitation import CODE_LENGTH, Method
from applications.application.keys import new_keys
from applications.application.wire import contact_method
from applications.batches.domain.batch import Batch, Kind, Outcome
from applications.batches.messages import group_of
from applications.batches.storage.contacts import KEEP_ANSWER
from applications.batches.storage.rows import FIRST_ROW, LoadedRow
from applications.batches.usecases.commands import load_batch
from applications.shared.deps import Deps
from chassis.aggregate import kept_reply
from chassis.call import Call
from chassis.notification import Notification, written
from chassis.outbox import OutboxEvent, event_params
from chassis.saves import request_params, run_save
from chassis.secrets import opaque_token, typed_code
from chassis.tasks import together

_TEMPLATE = "FAMILY_INVITATION"
_COUNTED = {Method.EMAIL: "emails", Method.SMS: "texts"}
"""What the preview counts the messages of a method as."""


async def render_sample(deps: Deps, call: Call, batch_id: UUID, *, send_to_me: bool) -> pb.RenderBatchSampleResponse:
    """What the first family of each method would read, in each language of the organization.

    With `send_to_me` the email goes to the caller, in the organization's first language; its link and its code are of
    no invitation. Raises BatchNotFound, or ActionNotAllowed when the batch has no message to show.
    """
    org_id = call.org_id
    if (kept := await kept_reply(deps.database, call, org_id)) is not None:
        return pb.RenderBatchSampleResponse.FromString(kept)
    view = await load_batch(deps, org_id=org_id, batch_id=batch_id)
    methods = [method for method, name in _COUNTED.items() if view.messages.get(name)]
    first = {method: await first_row(deps, view.batch, method) for method in methods}
    rows = {method: row.application for method, row in first.items() if row}
    if view.batch.kind is not Kind.INVITE or not rows:
        allowed = [action.name for action in view.batch.allowed_actions(deps.clock())]
        raise ActionNotAllowed(
            "This batch has no message to show.",
            metadata={"state": view.batch.state.name, "allowed_actions": ",".join(allowed)},
        )
    asked = [
        rendered(deps, view.batch, application, method, language)
        for method, application in rows.items()
        for language in application.organization.languages
    ]
    reply = pb.RenderBatchSampleResponse(samples=await together(*asked))
    emails = [await _email(deps, view.batch, next(iter(rows.values())))] if send_to_me else []
    if emails or call.request:
        # Together: a call that is repeated sends no second one.
        params: dict[str, object] = {"org_id": org_id, "batch_id": batch_id}
        params |= request_params(call, reply.SerializeToString()) | event_params(org_id, emails)
        await run_save(deps.database, KEEP_ANSWER, params)
    return reply


async def first_row(deps: Deps, batch: Batch, method: Method) -> LoadedRow | None:
    """The first row of a batch with a message of this method; None when it has none."""
    for outcome in (Outcome.PENDING, Outcome.INVITED):
        which = {"org_id": batch.org_id, "batch_id": batch.id, "method": method, "outcome": outcome}
        if row := await deps.database.first(FIRST_ROW, **which):
            return row
    return None


def _expire_time(batch: Batch, application: Application, now: datetime) -> datetime:
    return now + timedelta(days=batch.expire_days or application.organization.invite_days)


async def rendered(deps: Deps, batch: Batch, application: Application, method: Method, language: str) -> pb.BatchSample:
    """The message to the guardian of an application, with a link and a code that open nothing."""
    organization, expire_time = application.organization, _expire_time(batch, application, deps.clock())
    secrets = {
        "link": f"{deps.public_url}/i/{opaque_token(organization.id)}",
        "code": typed_code(CODE_LENGTH),
    }
    values = {name: written(value) for name, value in _values(application, expire_time).items()}
    request = RenderMessageRequest(
        org_id=str(organization.id),
        template=_TEMPLATE,
        channel=Channel.Value(method.name),
        language=language,
        values={**values, **secrets},
    )
    shown = await deps.notifications.RenderMessage(request)
    return pb.BatchSample(
        method=contact_method(method),
        language=language,
        subject=shown.subject,
        text=shown.text,
        segment_count=shown.segment_count,
    )


def _values(application: Application, expire_time: datetime) -> Mapping[str, str | datetime]:
    (guardian,), organization = application.guardians, application.organization
    return {
        "guardian_name": guardian.name,
        "organization_name": organization.name,
        "application_number": application.number,
        "expire_time": expire_time,
        "time_zone": organization.time_zone,
    }


async def _email(deps: Deps, batch: Batch, application: Application) -> OutboxEvent:
    """The request for an email to the caller."""
    me = await deps.identity.GetMyAccount(GetMyAccountRequest())
    now, organization = deps.clock(), application.organization
    expire_time = _expire_time(batch, application, now)
    reference = f"{group_of(batch.id)}/samples"
    return Notification(
        template=_TEMPLATE,
        contact=me.username,
        language=organization.languages[0],
        values=_values(application, expire_time),
        sealed_values=new_keys(deps, organization.id).sealed,
        reference=reference,
        key=f"{reference}/{deps.ids()}",
        not_after=expire_time,
    ).event(id=deps.ids(), org_id=organization.id, aggregate_id=batch.id, version=batch.version, now=now)
