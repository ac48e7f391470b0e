"""What tests of paperwork do, by whoever they say; and a scanner that finds one text."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from google.api.httpbody_pb2 import HttpBody
from portico.casemanager.v1 import booking_resources_pb2 as bookings
from portico.casemanager.v1 import paperwork_pb2 as pb
from portico.casemanager.v1 import paperwork_resources_pb2 as res

from casemanager.app import KEPT_BLOBS
from casemanager.files.domain.scans import Answer, NoVerdict, ScanVerdict
from casemanager.files.scanner import Scanner
from casemanager.files.scanning import collect_orphans
from casemanager.paperwork.clock import scan_due_files
from chassis.testing.grpc import Metadata
from services.casemanager.tests import documents
from services.casemanager.tests.desk import Desk

HARMFUL = b"a text that the scanner of the tests finds"


class OneScanner(Scanner):
    """A scanner in this process: it finds HARMFUL, and says nothing while it is `away`."""

    def __init__(self) -> None:
        self.away = False

    async def scan(self, chunks: Any, *, size: int) -> Answer:
        """Reads all of it."""
        content = b"".join([chunk async for chunk in chunks])
        if self.away or len(content) != size:
            raise NoVerdict("away")
        return Answer(ScanVerdict.FOUND, "Test.Harmful") if HARMFUL in content else Answer(ScanVerdict.OK)

    async def version(self) -> str:
        """Its name."""
        if self.away:
            raise NoVerdict("away")
        return "Scanner of the tests"


async def pieces(content: bytes, size: int = 100_000, **first: Any) -> AsyncIterator[pb.UploadPaperworkRequest]:
    """An upload, as a client sends it."""
    parts = [content[begin : begin + size] for begin in range(0, len(content), size)] or [b""]
    yield pb.UploadPaperworkRequest(file=HttpBody(data=parts[0]), **first)
    for part in parts[1:]:
        yield pb.UploadPaperworkRequest(file=HttpBody(data=part))


def state_of(file: res.Paperwork) -> str:
    return res.Paperwork.State.Name(file.state)


def actions_of(file: res.Paperwork) -> list[str]:
    return [res.Paperwork.Action.Name(action) for action in file.allowed_actions]


@dataclass(frozen=True)
class Shelves:
    """A desk with its files, and the scanner beside."""

    desk: Desk
    admin: Metadata
    scanner: OneScanner = field(default_factory=OneScanner)

    async def upload(
        self, booking: bookings.Booking, content: bytes = documents.PDF, by: Metadata | None = None, **said: Any
    ) -> res.Paperwork:
        """By Ana, unless somebody else does."""
        first = {"booking_id": booking.id, "file_name": "letter.pdf", **said}
        call = self.desk.world.stub.UploadPaperwork
        answer: res.Paperwork = await call(pieces(content, **first), metadata=by or self.desk.as_ana)
        return answer

    async def clean(self, booking: bookings.Booking, content: bytes = documents.PDF, **said: Any) -> res.Paperwork:
        """One that was uploaded and scanned."""
        file = await self.upload(booking, content, **said)
        await self.scan()
        return next(each for each in await self.listed(booking) if each.id == file.id)

    async def scan(self) -> None:
        """Has all scanned that is due."""
        while await scan_due_files(self.desk.world.deps, self.scanner):
            pass

    async def page(self, booking: bookings.Booking, by: Metadata | None = None) -> pb.ListPaperworkResponse:
        request = pb.ListPaperworkRequest(booking_id=booking.id, page_size=200)
        answer: pb.ListPaperworkResponse = await self.desk.call("ListPaperwork", request, by or self.desk.as_ana)
        return answer

    async def listed(self, booking: bookings.Booking, by: Metadata | None = None) -> Sequence[res.Paperwork]:
        return list((await self.page(booking, by)).paperwork)

    async def messages(self, file: res.Paperwork, by: Metadata | None = None, **part: int) -> list[HttpBody]:
        """What a download gives, message by message."""
        request = pb.DownloadPaperworkRequest(paperwork_id=file.id, **part)
        call = self.desk.world.stub.DownloadPaperwork(request, metadata=by or self.desk.as_ana)
        return [message async for message in call]

    async def download(self, file: res.Paperwork, by: Metadata | None = None, **part: int) -> bytes:
        return b"".join(message.data for message in await self.messages(file, by, **part))

    async def do(self, name: str, file: res.Paperwork, by: Metadata | None = None, **given: Any) -> res.Paperwork:
        """A command on a file."""
        request = getattr(pb, f"{name}PaperworkRequest")(paperwork_id=file.id, **given)
        answer: res.Paperwork = await self.desk.call(f"{name}Paperwork", request, by or self.desk.as_ana)
        return answer

    async def send(self, booking: bookings.Booking, by: Metadata | None = None, **given: Any) -> bookings.Booking:
        request = pb.SendPaperworkRequest(booking_id=booking.id, **given)
        answer: bookings.Booking = await self.desk.call("SendPaperwork", request, by or self.desk.as_ana)
        return answer

    async def orphans(self) -> int:
        """How many objects lie in the store without a row, and are collected now."""
        clock = self.desk.world.clock
        now = clock()
        clock.now = datetime.now(now.tzinfo) + timedelta(days=2)
        try:
            return await collect_orphans(self.desk.world.deps, KEPT_BLOBS)
        finally:
            clock.now = now
