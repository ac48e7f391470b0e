"""The log of downloads: who got how much of which file, and when (CM-13, CM-15)."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum
from uuid import UUID

from google.api.httpbody_pb2 import HttpBody
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    SmallInteger,
    Table,
    Text,
    Update,
    Uuid,
    bindparam,
    insert,
    select,
    tuple_,
    update,
)

from casemanager.shared.deps import Deps
from casemanager.shared.tables import metadata
from chassis import telemetry
from chassis.blobs import Blob
from chassis.columns import INSTANT, instant
from chassis.db import statement
from chassis.errors import ServiceError
from chassis.interceptor import Context
from chassis.mapping import mapping
from chassis.outbox import OutboxEvent
from chassis.pagination import NEWEST, Keyset
from chassis.saves import save, write
from chassis.tasks import to_its_end

MEDIA_TYPE = "application/octet-stream"
"""Of every download, as the contract says before it is known which file it is; `content_type` of the file says more."""
_log = telemetry.logger(__name__)


class DownloadKind(IntEnum):
    """Which kind of file it was; the numbers are stored."""

    PAPERWORK = 1
    REPORT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """That somebody got a file, or a part of it.

    `actor` is what they are to the booking, as the contract numbers it; `actor_name` as it was then, but not of
    staff: identity has that. `delivered_bytes` are known at the end: a process that dies before leaves 0.
    """

    org_id: UUID
    id: UUID
    kind: DownloadKind
    file_id: UUID
    booking_id: UUID
    account_id: UUID | None
    actor: int
    actor_name: str = ""
    address: str = ""
    download_time: datetime
    delivered_bytes: int = 0
    is_whole: bool = False


downloads = Table(
    "downloads",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("kind", SmallInteger, nullable=False),
    Column("file_id", Uuid, nullable=False, comment="Of the row of paperwork or of a report, by kind"),
    Column("booking_id", Uuid, nullable=False),
    Column("account_id", Uuid, comment="Of who got it"),
    Column("actor", SmallInteger, nullable=False),
    Column("actor_name", Text, nullable=False, comment="Of a case manager or a specialist, as it was then"),
    Column("address", Text, nullable=False, comment="Where the call came from"),
    instant("download_time"),
    Column("delivered_bytes", BigInteger, nullable=False, comment="Known at the end; 0 until then"),
    Column("is_whole", Boolean, nullable=False),
    Index("downloads_file_idx", "org_id", "file_id", "download_time", "id"),
    Index("downloads_booking_idx", "org_id", "booking_id", "kind", "download_time", "id"),
)
DOWNLOAD = mapping(downloads, Download)
ORG_ID = bindparam("org_id", type_=Uuid)

ADD_DOWNLOAD = save(insert(downloads).returning(downloads.c.id))


def ended_download() -> Update:
    """The write that says how much was delivered; `ended_params` gives its parameters."""
    return (
        update(downloads)
        .where(downloads.c.org_id == ORG_ID, downloads.c.id == bindparam("download_id", type_=Uuid))
        .values(
            delivered_bytes=bindparam("delivered_bytes", type_=BigInteger),
            is_whole=bindparam("is_whole", type_=Boolean),
        )
    )


def ended_params(download: Download) -> dict[str, object]:
    """The parameters of `ended_download`."""
    return {
        "download_id": download.id,
        "delivered_bytes": download.delivered_bytes,
        "is_whole": download.is_whole,
    }


END_DOWNLOAD = save(ended_download().returning(downloads.c.id))

LIST_DOWNLOADS = statement(
    select(*DOWNLOAD.columns())
    .where(
        downloads.c.org_id == ORG_ID,
        downloads.c.file_id == bindparam("file_id", type_=Uuid),
        tuple_(downloads.c.download_time, downloads.c.id)
        < tuple_(bindparam("before_time", type_=INSTANT), bindparam("before_id", type_=Uuid)),
    )
    .order_by(downloads.c.download_time.desc(), downloads.c.id.desc())
    .limit(bindparam("limit", type_=BigInteger)),
    into=DOWNLOAD.reader(),
)
"""Who got a file, the latest first."""
NEWEST_DOWNLOADS: Keyset[Download, tuple[datetime, UUID]] = Keyset(
    first=NEWEST, of=lambda download: (download.download_time, download.id)
)
Finish = Callable[[Download], Awaitable[None]]


async def deliver(
    deps: Deps,
    blob: Blob,
    download: Download,
    *,
    offset: int = 0,
    length: int | None = None,
    events: Sequence[OutboxEvent] = (),
    finish: Finish | None = None,
) -> AsyncGenerator[bytes, None]:
    """The bytes of a part; logged when the first one leaves, and once more, whoever leaves, with what was delivered.

    Nothing leaves that cannot be logged. `finish` writes the second in another way than `END_DOWNLOAD`.
    """
    delivered, is_logged = 0, False
    try:
        async for chunk in deps.blobs.read(blob, offset=offset, length=length):
            if not is_logged:
                org_id, params = download.org_id, DOWNLOAD.params(download)
                await write(deps.database, ADD_DOWNLOAD, org_id=org_id, params=params, events=events)
                is_logged = True
            yield chunk
            delivered += len(chunk)
    finally:
        if is_logged:
            made = replace(download, delivered_bytes=delivered, is_whole=delivered == blob.size)
            await to_its_end(_ended(deps, made, finish))


async def told(chunks: AsyncGenerator[bytes, None], sha256: bytes, context: Context) -> AsyncGenerator[HttpBody, None]:
    """The bytes as messages; before them, as `etag`, the digest of the whole file.

    It is said when the first bytes are there and not before: a store that is away is a refusal, over HTTP too. Not in
    the message's `extensions`: Envoy drops the connection of who reads such a message over HTTP.
    """
    async with aclosing(chunks):
        first = await anext(chunks)
        await context.send_initial_metadata((("etag", f'"{sha256.hex()}"'),))
        yield HttpBody(content_type=MEDIA_TYPE, data=first)
        async for chunk in chunks:
            yield HttpBody(content_type=MEDIA_TYPE, data=chunk)


async def _ended(deps: Deps, download: Download, finish: Finish | None) -> None:
    try:
        if finish is not None:
            await finish(download)
        else:
            await write(deps.database, END_DOWNLOAD, org_id=download.org_id, params=ended_params(download))
    except ServiceError as error:  # it is logged all the same, without its length
        _log.warning("downloads.not_ended", download=str(download.id), reason=error.reason)
