"""A file of a booking, and what its caller can do with it now (CM-12)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum
from uuid import UUID

from portico_errors.casemanager import ActionNotAllowed, PaperworkNotFound

from casemanager.bookings.domain.booking import Seen
from casemanager.bookings.domain.states import Action as BookingAction
from casemanager.bookings.domain.states import Part, may
from casemanager.bookings.domain.states import State as BookingState
from casemanager.files.domain.kinds import FileKind
from casemanager.files.domain.scans import ScanVerdict
from casemanager.files.domain.states import UNJUDGED, State
from casemanager.tasks.domain.task import Task


class Kind(IntEnum):
    """What a file is for the specialist; the numbers are the contract's."""

    LETTER_OF_INSTRUCTION = 1
    MEDICAL_RECORDS = 2
    IMAGING = 3
    CONSENT = 4
    OTHER_PAPERWORK = 5


class Action(IntEnum):
    """What people do with a file; the numbers are the contract's."""

    DOWNLOAD = 1
    DELETE = 2
    RELEASE = 3
    RESCAN = 4


MAX_FILES = 50
MAX_TOTAL_BYTES = 1024 * 1024 * 1024
"""Of a booking; what was deleted does not count."""
_HIDDEN_STATES = frozenset({BookingState.CANCELLED, BookingState.DECLINED})
"""In which a specialist sees no file of a booking."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paperwork:
    """A file of a booking, whose bytes are in the blob store under `blob_key`.

    `place` is 1 to 50, and no two files of a booking that are there have the same: who loses one to somebody else looks
    once more, so that a booking never has too many. `first_id` is the first version of it, None for that one itself.
    `next_scan_time` is when the scanner is asked next.
    """

    org_id: UUID
    id: UUID
    booking_id: UUID
    place: int
    kind: Kind
    file_name: str
    note: str
    replaces_id: UUID | None
    first_id: UUID | None
    file_version: int
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
    uploaded_by: UUID | None
    uploaded_as: Part
    upload_time: datetime
    send_time: datetime | None = None
    sent_by: UUID | None = None
    version: int

    @property
    def line_id(self) -> UUID:
        """What all versions of it have in common; those that the release before wrote do not know their first one."""
        return self.first_id or self.replaces_id or self.id

    @property
    def is_ready(self) -> bool:
        """Whether the next sending takes it along."""
        return self.state is State.CLEAN and self.send_time is None

    @property
    def is_sent(self) -> bool:
        """Whether the specialist has got it."""
        return self.state is State.CLEAN and self.send_time is not None


def newest_of_each(files: Sequence[Paperwork]) -> Sequence[Paperwork]:
    """The latest version of each of these, in their order.

    What stands between two versions does not count: it may have been held back, or deleted.
    """
    newest = {file.line_id: file for file in sorted(files, key=age_of)}
    return [file for file in files if newest[file.line_id] is file]


def age_of(file: Paperwork) -> tuple[int, datetime, UUID]:
    """What grows from version to version; of two in the place of the same one, the later is the newer."""
    return file.file_version, file.upload_time, file.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """A booking as its caller sees it, and all files of it that are there, the newest first."""

    seen: Seen
    files: Sequence[Paperwork]
    is_administrator: bool = False

    @property
    def open_tasks(self) -> Sequence[Task]:
        """What is open of the booking."""
        return self.seen.booking.open_tasks

    def visible(self) -> Sequence[Paperwork]:
        """The files that the caller sees: a specialist the newest of those that are clean and were sent."""
        if self.seen.actor.part is not Part.SPECIALIST:
            return self.files
        if self.seen.booking.state in _HIDDEN_STATES:
            return ()
        return newest_of_each([file for file in self.files if file.is_sent])

    def file(self, file_id: UUID) -> Paperwork:
        """One that the caller sees; PaperworkNotFound."""
        found = next((file for file in self.visible() if file.id == file_id), None)
        if found is None:
            raise PaperworkNotFound()
        return found

    def without(self, file: Paperwork) -> Iterable[Paperwork]:
        """The others."""
        return (each for each in self.files if each.id != file.id)

    def may(self, action: BookingAction, now: datetime) -> bool:
        """Whether the caller may do this with the booking's files at all, as its state is."""
        return may(self.seen.actor.part, self.seen.booking.effective(now), action)

    def can_upload(self, now: datetime) -> bool:
        """Whether the caller may add a file."""
        return self.may(BookingAction.UPLOAD_PAPERWORK, now)

    def can_send(self, now: datetime) -> bool:
        """Whether the caller may send, and there is something to send."""
        files = self.files
        is_ready = any(file.is_ready for file in files) and not any(file.state in UNJUDGED for file in files)
        return is_ready and self.may(BookingAction.SEND_PAPERWORK, now)

    def allowed_actions(self, file: Paperwork, now: datetime) -> tuple[Action, ...]:
        """What the caller can do with a file now."""
        return tuple(action for action in Action if self._is_allowed(file, action, now))

    def _is_allowed(self, file: Paperwork, action: Action, now: datetime) -> bool:
        may_delete = self.seen.actor.part is Part.STAFF or self.can_upload(now)
        return is_allowed(file, action, may_delete=may_delete, is_administrator=self.is_administrator)

    def require(self, file: Paperwork, action: Action, now: datetime) -> None:
        """ActionNotAllowed unless the caller can do it now."""
        if not self._is_allowed(file, action, now):
            names = [each.name for each in self.allowed_actions(file, now)]
            raise ActionNotAllowed(
                f"{action.name} is not allowed in {file.state.name}.",
                metadata={"state": file.state.name, "allowed_actions": ",".join(names)},
            )


def is_allowed(file: Paperwork, action: Action, *, may_delete: bool, is_administrator: bool) -> bool:
    """Whether somebody who sees the file can do it; `may_delete`: those that were not sent."""
    match action:
        case Action.DOWNLOAD:
            return file.state is State.CLEAN
        case Action.DELETE:
            return may_delete and file.send_time is None
        case Action.RELEASE:
            return is_administrator and file.state is State.QUARANTINED
        case Action.RESCAN:
            return is_administrator and file.state in UNJUDGED


def changed(file: Paperwork, now: datetime, **fields: object) -> Paperwork:
    """The file as the next save leaves it."""
    made: Paperwork = replace(file, version=file.version + 1, **fields)  # type: ignore[arg-type]
    return made if made.state is file.state else replace(made, state_time=now)
