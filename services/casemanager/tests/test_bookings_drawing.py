"""The drawing of a booking's machine in the README: every change of state that a decision makes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from casemanager.availabilities.domain.availability import Mode
from casemanager.bookings.domain.appointment import Appointment, Option, OptionState, Shown
from casemanager.bookings.domain.booking import Booking, CancellationKind, People, Policy, Reason, Seen, Way
from casemanager.bookings.domain.decision import Because, Decision, Kind
from casemanager.bookings.domain.details import Outcome, record_outcome
from casemanager.bookings.domain.endings import Answer, Cancel, cancel_booking, decline_booking, expire_booking
from casemanager.bookings.domain.offers import (
    Confirm,
    Offer,
    Offering,
    Refuse,
    confirm_option,
    offer_options,
    refuse_options,
)
from casemanager.bookings.domain.requests import Accepted, Asked, Request, accept_request, request_booking
from casemanager.bookings.domain.states import Actor, Part, State
from casemanager.bookings.domain.times import Chosen, TimeChoice
from casemanager.files.domain.judging import Asked as AskedScanner
from casemanager.files.domain.kinds import FileKind
from casemanager.files.domain.scans import Answer as ScanAnswer
from casemanager.files.domain.scans import ScanVerdict
from casemanager.files.domain.states import State as FileState
from casemanager.reports.domain.change import Change
from casemanager.reports.domain.decisions import (
    Filed,
    Judged,
    Withdrawal,
    file_report,
    judge_report,
    withdraw_report,
)
from casemanager.reports.domain.report import Around, Report, Shelf
from casemanager.reports.domain.report import Kind as ReportKind
from casemanager.specialists.domain import Specialist
from casemanager.tasks.domain.due import Calendar
from chassis.errors import ServiceError

README = Path(__file__).parents[1] / "README.md"
NOW, WEEK, ID = datetime(2026, 3, 3, 9, tzinfo=UTC), timedelta(days=7), UUID(int=1)
STAFF = Actor(part=Part.STAFF)
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
CHOICE = TimeChoice(
    specialist_id=ID,
    place_id=None,
    mode=Mode.TELEHEALTH,
    start_time=NOW + WEEK,
    minutes=60,
    outside_reason="Agreed by phone",
)
CHOSEN = Chosen(
    choice=CHOICE,
    specialist=Specialist(org_id=ID, id=ID, time_zone="UTC", create_time=NOW, update_time=NOW, version=1),
    place=None,
    availabilities=(),
    reservations=(),
)
WHY = Because(reason=Reason.CLIENT_REQUEST)
FILE: dict[str, Any] = {
    "kind": ReportKind.FINAL,
    "note": "",
    "file_name": "Report.pdf",
    "file_kind": FileKind.PDF,
    "size_bytes": 1,
    "sha256": bytes(32),
    "blob_key": "report",
}
REPORTS: Mapping[State, Sequence[FileState]] = {
    State.ATTENDED: [FileState.SCANNING],
    State.REPORTED: [FileState.CLEAN, FileState.SCANNING],
}
"""Where the versions of a booking's report stand, in the states in which there may be some."""


def shelf_of(seen: Seen) -> Shelf:
    known: dict[str, Any] = {
        **FILE,
        **dict.fromkeys(("org_id", "booking_id"), ID),
        **dict.fromkeys(("state_time", "file_time"), NOW),
    }
    reports = [
        Report(
            **known,
            id=UUID(int=number),
            report_version=number,
            replaces_version=0,
            recipients=(),
            state=state,
            filed_by=None,
            filed_as=Part.STAFF,
            filer_name="",
            version=1,
        )
        for number, state in enumerate(REPORTS.get(seen.booking.state, ()), 1)
    ]
    return Shelf(seen=seen, reports=reports, around=Around(people={}))


def filed(seen: Seen, *, is_scanned: bool) -> Change:
    """The next version."""
    new = Filed(id=UUID(int=9), excluded=(), has_scanner=is_scanned, allows_unscanned=not is_scanned, **FILE)
    return file_report(shelf_of(seen), new, lambda: ID, NOW)


def found_clean(seen: Seen) -> Change:
    """What the scanner says of the newest version."""
    asked = AskedScanner(version=1, answer=ScanAnswer(ScanVerdict.OK), scanner="ClamAV")
    newest = UUID(int=len(REPORTS.get(seen.booking.state, ())))
    return judge_report(shelf_of(seen), Judged(report_id=newest, asked=asked), lambda: ID, NOW)


def of_booking(change: Change) -> Decision:
    assert change.decision is not None
    return change.decision


