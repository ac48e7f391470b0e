"""The saves of bookings: a booking with its options, its time, tasks and history, each in one statement (CM-09).

Whoever takes time does it as `reservations/storage.py` says: `take_time` is the target, the releases are its first
steps. The own booking, or the case of a new one, is locked before the specialist everywhere, so that two commands on
one booking wait for each other in the same order.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import (
    ARRAY,
    CTE,
    BigInteger,
    Boolean,
    SmallInteger,
    Uuid,
    any_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from casemanager.bookings.domain.decision import Decision
from casemanager.bookings.storage.bounds import LOCK_HOLDS, LOCK_REQUESTS, MORE_REQUESTS, more_holds
from casemanager.bookings.storage.tables import booking_history, booking_params, bookings
from casemanager.cases.storage import open_case
from casemanager.reservations.domain import Reservation, ReservationKind
from casemanager.reservations.storage import (
    NO_OVERLAP,
    block_again,
    block_left,
    release_expired,
    release_own,
    reservation_params,
    reservations,
    take_time,
)
from casemanager.specialists.domain import AccountStatus
from casemanager.specialists.storage import specialists
from casemanager.tasks.storage import change_tasks, open_tasks, tasks_are_as_loaded
from chassis.columns import INSTANT
from chassis.errors import Aborted
from chassis.ids import Ids
from chassis.mapping import Params
from chassis.saves import Save, Step, Write, insert_each, rows_of, save

ORG_ID = bindparam("org_id", type_=Uuid)
_ID = bindparam("booking_id", type_=Uuid)
_IS_ACTIVE = specialists.c.account_status == literal(AccountStatus.ACTIVE, SmallInteger)
_this = (
    bookings.c.org_id == ORG_ID,
    bookings.c.id == _ID,
    bookings.c.version == bindparam("loaded_version", type_=BigInteger),
)
_FIXED = frozenset({"org_id", "id", "number", "case_id", "company_id", "way", "create_time", "request_time"})
_COLUMNS = tuple(str(column.name) for column in bookings.c)
_CHANGES = tuple(name for name in _COLUMNS if name not in _FIXED)


class LostToRival(Aborted):
    """Somebody has taken one of several times since they were looked at: look once more."""


def _locked_booking() -> CTE:
    return (
        select(bookings.c.org_id, bookings.c.id)
        .where(*_this, tasks_are_as_loaded())
        .with_for_update(key_share=True)
        .cte("locked_booking")
    )


def _locked_case() -> CTE:
    case = open_case()
    return select(case.c.org_id, case.c.id).where(tasks_are_as_loaded()).cte("locked_case")


def _active_specialist(locked: CTE) -> CTE:
    """The active one, shared with others who take their time: nobody is deactivated, and no offer made, meanwhile."""
    return (
        select(specialists.c.org_id, specialists.c.id)
        .join(locked, locked.c.org_id == specialists.c.org_id)
        .where(specialists.c.org_id == ORG_ID, specialists.c.id == bindparam("specialist_id", type_=Uuid), _IS_ACTIVE)
        .with_for_update(read=True, of=specialists)
        .cte("active_specialist")
    )


def _value(name: str) -> object:
    return bindparam(f"booking_{name}", type_=bookings.c[name].type)


def _insert_booking(target: CTE) -> Step:
    names = [name for name in _COLUMNS if name != "org_id"]
    return insert(bookings).from_select(
        ["org_id", *names], select(ORG_ID, *map(_value, names)).where(exists().select_from(target))
    )


def _update_booking(target: CTE) -> Step:
    return (
        update(bookings).where(*_this, exists().select_from(target)).values({name: _value(name) for name in _CHANGES})
    )


def _free(target: CTE) -> Step:
    """What the booking has no longer: all of it, or the holds of some options."""
    freed = (
        delete(reservations)
        .where(
            reservations.c.org_id == ORG_ID,
            reservations.c.booking_id == _ID,
            or_(
                bindparam("frees_all", type_=Boolean),
                reservations.c.option_id == any_(bindparam("freed_ids", type_=ARRAY(Uuid))),
            ),
            exists().select_from(target),
        )
        .returning(reservations.c.org_id, reservations.c.specialist_id, reservations.c.during)
    )
    return block_again(freed.cte("freed"))


_BESIDE = (change_tasks, open_tasks, insert_each(booking_history))
_case, _booking = _locked_case(), _locked_booking()
_new_booking = insert(bookings).from_select(
    _COLUMNS, select(_case.c.org_id, *(_value(name) for name in _COLUMNS if name != "org_id")).where(MORE_REQUESTS)
)
# The case manager has gone to another company since they were looked at.
_CONFLICTS = {"bookings_org_id_company_id_case_manager_id_fkey": Aborted}
ADD_BOOKING = save(_new_booking.returning(bookings.c.id), *_BESIDE, conflicts=_CONFLICTS)
"""A new booking that takes no time; no row: its case was closed meanwhile, or its case manager asks for too much."""

ADD_TIMED_BOOKING = save(
    take_time(_case, _active_specialist(_case)),
    _insert_booking,
    *_BESIDE,
    first=(release_expired(_case),),
    conflicts=_CONFLICTS,
)
"""A new booking and its time; no row: somebody else has some of it, or the case was closed."""


def save_beside(*then: Write) -> Save:
    """A changed booking that takes no time, with what is written beside; no row: it has changed meanwhile."""
    return save(
        update(bookings)
        .where(*_this, tasks_are_as_loaded())
        .values({name: _value(name) for name in _CHANGES})
        .returning(bookings.c.id),
        _free,
        *_BESIDE,
        *then,
        conflicts=_CONFLICTS,
    )


SAVE_BOOKING = save_beside()

SAVE_TIMED_BOOKING = save(
    take_time(_booking, _active_specialist(_booking)),
    _update_booking,
    block_left,
    *_BESIDE,
    first=(release_expired(_booking), release_own(_booking)),
)
"""A changed booking with its new time, in the place of all that it had; no row: that is somebody else's."""

