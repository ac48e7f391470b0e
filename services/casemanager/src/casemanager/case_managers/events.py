"""What happens to case managers, as others hear of it: no name, no contact."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from google.protobuf.message import Message
from portico.casemanager.v1 import events_pb2

from casemanager.case_managers.domain import CaseManager, Change
from casemanager.history.domain import Kind as HistoryKind
from casemanager.logins.domain import offer_reference
from casemanager.shared.deps import Deps
from casemanager.shared.organizations import Organization
from casemanager.tasks.domain.task import Task, ended
from casemanager.tasks.events import task_event
from chassis.aggregate import Act
from chassis.notification import Notification
from chassis.outbox import OutboxEvent

_PROFILE = {
    HistoryKind.CREATED: "created",
    **dict.fromkeys((HistoryKind.UPDATED, HistoryKind.DEACTIVATED, HistoryKind.ACTIVATED), "updated"),
}


def events_of(deps: Deps, organization: Organization, change: Change, act: Act) -> list[OutboxEvent]:
    """What a change tells others, and what it asks notifications to send."""
    opened, closed = tasks_of(change, act)
    tasks = [task_event(task, event_id=deps.ids(), now=act.now) for task in (*opened, *closed)]
    return [*_events(deps, change, act.now), *tasks, *_messages(deps, organization, change, act.now)]


def tasks_of(change: Change, act: Act) -> tuple[Sequence[Task], Sequence[Task]]:
    """The tasks that a change opens, and those that it ends."""
    ends, open_task = change.closes_task, change.person.open_task
    opened = [] if change.opens_task is None else [change.opens_task]
    return opened, [ended(open_task, ends, actor_id=act.actor_id, now=act.now)] if ends and open_task else []


def _events(deps: Deps, change: Change, now: datetime) -> Iterator[OutboxEvent]:
    person, kind = change.person, change.kind
    if kind is None:
        return
    event = events_pb2.CaseManagerEvent(
        version=person.version, case_manager_id=str(person.id), company_id=str(person.company_id)
    )
    variant = _PROFILE.get(kind, "login_changed")
    getattr(event, variant).SetInParent()
    yield _outgoing(deps, person, f"case_manager.{variant}", event, now)


def _messages(deps: Deps, organization: Organization, change: Change, now: datetime) -> Iterator[OutboxEvent]:
    person, made = change.person, change.offer
    if made is None or change.link is None:
        return
    yield Notification(
        template="OFFER_ONLINE_ACCOUNT",
        contact=person.email,
        language=person.language,
        values={
            "organization_name": organization.name,
            "recipient_name": person.given_name or person.family_name,
            "expire_time": made.expire_time,
            "time_zone": person.time_zone or organization.time_zone,
        },
        sealed_values=change.link.sealed,
        reference=offer_reference(made.id),
        not_after=made.expire_time,
        supersedes=offer_reference(change.replaces) if change.replaces else "",
    ).event(id=deps.ids(), org_id=person.org_id, aggregate_id=person.id, version=person.version, now=now)


def _outgoing(deps: Deps, person: CaseManager, subject: str, message: Message, now: datetime) -> OutboxEvent:
    return OutboxEvent(
        id=deps.ids(),
        org_id=person.org_id,
        subject=subject,
        message=message,
        aggregate_id=person.id,
        version=person.version,
        event_time=now,
    )
