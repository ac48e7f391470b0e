"""An application on the wire, as its guardian sees it."""

from portico.applications.v1 import resources_pb2 as res

from applications.application.domain.timeline import Kind
from applications.application.wire import answers_message, child_message, contact_method, organization_profile
from applications.families.domain import FamilyView
from chassis.wire import timestamp


def family_message(view: FamilyView) -> res.FamilyApplication:
    """An application as its guardian sees it: not who of the agency did what, and no contact that is not theirs."""
    application, guardian = view.application, view.guardian
    return res.FamilyApplication(
        id=str(application.id),
        organization_name=application.organization.name,
        number=application.number,
        status=res.Application.Status.ValueType(application.status),
        children=[child_message(child) for child in application.children],
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
                detail=entry.detail if entry.kind is Kind.UPDATE_REQUESTED else "",
            )
            for entry in view.history
        ],
        create_time=timestamp(application.create_time),
        time_zone=application.organization.time_zone,
        update_request=application.update_request,
        answers=answers_message(application.answers),
        organization=organization_profile(application.organization.name, application.organization.profile),
    )
