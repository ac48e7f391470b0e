"""What families are told: messages that notifications is asked for by an event, their secrets sealed."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from portico.notifications.v1.events_pb2 import MessageRequest
from portico.notifications.v1.resources_pb2 import Channel, Recipient, Urgency

from applications.domain.application import Application, Guardian
from applications.domain.events import Invited
from applications.storage.notices import DueNotice
from chassis.contacts import kind_of
from chassis.ids import Ids
from chassis.outbox import OutboxEvent
from chassis.secrets import Sealer
from chassis.wire import timestamp


@dataclass(frozen=True, slots=True)
class Secrets:
    """An invitation's token and code in the clear: they live no longer than the call that makes them."""

    token: str
    code: str


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


class Messages:
    """Writes the requests; links begin with `public_url`, which has no slash at its end."""

    def __init__(self, *, sealer: Sealer, public_url: str, ids: Ids) -> None:
        self._sealer = sealer
        self._public_url = public_url
        self._ids = ids

    def invitation(self, application: Application, guardian: Guardian, event: Invited, secrets: Secrets) -> OutboxEvent:
        """The link and the code that open the way to the account."""
        invitation, organization = event.invitation, application.organization
        reference = reference_of(invitation.id)
        return OutboxEvent(
            id=self._ids(),
            org_id=organization.id,
            subject="notification.requested",
            message=MessageRequest(
                template="FAMILY_INVITATION",
                recipient=_recipient(invitation.contact, guardian.language),
                values={
                    "guardian_name": guardian.name,
                    "organization_name": organization.name,
                    "application_number": application.number,
                    "expires_at": _rfc3339(invitation.expire_time),
                    "time_zone": organization.time_zone,
                },
                sealed_values=self._sealer.seal(
                    {"link": f"{self._public_url}/i/{secrets.token}", "code": secrets.code}
                ),
                reference=reference,
                idempotency_key=reference,
                urgency=Urgency.NORMAL,
                not_after=timestamp(invitation.expire_time),
                supersedes=reference_of(event.supersedes) if event.supersedes else "",
            ),
            aggregate_id=guardian.id,
            version=guardian.version,
            occurred_at=invitation.create_time,
        )

    def unlinked(self, notice: DueNotice, *, now: datetime) -> OutboxEvent:
        """That the account does not see the application any more."""
        return OutboxEvent(
            id=self._ids(),
            org_id=notice.org_id,
            subject="notification.requested",
            message=MessageRequest(
                template="FAMILY_UNLINKED",
                recipient=_recipient(notice.username, notice.language),
                values={
                    "guardian_name": f"{notice.given_name} {notice.family_name}",
                    "organization_name": notice.organization_name,
                    "application_number": notice.number,
                },
                reference=f"unlinks/{notice.guardian_id}",
                idempotency_key=f"unlinks/{notice.id}",
                urgency=Urgency.NORMAL,
            ),
            aggregate_id=notice.guardian_id,
            version=0,
            occurred_at=now,
        )


def _recipient(contact: str, language: str) -> Recipient:
    return Recipient(channel=Channel.Value(kind_of(contact)), address=contact, language=language)


def _rfc3339(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
