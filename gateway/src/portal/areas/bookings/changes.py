"""What the history says was different: the contract writes `start_time: … → …`, and some fields by name alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from google.protobuf.timestamp_pb2 import Timestamp
from portico.casemanager.v1.booking_resources_pb2 import BookingHistoryEntry

from portal.areas.bookings.labels import KINDS
from portal.core.i18n import N_, I18n
from portal.core.specialists import MODES

_FIELDS: Mapping[str, str] = {
    "start_time": N_("Start"),
    "end_time": N_("End"),
    "mode": N_("How it is held"),
    "specialist_name": N_("Specialist"),
    "place_name": N_("Place"),
    "outside_availability": N_("Outside the times that the specialist entered"),
    "case_manager": N_("Case manager"),
    "kind": N_("What it costs"),
    "note": N_("Note"),
    "specialty": N_("Specialty"),
    "wishes": N_("When it would suit"),
    "responsible_staff_id": N_("Who looks after it"),
    "files": N_("Files"),
    "report": N_("Version"),
}
_INSTANTS = frozenset({"start_time", "end_time"})
_WORDS: Mapping[str, Mapping[str, str]] = {"mode": MODES, "kind": KINDS}


@dataclass(frozen=True, slots=True)
class Change:
    """What was different, and what it was and is, as far as the history keeps it."""

    words: str
    values: Sequence[Timestamp | str]


def changes_of(entry: BookingHistoryEntry, i18n: I18n) -> Iterator[Change]:
    """All that an entry says; a field that is newer than we are is passed over."""
    for line in entry.changes:
        name, _, written = line.partition(": ")
        if name in _FIELDS:
            values = [_value(name, each, i18n) for each in written.split(" → ", 1)] if written else []
            yield Change(i18n(_FIELDS[name]), values)


def _value(name: str, written: str, i18n: I18n) -> Timestamp | str:
    if name not in _INSTANTS:
        words = _WORDS.get(name, {}).get(written)
        return i18n(words) if words else written
    instant = Timestamp()
    try:
        instant.FromJsonString(written)
    except ValueError:
        return written
    return instant
