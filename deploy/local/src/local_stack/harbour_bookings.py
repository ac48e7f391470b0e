"""The bookings of the demo's provider: forty of them, brought into every state that people can bring them into."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import Any

from local_stack.hands import each
from local_stack.harbour_entry import Entry
from local_stack.harbour_files import add_paperwork, file_reports
from local_stack.harbour_people import (
    CHEN,
    CHEN_ASKED,
    CHEN_SURE,
    FRASER,
    FRASER_SURE,
    MITCHELL_ASKED,
    MITCHELL_SURE,
    OKAFOR,
    OKAFOR_ASKED,
    OKAFOR_SURE,
    WIREMU,
    WIREMU_SURE,
    DemoCase,
    DemoSeries,
    DemoSpecialist,
)
from local_stack.harbour_times import written
from local_stack.person import Person

SOON = timedelta(seconds=5)
"""From the request of an appointment to its beginning, where its outcome is to be told."""
OFFERED_AHEAD = timedelta(hours=2, minutes=10)
"""As near as staff may offer a time; the offer expires an hour before."""


class Story(Enum):
    """What becomes of a booking."""

    BOOKED = auto()
    HELD_BACK = auto()
    """Booked, and one of its files is harmful."""
    MOVED = auto()
    MOVED_ACROSS = auto()
    """To the other side of a change of the clocks."""
    MOVE_ASKED = auto()
    CANCELLED = auto()
    CANCELLED_LATE = auto()
    CANCELLED_BY_US = auto()
    ASKED = auto()
    ACCEPTED = auto()
    WISHED = auto()
    DECLINED = auto()
    OFFERED = auto()
    OFFERED_SOON = auto()
    CHOSEN = auto()
    REFUSED = auto()
    BEGUN = auto()
    ATTENDED = auto()
    REPORTED = auto()
    """In two versions."""
    MISSED = auto()


_OUTCOMES = {
    Story.BEGUN: "",
    Story.ATTENDED: "ATTENDED",
    Story.REPORTED: "ATTENDED",
    Story.MISSED: "NOT_ATTENDED",
}
"""Of appointments that have begun by the end; empty: nobody has told yet."""
_CANCELS: Mapping[Story, Mapping[str, object]] = {
    Story.CANCELLED_LATE: {"kind": "CHARGEABLE", "suggestRebooking": True, "reason": "PAPERWORK_MISSING"},
    Story.CANCELLED_BY_US: {
        "kind": "NO_FEE_PAY_SPECIALIST",
        "reason": "OTHER",
        "comment": "The room was booked twice.",
    },
}
"""What staff say when they cancel."""
PLAN: tuple[tuple[Story, DemoSeries | DemoSpecialist | None], ...] = (
    (Story.HELD_BACK, CHEN_SURE),
    (Story.ACCEPTED, CHEN_ASKED),
    (Story.OFFERED, OKAFOR_ASKED),
    (Story.BOOKED, WIREMU_SURE),
    (Story.WISHED, None),
    (Story.MOVE_ASKED, CHEN_SURE),
    (Story.BOOKED, FRASER_SURE),
    (Story.CANCELLED, OKAFOR_SURE),
    (Story.ASKED, CHEN_ASKED),
    (Story.CHOSEN, OKAFOR_ASKED),
    (Story.MOVED, MITCHELL_SURE),
    (Story.DECLINED, None),
    (Story.MOVED_ACROSS, CHEN_SURE),
    (Story.OFFERED, FRASER_SURE),
    (Story.BOOKED, OKAFOR_SURE),
    (Story.ATTENDED, WIREMU),
    (Story.REPORTED, CHEN),
    (Story.MISSED, OKAFOR),
    (Story.ASKED, OKAFOR_ASKED),
    (Story.BOOKED, CHEN_SURE),
    (Story.CANCELLED_LATE, FRASER_SURE),
    (Story.REFUSED, CHEN_ASKED),
    (Story.ACCEPTED, MITCHELL_ASKED),
    (Story.BOOKED, WIREMU_SURE),
    (Story.BEGUN, FRASER),
    (Story.OFFERED_SOON, CHEN),
    (Story.BOOKED, CHEN_SURE),
    (Story.OFFERED, WIREMU_SURE),
    (Story.BOOKED, OKAFOR_SURE),
    (Story.WISHED, None),
    (Story.CHOSEN, FRASER_SURE),
    (Story.BOOKED, CHEN_SURE),
    (Story.WISHED, None),
    (Story.CANCELLED_BY_US, OKAFOR_SURE),
    (Story.BOOKED, MITCHELL_SURE),
    (Story.CHOSEN, WIREMU_SURE),
    (Story.DECLINED, None),
    (Story.WISHED, None),
    (Story.ACCEPTED, CHEN_ASKED),
    (Story.BOOKED, WIREMU_SURE),
)
"""What becomes of each booking, and at whose times; they are of the cases in their order, beginning anew at the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Planned:
    """A booking that is to be: its place in the plan, its case, and the times that it needs, as the API takes them."""

    number: int
    story: Story
    case: DemoCase
    case_id: str
    specialist_id: str
    slots: tuple[dict[str, str], ...]


