"""An application on the wire, as staff see it; and methods."""

import json
from datetime import date, datetime

from google.protobuf.struct_pb2 import Struct
from google.protobuf.timestamp_pb2 import Timestamp
from google.type.date_pb2 import Date
from portico.applications.v1 import resources_pb2 as res

from applications.application.domain.application import Application, Child, Guardian
from applications.application.domain.invitation import InvitationOutcome, Method
from applications.application.domain.link_state import UNDO_WINDOW, allowed_actions, can_undo, link_state
from applications.application.domain.status import STATUSES
from chassis.wire import timestamp


def contact_method(method: Method | None) -> res.ContactMethod.ValueType:
    """The contract's word for a method: the numbers are the same, and none is unspecified."""
    return res.ContactMethod.ValueType(method or 0)


def optional_method(written: res.ContactMethod.ValueType) -> Method | None:
    """A method, None when unspecified."""
    return Method(written) if written else None


def application_message(application: Application, now: datetime) -> res.Application:
    """An application with the link states that hold now."""
    return res.Application(
        id=str(application.id),
        number=application.number,
        status=res.Application.Status.ValueType(application.status),
        guardians=[_guardian(guardian, now) for guardian in application.guardians],
        children=[child_message(child) for child in application.children],
        answers=answers_message(application.answers),
        create_time=timestamp(application.create_time),
        update_time=timestamp(application.latest_update_time),
        update_request=application.update_request,
        assignee_id=str(application.assignee_id or ""),
        allowed_statuses=[res.Application.Status.ValueType(status) for status in STATUSES.allowed(application.status)],
    )


def submission_message(application: Application, now: datetime) -> res.Application:
    """An application that has just come in, with what looks like a mistake in it."""
    message = application_message(application, now)
    for place, guardian in enumerate(application.guardians):
        if not guardian.contacts:
            message.warnings.add(
                reason=res.Application.Warning.NO_CONTACT,
                field=f"guardians[{place}]",
                message="Neither email nor phone: this guardian cannot be invited. Is a field misspelt?",
            )
    return message


def _guardian(guardian: Guardian, now: datetime) -> res.Guardian:
    link, unlink = guardian.link, guardian.unlink
    return res.Guardian(
        id=str(guardian.id),
        given_name=guardian.given_name,
        family_name=guardian.family_name,
        email=guardian.contacts.email,
        phone=guardian.contacts.phone,
        preferred_method=contact_method(guardian.preferred_method),
        language=guardian.language,
        link_state=res.Guardian.LinkState.ValueType(link_state(guardian, now)),
        allowed_actions=[res.Guardian.Action.ValueType(action) for action in allowed_actions(guardian, now)],
        account_username=link.username if link else "",
        link_time=timestamp(link.link_time) if link else None,
        invitation=_invitation(guardian),
        undo_expire_time=timestamp(unlink.unlink_time + UNDO_WINDOW) if unlink and can_undo(guardian, now) else None,
        email_failure_time=_optional(guardian.email_failure_time),
        phone_failure_time=_optional(guardian.phone_failure_time),
    )


def _invitation(guardian: Guardian) -> res.Invitation | None:
    invitation = guardian.invitation
    if invitation is None or (invitation.outcome is InvitationOutcome.ACCEPTED and guardian.link is None):
        return None
    return res.Invitation(
        id=str(invitation.id),
        method=contact_method(invitation.method),
        contact=invitation.contact,
        create_time=timestamp(invitation.create_time),
        expire_time=timestamp(invitation.expire_time),
        failure_reason=invitation.failure_reason,
        outcome=res.Invitation.Outcome.ValueType(invitation.outcome or 0),
    )


def _optional(instant: datetime | None) -> Timestamp | None:
    return timestamp(instant) if instant else None


def child_message(child: Child) -> res.Child:
    """A child of the application."""
    return res.Child(given_name=child.given_name, family_name=child.family_name, birth_date=_date(child.birth_date))


def _date(day: date | None) -> Date | None:
    return Date(year=day.year, month=day.month, day=day.day) if day else None


def answers_message(written: str) -> Struct | None:
    """The answers of an application; None when there are none."""
    answers = json.loads(written or "{}")
    if not answers:
        return None
    struct = Struct()
    struct.update(answers)
    return struct
