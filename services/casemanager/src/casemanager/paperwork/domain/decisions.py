"""What is decided about a file: received, judged, released, deleted, sent; each says what is asked of people then."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from portico_errors.casemanager import PaperworkNotFound, PaperworkNotReady, PaperworkSent, TooManyFiles

from casemanager.bookings.domain.booking import changed as changed_booking
from casemanager.bookings.domain.decision import NOTHING_FOLLOWS, Decision, FollowUps, decided
from casemanager.bookings.domain.decision import Kind as BookingKind
from casemanager.bookings.domain.follow_ups import due_of, new_task, with_follow_ups
from casemanager.bookings.domain.states import FINAL
from casemanager.bookings.domain.states import Action as BookingAction
from casemanager.files.domain.judging import Asked, scanned
from casemanager.files.domain.kinds import FileKind
from casemanager.files.domain.scans import ScanVerdict
from casemanager.files.domain.states import STUCK_AFTER, UNJUDGED, State
from casemanager.paperwork.domain.file import (
    MAX_FILES,
    MAX_TOTAL_BYTES,
    Action,
    Kind,
    Paperwork,
    Shelf,
    age_of,
    changed,
    newest_of_each,
)
from casemanager.tasks.domain.task import Kind as TaskKind
from casemanager.tasks.domain.task import State as TaskState
from casemanager.tasks.domain.task import ended
from chassis.etags import as_seen

NewId = Callable[[], UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A file as it is to be saved, on its shelf, and what follows for people; `before` is None for a new one."""

    shelf: Shelf
    before: Paperwork | None
    file: Paperwork
    tasks: FollowUps = NOTHING_FOLLOWS


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A whole file of an allowed kind, and what its sender says of it.

    `has_scanner`: it is to be scanned. Without one it is called clean where the organization allows that.
    """

    id: UUID
    kind: Kind
    file_name: str
    note: str
    replaces_id: UUID | None
    file_kind: FileKind
    size_bytes: int
    sha256: bytes
    blob_key: str
    has_scanner: bool
    allows_unscanned: bool


def check_room(shelf: Shelf, size_bytes: int, replaces_id: UUID | None, now: datetime) -> None:
    """PaperworkNotFound for what is replaced, ActionNotAllowed, or TooManyFiles, as far as is known beforehand."""
    if replaces_id is not None and all(file.id != replaces_id for file in shelf.files):
        raise PaperworkNotFound()
    if not shelf.can_upload(now):
        raise shelf.seen.not_allowed(BookingAction.UPLOAD_PAPERWORK, now)
    total = sum(file.size_bytes for file in shelf.files)
    if len(shelf.files) >= MAX_FILES or total + size_bytes > MAX_TOTAL_BYTES:
        raise TooManyFiles()


def receive(shelf: Shelf, received: Received, new_id: NewId, now: datetime) -> Change:
    """Puts a file on the shelf, to be scanned; raises what `check_room` does."""
    check_room(shelf, received.size_bytes, received.replaces_id, now)
    taken = {file.place for file in shelf.files}
    free = [place for place in range(1, MAX_FILES + 1) if place not in taken]
    replaced = next((file for file in shelf.files if file.id == received.replaces_id), None)
    booking, actor = shelf.seen.booking, shelf.seen.actor
    file = Paperwork(
        org_id=booking.org_id,
        id=received.id,
        booking_id=booking.id,
        # Any of them, so that files that come at the same time seldom want the same.
        place=free[received.id.int % len(free)],
        kind=received.kind,
        file_name=received.file_name,
        note=received.note,
        replaces_id=received.replaces_id,
        first_id=replaced.line_id if replaced else None,
        file_version=replaced.file_version + 1 if replaced else 1,
        file_kind=received.file_kind,
        size_bytes=received.size_bytes,
        sha256=received.sha256,
        blob_key=received.blob_key,
        state=State.SCANNING if received.has_scanner else State.RECEIVED,
        state_time=now,
        next_scan_time=now if received.has_scanner else None,
        uploaded_by=actor.account_id,
        uploaded_as=actor.part,
        upload_time=now,
        version=1,
    )
    if received.allows_unscanned and not received.has_scanner:
        file = replace(file, state=State.CLEAN, verdict=ScanVerdict.NOT_SCANNED)
    return _decided(shelf, None, file, new_id, now)


def delete_file(shelf: Shelf, file_id: UUID, new_id: NewId, now: datetime) -> Change:
    """Deletes a file that the specialist has not got; PaperworkNotFound, PaperworkSent, ActionNotAllowed."""
    file = shelf.file(file_id)
    if file.send_time is not None:
        raise PaperworkSent()
    shelf.require(file, Action.DELETE, now)
    return _decided(shelf, file, changed(file, now, state=State.DELETED, next_scan_time=None), new_id, now)


def release_file(shelf: Shelf, file_id: UUID, reason: str, new_id: NewId, now: datetime) -> Change:
    """Calls a file clean that is quarantined; PaperworkNotFound, ActionNotAllowed."""
    file = shelf.file(file_id)
    shelf.require(file, Action.RELEASE, now)
    return _decided(shelf, file, changed(file, now, state=State.CLEAN, release_reason=reason), new_id, now)


@dataclass(frozen=True, slots=True)
class Rescan:
    """Which file, and how files are judged now."""

    file_id: UUID
    has_scanner: bool
    allows_unscanned: bool


def rescan_file(shelf: Shelf, rescan: Rescan, new_id: NewId, now: datetime) -> Change:
    """Has a file judged at once that waits for it; PaperworkNotFound, ActionNotAllowed."""
    file = shelf.file(rescan.file_id)
    shelf.require(file, Action.RESCAN, now)
    if rescan.has_scanner:
        made = changed(file, now, state=State.SCANNING, next_scan_time=now)
    elif rescan.allows_unscanned:
        made = changed(file, now, state=State.CLEAN, verdict=ScanVerdict.NOT_SCANNED, next_scan_time=None)
    else:
        made = changed(file, now)
    return _decided(shelf, file, made, new_id, now)


@dataclass(frozen=True, slots=True)
class Judged:
    """What the scanner said of which file."""

    file_id: UUID
    asked: Asked


def judge_file(shelf: Shelf, judged: Judged, new_id: NewId, now: datetime) -> Change:
    """Writes down a verdict, or when to ask again; PaperworkNotFound when it comes too late, and changes nothing."""
    file, asked = next((each for each in shelf.files if each.id == judged.file_id), None), judged.asked
    if file is None or file.version != asked.version or file.state is not State.SCANNING:
        raise PaperworkNotFound()
    made = changed(file, now, **scanned(asked, file.scan_attempts + 1, now))
    return _decided(shelf, file, made, new_id, now)


def _decided(shelf: Shelf, before: Paperwork | None, file: Paperwork, new_id: NewId, now: datetime) -> Change:
    """The change with the task of staff to look at the booking's files: open while one, or a report, needs it.

    Nobody has to look at those of a booking that was given up.
    """
    is_needed = shelf.seen.booking.reports_in_quarantine > 0 or need_look((file, *shelf.without(file)), now)
    is_needed = is_needed and shelf.seen.booking.state not in FINAL
    known = [task for task in shelf.open_tasks if task.kind is TaskKind.CHECK_FILE]
    tasks = NOTHING_FOLLOWS
    if is_needed and not known:
        booking, kind = shelf.seen.booking, TaskKind.CHECK_FILE
        due = due_of(kind, booking, shelf.seen.policy, now)
        tasks = FollowUps(opened=(new_task(kind, booking, new_id(), due_time=due, now=now),))
    # A report that is being checked may be stuck: then the task is its, and its verdict ends it.
    elif known and not is_needed and not shelf.seen.booking.reports_in_check:
        actor_id = shelf.seen.actor.account_id
        done = tuple(ended(task, TaskState.DONE, actor_id=actor_id, now=now) for task in known)
        tasks = FollowUps(changed=done)
    return Change(shelf=shelf, before=before, file=file, tasks=tasks)


def need_look(files: Iterable[Paperwork], now: datetime) -> bool:
    """Whether staff have to look at files: one is quarantined and no clean version came after it, or a scan is stuck.

    Nothing is sent while a scan is stuck, whatever came after it.
    """
    every = sorted(files, key=age_of)
    cleaned = {file.line_id: file for file in every if file.state is State.CLEAN}
    held = (file for file in every if file.state is State.QUARANTINED)
    scanned_before = (file for file in every if file.state is State.SCANNING and file.scan_attempts > 0)
    return any(age_of(file) >= age_of(cleaned.get(file.line_id, file)) for file in held) or any(
        file.upload_time + STUCK_AFTER <= now for file in scanned_before
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A booking of which files were sent, and the files, as they were before; the specialist reads `count` of them."""

    decision: Decision
    files: Sequence[Paperwork]
    count: int


