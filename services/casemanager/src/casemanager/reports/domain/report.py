"""A version of a booking's report, and what its caller can do with it now (CM-13, CM-15)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum
from uuid import UUID

from portico_errors.casemanager import ActionNotAllowed, ReportNotFound

from casemanager.bookings.domain.booking import Seen, allowed_actions
from casemanager.bookings.domain.states import Action as BookingAction
from casemanager.bookings.domain.states import Part
from casemanager.bookings.domain.states import State as BookingState
from casemanager.cases.domain import Party, PartyRole
from casemanager.files.domain.kinds import FileKind
from casemanager.files.domain.scans import ScanVerdict
from casemanager.files.domain.states import UNJUDGED, State
from casemanager.paperwork.domain.file import Paperwork


class Kind(IntEnum):
    """What a version is; the numbers are the contract's."""

    FINAL = 1
    AMENDED = 2
    ADDENDUM = 3


class Action(IntEnum):
    """What people do with a version; the numbers are the contract's."""

    DOWNLOAD = 1
    WITHDRAW = 2
    LIST_DOWNLOADS = 3
    RELEASE = 4
    RESCAN = 5


class RecipientKind(IntEnum):
    """How somebody comes to read it; the numbers are the contract's."""

    OWN_MANAGER = 1
    PARTY = 2
    COMPANY = 3


