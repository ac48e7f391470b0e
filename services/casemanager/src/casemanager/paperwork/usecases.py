"""Taking files in, and handing them out: what more there is to it than loading, deciding and saving."""

from collections.abc import AsyncGenerator, AsyncIterable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from portico.casemanager.v1 import booking_resources_pb2
from portico.casemanager.v1 import paperwork_resources_pb2 as res
from portico_errors.casemanager import BookingNotFound, FileNotClean, PaperworkNotFound, RangeInvalid

from casemanager.bookings.usecases import BookingCommands
from casemanager.files.domain.names import file_name
from casemanager.files.domain.states import State
from casemanager.files.downloads import Download, DownloadKind, deliver
from casemanager.files.uploads import Arrived, Said, check_early, discard, take_file
from casemanager.paperwork.aggregate import files_of, sendings_of
from casemanager.paperwork.domain.decisions import (
    Change,
    Received,
    Rescan,
    check_room,
    delete_file,
    receive,
    release_file,
    rescan_file,
    send_files,
)
from casemanager.paperwork.domain.file import Kind, Paperwork, Shelf
from casemanager.paperwork.storage import FIND_BOOKING, LIST_FILES, PlaceTaken
from casemanager.settings.usecases import settings_of
from casemanager.shared.deps import Deps
from chassis.aggregate import TRIES, Source
from chassis.blobs import Blob
from chassis.call import Call, Role, current_call
from chassis.errors import Aborted


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """What a sender says of a file; `size_bytes` and `sha256` where they know them: None, and no bytes, where not."""

    request_id: UUID | None
    booking_id: UUID
    file_name: str
    kind: Kind
    note: str
    replaces_id: UUID | None
    size_bytes: int | None
    sha256: bytes


def blob_of(file: Paperwork) -> Blob:
    """Where the bytes of a file are."""
    return Blob(key=file.blob_key, size=file.size_bytes, sha256=file.sha256)


