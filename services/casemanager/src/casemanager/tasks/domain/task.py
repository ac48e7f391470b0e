"""A task: what there is to do, for whom, and how it ends (CM-11)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum, StrEnum
from uuid import UUID

from casemanager.shared.people import Contact


class Kind(IntEnum):
    """What there is to do; the numbers are the contract's."""

    ENABLE_LOGIN = 1
    BY_HAND = 2
    ANSWER_REQUEST = 3
    ANSWER_MOVE = 4
    CHOOSE_OPTION = 5
    UPLOAD_PAPERWORK = 6
    CHECK_FILE = 7
    RECORD_OUTCOME = 8
    FILE_REPORT = 9
    READ_REPORT = 10
    REBOOK = 11
    MOVE_BOOKINGS = 12


class State(IntEnum):
    """Whether it is still to do; the numbers are the contract's."""

    OPEN = 1
    DONE = 2
    CANCELLED = 3


class AssigneeKind(IntEnum):
    """Who has to do it: one person, or whoever of the staff comes first; the numbers are the contract's."""

    POOL = 1
    STAFF = 2
    CASE_MANAGER = 3
    SPECIALIST = 4


@dataclass(frozen=True, slots=True)
class Assignee:
    """Whom a task is for; `id` is the account of a member of the staff, or a person; the pool has none."""

    kind: AssigneeKind
    id: UUID | None = None


POOL = Assignee(AssigneeKind.POOL)


class ByHand(IntEnum):
    """Who may say that a task is done, beside what closes it by itself."""

    NOBODY = 1
    STAFF = 2
    ASSIGNEE = 3
    """Whom it is for, and staff."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What is the same for all tasks of a kind.

    It is due at the time that is given, if `due_is_given`, and not before so many business days have passed;
    `before_start`: at the latest when the appointment starts.
    """

    assignees: frozenset[AssigneeKind]
    by_hand: ByHand = ByHand.NOBODY
    business_days: int = 0
    due_is_given: bool = False
    before_start: bool = False


_STAFF = frozenset({AssigneeKind.POOL, AssigneeKind.STAFF})
_CASE_MANAGER = frozenset({AssigneeKind.CASE_MANAGER})
_SPECIALIST = frozenset({AssigneeKind.SPECIALIST})
RULES: Mapping[Kind, Rule] = {
    Kind.ENABLE_LOGIN: Rule(assignees=_STAFF, by_hand=ByHand.STAFF, business_days=2),
    Kind.BY_HAND: Rule(assignees=frozenset(AssigneeKind), by_hand=ByHand.ASSIGNEE, due_is_given=True),
    Kind.ANSWER_REQUEST: Rule(assignees=_STAFF, business_days=1),
    Kind.ANSWER_MOVE: Rule(assignees=_STAFF, business_days=1, before_start=True),
    # When the first hold ends.
    Kind.CHOOSE_OPTION: Rule(assignees=_CASE_MANAGER, due_is_given=True),
    # Some days before the appointment; who books late has a business day all the same. Staff say that none is needed.
    Kind.UPLOAD_PAPERWORK: Rule(
        assignees=_CASE_MANAGER, by_hand=ByHand.STAFF, due_is_given=True, business_days=1, before_start=True
    ),
    Kind.CHECK_FILE: Rule(assignees=_STAFF, business_days=1),
    Kind.MOVE_BOOKINGS: Rule(assignees=_STAFF, by_hand=ByHand.STAFF, business_days=1),
    Kind.RECORD_OUTCOME: Rule(assignees=_SPECIALIST, business_days=1),
    # Some days after the attendance.
    Kind.FILE_REPORT: Rule(assignees=_SPECIALIST, due_is_given=True),
    Kind.READ_REPORT: Rule(assignees=_CASE_MANAGER, by_hand=ByHand.ASSIGNEE, business_days=5),
    Kind.REBOOK: Rule(assignees=_CASE_MANAGER, by_hand=ByHand.ASSIGNEE, business_days=5),
}
"""By kind; what opens and closes derived ones is the change that they follow from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Something to do; overdue from `due_time` on.

    `case_manager_id` is whom a derived one is about where there is no booking, `business_unit_id` whose case managers
    see it: the booking's, or that of the case manager whom it is for. `title` and `note` are free text of by-hand ones.
    `created_by` is the account of who made it, None for a derived one. `on_behalf`: whom it is for cannot sign in; that
    is known where a task was read.
    """

    org_id: UUID
    id: UUID
    kind: Kind
    state: State = State.OPEN
    assignee: Assignee = POOL
    case_manager_id: UUID | None = None
    business_unit_id: UUID | None = None
    booking_id: UUID | None = None
    booking_number: str = ""
    case_id: UUID | None = None
    title: str = ""
    note: str = ""
    due_time: datetime
    create_time: datetime
    created_by: UUID | None = None
    on_behalf: bool = False
    done_time: datetime | None = None
    done_by: UUID | None = None
    version: int = 1

    @property
    def rule(self) -> Rule:
        """What holds for its kind."""
        return RULES[self.kind]

    def is_overdue(self, now: datetime) -> bool:
        """Whether it is still to do, and late."""
        return self.state is State.OPEN and now >= self.due_time

    @property
    def is_derived(self) -> bool:
        """Whether it follows from something else, which closes it, too."""
        return self.kind is not Kind.BY_HAND


class Happened(StrEnum):
    """What others hear of a task: the subject of the event."""

    OPENED = "task.opened"
    COMPLETED = "task.completed"
    REASSIGNED = "task.reassigned"
    CANCELLED = "task.cancelled"


@dataclass(frozen=True, slots=True)
class Change:
    """A task as it is to be saved, what others hear of it (None for nothing), and who is told that it is theirs."""

    task: Task
    happened: Happened | None = None
    told: "Person | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who does something: as tasks can be for them, by account, and of which unit a case manager is."""

    assignee: Assignee
    account_id: UUID | None
    business_unit_id: UUID | None = None

    @property
    def is_staff(self) -> bool:
        """Whether they see and change everything of the organization."""
        return self.assignee.kind is AssigneeKind.STAFF


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Whom a task is to be for, in which zone they live; company and unit are a case manager's."""

    assignee: Assignee
    zone: str
    contact: Contact | None = None
    is_active: bool = True
    company_id: UUID | None = None
    business_unit_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class PersonName:
    """A person as a list of tasks shows them; `company_name` is a case manager's."""

    id: UUID
    name: str
    company_name: str


def ended(task: Task, state: State, *, actor_id: UUID | None, now: datetime) -> Task:
    """The task at its end."""
    return replace(task, state=state, done_time=now, done_by=actor_id, version=task.version + 1)
