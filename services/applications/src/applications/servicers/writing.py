"""Domain to protobuf."""

import json
from datetime import date, datetime

from google.protobuf.struct_pb2 import Struct
from google.type.date_pb2 import Date
from portico.applications.v1 import resources_pb2 as res
from portico.applications.v1.claims_pb2 import CheckInvitationResponse

from applications.domain.application import Application, Child, Guardian
from applications.domain.invitation import End, Standing
from applications.domain.link_state import UNDO_WINDOW, allowed_actions, can_undo, link_state
from applications.domain.timeline import TimelineEntry
from applications.usecases.families import Checked, FamilyView
from applications.wire import contact_method
from chassis.contacts import mask
from chassis.wire import timestamp


def application_message(application: Application, now: datetime) -> res.Application:
    """An application with the link states that hold now."""
    return res.Application(
        id=str(application.id),
        number=application.number,
        status=res.Application.Status.ValueType(application.status),
        guardians=[_guardian(guardian, now) for guardian in application.guardians],
        children=[_child(child) for child in application.children],
        answers=_struct(application.answers),
        create_time=timestamp(application.create_time),
        update_time=timestamp(application.update_time),
    )


def entry_message(entry: TimelineEntry) -> res.TimelineEntry:
    """A line as staff see it."""
    return res.TimelineEntry(
        event_time=timestamp(entry.event_time),
        kind=res.TimelineEntry.Kind.ValueType(entry.kind),
        guardian_id=str(entry.guardian_id or ""),
        actor_id=str(entry.actor_id or ""),
        method=contact_method(entry.method),
        detail=entry.detail,
    )


def family_message(view: FamilyView) -> res.FamilyApplication:
    """An application as its guardian sees it: not who of the agency did what, and no contact that is not theirs."""
    application, guardian = view.application, view.guardian
    return res.FamilyApplication(
        id=str(application.id),
        organization_name=application.organization.name,
        number=application.number,
        status=res.Application.Status.ValueType(application.status),
        children=[_child(child) for child in application.children],
        contact=res.FamilyContact(
            guardian_id=str(guardian.id),
            given_name=guardian.given_name,
            family_name=guardian.family_name,
            email=guardian.contacts.email,
            phone=guardian.contacts.phone,
            preferred_method=contact_method(guardian.preferred_method),
            language=guardian.language,
        ),
        history=[
            res.TimelineEntry(
                event_time=timestamp(entry.event_time),
                kind=res.TimelineEntry.Kind.ValueType(entry.kind),
                guardian_id=str(entry.guardian_id or ""),
                method=contact_method(entry.method),
            )
            for entry in view.history
        ],
        create_time=timestamp(application.create_time),
        time_zone=application.organization.time_zone,
    )


def checked_message(checked: Checked) -> CheckInvitationResponse:
    """What an invitation is worth."""
    answer = CheckInvitationResponse(state=CheckInvitationResponse.State.ValueType(checked.standing))
    shown = checked.shown
    if shown is not None:
        answer.organization_name = shown.organization_name
        answer.application_number = shown.number
        answer.masked_contact = mask(shown.invitation.contact)
        answer.account_exists = checked.account_exists
        answer.language = shown.language
        answer.time_zone = shown.time_zone
        if checked.standing in {Standing.VALID, Standing.EXPIRED}:
            answer.expire_time.CopyFrom(timestamp(shown.invitation.expire_time))
    return answer


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
    )


def _invitation(guardian: Guardian) -> res.Invitation | None:
    invitation = guardian.invitation
    if invitation is None or (invitation.end is End.ACCEPTED and guardian.link is None):
        return None
    return res.Invitation(
        id=str(invitation.id),
        method=contact_method(invitation.method),
        contact=invitation.contact,
        create_time=timestamp(invitation.create_time),
        expire_time=timestamp(invitation.expire_time),
        failure_reason=invitation.failure_reason,
    )


def _child(child: Child) -> res.Child:
    return res.Child(given_name=child.given_name, family_name=child.family_name, birth_date=_date(child.birth_date))


def _date(day: date | None) -> Date | None:
    return Date(year=day.year, month=day.month, day=day.day) if day else None


def _struct(written: str) -> Struct | None:
    answers = json.loads(written or "{}")
    if not answers:
        return None
    struct = Struct()
    struct.update(answers)
    return struct