class PaperworkCommands:
    """What one caller does with files."""

    def __init__(self, deps: Deps, call: Call, bookings: BookingCommands) -> None:
        self._deps, self._call, self._bookings = deps, call, bookings
        self._files = files_of(deps, bookings.organization)

    @classmethod
    async def by(cls, deps: Deps, call: Call) -> "PaperworkCommands":
        """Those of the caller."""
        return cls(deps, call, await BookingCommands.by(deps, call))

    @property
    def _has_scanner(self) -> bool:
        return self._deps.has_scanner

    async def shelf(self, booking_id: UUID) -> Shelf:
        """The files of a booking that the caller sees; BookingNotFound."""
        seen = await self._bookings.seen(booking_id)
        files = await self._deps.database.all(LIST_FILES, org_id=self._call.org_id, booking_id=booking_id)
        return Shelf(seen=seen, files=files, is_administrator=self._call.caller.role is Role.STAFF_ADMIN)

    async def shelf_of(self, file_id: UUID) -> Shelf:
        """The files among which one is; PaperworkNotFound."""
        booking_id = await self._deps.database.first(FIND_BOOKING, org_id=self._call.org_id, paperwork_id=file_id)
        if booking_id is None:
            raise PaperworkNotFound()
        try:
            return await self.shelf(booking_id)
        except BookingNotFound:
            raise PaperworkNotFound() from None

    async def upload(self, upload: Upload, chunks: AsyncIterable[bytes]) -> res.Paperwork:
        """Keeps a file as it comes; what is refused leaves nothing. A repeated call gets its first answer."""
        deps, org_id = self._deps, self._call.org_id
        load = partial(self.shelf, upload.booking_id)
        shelf, now = await load(), deps.clock()
        check = partial(check_room, shelf, upload.size_bytes or 1, upload.replaces_id, now)
        await check_early(deps, self._call, upload.request_id, check)

        def decide(shelf: Shelf, received: Received, now: datetime) -> Change:
            return receive(shelf, received, deps.ids, now)

        async def save(arrived: Arrived) -> res.Paperwork:
            received = await self._received(upload, arrived)
            # The request is known by all its messages: only now, when the last one was read.
            for _ in range(TRIES):
                with suppress(PlaceTaken):  # somebody else's file has come first: look once more
                    return await self._files.change(Source(current_call(), org_id, load), decide, received)
            raise Aborted()

        return await take_file(deps, org_id, chunks, Said(size_bytes=upload.size_bytes, sha256=upload.sha256), save)

    async def _received(self, upload: Upload, arrived: Arrived) -> Received:
        settings, blob = await settings_of(self._deps.database, self._call.org_id), arrived.blob
        return Received(
            id=arrived.id,
            kind=upload.kind,
            file_name=file_name(upload.file_name, arrived.kind),
            note=upload.note,
            replaces_id=upload.replaces_id,
            file_kind=arrived.kind,
            size_bytes=blob.size,
            sha256=blob.sha256,
            blob_key=blob.key,
            has_scanner=self._has_scanner,
            allows_unscanned=settings.allow_unscanned,
        )

    async def delete(self, file_id: UUID) -> res.Paperwork:
        """Deletes a file, and its bytes; what the store does not do now, the collector does."""
        ids, keys = self._deps.ids, list[str]()

        def decide(shelf: Shelf, _: None, now: datetime) -> Change:
            change = delete_file(shelf, file_id, ids, now)
            keys.append(change.file.blob_key)
            return change

        answer = await self._change(file_id, decide)
        for key in keys:
            await discard(self._deps, key)
        return answer

    async def release(self, file_id: UUID, reason: str) -> res.Paperwork:
        """Calls a file clean that is quarantined."""
        ids = self._deps.ids
        return await self._change(file_id, lambda shelf, _, now: release_file(shelf, file_id, reason, ids, now))

    async def rescan(self, file_id: UUID) -> res.Paperwork:
        """Has a file judged at once."""
        settings = await settings_of(self._deps.database, self._call.org_id)
        rescan = Rescan(file_id, has_scanner=self._has_scanner, allows_unscanned=settings.allow_unscanned)
        ids = self._deps.ids
        return await self._change(file_id, lambda shelf, _, now: rescan_file(shelf, rescan, ids, now))

    async def send(self, booking_id: UUID, etag: str) -> booking_resources_pb2.Booking:
        """Sends what is ready to the specialist."""
        sendings = sendings_of(self._deps, self._bookings.organization)
        source = Source(self._call, self._call.org_id, partial(self.shelf, booking_id))
        return await sendings.change(source, partial(send_files, self._deps.ids), etag)

    async def _change(self, file_id: UUID, decide: Callable[[Shelf, None, datetime], Change]) -> res.Paperwork:
        source = Source(self._call, self._call.org_id, partial(self.shelf_of, file_id))
        return await self._files.change(source, decide, None)

    async def download(self, file_id: UUID, offset: int) -> tuple[Shelf, Paperwork]:
        """A clean file that has a byte there; PaperworkNotFound, FileNotClean, RangeInvalid."""
        shelf = await self.shelf_of(file_id)
        file = shelf.file(file_id)
        if file.state is not State.CLEAN:
            raise FileNotClean(metadata={"state": file.state.name})
        if offset >= file.size_bytes:
            raise RangeInvalid(metadata={"size_bytes": str(file.size_bytes)})
        return shelf, file

    def bytes_of(self, shelf: Shelf, file: Paperwork, offset: int, length: int | None) -> AsyncGenerator[bytes, None]:
        """The bytes of a part, logged."""
        deps, call, actor = self._deps, self._call, shelf.seen.actor
        download = Download(
            org_id=call.org_id,
            id=deps.ids(),
            kind=DownloadKind.PAPERWORK,
            file_id=file.id,
            booking_id=file.booking_id,
            account_id=call.account_id,
            actor=actor.part,
            actor_name=actor.name,
            address=call.caller.address or "",
            download_time=deps.clock(),
        )
        return deliver(deps, blob_of(file), download, offset=offset, length=length)
