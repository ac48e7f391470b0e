"""The machine of a booking: in which state who may do what, and what it comes to (CM-08)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from uuid import UUID


class State(IntEnum):
    """Where a booking stands; the numbers are the contract's."""

    REQUESTED = 1
    OFFERED = 2
    CONFIRMED = 3
    ATTENDED = 4
    NOT_ATTENDED = 5
    REPORTED = 6
    DECLINED = 7
    CANCELLED = 8
    EXPIRED = 9


UNANSWERED = frozenset({State.REQUESTED, State.OFFERED})
"""They expire."""
OPEN = frozenset({State.REQUESTED, State.OFFERED, State.CONFIRMED, State.ATTENDED})
"""Something is still to come: a case with such a booking stays open."""

FINAL = frozenset({State.DECLINED, State.CANCELLED, State.EXPIRED})
"""Nothing is to be done for it any more, unless it is booked again."""


class Action(IntEnum):
    """What people do with a booking, in the order in which it is offered; the numbers are the contract's."""

    ACCEPT = 1
    OFFER = 2
    CONFIRM = 3
    REFUSE = 4
    DECLINE = 5
    RECORD_OUTCOME = 6
    SEND_PAPERWORK = 17
    UPLOAD_PAPERWORK = 16
    RESCHEDULE = 7
    REQUEST_MOVE = 8
    DECLINE_MOVE = 9
    TAKE_OVER = 10
    ASSIGN = 11
    SET_CANCELLATION_KIND = 12
    CANCEL = 13
    UPDATE = 14
    ADD_NOTE = 15
    FILE_REPORT = 18


class Part(IntEnum):
    """What somebody is to a booking; the numbers are the contract's."""

    STAFF = 1
    OWN = 2
    UNIT = 3
    SPECIALIST = 4
    CLOCK = 5
    RECIPIENT = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who does something, as what; `person_id` is a case manager's or a specialist's, the name of staff identity's."""

    part: Part
    account_id: UUID | None = None
    person_id: UUID | None = None
    name: str = ""


THE_CLOCK = Actor(part=Part.CLOCK)
_STAFF, _OWN = frozenset({Part.STAFF}), frozenset({Part.OWN})
_BOTH = _STAFF | _OWN
_ATTENDANTS = frozenset({Part.STAFF, Part.SPECIALIST})

RULES: Mapping[tuple[State, Action], frozenset[Part]] = {
    (State.REQUESTED, Action.ACCEPT): _STAFF,
    (State.REQUESTED, Action.OFFER): _STAFF,
    (State.REQUESTED, Action.DECLINE): _STAFF,
    (State.OFFERED, Action.CONFIRM): _BOTH,
    (State.OFFERED, Action.REFUSE): _BOTH,
    (State.OFFERED, Action.OFFER): _STAFF,
    (State.OFFERED, Action.DECLINE): _STAFF,
    (State.CONFIRMED, Action.RECORD_OUTCOME): _ATTENDANTS,
    (State.CONFIRMED, Action.RESCHEDULE): _BOTH,
    (State.CONFIRMED, Action.REQUEST_MOVE): _OWN,
    (State.CONFIRMED, Action.DECLINE_MOVE): _STAFF,
    **{(state, Action.CANCEL): _BOTH for state in (State.REQUESTED, State.OFFERED, State.CONFIRMED)},
    # The other outcome than the one that was recorded.
    (State.ATTENDED, Action.RECORD_OUTCOME): _STAFF,
    (State.NOT_ATTENDED, Action.RECORD_OUTCOME): _STAFF,
    **{(state, Action.FILE_REPORT): _ATTENDANTS for state in (State.CONFIRMED, State.ATTENDED, State.REPORTED)},
    (State.CANCELLED, Action.SET_CANCELLATION_KIND): _STAFF,
    **{(state, Action.ASSIGN): _STAFF for state in sorted(OPEN)},
    **{(state, Action.TAKE_OVER): frozenset({Part.UNIT}) for state in sorted(OPEN)},
    **{(state, Action.UPDATE): _BOTH for state in sorted(OPEN)},
    **{(state, Action.UPLOAD_PAPERWORK): _BOTH for state in sorted(OPEN)},
    **{(state, Action.SEND_PAPERWORK): _BOTH for state in (State.CONFIRMED, State.ATTENDED)},
    **{(state, Action.ADD_NOTE): _STAFF for state in State},
}
"""Who may do what in which state. What is not here nobody may; time and options narrow it further."""


def may(part: Part, state: State, action: Action) -> bool:
    """Whether somebody with this part may do it in this state at all."""
    return part in RULES.get((state, action), ())
