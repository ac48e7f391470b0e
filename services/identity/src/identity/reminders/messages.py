"""What somebody is told who does not know where to sign in."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from portico.notifications.v1.resources_pb2 import Urgency

from chassis.call import FAMILY_ORG
from chassis.notification import Notification
from chassis.outbox import OutboxEvent
from identity.organizations.domain import FAMILY_REALM, Organization
from identity.reminders.domain import SignIn
from identity.resets.messages import Messages

_AS_A_FAMILY = {"en": "My applications, as a family", "es": "Mis solicitudes, como familia"}
"""The families' realm has no name that a person would know."""


def my_organizations(
    messages: Messages,
    sign_ins: Sequence[SignIn],
    *,
    email: str,
    sender: Organization,
    id: UUID,  # noqa: A002 the event's
    now: datetime,
) -> OutboxEvent:
    """One email with each of the sign-ins, in the language of the first."""
    language = sign_ins[0].language
    lines = (f"{messages.sign_in_link(each.slug)} {_name_of(each, language)}" for each in sign_ins)
    notification = Notification(
        template="YOUR_ORGANIZATIONS",
        contact=email,
        language=language,
        values={"organization_name": sender.name, "sign_ins": "\n".join(lines)},
        reference=f"reminders/{id}",
        urgency=Urgency.URGENT,
    )
    return notification.event(id=id, org_id=FAMILY_ORG, aggregate_id=id, version=1, now=now)


def _name_of(sign_in: SignIn, language: str) -> str:
    return _AS_A_FAMILY.get(language, _AS_A_FAMILY["en"]) if sign_in.slug == FAMILY_REALM else sign_in.name