KINDS = frozenset({FileKind.PDF, FileKind.DOCX})
"""What a report may be, by its content."""
MAX_REPORTS = 50
MAX_TOTAL_BYTES = 1024 * 1024 * 1024
"""Of a booking, all versions."""
_FILERS = frozenset({Part.STAFF, Part.SPECIALIST})
"""Who sees what is not clean, too."""
_ATTENDED = frozenset({BookingState.ATTENDED, BookingState.REPORTED})
"""In which a version can come to count: nobody has said meanwhile that the person did not come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Who is to read a version, as they were called when it was filed; with a `case_manager_id` they may sign in.

    The booking's case manager is the one who has it when the version comes to count.
    """

    kind: RecipientKind
    case_manager_id: UUID | None = None
    party_id: UUID | None = None
    name: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A version, whose bytes are in the blob store under `blob_key`.

    `report_version` is counted per booking, `version` with each change of the row; `replaces_version` is the latest one
    that counted when this one came. `next_scan_time` is when the scanner is asked next. `company_file_number`,
    `downloads_count` and `is_unread` stand elsewhere.
    """

    org_id: UUID
    id: UUID
    booking_id: UUID
    report_version: int
    kind: Kind
    note: str
    replaces_version: int
    recipients: tuple[Recipient, ...]
    file_name: str
    file_kind: FileKind
    size_bytes: int
    sha256: bytes
    blob_key: str
    state: State
    state_time: datetime
    verdict: ScanVerdict | None = None
    signature: str = ""
    scanner: str = ""
    scan_time: datetime | None = None
    scan_attempts: int = 0
    next_scan_time: datetime | None = None
    release_reason: str = ""
    filed_by: UUID | None
    filed_as: Part
    filer_name: str
    file_time: datetime
    withdraw_time: datetime | None = None
    withdraw_reason: str = ""
    withdrawn_by: UUID | None = None
    version: int
    company_file_number: str = ""
    downloads_count: int = 0
    is_unread: bool = True

    @property
    def is_withdrawn(self) -> bool:
        """Whether staff took it back."""
        return self.withdraw_time is not None

    @property
    def counts(self) -> bool:
        """Whether it was found clean, and is there to be read."""
        return self.state is State.CLEAN and not self.is_withdrawn

    def names(self, case_manager_id: UUID | None) -> bool:
        """Whether it is for this case manager."""
        return case_manager_id is not None and any(each.case_manager_id == case_manager_id for each in self.recipients)

    def is_of_manager(self, case_manager_id: UUID | None) -> bool:
        """Whether the booking was this case manager's when it was reported."""
        return case_manager_id is not None and any(
            each.case_manager_id == case_manager_id and each.kind is RecipientKind.OWN_MANAGER
            for each in self.recipients
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A case manager, as far as reports ask for them."""

    id: UUID
    name: str
    email: str
    language: str
    time_zone: str
    is_active: bool
    can_sign_in: bool

    @property
    def is_reached(self) -> bool:
        """Whether they are told, and can read it then."""
        return self.is_active and self.can_sign_in and bool(self.email)


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What a booking's case says of who gets reports, and the case managers among them by their ids."""

    company_file_number: str = ""
    report_email: str = ""
    parties: tuple[Party, ...] = ()
    people: Mapping[UUID, Person]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """A booking as its caller sees it, and all versions of its report, the newest first.

    `paperwork` are its other files: staff have one task to look at all of them.
    """

    seen: Seen
    reports: Sequence[Report]
    around: Around
    paperwork: Sequence[Paperwork] = ()
    is_administrator: bool = False

    def sees(self, report: Report) -> bool:
        """Whether the caller sees it: who files sees all, case managers what is clean, others what names them."""
        actor = self.seen.actor
        if actor.part in _FILERS:
            return True
        return report.state is State.CLEAN and (actor.part is not Part.RECIPIENT or report.names(actor.person_id))

    def visible(self) -> Sequence[Report]:
        """The versions that the caller sees."""
        return [report for report in self.reports if self.sees(report)]

    def report(self, report_id: UUID) -> Report:
        """One that the caller sees; ReportNotFound."""
        found = next((report for report in self.visible() if report.id == report_id), None)
        if found is None:
            raise ReportNotFound()
        return found

    @property
    def newest(self) -> Report | None:
        """The latest version that counts."""
        return self.newest_beside(None)

    def newest_beside(self, report_id: UUID | None) -> Report | None:
        """The same of the others."""
        others = (each for each in self.reports if each.counts and each.id != report_id)
        return max(others, key=lambda each: each.report_version, default=None)

    def can_file(self, now: datetime) -> bool:
        """Whether the caller may file the next version now."""
        seen = self.seen
        return BookingAction.FILE_REPORT in allowed_actions(seen.booking, seen.actor, seen.policy, now)

    def actions(self, report: Report) -> Iterator[Action]:
        """What the caller can do with a version that they see."""
        actor = self.seen.actor
        if report.counts:
            yield Action.DOWNLOAD
        if actor.part is Part.STAFF and not report.is_withdrawn:
            yield Action.WITHDRAW
        if self.can_list_downloads(report):
            yield Action.LIST_DOWNLOADS
        if self.is_administrator:
            if report.state is State.QUARANTINED and self.seen.booking.state in _ATTENDED:
                yield Action.RELEASE
            if report.state in UNJUDGED:
                yield Action.RESCAN

    def require(self, report: Report, action: Action) -> None:
        """ActionNotAllowed unless the caller can do it now."""
        allowed = tuple(self.actions(report))
        if action not in allowed:
            raise ActionNotAllowed(
                f"{action.name} is not allowed in {report.state.name}.",
                metadata={"state": report.state.name, "allowed_actions": ",".join(each.name for each in allowed)},
            )

    def can_list_downloads(self, report: Report) -> bool:
        """Whether the caller sees who downloaded it: all but those whom it only names."""
        actor = self.seen.actor
        is_named_only = actor.part is Part.RECIPIENT and not report.is_of_manager(actor.person_id)
        return report.state is State.CLEAN and not is_named_only

    def with_report(self, report: Report) -> "Shelf":
        """The shelf with a new or changed version."""
        others = [each for each in self.reports if each.id != report.id]
        return replace(self, reports=sorted((report, *others), key=lambda each: -each.report_version))

    @property
    def _own_manager(self) -> Recipient:
        booking = self.seen.booking
        return Recipient(
            kind=RecipientKind.OWN_MANAGER,
            case_manager_id=booking.case_manager_id,
            name=booking.people.manager_name,
            email=booking.people.manager_email,
        )

    def recipients_now(self, report: Report) -> tuple[Recipient, ...]:
        """Those of a version, where the booking may have been given to another case manager since it was filed."""
        own = self._own_manager
        others = (each for each in report.recipients if each.kind is not RecipientKind.OWN_MANAGER)
        return (own, *(each for each in others if each.case_manager_id != own.case_manager_id))

    def default_recipients(self) -> Iterator[Recipient]:
        """Who gets the next version unless parties are left out: each once."""
        booking, around = self.seen.booking, self.around
        yield self._own_manager
        for party in around.parties:
            if party.role is PartyRole.REPORT_RECIPIENT and party.case_manager_id != booking.case_manager_id:
                person = around.people.get(party.case_manager_id) if party.case_manager_id else None
                yield Recipient(
                    kind=RecipientKind.PARTY,
                    case_manager_id=party.case_manager_id,
                    party_id=party.id,
                    name=person.name if person else party.name,
                    email=person.email if person else party.email,
                )
        if around.report_email:
            name = booking.people.company_name
            yield Recipient(kind=RecipientKind.COMPANY, name=name, email=around.report_email)

    def is_told(self, recipient: Recipient) -> bool:
        """Whether they get a message, and can read the report then; else staff see to it that they get it."""
        if recipient.case_manager_id is None:
            return recipient.kind is RecipientKind.COMPANY
        person = self.around.people.get(recipient.case_manager_id)
        return person is not None and person.is_reached


def changed(report: Report, now: datetime, **fields: object) -> Report:
    """The version as the next save leaves it."""
    made: Report = replace(report, version=report.version + 1, **fields)  # type: ignore[arg-type]
    return made if made.state is report.state else replace(made, state_time=now)