def send_files(new_id: NewId, shelf: Shelf, etag: str, now: datetime) -> Sent:
    """Sends what is ready; ActionNotAllowed, and PaperworkNotReady for nothing, or while a file is being checked."""
    booking = as_seen(shelf.seen.booking, etag)
    if not shelf.can_send(now):
        unjudged = next((file for file in shelf.files if file.state in UNJUDGED), None)
        if not shelf.may(BookingAction.SEND_PAPERWORK, now):
            raise shelf.seen.not_allowed(BookingAction.SEND_PAPERWORK, now)
        if unjudged is not None:
            raise PaperworkNotReady("A file is still being checked.", metadata={"file_name": unjudged.file_name})
        raise PaperworkNotReady()
    ready = [file for file in shelf.files if file.is_ready]
    counts = replace(booking.paperwork, sent=booking.paperwork.clean)
    made = changed_booking(booking, now, paperwork_sent_time=now, paperwork=counts)
    changes = (f"files: {len(ready)}",)
    decision = decided(shelf.seen, made, BookingKind.PAPERWORK_SENT, changes=changes)
    read = newest_of_each([file for file in shelf.files if file.is_sent or file.is_ready])
    return Sent(decision=with_follow_ups(decision, new_id, now), files=ready, count=sum(file.is_ready for file in read))
