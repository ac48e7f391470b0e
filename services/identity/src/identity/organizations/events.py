"""An organization on the wire, in replies and in events."""

from datetime import datetime

from portico.identity.v1 import events_pb2 as pb
from portico.identity.v1 import resources_pb2 as res

from chassis.ids import Ids
from chassis.outbox import OutboxEvent
from chassis.wire import timestamp
from identity.organizations.domain import Organization


def organization_message(organization: Organization) -> res.Organization:
    """The organization as everybody may know it."""
    return res.Organization(
        id=str(organization.org_id),
        slug=organization.slug,
        name=organization.name,
        country=organization.country,
        time_zone=organization.time_zone,
        languages=organization.languages,
        create_time=timestamp(organization.create_time),
        phone=organization.phone,
        email=organization.email,
        hours=organization.hours,
        web_page=organization.web_page,
        color=organization.color,
        send_rate_per_minute=organization.send_rate_per_minute,
        listed=organization.listed,
    )


def organization_created(organization: Organization, *, ids: Ids) -> OutboxEvent:
    """Tells the other services of a new tenant."""
    return OutboxEvent(
        id=ids(),
        org_id=organization.org_id,
        subject="organization.created",
        message=pb.OrganizationEvent(
            version=organization.version,
            created=pb.OrganizationCreated(organization=organization_message(organization)),
        ),
        aggregate_id=organization.org_id,
        version=organization.version,
        event_time=organization.create_time,
    )


def organization_updated(organization: Organization, *, ids: Ids, now: datetime) -> OutboxEvent:
    """Tells the other services how a tenant shows itself from now on."""
    return OutboxEvent(
        id=ids(),
        org_id=organization.org_id,
        subject="organization.updated",
        message=pb.OrganizationEvent(
            version=organization.version,
            updated=pb.OrganizationUpdated(organization=organization_message(organization)),
        ),
        aggregate_id=organization.org_id,
        version=organization.version,
        event_time=now,
    )