def load_bookings(entry: Entry, hands: Mapping[str, Person]) -> None:
    """Makes them: whoever can sign in by themselves (`hands` by address), staff for the others.

    Appointments whose outcome is told begin while the others are made.
    """
    desk = _Desk(entry, hands)
    planned = list(_planned(entry))
    begun = each(desk.begin, [one for one in planned if one.story in _OUTCOMES])
    each(desk.bring, [one for one in planned if one.story not in _OUTCOMES])
    each(lambda pair: desk.record(*pair), begun)


def _planned(entry: Entry) -> Iterator[_Planned]:
    for number, (story, whose) in enumerate(PLAN):
        case, case_id = entry.cases[number % len(entry.cases)]
        series = whose if isinstance(whose, DemoSeries) else None
        specialist = series.specialist if series else whose
        yield _Planned(
            number=number,
            story=story,
            case=case,
            case_id=case_id,
            specialist_id=entry.specialist_ids[specialist] if isinstance(specialist, DemoSpecialist) else "",
            slots=tuple(_slots(entry, story, series)) if series else (),
        )


def _slots(entry: Entry, story: Story, series: DemoSeries) -> Iterator[dict[str, str]]:
    """The times that a story needs: the second one to move to, or to choose from."""
    times = entry.times
    if story is Story.MOVED_ACROSS:
        starts = times.around_clock_change(series)
    else:
        starts = times.take(series), times.take(series)
    for start in starts:
        yield {"availabilityId": entry.availability_ids[series], "startTime": start}


