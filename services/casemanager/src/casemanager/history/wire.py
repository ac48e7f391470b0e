"""A line of a history on the wire."""

from portico.casemanager.v1 import resources_pb2 as res

from casemanager.history.domain import HistoryEntry
from chassis.wire import timestamp


def entry_message(entry: HistoryEntry) -> res.PersonHistoryEntry:
    """A line as staff see it."""
    return res.PersonHistoryEntry(
        event_time=timestamp(entry.event_time),
        kind=res.PersonHistoryEntry.Kind.ValueType(entry.kind),
        actor_id=str(entry.actor_id or ""),
        by_person=entry.by_person,
        detail=entry.detail,
    )
