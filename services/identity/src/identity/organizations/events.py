"""An organization on the wire, in replies and in events."""

from portico.identity.v1 import resources_pb2 as res

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
        create_time=timestamp(organization.created_at),
    )
