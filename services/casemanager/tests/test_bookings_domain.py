"""The machine of bookings, and what time and options add to it: pure."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from portico_errors.casemanager import ActionNotAllowed, OptionNotOpen, ReasonNeeded, SlotTaken, TooLate

from casemanager.availabilities.domain.availability import Mode
from casemanager.bookings.domain.appointment import Appointment, Option, OptionState, Shown
from casemanager.bookings.domain.booking import (
    Booking,
    CancellationKind,
    People,
    Policy,
    Reason,
    Seen,
    Way,
    allowed_actions,
    cancellation_kind,
)
from casemanager.bookings.domain.decision import Because
from casemanager.bookings.domain.due import paperwork_due, report_due
from casemanager.bookings.domain.endings import expire_booking
from casemanager.bookings.domain.offers import Confirm, confirm_option
from casemanager.bookings.domain.states import Action, Actor, Part, State, may
from casemanager.bookings.domain.visibility import Caller, part_of
from casemanager.tasks.domain.due import Calendar
from chassis.errors import Aborted

NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)
ZHANG, ANA, UNIT = UUID(int=7), UUID(int=8), UUID(int=9)
HOUR, MS = timedelta(hours=1), timedelta(milliseconds=1)
POLICY = Policy(
    notice=timedelta(hours=24),
    horizon=timedelta(days=180),
    hold=timedelta(hours=48),
    request_life=timedelta(days=30),
    cancellation_notice=timedelta(hours=48),
    paperwork_days=7,
    report_days=14,
    calendar=Calendar(zone="UTC"),
)
S, M, U, P = Part.STAFF, Part.OWN, Part.UNIT, Part.SPECIALIST
ALLOWED: dict[State, dict[str, Any]] = {
    State.REQUESTED: {
        "ACCEPT": S,
        "OFFER": S,
        "DECLINE": S,
        "CANCEL": (S, M),
        "TAKE_OVER": U,
        "ASSIGN": S,
        "UPDATE": (S, M),
        "UPLOAD_PAPERWORK": (S, M),
    },
    State.OFFERED: {
        "CONFIRM": (S, M),
        "REFUSE": (S, M),
        "OFFER": S,
        "DECLINE": S,
        "CANCEL": (S, M),
        "TAKE_OVER": U,
        "ASSIGN": S,
        "UPDATE": (S, M),
        "UPLOAD_PAPERWORK": (S, M),
    },
    State.CONFIRMED: {
        "SEND_PAPERWORK": (S, M),
        "RECORD_OUTCOME": (S, P),
        "FILE_REPORT": (S, P),
        "RESCHEDULE": (S, M),
        "REQUEST_MOVE": M,
        "DECLINE_MOVE": S,
        "CANCEL": (S, M),
        "TAKE_OVER": U,
        "ASSIGN": S,
        "UPDATE": (S, M),
        "UPLOAD_PAPERWORK": (S, M),
    },
    State.ATTENDED: {
        "RECORD_OUTCOME": S,
        "FILE_REPORT": (S, P),
        "TAKE_OVER": U,
        "ASSIGN": S,
        "UPDATE": (S, M),
        "UPLOAD_PAPERWORK": (S, M),
        "SEND_PAPERWORK": (S, M),
    },
    State.NOT_ATTENDED: {"RECORD_OUTCOME": S},
    State.REPORTED: {"FILE_REPORT": (S, P)},
    State.CANCELLED: {"SET_CANCELLATION_KIND": S},
}
"""The table of the specification, written once more."""


def appointment(start=NOW + timedelta(days=7), *, zone="UTC", **given):
    usual = {"specialist_id": ZHANG, "place_id": None, "mode": Mode.TELEHEALTH, "availability_id": None}
    return Appointment(start_time=start, end_time=start + HOUR, buffer_minutes=0, time_zone=zone, **{**usual, **given})


def option(start=NOW + timedelta(days=7), *, hold_end=NOW + 48 * HOUR, **given):
    usual = {"id": UUID(int=1), "state": OptionState.OPEN, "shown": Shown()}
    return Option(appointment=appointment(start), hold_expire_time=hold_end, **{**usual, **given})


def booking(state, **given):
    usual = {
        "appointment": appointment(),
        "people": People(manager_unit_id=UNIT),
        "confirm_time": NOW,
        "expire_time": NOW + 30 * 24 * HOUR if state in {State.REQUESTED, State.OFFERED} else None,
    }
    instants = dict.fromkeys(("state_time", "request_time", "create_time", "update_time"), NOW)
    return Booking(
        **{
            **dict.fromkeys(("org_id", "id", "case_id", "company_id"), UUID(int=3)),
            "case_manager_id": ANA,
            "business_unit_id": None,
            "number": "B-000001",
            "way": Way.SLOT,
            "state": state,
            "version": 4,
            **instants,
            **usual,
            **given,
        }
    )


def seen(state, part=S, **given):
    return Seen(booking=booking(state, **given), actor=Actor(part=part), policy=POLICY)


@pytest.mark.parametrize(("state", "action", "part"), list(product(State, Action, (S, M, U, P))))
def test_who_may_do_what_in_which_state(state, action, part):
    """CM-08: every state, every command, everybody: allowed exactly where the table says so."""
    parts = ALLOWED.get(state, {}).get(action.name, ())
    expected = part in (parts if isinstance(parts, tuple) else (parts,))
    if action is Action.ADD_NOTE:
        expected = part is S
    assert expected is may(part, state, action)
    if expected:
        assert seen(state, part).require(action, NOW)
        return
    with pytest.raises(ActionNotAllowed) as refused:
        seen(state, part).require(action, NOW)
    now_allowed = allowed_actions(booking(state), Actor(part=part), POLICY, NOW)
    assert {"state": state.name, "allowed_actions": ",".join(each.name for each in now_allowed)} == (
        refused.value.metadata
    )


def test_another_version_is_a_concurrent_change():
    """CM-08: a command that carries the etag of another version is refused before anything else."""
    assert seen(State.CONFIRMED).require(Action.CANCEL, NOW, etag="4")
    with pytest.raises(Aborted) as refused:
        seen(State.DECLINED).require(Action.CANCEL, NOW, etag="3")
    assert "CONCURRENT_CHANGE" == refused.value.reason


@pytest.mark.parametrize("state", [State.REQUESTED, State.OFFERED])
def test_what_nobody_answers_expires_at_its_instant(state):
    """CM-08: the effective state is EXPIRED from the instant on, whether or not a job was there."""
    waiting = booking(state, expire_time=NOW)
    assert (state, State.EXPIRED, State.EXPIRED) == tuple(waiting.effective(NOW + step) for step in (-MS, 0 * MS, MS))
    assert (Action.ADD_NOTE,) == allowed_actions(waiting, Actor(part=S), POLICY, NOW)
    with pytest.raises(ActionNotAllowed):
        seen(state, expire_time=NOW).require(Action.CANCEL, NOW)
    ended = expire_booking(seen(state, expire_time=NOW, options=(option(),)), None, NOW)
    assert (State.EXPIRED, None, True) == (ended.booking.state, ended.booking.expire_time, ended.frees_all)
    assert (OptionState.WITHDRAWN,) == tuple(each.state for each in ended.booking.options)
    with pytest.raises(ActionNotAllowed):
        expire_booking(seen(state, expire_time=NOW + MS), None, NOW)


def test_what_time_takes_from_a_case_manager():
    """CM-08, CM-10: reschedule until the cancellation notice, cancel and ask for a move until the start."""
    start = NOW + 48 * HOUR
    for now, expected in (
        (NOW, {"RESCHEDULE", "REQUEST_MOVE", "CANCEL", "UPDATE", "UPLOAD_PAPERWORK"}),
        (NOW + MS, {"REQUEST_MOVE", "CANCEL", "UPDATE", "UPLOAD_PAPERWORK"}),
        (start - MS, {"REQUEST_MOVE", "CANCEL", "UPDATE", "UPLOAD_PAPERWORK"}),
        (start, {"UPDATE", "UPLOAD_PAPERWORK"}),
    ):
        known = booking(State.CONFIRMED, appointment=appointment(start))
        assert expected == {each.name for each in allowed_actions(known, Actor(part=M), POLICY, now)}


def test_what_a_cancellation_costs():
    """CM-10: a case manager's is chargeable from less than 48 hours before the start on, and only when confirmed."""
    start = NOW + 48 * HOUR
    known = booking(State.CONFIRMED, appointment=appointment(start))
    assert CancellationKind.NO_FEE is cancellation_kind(known, POLICY, NOW)
    assert CancellationKind.CHARGEABLE is cancellation_kind(known, POLICY, NOW + MS)
    asked = replace(known, state=State.REQUESTED)
    assert CancellationKind.NO_FEE is cancellation_kind(asked, POLICY, NOW + MS)


