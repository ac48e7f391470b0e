"""What happens to specialists, as others hear of it: no name, no contact."""

from uuid import UUID

from portico.casemanager.v1 import events_pb2

from casemanager.specialists.domain import Specialist
from chassis.outbox import OutboxEvent


def specialist_event(specialist: Specialist, *, event_id: UUID) -> OutboxEvent:
    """Tells that a specialist was entered or changed."""
    event = events_pb2.SpecialistEvent(version=specialist.version, specialist_id=str(specialist.id))
    variant = "created" if specialist.version == 1 else "updated"
    getattr(event, variant).SetInParent()
    return OutboxEvent(
        id=event_id,
        org_id=specialist.org_id,
        subject=f"specialist.{variant}",
        message=event,
        aggregate_id=specialist.id,
        version=specialist.version,
        event_time=specialist.update_time,
    )
