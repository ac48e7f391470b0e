"""Who sees a booking, and as what (CM-15)."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from casemanager.bookings.domain.booking import Booking, Seen
from casemanager.bookings.domain.states import Actor, Part
from casemanager.tasks.domain.task import AssigneeKind, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks: staff, or one person; `unit_id` is a case manager's of now."""

    account_id: UUID | None
    is_staff: bool = False
    case_manager_id: UUID | None = None
    unit_id: UUID | None = None
    specialist_id: UUID | None = None
    name: str = ""

    def actor(self, part: Part) -> Actor:
        """The caller, as what they are to a booking."""
        return Actor(
            part=part,
            account_id=self.account_id,
            person_id=self.case_manager_id or self.specialist_id,
            name=self.name,
        )


def open_tasks_for(seen: Seen) -> Sequence[Task]:
    """What is open of a booking, as far as its caller sees it: staff all, everybody else what is for their side."""
    match seen.actor.part:
        case Part.STAFF:
            return seen.booking.open_tasks
        case Part.OWN | Part.UNIT:
            kind = AssigneeKind.CASE_MANAGER
        case _:
            kind = AssigneeKind.SPECIALIST
    return [task for task in seen.booking.open_tasks if task.assignee.kind is kind]


def part_of(caller: Caller, booking: Booking) -> Part | None:
    """What the caller is to the booking; None: they do not see it.

    Case managers see their own wherever they are, and what is of the unit that they are of; specialists what was
    confirmed of them.
    """
    if caller.is_staff:
        return Part.STAFF
    if caller.case_manager_id is not None:
        if booking.case_manager_id == caller.case_manager_id:
            return Part.OWN
        is_of_unit = caller.unit_id is not None and booking.unit_id == caller.unit_id
        return Part.UNIT if is_of_unit else None
    appointment = booking.appointment
    if caller.specialist_id is None or appointment is None or booking.confirm_time is None:
        return None
    return Part.SPECIALIST if appointment.specialist_id == caller.specialist_id else None
