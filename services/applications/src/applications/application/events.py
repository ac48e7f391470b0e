"""What applications tells the other services; no name and no contact is in it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from portico.applications.v1 import events_pb2 as pb

from applications.application.domain.application import Application
from applications.application.domain.decision import Decision
from applications.application.domain.events import (
    ContactChanged,
    Event,
    GuardianEvent,
    Invited,
    Linked,
    Opened,
    PasswordResetSent,
    Relinked,
    Revoked,
    Submitted,
    Unlinked,
)
from applications.application.wire import contact_method
from chassis.ids import Ids
from chassis.outbox import OutboxEvent
from chassis.wire import timestamp


def submission_events(application: Application, events: Sequence[Event], *, ids: Ids) -> list[OutboxEvent]:
    """That an application came in, and what happened to its first guardian with it."""
    submitted = pb.ApplicationEvent(
        application_id=str(application.id),
        version=application.version,
        submitted=pb.ApplicationSubmitted(number=application.number),
    )
    first = OutboxEvent(
        id=ids(),
        org_id=application.organization.id,
        subject="application.submitted",
        message=submitted,
        aggregate_id=application.id,
        version=application.version,
        event_time=application.create_time,
    )
    guardian_id, told = application.guardians[0].id, [event for event in events if not isinstance(event, Submitted)]
    return [
        first,
        *_guardian_events(application, guardian_id, told, version=0, ids=ids, now=application.create_time),
    ]


def decision_events(decision: Decision, *, ids: Ids, now: datetime) -> list[OutboxEvent]:
    """What happened to the guardian; each event has a version of its own."""
    return _guardian_events(
        decision.application,
        decision.guardian.id,
        decision.events,
        version=decision.before.version,
        ids=ids,
        now=now,
    )


def _guardian_events(
    application: Application,
    guardian_id: UUID,
    events: Sequence[GuardianEvent],
    *,
    version: int,
    ids: Ids,
    now: datetime,
) -> list[OutboxEvent]:
    outgoing = []
    for number, event in enumerate(events, start=version + 1):
        told = _told(event)
        if told is None:
            continue
        name, message = told
        message.guardian_id, message.application_id = str(guardian_id), str(application.id)
        message.version = number
        outgoing.append(
            OutboxEvent(
                id=ids(),
                org_id=application.organization.id,
                subject=f"guardian.{name}",
                message=message,
                aggregate_id=guardian_id,
                version=number,
                event_time=now,
            )
        )
    return outgoing


def _told(event: GuardianEvent) -> tuple[str, pb.GuardianEvent] | None:
    match event:
        case Invited(invitation=invitation):
            invited = pb.GuardianInvited(
                invitation_id=str(invitation.id),
                method=contact_method(invitation.method),
                expire_time=timestamp(invitation.expire_time),
            )
            return "invited", pb.GuardianEvent(invited=invited)
        case Revoked(invitation=invitation):
            return "revoked", pb.GuardianEvent(revoked=pb.InvitationRevoked(invitation_id=str(invitation.id)))
        case Linked(invitation=invitation, link=link):
            linked = pb.GuardianLinked(invitation_id=str(invitation.id), account_id=str(link.account_id))
            return "linked", pb.GuardianEvent(linked=linked)
        case Unlinked(link=link):
            return "unlinked", pb.GuardianEvent(unlinked=pb.GuardianUnlinked(account_id=str(link.account_id)))
        case Relinked(link=link):
            return "relinked", pb.GuardianEvent(relinked=pb.GuardianRelinked(account_id=str(link.account_id)))
        case ContactChanged():
            return "contact_changed", pb.GuardianEvent(contact_changed=pb.ContactChanged())
        case Opened() | PasswordResetSent():
            return None
