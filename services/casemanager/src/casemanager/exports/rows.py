"""A booking as a row of a file that people take home (CM-14, CM-15)."""

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import partial

from casemanager.availabilities.domain.availability import Mode
from casemanager.bookings.domain.booking import CancellationKind, Reason
from casemanager.bookings.domain.states import State
from casemanager.cases.search import PREFIX
from casemanager.shared.numbers import written_number
from casemanager.value_lists.domain import Kind, ValueList
from chassis.exports.cells import Cell
from chassis.exports.export import Export
from chassis.readers import Reader, reader
from chassis.text import full_name

HEADER = (
    *("Booking", "Case", "Company file number", "Company", "Business unit", "Case manager", "Subject", "Service"),
    *("Specialist", "Specialty", "Mode", "Place", "Start (local)", "Time zone", "Start (UTC)", "Duration (min)"),
    *("State", "Outcome", "Cancel kind", "Cancel reason", "Requested", "Confirmed", "Hours to confirmation"),
    *("Paperwork due", "Paperwork sent", "Report due", "Reported", "Turnaround (days)", "Versions", "Last downloaded"),
)
EXPORT = Export(title="Bookings", header=HEADER)
Row = tuple[Cell, ...]
Words = Mapping[int, Mapping[str, str]]
"""What is read in a column, by what is stored there."""

_OUTCOMES: Mapping[int, str] = {
    State.ATTENDED: State.ATTENDED.name,
    State.REPORTED: State.ATTENDED.name,
    State.NOT_ATTENDED: State.NOT_ATTENDED.name,
}
_STATES = {int(state): state.name for state in State}
_MODES = {int(mode): mode.name for mode in Mode}
_KINDS = {int(kind): kind.name for kind in CancellationKind}
_REASONS = {int(reason): reason.name for reason in Reason}


def _specialist(title: str | None, given_name: str | None, family_name: str | None) -> str:
    return f"{title or ''} {full_name(given_name or '', family_name or '')}".strip()


def _turnaround(start: datetime | None, report: datetime | None) -> int | None:
    """Days of the calendar from the appointment to the report."""
    return (report.date() - start.date()).days if start and report else None


def _cells(*cells: Cell) -> Row:
    return cells


ROW: Reader[Row] = reader(
    _cells,
    "number",
    reader(partial(written_number, PREFIX), "case_number"),
    "company_file_number",
    "company_name",
    "unit_name",
    reader(full_name, "manager_given_name", "manager_family_name"),
    reader(full_name, "subject_given_name", "subject_family_name"),
    "service_type",
    reader(_specialist, "specialist_title", "specialist_given_name", "specialist_family_name"),
    "specialty",
    reader(_MODES.get, "mode"),
    "place_name",
    "local_start",
    "zone",
    "start_time",
    "minutes",
    reader(_STATES.get, "state"),
    reader(_OUTCOMES.get, "state"),
    reader(_KINDS.get, "cancellation_kind"),
    reader(_REASONS.get, "cancellation_reason"),
    "local_request",
    "local_confirm",
    "hours_to_confirmation",
    "local_paperwork_due",
    "local_paperwork_sent",
    "local_report_due",
    "local_report",
    reader(_turnaround, "local_start", "local_report"),
    "report_version",
    "last_download",
)
"""A row in the order of HEADER; `local_…` are on the wall clock of `zone`."""


def _places(names: Collection[str]) -> frozenset[int]:
    return frozenset(map(HEADER.index, names))


_STATE = HEADER.index("State")
_COMPANYS_OWN = _places(("Company file number", "Company", "Business unit"))
_LEFT_OF_CANCELLED = _places(("Booking", "Start (local)", "Time zone", "Start (UTC)", "Duration (min)", "State"))

_CHOSEN = {HEADER.index("Service"): Kind.SERVICE_TYPES, HEADER.index("Specialty"): Kind.SPECIALTIES}


def words_of(lists: Mapping[Kind, ValueList]) -> Words:
    """What people read for the keys in the columns that were chosen from lists: English, as the header is."""
    return {at: {value.key: value.english for value in lists[kind].values} for at, kind in _CHOSEN.items()}


def in_words(row: Row, words: Words) -> Row:
    """The row with these words; a key that is in no list any more stays."""
    cells = [*row]
    for at, known in words.items():
        cells[at] = known.get(str(cells[at]), cells[at])
    return tuple(cells)


def as_specialists_see(row: Row) -> Row:
    """The row without what is the company's own; of a cancelled appointment nothing but what it was and when."""
    if row[_STATE] == State.CANCELLED.name:
        return tuple(cell if at in _LEFT_OF_CANCELLED else None for at, cell in enumerate(row))
    return tuple(None if at in _COMPANYS_OWN else cell for at, cell in enumerate(row))
