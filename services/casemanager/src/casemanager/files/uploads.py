"""Taking a file in as it comes: its bytes are kept once it is whole, of a kind that is taken, and its row is saved."""

import asyncio
from collections.abc import AsyncIterable, Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol, TypeVar
from uuid import UUID

from portico_errors.casemanager import ChecksumMismatch, FileCut, FileEmpty, FileTooLarge, FileTypeRefused

from casemanager.files.domain.archives import ContentRefused
from casemanager.files.domain.kinds import FileKind, kind_of
from casemanager.shared.deps import Deps
from chassis import telemetry
from chassis.aggregate import is_answered
from chassis.blobs import Blob, Blobs, BlobTooLarge
from chassis.call import Call
from chassis.errors import ServiceError, Unavailable
from chassis.tasks import to_its_end

MAX_FILE_BYTES = 100 * 1024 * 1024
HEARD_SECONDS = 10.0
"""For how long the rest of a refused file is read."""
ALL_KINDS = frozenset(FileKind)
_NAMES: Mapping[FileKind, str] = {
    FileKind.PDF: "a PDF document",
    FileKind.DOCX: "a Word document",
    FileKind.XLSX: "an Excel workbook",
    FileKind.JPEG: "a JPEG image",
    FileKind.PNG: "a PNG image",
    FileKind.TIFF: "a TIFF image",
    FileKind.TEXT: "a plain text",
    FileKind.RTF: "an RTF document",
}
_log = telemetry.logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a sender says of the bytes, where they know it: None, and no bytes, where not."""

    size_bytes: int | None
    sha256: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A whole file of a kind that is taken."""

    id: UUID
    blob: Blob
    kind: FileKind


class Kept(Protocol):
    """What a saved file is answered as."""

    id: str


K = TypeVar("K", bound=Kept)


async def check_early(deps: Deps, call: Call, request_id: UUID | None, check: Callable[[], object]) -> None:
    """Raises what `check` does before a byte is taken; not of a repeated call, which is to get its first answer."""
    try:
        check()
    except ServiceError:
        if request_id is None or not await is_answered(deps.database, call, call.org_id, request_id):
            raise


async def take_file(
    deps: Deps,
    org_id: UUID,
    chunks: AsyncIterable[bytes],
    said: Said,
    save: Callable[[Arrived], Awaitable[K]],
    *,
    kinds: Collection[FileKind] = ALL_KINDS,
) -> K:
    """Keeps the bytes as they come, and gives what `save` answers; what is refused leaves nothing.

    FileTooLarge, FileEmpty, FileCut, ChecksumMismatch, FileTypeRefused, and what `save` raises. When `save` answers a
    repeated call with another file, these bytes are dropped.
    """
    file_id = deps.ids()
    key = f"{org_id}/{deps.clock():%Y/%m}/{file_id}"
    try:
        blob = await deps.blobs.write(key, chunks, max_bytes=MAX_FILE_BYTES)
    except BlobTooLarge:
        await _hear_out(chunks)
        raise FileTooLarge() from None
    except ServiceError:
        await _hear_out(chunks)
        raise
    try:
        kind = await _checked(deps.blobs, blob, said, kinds)
    except Unavailable:  # the store is away, and would keep the caller waiting once more
        raise
    except BaseException:
        # Whatever it is, also that the caller goes away: nothing speaks of these bytes yet.
        await to_its_end(discard(deps, key))
        raise
    try:
        answer = await save(Arrived(id=file_id, blob=blob, kind=kind))
    except ServiceError as error:
        # Whether a row was written nobody knows while the database is away: then it is for the collector.
        if not isinstance(error, Unavailable):
            await to_its_end(discard(deps, key))
        raise
    if answer.id != str(file_id):
        await to_its_end(discard(deps, key))
    return answer


async def _hear_out(chunks: AsyncIterable[bytes]) -> None:
    """Reads the rest for a while: a client of gRPC that is writing when its call ends may not be told why it did."""
    with suppress(TimeoutError):
        async with asyncio.timeout(HEARD_SECONDS):
            async for _ in chunks:
                pass


async def _checked(blobs: Blobs, blob: Blob, said: Said, kinds: Collection[FileKind]) -> FileKind:
    if not blob.size:
        raise FileEmpty()
    if said.size_bytes is not None and said.size_bytes != blob.size:
        raise FileCut()
    if said.sha256 and said.sha256 != blob.sha256:
        raise ChecksumMismatch()
    try:
        kind = await asyncio.to_thread(_kind_of, blobs, blob)
    except ContentRefused as refused:
        raise _type_refused(refused.found) from None
    if kind not in kinds:
        raise _type_refused(_NAMES[kind])
    return kind


def _kind_of(blobs: Blobs, blob: Blob) -> FileKind:
    with blobs.open(blob) as file:
        return kind_of(file)


def _type_refused(found: str) -> FileTypeRefused:
    return FileTypeRefused(f"This is {found}.", metadata={"found": found})


async def discard(deps: Deps, key: str) -> None:
    """Takes the bytes away; what the store does not do now, the collector does."""
    try:
        await deps.blobs.delete(key)
    except ServiceError as error:
        _log.warning("files.bytes_left", reason=error.reason)