# In the order of their ids, alone: who takes time of one of them waits, so that whatever stands in the way was there
# before, and nobody waits for anybody while the holds are written.
_specialists = (
    select(specialists.c.org_id, specialists.c.id)
    .join(_booking, _booking.c.org_id == specialists.c.org_id)
    .where(
        specialists.c.org_id == ORG_ID,
        specialists.c.id == any_(bindparam("specialist_ids", type_=ARRAY(Uuid))),
        _IS_ACTIVE,
    )
    .order_by(specialists.c.id)
    .with_for_update(key_share=True, of=specialists)
    .cte("locked_specialists")
)
_expired = (
    delete(reservations)
    .where(
        reservations.c.org_id == _specialists.c.org_id,
        reservations.c.specialist_id == _specialists.c.id,
        reservations.c.hold_expire_time <= bindparam("now", type_=INSTANT),
    )
    .returning(reservations.c.id)
)
_HELD = ("id", "specialist_id", "during", "kind", "hold_expire_time", "booking_id", "booking_number", "option_id")
SAVE_OFFER = save(
    update(bookings)
    .where(
        *_this,
        tasks_are_as_loaded(),
        more_holds(),
        select(func.count()).select_from(_specialists).scalar_subquery()
        == func.cardinality(bindparam("specialist_ids", type_=ARRAY(Uuid))),
    )
    .values({name: _value(name) for name in _CHANGES})
    .returning(bookings.c.id),
    insert_each(reservations, *_HELD),
    *_BESIDE,
    first=(_expired, release_own(_booking)),
    conflicts={NO_OVERLAP: LostToRival},
)
"""A booking with the times that are held for it; no row: it has changed, a specialist is out of service, or too much is
held for the company."""
LOCKS = {ADD_BOOKING: LOCK_REQUESTS, SAVE_OFFER: LOCK_HOLDS}
"""The saves that count, by what they take their turn by."""


def save_of(decision: Decision) -> Save:
    """How a decision is written."""
    if decision.takes is not None:
        return ADD_TIMED_BOOKING if decision.before is None else SAVE_TIMED_BOOKING
    if decision.before is None:
        return ADD_BOOKING
    return SAVE_OFFER if decision.holds else SAVE_BOOKING


def save_params(decision: Decision, ids: Ids, now: datetime) -> Params:
    """The parameters that are of the booking and its times; those of tasks and history are to be added."""
    booking, is_new = decision.booking, decision.before is None
    columns = booking_params(booking)
    names = [name for name in _COLUMNS if name != "org_id"] if is_new else _CHANGES
    params: Params = {f"booking_{name}": columns[name] for name in names}
    if decision.before is None:
        params["case_id"] = booking.case_id
    else:
        params["loaded_version"] = decision.before.version
    if is_new or decision.takes is not None or decision.holds:
        params["now"] = now
    return {**params, "booking_id": booking.id, **_time_params(decision, ids)}


def _time_params(decision: Decision, ids: Ids) -> Mapping[str, object]:
    if decision.takes is not None:
        taken = _reservation(decision, ids)
        names = ("specialist_id", "during", "kind", "hold_expire_time", "booking_id", "booking_number", "option_id")
        columns = reservation_params(taken)
        return {"reservation_id": taken.id, **{name: columns[name] for name in names}}
    if decision.before is None:
        return {}
    if decision.holds:
        held = [reservation_params(each) for each in _holds(decision, ids)]
        people = {option.appointment.specialist_id for option in decision.holds}
        beside = {"specialist_ids": sorted(people), "company_id": decision.booking.company_id}
        return {**beside, **rows_of(reservations, held, *_HELD)}
    return {"frees_all": decision.frees_all, "freed_ids": list(decision.freed_ids)}


def _reservation(decision: Decision, ids: Ids) -> Reservation:
    booking, time = decision.booking, decision.takes
    assert time is not None  # noqa: S101 (the caller has asked)
    return Reservation(
        org_id=booking.org_id,
        id=ids(),
        specialist_id=time.specialist_id,
        kind=ReservationKind.CONFIRMED,
        start_time=time.start_time,
        end_time=time.free_time,
        booking_id=booking.id,
        booking_number=booking.number,
    )


def _holds(decision: Decision, ids: Ids) -> list[Reservation]:
    booking = decision.booking
    return [
        Reservation(
            org_id=booking.org_id,
            id=ids(),
            specialist_id=option.appointment.specialist_id,
            kind=ReservationKind.HELD,
            start_time=option.appointment.start_time,
            end_time=option.appointment.free_time,
            hold_expire_time=option.hold_expire_time,
            booking_id=booking.id,
            booking_number=booking.number,
            option_id=option.id,
        )
        for option in decision.holds
    ]
