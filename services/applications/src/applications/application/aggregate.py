"""How an application or a guardian of it is changed: all that is constant about it, said once."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from google.protobuf.message import Message
from portico.applications.v1 import resources_pb2 as res
from portico_errors.applications import ApplicationNotFound

from applications.application.domain.application import Application
from applications.application.domain.decision import ApplicationDecision, Decision
from applications.application.domain.timeline import TimelineRecorder
from applications.application.events import decision_events
from applications.application.messages import messages_about, update_requests
from applications.application.storage.rows import LOAD_APPLICATION, application_of
from applications.application.storage.save import (
    SAVE_APPLICATION_CHANGE,
    SAVE_GUARDIAN,
    application_change_params,
    guardian_params,
)
from applications.application.wire import application_message
from applications.shared.deps import Deps
from chassis.aggregate import Act, Aggregate, Source
from chassis.call import Call
from chassis.contacts import mask
from chassis.outbox import OutboxEvent

M = TypeVar("M", bound=Message)
Applications = Aggregate[ApplicationDecision, res.Application]
"""Applications themselves as staff change them."""
Guardians = Aggregate[Decision, res.Application]
"""Guardians as staff change them: the answer is the application."""


def applications(deps: Deps) -> Applications:
    """Changes of an application itself."""

    def params(decision: ApplicationDecision, act: Act) -> Mapping[str, object]:
        entry = recorder(deps, act).line(decision.kind, decision.detail)
        return application_change_params(decision, entry=entry)

    return Aggregate(
        database=deps.database,
        clock=deps.clock,
        save=SAVE_APPLICATION_CHANGE,
        params=params,
        events=lambda decision, _: update_requests(decision, ids=deps.ids),
        answer=lambda decision, now: application_message(decision.application, now),
        reply=res.Application,
    )


def guardians(deps: Deps) -> Guardians:
    """Changes that are answered with the application."""
    return guardians_answering(
        deps, lambda decision, now: application_message(decision.application, now), res.Application
    )


def guardians_answering(
    deps: Deps, answer: Callable[[Decision, datetime], M], reply: type[M]
) -> Aggregate[Decision, M]:
    """Changes with another answer."""

    def params(decision: Decision, act: Act) -> Mapping[str, object]:
        entries = recorder(deps, act).entries(decision.events)
        return guardian_params(decision, entries=entries, notice_id=deps.ids())

    def events(decision: Decision, act: Act) -> Sequence[OutboxEvent]:
        last = decision.before.invitation
        messages = messages_about(
            decision.application,
            decision.guardian,
            decision.events,
            had_arrived=not (last and last.failure_reason),
            ids=deps.ids,
        )
        return [*decision_events(decision, ids=deps.ids, now=act.now), *messages]

    return Aggregate(
        database=deps.database,
        clock=deps.clock,
        save=SAVE_GUARDIAN,
        params=params,
        events=events,
        answer=answer,
        reply=reply,
    )


def recorder(deps: Deps, act: Act) -> TimelineRecorder:
    """Writes lines about what the caller does now."""
    return TimelineRecorder(ids=deps.ids, mask=mask, actor_id=act.actor_id, now=act.now)


def source(deps: Deps, call: Call, application_id: UUID, *, org_id: UUID | None = None) -> Source[Application]:
    """An application of the caller's organization, or of another one; loading it raises ApplicationNotFound."""
    owner = org_id or call.org_id
    return Source(call, owner, lambda: load_application(deps, org_id=owner, application_id=application_id))


async def load_application(deps: Deps, *, org_id: UUID, application_id: UUID) -> Application:
    """The application with its guardians; raises ApplicationNotFound."""
    rows = await deps.database.all(LOAD_APPLICATION, org_id=org_id, application_id=application_id)
    if not rows:
        raise ApplicationNotFound()
    return application_of(rows)
