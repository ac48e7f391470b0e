"""What people are told: messages that notifications is asked for by an event, their secrets sealed."""

from collections.abc import Mapping
from datetime import datetime

from portico.notifications.v1.resources_pb2 import Urgency

from chassis.call import Role
from chassis.contacts import kind_of
from chassis.ids import Ids
from chassis.notification import Notification
from chassis.outbox import OutboxEvent
from chassis.secrets import Sealer
from identity.accounts.domain import Account, Change, Proof, Purpose
from identity.accounts.messages import family_id, names, notice
from identity.organizations.domain import FAMILY_REALM, Organization

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

    def activation(self, change: Change, organization: Organization, token: str, *, now: datetime) -> OutboxEvent:
        """The link with which a new login sets its first password."""
        template = _ACTIVATION_TEMPLATES[change.account.role]
        values: dict[str, str | datetime] = {
            **names(change.account, organization),
            "expire_time": _proof(change).expire_time,
            "time_zone": organization.time_zone,
        }
        return self._proof_message(template, change, values, {"link": self._link(organization, "activate", token)}, now)

    def reset(self, change: Change, organization: Organization, secret: str, *, now: datetime) -> OutboxEvent:
        """The link (by email) or the code (by SMS) that lets a person set a new password."""
        by_email = kind_of(change.account.username) == "EMAIL"
        secrets = {"link": self._link(organization, "reset", secret)} if by_email else {"code": secret}
        # Not until when: the realm of the families has no zone that would be theirs.
        life = _proof(change).expire_time - _proof(change).create_time
        values = {**names(change.account, organization), "valid_for": str(int(life.total_seconds()))}
        return self._proof_message("RESET_PASSWORD", change, values, secrets, now)

    def sign_in_link(self, slug: str) -> str:
        """Where the people of an organization sign in, or families, whose realm has a slug as well."""
        return f"{self._realm_address(slug)}/sign-in"

    def password_changed(self, account: Account, organization: Organization, *, now: datetime) -> OutboxEvent:
        """The notice that the password is another one now."""
        key = f"accounts/{account.id}/password-changed/{account.version}"
        return notice("PASSWORD_CHANGED", account, organization, key, id=self._ids(), now=now, change_time=now)

    def _proof_message(
        self,
        template: str,
        change: Change,
        values: Mapping[str, str | datetime],
        secrets: Mapping[str, str],
        now: datetime,
    ) -> OutboxEvent:
        account, proof = change.account, _proof(change)
        notification = Notification(
            template=template,
            contact=account.username,
            language=account.language,
            values=values,
            sealed_values=self._sealer.seal(secrets),
            reference=_reference(proof),
            urgency=Urgency.URGENT if proof.purpose is Purpose.RESET else Urgency.NORMAL,
            not_after=proof.expire_time,
            supersedes=_reference(change.replaced) if change.replaced else "",
            account_id=family_id(account),
        )
        return notification.event(
            id=self._ids(), org_id=account.org_id, aggregate_id=account.id, version=account.version, now=now
        )

    def _link(self, organization: Organization, page: str, token: str) -> str:
        """Under the pages of a realm, so that they know by whom a person who follows it is known."""
        return f"{self._realm_address(organization.slug)}/{page}/{token}"

    def _realm_address(self, slug: str) -> str:
        return f"{self._public_url}/{slug if slug == FAMILY_REALM else f'o/{slug}'}"


def _proof(change: Change) -> Proof:
    if change.proof is None:
        raise ValueError("the change brings no proof")
    return change.proof


def _reference(proof: Proof) -> str:
    return f"activations/{proof.id}" if proof.purpose is Purpose.ACTIVATION else f"resets/{proof.id}"