def test_an_outcome_is_recorded_from_the_start_on():
    """CM-08: to staff and the specialist RECORD_OUTCOME is offered once the appointment has begun."""
    known = booking(State.CONFIRMED, appointment=appointment(NOW))
    for part in (S, P):
        offered = [
            Action.RECORD_OUTCOME in allowed_actions(known, Actor(part=part), POLICY, NOW + at) for at in (-MS, 0 * MS)
        ]
        assert [False, True] == offered


@pytest.mark.parametrize("offset", [-MS, 0 * MS, MS])
def test_an_option_is_confirmed_around_the_end_of_its_hold(offset):
    """CM-09, B-03: a millisecond before, at and after the hold's end, with nobody else: it is confirmed."""
    offered = seen(State.OFFERED, M, options=(option(hold_end=NOW),))
    decision = confirm_option(offered, Confirm(option_id=UUID(int=1)), NOW + offset)
    assert State.CONFIRMED is decision.booking.state
    assert decision.booking.options[0].appointment == decision.takes == decision.booking.appointment
    assert OptionState.CHOSEN is decision.booking.options[0].state


def test_an_option_whose_time_somebody_took_is_gone():
    """CM-09, B-03: after its hold, a rival who has the time makes it GONE, and confirming it SLOT_TAKEN."""
    gone = option(hold_end=NOW, rival_end_time=NOW + 5 * HOUR)
    assert (OptionState.GONE, False) == (gone.effective(NOW), gone.is_held(NOW))
    offered = seen(State.OFFERED, M, options=(gone,))
    with pytest.raises(SlotTaken):
        confirm_option(offered, Confirm(option_id=UUID(int=1)), NOW)
    assert Action.REFUSE is allowed_actions(offered.booking, offered.actor, POLICY, NOW)[0]
    # The rival's hold is over, too: the time is free once more.
    assert OptionState.OPEN is gone.effective(NOW + 5 * HOUR)


