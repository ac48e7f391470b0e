"""What families are told of a change: messages that notifications is asked for by an event, their secrets sealed."""

from collections.abc import Iterable
from uuid import UUID

from portico.notifications.v1.events_pb2 import MessageWithdrawal

from applications.application.domain.application import Application, Guardian, Status
from applications.application.domain.decision import ApplicationDecision
from applications.application.domain.events import Event, Invited, Linked, Revoked
from applications.application.domain.invitation import Invitation
from chassis.ids import Ids
from chassis.notification import Notification
from chassis.outbox import OutboxEvent


def reference_of(invitation_id: UUID) -> str:
    """How the messages about an invitation are recognised."""
    return f"invitations/{invitation_id}"


def invitation_in(reference: str) -> UUID | None:
    """The invitation that a message is about; None when it is about something else."""
    kind, _, written = reference.partition("/")
    try:
        return UUID(written) if kind == "invitations" else None
    except ValueError:
        return None


def messages_about(
    application: Application, guardian: Guardian, events: Iterable[Event], *, had_arrived: bool = True, ids: Ids
) -> list[OutboxEvent]:
    """The messages that follow from what happened to a guardian, and those that are worth nothing any more.

    `had_arrived`: nothing spoke against the arrival of the last invitation. Then who accepts it has its message.
    """
    outgoing: list[OutboxEvent] = []
    for event in events:
        match event:
            case Invited():
                outgoing.append(_invitation(application, guardian, event, id=ids()))
            case Linked(invitation=invitation) if not had_arrived:
                outgoing.append(_withdrawal(application, guardian, invitation, id=ids()))
            case Revoked(invitation=invitation):
                outgoing.append(_withdrawal(application, guardian, invitation, id=ids()))
    return outgoing


def _withdrawal(application: Application, guardian: Guardian, ended: Invitation, *, id: UUID) -> OutboxEvent:  # noqa: A002
    """An invitation that was accepted or revoked is not sent any more, however late its message is."""
    assert ended.end_time is not None  # noqa: S101 (it has just ended)
    return OutboxEvent(
        id=id,
        org_id=application.organization.id,
        subject="notification.withdrawn",
        message=MessageWithdrawal(reference=reference_of(ended.id)),
        aggregate_id=guardian.id,
        version=guardian.version,
        event_time=ended.end_time,
    )


def _invitation(application: Application, guardian: Guardian, invited: Invited, *, id: UUID) -> OutboxEvent:  # noqa: A002
    return invitation_message(application, guardian, invited).event(
        id=id,
        org_id=application.organization.id,
        aggregate_id=guardian.id,
        version=guardian.version,
        now=invited.invitation.create_time,
    )


def invitation_message(application: Application, guardian: Guardian, invited: Invited) -> Notification:
    """The link and the code that open the way to the account."""
    invitation, organization = invited.invitation, application.organization
    return Notification(
        template="FAMILY_INVITATION",
        contact=invitation.contact,
        language=guardian.language,
        values={
            "guardian_name": guardian.name,
            "organization_name": organization.name,
            "application_number": application.number,
            "expire_time": invitation.expire_time,
            "time_zone": organization.time_zone,
        },
        sealed_values=invited.keys.sealed,
        reference=reference_of(invitation.id),
        not_after=invitation.expire_time,
        supersedes=reference_of(invited.supersedes) if invited.supersedes else "",
    )


def update_requests(decision: ApplicationDecision, *, ids: Ids) -> list[OutboxEvent]:
    """The messages to the guardians who can be reached, when the decision asks the family for something.

    They go to the contacts as loaded: as if one that changes meanwhile had changed a moment later.
    """
    application, organization = decision.application, decision.application.organization
    if application.status is not Status.UPDATE_NEEDED:
        return []
    return [
        Notification(
            template="APPLICATION_UPDATE_NEEDED",
            contact=guardian.preferred_contact,
            language=guardian.language,
            values={
                "guardian_name": guardian.name,
                "organization_name": organization.name,
                "application_number": application.number,
                "update_request": application.update_request,
            },
            reference=f"applications/{application.id}",
            key=f"applications/{application.id}/{application.version}/{guardian.id}",
        ).event(
            id=ids(),
            org_id=organization.id,
            aggregate_id=application.id,
            version=application.version,
            now=application.update_time,
        )
        for guardian in application.guardians
        if guardian.preferred_contact
    ]
