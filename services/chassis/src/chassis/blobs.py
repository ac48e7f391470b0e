"""Files, kept outside of the database: on a local disk, or in any store that speaks S3, by one setting.

A file is written in pieces, each an object of its own: `<key>/00000`, `<key>/00001` and so on. A piece is there whole
or not at all, and a file is there once `write` has given its `Blob`, which the caller keeps in a row: without it nobody
can read. What belongs to no row after a while is taken away by `collect`, which sees every piece in a plain listing;
the open multipart uploads of S3 stand in none.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
import re
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Iterator,
    Sequence,
    Set,
)
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, S3Store

from chassis import telemetry
from chassis.errors import ServiceError, Unavailable
from chassis.settings import SecretText
from chassis.tasks import to_its_end

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

PIECE_BYTES = 4 * 1024 * 1024
"""So much of a file is in memory while it is written or read."""
CHUNK_BYTES = 64 * 1024
"""What `read` gives at once: a message of a stream."""
_LISTED = 1000
_KEY = re.compile(r"[a-z0-9-]+(/[a-z0-9-]+)*")
_STAGED = re.compile(r"#\d+$")
"""How the local store names a piece that it has not finished."""
_NOT_THERE = (NotFoundError, FileNotFoundError)

_log = telemetry.logger(__name__)


class BlobMissing(Exception):
    """The store has lost a file that a row speaks of."""


class BlobTooLarge(Exception):
    """More bytes came than the file may have."""


class BlobUrl(SecretText):
    """Where files are kept: `file:///var/lib/portico`, or `s3://bucket/folder?endpoint=…&region=…`.

    Further parameters are those of S3 (`access_key_id`, `secret_access_key`); what is not given comes from the
    environment, as for every other program that speaks S3 (`AWS_ACCESS_KEY_ID`, a role of the machine).
    """

    @classmethod
    def parse(cls, text: str) -> BlobUrl:
        """Reads the address; `ValueError` when it is none."""
        parts = urlsplit(text)
        if parts.scheme == "file" and not parts.netloc and parts.path.startswith("/"):
            return cls(text)
        if parts.scheme == "s3" and parts.netloc:
            return cls(text)
        raise ValueError("not like file:///folder or s3://bucket")


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """A whole file: where it is, how long it is in bytes, and the SHA-256 of its bytes."""

    key: str
    size: int
    sha256: bytes


class Blobs:
    """The files of one service. Whatever fails at the store is Unavailable; a lost file is BlobMissing."""

    def __init__(self, url: BlobUrl) -> None:
        self._store = _opened(url.reveal())

    async def write(self, key: str, chunks: AsyncIterable[bytes], *, max_bytes: int) -> Blob:
        """Write a file as it comes; BlobTooLarge as soon as it is longer, and what `chunks` raises.

        Nothing of it is left when it fails, as far as the store can be reached then; `collect` takes the rest.
        """
        _check_key(key)
        digest, size, number = hashlib.sha256(), 0, 0
        try:
            async for piece in _pieces(chunks):
                size += len(piece)
                if size > max_bytes:
                    raise BlobTooLarge()
                digest.update(piece)
                # Whoever is cancelled waits for it: a piece that appears after all were deleted would stay.
                await to_its_end(self._put(_piece(key, number), piece))
                number += 1
                del piece
        except BaseException:
            await to_its_end(self._give_up(key))
            raise
        return Blob(key=key, size=size, sha256=digest.digest())

    async def read(self, blob: Blob, *, offset: int = 0, length: int | None = None) -> AsyncGenerator[bytes, None]:
        """The bytes from `offset` on, `length` of them or all, in chunks; nothing beyond the end."""
        end = blob.size if length is None else min(blob.size, offset + length)
        while offset < end:
            number, start = divmod(offset, PIECE_BYTES)
            stop = min(PIECE_BYTES, start + end - offset)
            with _failures():
                piece = memoryview(
                    await obstore.get_range_async(self._store, _piece(blob.key, number), start=start, end=stop)
                )
            for begin in range(0, len(piece), CHUNK_BYTES):
                yield bytes(piece[begin : begin + CHUNK_BYTES])
            offset += stop - start

    def open(self, blob: Blob) -> io.BufferedReader:
        """The file for a library that reads and seeks. It waits for the store: use it in a thread."""
        return io.BufferedReader(_BlobFile(self._store, blob))

    async def delete(self, key: str) -> None:
        """Take a file away, all that is there of it; one that is not there is no error."""
        with _failures():
            async for page in _listed(self._store, f"{key}/"):
                await self._remove([each["path"] for each in page])

    async def collect(self, *, before: datetime, kept: Callable[[Set[str]], Awaitable[Collection[str]]]) -> int:
        """Delete what was written before and belongs to nobody; how many objects there were.

        `kept` says which of some keys belong to somebody. `before` must be earlier than the beginning of any upload
        that still runs.
        """
        collected = 0
        with _failures():
            async for page in _listed(self._store):
                old = [each["path"] for each in page if each["last_modified"] < before]
                keys = frozenset(map(_key_of, old))
                known = await kept(keys) if keys else ()
                gone = [path for path in old if _key_of(path) not in known]
                await self._remove(gone)
                collected += len(gone)
        return collected + await asyncio.to_thread(self._collect_staged, before)

    async def _put(self, path: str, piece: bytearray) -> None:
        with _failures():
            await obstore.put_async(self._store, path, piece, use_multipart=False)

    async def _remove(self, paths: Sequence[str]) -> None:
        with suppress(*_NOT_THERE):  # another process has removed them
            if paths:
                await obstore.delete_async(self._store, paths)

    def _collect_staged(self, before: datetime) -> int:
        """What a process that was killed left on the local disk; the store itself lists no such files."""
        root = self._store.prefix if isinstance(self._store, LocalStore) else None
        collected = 0
        # What vanishes meanwhile somebody else took away; `os.walk` passes over such folders.
        for folder, _, names in os.walk(root) if root else ():
            for path in (Path(folder, name) for name in names if _STAGED.search(name)):
                with suppress(FileNotFoundError):
                    if datetime.fromtimestamp(path.stat().st_mtime, UTC) < before:
                        path.unlink()
                        collected += 1
        return collected

    async def _give_up(self, key: str) -> None:
        try:
            await self.delete(key)
        except ServiceError as error:
            _log.warning("blobs.left", key=key, reason=error.reason)


class _BlobFile(io.RawIOBase):
    """Reads a blob, and keeps one piece of it in memory."""

    def __init__(self, store: LocalStore | S3Store, blob: Blob) -> None:
        super().__init__()
        self._store, self._blob = store, blob
        self._offset = 0
        self._number, self._piece = -1, memoryview(b"")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._offset, io.SEEK_END: self._blob.size}[whence]
        if base + offset < 0:
            raise OSError("before the beginning")
        self._offset = base + offset
        return self._offset

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        if self._offset >= self._blob.size:
            return 0
        number, start = divmod(self._offset, PIECE_BYTES)
        if number != self._number:
            with _failures():
                whole = obstore.get(self._store, _piece(self._blob.key, number)).bytes()
            self._number, self._piece = number, memoryview(whole)
        room = memoryview(buffer).cast("B")
        read = self._piece[start : start + len(room)]
        room[: len(read)] = read
        self._offset += len(read)
        return len(read)


def _opened(url: str) -> LocalStore | S3Store:
    parts = urlsplit(url)
    if parts.scheme == "file":
        return LocalStore(Path(unquote(parts.path)), automatic_cleanup=True, mkdir=True)
    config = dict(parse_qsl(parts.query))
    return S3Store(
        parts.netloc,
        prefix=parts.path.strip("/") or None,
        config=config,  # type: ignore[arg-type] # its names are checked by the store
        client_options={
            "timeout": timedelta(seconds=10),
            "connect_timeout": timedelta(seconds=2),
            "allow_http": config.get("endpoint", "").startswith("http://"),
        },
        retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=10)},
    )


async def _listed(store: LocalStore | S3Store, prefix: str | None = None) -> AsyncIterator[list[obstore.ObjectMeta]]:
    async for page in obstore.list(store, prefix, chunk_size=_LISTED):
        yield list(page)


async def _pieces(chunks: AsyncIterable[bytes]) -> AsyncIterator[bytearray]:
    """The same bytes in pieces of equal length; the last one is shorter."""
    gathered = bytearray()
    async for chunk in chunks:
        gathered += chunk
        while len(gathered) >= PIECE_BYTES:
            # The piece goes out as it is, and is no longer held here: it is much to copy, and to keep.
            piece, gathered = gathered, gathered[PIECE_BYTES:]
            del piece[PIECE_BYTES:]
            yield piece
            del piece
    if gathered:
        yield gathered


@contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except _NOT_THERE as error:
        raise BlobMissing(str(error)) from error
    except (BaseError, OSError) as error:
        raise Unavailable() from error


def _piece(key: str, number: int) -> str:
    return f"{key}/{number:05}"


def _key_of(path: str) -> str:
    return path.rpartition("/")[0]


def _check_key(key: str) -> None:
    if not _KEY.fullmatch(key):
        raise ValueError(f"{key!r} is no key of a file")