@pytest.mark.parametrize(
    ("state", "expected"),
    [(OptionState.REFUSED, OptionNotOpen), (OptionState.WITHDRAWN, OptionNotOpen), (OptionState.CHOSEN, OptionNotOpen)],
)
def test_what_was_answered_is_not_open(state, expected):
    """CM-08: an option that was refused, withdrawn or chosen is not confirmed."""
    with pytest.raises(expected):
        confirm_option(seen(State.OFFERED, options=(option(state=state),)), Confirm(option_id=UUID(int=1)), NOW)


def test_what_has_begun_is_not_confirmed():
    """CM-08: TOO_LATE for an option whose time has come."""
    with pytest.raises(TooLate):
        confirm_option(seen(State.OFFERED, options=(option(NOW),)), Confirm(option_id=UUID(int=1)), NOW)


def test_nobody_is_booked_who_is_out_of_service():
    """CM-06: the options of a specialist who is out of service are withdrawn for everybody who reads them."""
    off = option(shown=Shown(is_active=False))
    assert OptionState.WITHDRAWN is off.effective(NOW)
    with pytest.raises(OptionNotOpen):
        confirm_option(seen(State.OFFERED, options=(off,)), Confirm(option_id=UUID(int=1)), NOW)


@pytest.mark.parametrize("comment", ["", "  "])
def test_another_reason_needs_words(comment):
    """CM-10: OTHER without a comment is REASON_NEEDED, each of the others is not."""
    with pytest.raises(ReasonNeeded):
        Because(reason=Reason.OTHER, comment=comment)
    assert all(Because(reason=reason) for reason in Reason if reason is not Reason.OTHER)


def test_due_dates_are_walls_of_the_booking():
    """CM-08: paperwork is due at 17:00 of the booking's zone 7 days before, across a change of clocks too."""
    # Sydney puts its clocks back on 5 April 2026.
    known = appointment(datetime(2026, 4, 8, 23, tzinfo=UTC), zone="Australia/Sydney")
    assert datetime(2026, 4, 2, 6, tzinfo=UTC) == paperwork_due(known, POLICY)
    assert datetime(2026, 4, 23, 7, tzinfo=UTC) == report_due(known, POLICY)


def test_who_sees_a_booking():
    """CM-15: own, the unit that its case manager is of now while it is open and that it had when it was over."""
    stranger, other_unit = UUID(int=20), UUID(int=21)

    def part(state, **given):
        caller = Caller(account_id=None, **given)
        return part_of(caller, booking(state, business_unit_id=other_unit))

    assert S is part(State.REQUESTED, is_staff=True)
    assert M is part(State.DECLINED, case_manager_id=ANA, unit_id=stranger)
    assert U is part(State.CONFIRMED, case_manager_id=stranger, unit_id=UNIT)
    assert part(State.CONFIRMED, case_manager_id=stranger, unit_id=other_unit) is None
    assert U is part(State.CANCELLED, case_manager_id=stranger, unit_id=other_unit)
    assert part(State.CANCELLED, case_manager_id=stranger, unit_id=UNIT) is None
    assert part(State.CONFIRMED, case_manager_id=stranger) is None
    assert P is part(State.CONFIRMED, specialist_id=ZHANG)
    assert part(State.CONFIRMED, specialist_id=stranger) is None
    assert part(State.CONFIRMED) is None
    held = booking(State.OFFERED, confirm_time=None)
    assert part_of(Caller(account_id=None, specialist_id=ZHANG), held) is None
