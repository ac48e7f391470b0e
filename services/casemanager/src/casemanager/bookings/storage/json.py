"""Options, wishes and a move that is asked for, as they stand in JSON columns."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from casemanager.availabilities.domain.availability import Mode
from casemanager.bookings.domain.appointment import Appointment, Option, OptionState, Shown
from casemanager.bookings.domain.booking import MoveRequest, Reason, Window

Json = Mapping[str, Any]
FOREVER = datetime.max.replace(tzinfo=UTC)


def shown_of(facts: Json | None) -> Shown:
    """What is read of a time, from the facts that a statement puts together."""
    if facts is None:
        return Shown(is_active=False)
    names = filter(None, (facts["title"], facts["given_name"], facts["family_name"]))
    return Shown(
        specialist_name=" ".join(names),
        place_name=facts["place_name"] or "",
        place_address=facts["place_address"] or "",
        directions=facts["directions"] or "",
        specialties=tuple(facts["specialties"]),
        specialist_email=facts["email"],
        specialist_zone=facts["time_zone"],
        specialist_language=facts["language"],
        is_active=facts["is_active"],
    )


def options_of(stored: Sequence[Json], facts: Json | None) -> tuple[Option, ...]:
    """The options, with what is known of their times now."""
    return tuple(_option(each, (facts or {}).get(each["id"])) for each in stored)


def _option(stored: Json, facts: Json | None) -> Option:
    return Option(
        id=UUID(stored["id"]),
        appointment=Appointment(
            specialist_id=UUID(stored["specialist_id"]),
            place_id=_id(stored["place_id"]),
            mode=Mode(stored["mode"]),
            availability_id=_id(stored["availability_id"]),
            start_time=_instant(stored["start_time"]),
            end_time=_instant(stored["end_time"]),
            buffer_minutes=stored["buffer_minutes"],
            time_zone=stored["time_zone"],
            outside_reason=stored["outside_reason"],
        ),
        state=OptionState(stored["state"]),
        hold_expire_time=_instant(stored["hold_expire_time"]),
        rival_end_time=_end_of(facts),
        shown=shown_of(facts),
    )


def _end_of(facts: Json | None) -> datetime | None:
    end = facts and facts["rival_end_time"]
    return FOREVER if end == "infinity" else _instant(end) if end else None


def stored_option(option: Option) -> dict[str, object]:
    """An option as it stands in the column; `free_time` is there for the statement that looks for rivals."""
    appointment = option.appointment
    return {
        "id": str(option.id),
        "specialist_id": str(appointment.specialist_id),
        "place_id": _text(appointment.place_id),
        "mode": int(appointment.mode),
        "availability_id": _text(appointment.availability_id),
        "start_time": appointment.start_time.isoformat(),
        "end_time": appointment.end_time.isoformat(),
        "free_time": appointment.free_time.isoformat(),
        "buffer_minutes": appointment.buffer_minutes,
        "time_zone": appointment.time_zone,
        "outside_reason": appointment.outside_reason,
        "state": int(option.state),
        "hold_expire_time": option.hold_expire_time.isoformat(),
    }


def wishes_of(stored: Sequence[Sequence[str]]) -> tuple[Window, ...]:
    """The windows."""
    return tuple((_instant(start), _instant(end)) for start, end in stored)


def stored_wishes(wishes: Sequence[Window]) -> list[list[str]]:
    """The windows as they stand in a column."""
    return [[start.isoformat(), end.isoformat()] for start, end in wishes]


def move_of(stored: Json | None) -> MoveRequest | None:
    """What is asked for; None: nothing."""
    if stored is None:
        return None
    return MoveRequest(
        wishes=wishes_of(stored["wishes"]),
        availability_id=_id(stored["availability_id"]),
        start_time=_instant(stored["start_time"]) if stored["start_time"] else None,
        reason=Reason(stored["reason"]),
        comment=stored["comment"],
        request_time=_instant(stored["request_time"]),
    )


def stored_move(move: MoveRequest | None) -> dict[str, object] | None:
    """What is asked for, as it stands in the column."""
    if move is None:
        return None
    return {
        "wishes": stored_wishes(move.wishes),
        "availability_id": _text(move.availability_id),
        "start_time": move.start_time and move.start_time.isoformat(),
        "reason": int(move.reason),
        "comment": move.comment,
        "request_time": move.request_time.isoformat(),
    }


def _id(text: str | None) -> UUID | None:
    return UUID(text) if text else None


def _text(id_: UUID | None) -> str | None:
    return str(id_) if id_ else None


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
