"""What people are told: messages that notifications is asked for by an event, their secrets sealed."""

from collections.abc import Mapping
from datetime import UTC, datetime

from portico.notifications.v1.events_pb2 import MessageRequest
from portico.notifications.v1.resources_pb2 import Channel, Recipient, Urgency

from chassis.call import FAMILY_ORG, Role
from chassis.contacts import kind_of
from chassis.ids import Ids
from chassis.outbox import OutboxEvent
from chassis.secrets import Sealer
from chassis.wire import timestamp
from identity.accounts.domain import Account, Proof, Purpose
from identity.organizations.domain import Organization

_ACTIVATION_TEMPLATES: Mapping[Role, str] = {
    Role.STAFF_ADMIN: "STAFF_ACTIVATION",
    Role.STAFF: "STAFF_ACTIVATION",
    Role.CASE_MANAGER: "TEMPLATE_27",
    Role.SPECIALIST: "TEMPLATE_26",
}


class Messages:
    """Writes the requests; links begin with `public_url`, which has no slash at its end."""

    def __init__(self, *, sealer: Sealer, public_url: str, ids: Ids) -> None:
        self._sealer = sealer
        self._public_url = public_url
        self._ids = ids

    def activation(self, account: Account, organization: Organization, token: str, *, now: datetime) -> OutboxEvent:
        """The link with which a new login sets its first password."""
        proof = _proof(account)
        return self._event(
            account,
            organization,
            MessageRequest(
                template=_ACTIVATION_TEMPLATES[account.role],
                values=_expiry(proof, organization),
                sealed_values=self._sealer.seal({"link": f"{self._pages(organization)}/activate/{token}"}),
                reference=_reference(proof),
                idempotency_key=_reference(proof),
                urgency=Urgency.NORMAL,
                not_after=timestamp(proof.expire_time),
            ),
            now=now,
        )

    def reset(
        self, account: Account, organization: Organization, secret: str, *, replaced: Proof | None, now: datetime
    ) -> OutboxEvent:
        """The link (by email) or the code (by SMS) that lets a person set a new password."""
        proof = _proof(account)
        by_email = kind_of(account.username) == "EMAIL"
        sealed = {"link": f"{self._pages(organization)}/reset/{secret}"} if by_email else {"code": secret}
        return self._event(
            account,
            organization,
            MessageRequest(
                template="RESET_PASSWORD",
                values=_expiry(proof, organization),
                sealed_values=self._sealer.seal(sealed),
                reference=_reference(proof),
                idempotency_key=_reference(proof),
                urgency=Urgency.URGENT,
                not_after=timestamp(proof.expire_time),
                supersedes=_reference(replaced) if replaced else "",
            ),
            now=now,
        )

    def password_changed(self, account: Account, organization: Organization, *, now: datetime) -> OutboxEvent:
        """The notice that the password is another one now."""
        return self._event(
            account,
            organization,
            MessageRequest(
                template="PASSWORD_CHANGED",
                values={"change_time": _rfc3339(now), "time_zone": organization.time_zone},
                reference=f"accounts/{account.id}",
                idempotency_key=f"accounts/{account.id}/password-changed/{account.version}",
                urgency=Urgency.NORMAL,
            ),
            now=now,
        )

    def _pages(self, organization: Organization) -> str:
        """Where the pages of a realm begin, so that they know by whom a person who follows a link is known."""
        realm = "family" if organization.org_id == FAMILY_ORG else f"o/{organization.slug}"
        return f"{self._public_url}/{realm}"

    def _event(
        self, account: Account, organization: Organization, request: MessageRequest, *, now: datetime
    ) -> OutboxEvent:
        request.recipient.CopyFrom(
            Recipient(
                channel=Channel.Value(kind_of(account.username)), address=account.username, language=account.language
            )
        )
        request.values["display_name"] = account.display_name
        request.values["organization_name"] = organization.name
        return OutboxEvent(
            id=self._ids(),
            org_id=account.org_id,
            subject="notification.requested",
            message=request,
            aggregate_id=account.id,
            version=account.version,
            event_time=now,
        )


def _proof(account: Account) -> Proof:
    if account.proof is None:
        raise ValueError("the account waits for no proof")
    return account.proof


def _reference(proof: Proof) -> str:
    return f"activations/{proof.id}" if proof.purpose is Purpose.ACTIVATION else f"resets/{proof.id}"


def _expiry(proof: Proof, organization: Organization) -> dict[str, str]:
    return {"expire_time": _rfc3339(proof.expire_time), "time_zone": organization.time_zone}


def _rfc3339(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