class _Desk:
    """Where bookings are made and changed."""

    def __init__(self, entry: Entry, hands: Mapping[str, Person]) -> None:
        self._staff, self._hands, self._times = entry.staff, hands, entry.times

    def begin(self, one: _Planned) -> tuple[_Planned, dict[str, Any]]:
        """An appointment that begins in a moment, unless the case has it."""
        listed = self._staff.get(f"/v1/bookings?caseId={one.case_id}").get("bookings", [])
        made = next((booking for booking in listed if booking["way"] == "TIME"), None)
        when = {"caseId": one.case_id, "time": self._own_time(one, ahead=SOON)}
        return one, made or self._staff.post("/v1/bookings", when)

    def record(self, one: _Planned, booking: dict[str, Any]) -> None:
        """Tells whether the person came, as soon as it has begun."""
        if outcome := _OUTCOMES[one.story]:
            begins = datetime.fromisoformat(booking["startTime"])
            time.sleep(max(0.0, (begins - datetime.now(tz=UTC)).total_seconds()))
            self._do(self._staff, one, booking, "recordOutcome", {"outcome": outcome})
        if one.story is Story.REPORTED:
            file_reports(self._hands.get(CHEN.email, self._staff), booking["id"])

    def bring(self, one: _Planned) -> None:
        """A booking into the state that is wished for."""
        booking = self._request(one)
        case_manager, staff = self._hand(one), self._staff
        match one.story:
            case Story.HELD_BACK:
                add_paperwork(case_manager, booking["id"])
            case Story.ACCEPTED:
                self._do(staff, one, booking, "accept", {})
            case Story.DECLINED:
                self._do(staff, one, booking, "decline", _because("OTHER", "We have nobody for this in your region."))
            case Story.OFFERED | Story.CHOSEN | Story.REFUSED:
                self._answer_offer(one, booking)
            case Story.OFFERED_SOON:
                self._offer_soon(one, booking)
            case Story.MOVED | Story.MOVED_ACROSS:
                move = {"slot": one.slots[1], **_because("SPECIALIST_UNAVAILABLE")}
                self._do(staff, one, booking, "reschedule", move)
            case Story.MOVE_ASKED if case_manager is not staff:
                wishes = {"wishes": {"windows": [self._times.window(14)]}}
                self._do(case_manager, one, booking, "requestMove", {**wishes, **_because("SUBJECT_UNAVAILABLE")})
            case Story.CANCELLED:
                kind = {"kind": "NO_FEE"} if case_manager is staff else {}
                self._do(case_manager, one, booking, "cancel", {**kind, **_because("CLIENT_REQUEST")})
            case Story.CANCELLED_LATE | Story.CANCELLED_BY_US:
                self._do(staff, one, booking, "cancel", _CANCELS[one.story])

    def _request(self, one: _Planned) -> dict[str, Any]:
        asks = {Story.OFFERED, Story.CHOSEN, Story.REFUSED}
        wishes = {"wishes": {"windows": [self._times.window(one.number), self._times.window(one.number + 7)]}}
        when = {"slot": one.slots[0]} if one.slots and one.story not in asks else wishes
        body = {"caseId": one.case_id, "note": "Mornings suit best." if one.number % 4 == 0 else "", **when}
        return self._hand(one).post_once("/v1/bookings", body, name=f"harbour/booking/{one.number}")

    def _answer_offer(self, one: _Planned, booking: dict[str, Any]) -> None:
        options = {"options": [{"slot": slot} for slot in one.slots]}
        first = self._do(self._staff, one, booking, "offer", options)["options"][0]
        if one.story is Story.CHOSEN:
            self._do(self._hand(one), one, booking, "confirm", {"optionId": first["id"]})
        if one.story is Story.REFUSED:
            self._do(self._hand(one), one, booking, "refuse", _because("OTHER", "Both are during school hours."))

    def _offer_soon(self, one: _Planned, booking: dict[str, Any]) -> None:
        """A time so near that the offer expires after an hour; unless it is offered already."""
        if self._staff.get(f"/v1/bookings/{booking['id']}")["state"] == "REQUESTED":
            options = {"options": [{"own": self._own_time(one, ahead=OFFERED_AHEAD)}]}
            self._staff.post(f"/v1/bookings/{booking['id']}:offer", options)

    def _own_time(self, one: _Planned, *, ahead: timedelta) -> dict[str, object]:
        """Ten minutes by telehealth, outside of what the specialist has said."""
        how = {"specialistId": one.specialist_id, "mode": "TELEHEALTH", "minutes": 10}
        start = datetime.now(tz=UTC).replace(microsecond=0) + ahead
        return {**how, "startTime": written(start), "outsideAvailabilityReason": "Agreed by phone"}

    def _hand(self, one: _Planned) -> Person:
        return self._hands.get(one.case.case_manager.email, self._staff)

    def _do(
        self, who: Person, one: _Planned, booking: dict[str, Any], verb: str, body: Mapping[str, object]
    ) -> dict[str, Any]:
        return who.post_once(f"/v1/bookings/{booking['id']}:{verb}", body, name=f"harbour/booking/{one.number}/{verb}")


def _because(reason: str, comment: str = "") -> dict[str, str]:
    return {"reason": reason, "comment": comment}
