"""Whose application or invitation it is, as applications tells it."""

from portico.applications.v1.claims_pb2 import CheckInvitationResponse
from portico.applications.v1.resources_pb2 import FamilyApplication, OrganizationProfile


def profile_of(record: FamilyApplication | CheckInvitationResponse) -> OrganizationProfile:
    """The organization behind it; the release before told the name alone."""
    return (
        record.organization if record.HasField("organization") else OrganizationProfile(name=record.organization_name)
    )