COMMANDS: Mapping[str, Callable[[Seen], Decision]] = {
    "AcceptRequest": lambda seen: accept_request(Accepted(seen=seen, chosen=CHOSEN), "", NOW),
    "OfferOptions": lambda seen: offer_options(
        Offering(seen=seen, chosen=[CHOSEN], held={}), Offer(option_ids=[ID]), NOW
    ),
    "ConfirmOption": lambda seen: confirm_option(seen, Confirm(option_id=ID), NOW),
    "RefuseOptions": lambda seen: refuse_options(seen, Refuse(option_ids=frozenset(), because=WHY), NOW),
    "DeclineBooking": lambda seen: decline_booking(seen, Answer(because=WHY), NOW),
    "CancelBooking": lambda seen: cancel_booking(
        seen, Cancel(kind=CancellationKind.NO_FEE, because=WHY, suggests_rebooking=False), NOW
    ),
    "RecordOutcome": lambda seen: record_outcome(seen, Outcome(state=State.ATTENDED), NOW),
    "RecordOutcome, nobody came": lambda seen: record_outcome(seen, Outcome(state=State.NOT_ATTENDED), NOW),
    "FileReport": lambda seen: of_booking(filed(seen, is_scanned=True)),
    "FileReport, unscanned": lambda seen: of_booking(filed(seen, is_scanned=False)),
    "the report is clean": lambda seen: of_booking(found_clean(seen)),
    "WithdrawReport, the last one": lambda seen: of_booking(
        withdraw_report(shelf_of(seen), Withdrawal(report_id=ID, reason="Wrong person"), lambda: ID, NOW, is_read=False)
    ),
    "time is over": lambda seen: expire_booking(seen, None, NOW),
}
"""What changes a state, by its name in the drawing."""


def seen_in(state: State, *, start: datetime, expire: datetime) -> Seen:
    """A booking of which nothing but time decides what staff may do."""
    appointment = Appointment(
        specialist_id=ID,
        place_id=None,
        mode=Mode.TELEHEALTH,
        availability_id=None,
        start_time=start,
        end_time=start + timedelta(hours=1),
        buffer_minutes=0,
        time_zone="UTC",
    )
    option = Option(
        id=ID, appointment=appointment, state=OptionState.OPEN, hold_expire_time=NOW + WEEK, shown=Shown(is_active=True)
    )
    known: dict[str, Any] = {
        **dict.fromkeys(("org_id", "id", "case_id", "company_id", "case_manager_id"), ID),
        **dict.fromkeys(("state_time", "request_time", "create_time", "update_time"), NOW),
    }
    booking = Booking(
        **known,
        business_unit_id=None,
        number="B-000001",
        way=Way.SLOT,
        state=state,
        expire_time=expire if state in {State.REQUESTED, State.OFFERED} else None,
        appointment=appointment,
        report_due_time=NOW + WEEK,
        options=(option,),
        version=1,
        people=People(),
    )
    return Seen(booking=booking, actor=STAFF, policy=POLICY)


def new_booking(chosen: Chosen | None) -> State:
    """Where a request begins."""
    ids: dict[str, Any] = dict.fromkeys(("case_id", "company_id", "case_manager_id"), ID)
    asked = Asked(
        **ids,
        business_unit_id=None,
        responsible_staff_id=None,
        service_type="",
        people=People(),
        actor=STAFF,
        policy=POLICY,
        chosen=chosen,
        unanswered=0,
    )
    return request_booking(asked, Request(org_id=ID, booking_id=ID), NOW).booking.state


def arrows() -> Iterator[str]:
    """Each change, once, in the order of states and commands."""
    yield from (f"    [*] --> {new_booking(chosen).name}: RequestBooking" for chosen in (None, CHOSEN))
    for state in State:
        for name, command in COMMANDS.items():
            for start, expire in ((NOW + WEEK, NOW + WEEK), (NOW - WEEK, NOW)):
                try:
                    decision = command(seen_in(state, start=start, expire=expire))
                except ServiceError:
                    continue
                # A further version takes the place of the one before, and the state stays.
                if decision.changes_state or decision.kind is Kind.REPORTED:
                    yield f"    {state.name} --> {decision.booking.state.name}: {name}"


def drawing() -> str:
    """The machine as the README shows it."""
    return "\n".join(["```mermaid", "stateDiagram-v2", *dict.fromkeys(arrows()), "```"])


def test_the_readme_shows_the_machine():
    """CM-08: the drawing has every change of state that a decision makes, and no other."""
    assert drawing() in README.read_text(encoding="utf-8"), f"Put this into the README:\n\n{drawing()}"


@pytest.mark.parametrize("state", [State.DECLINED, State.CANCELLED, State.EXPIRED])
def test_what_is_over_stays_over(state):
    """CM-08: nothing leads out of what was declined or cancelled, or has expired."""
    assert not any(f" {state.name} -->" in arrow for arrow in arrows())
