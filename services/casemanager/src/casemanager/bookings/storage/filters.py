"""What can be asked of bookings in a list, whatever is typed (CM-14)."""

from collections.abc import Collection, Mapping

from sqlalchemy import ColumnElement, SmallInteger, Text, Uuid, bindparam, true

from casemanager.bookings.domain.states import State
from casemanager.bookings.storage.tables import bookings
from casemanager.bookings.storage.walks import NOW, UNIT, Scope
from chassis.columns import INSTANT

_start, _create = bookings.c.start_time, bookings.c.create_time
_IDS = ("case_id", "company_id", "case_manager_id", "specialist_id", "place_id")
FILTERS: Mapping[str, ColumnElement[bool]] = {
    **{name: bookings.c[name] == bindparam(name, type_=Uuid) for name in _IDS},
    "business_unit_id": UNIT == bindparam("business_unit_id", type_=Uuid),
    "service_type": bookings.c.service_type == bindparam("service_type", type_=Text),
    "mode": bookings.c.mode == bindparam("mode", type_=SmallInteger),
    "paperwork_missing": bookings.c.paperwork_sent_time.is_(None),
    "outcome_due": bookings.c.end_time <= NOW,
    "report_due": true(),
    "report_overdue": bookings.c.report_due_time <= NOW,
    "start_time_from": _start >= bindparam("start_time_from", type_=INSTANT),
    "start_time_before": _start < bindparam("start_time_before", type_=INSTANT),
    "create_time_from": _create >= bindparam("create_time_from", type_=INSTANT),
    "create_time_before": _create < bindparam("create_time_before", type_=INSTANT),
}
"""What can be asked, by the parameter that says it; some say it by their name alone."""

_IMPLIED: Mapping[str, State] = {
    "paperwork_missing": State.CONFIRMED,
    "outcome_due": State.CONFIRMED,
    "report_due": State.ATTENDED,
    "report_overdue": State.ATTENDED,
}
"""The state in which what is asked can be so."""

HIDDEN = frozenset({"case_id", "case_manager_id", "place_id", "service_type", "mode"})
"""What a specialist does not see of an appointment that was cancelled."""


def asked_states(scope: Scope, states: Collection[State], filters: Collection[str]) -> tuple[State, ...] | None:
    """The effective states in which something can be found, none: any; None: nothing can."""
    found = {*(states or State)}
    for name in _IMPLIED.keys() & filters:
        found &= {_IMPLIED[name]}
    if scope is Scope.BOOKED and HIDDEN & {*filters}:
        found -= {State.CANCELLED}
    if not found:
        return None
    return () if len(found) == len(State) else tuple(sorted(found))
