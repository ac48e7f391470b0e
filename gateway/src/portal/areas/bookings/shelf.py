"""The files of a booking, as its pages show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portico.casemanager.v1.paperwork_pb2 import ListPaperworkRequest, ListPaperworkResponse
from portico.casemanager.v1.paperwork_resources_pb2 import Paperwork

from portal.core.context import PageContext
from portal.core.versions import version_of

MAX_FILES = 50
"""Of a booking, so that all of them fit on a page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """What a page shows of files: the latest of each, and those in whose place they are."""

    latest: Sequence[Paperwork]
    earlier: Sequence[Paperwork]
    can_upload: bool
    can_send: bool
    version: str

    @property
    def is_moving(self) -> bool:
        """Whether a file is being checked right now."""
        return any(file.state == Paperwork.SCANNING for file in self.latest)

    @property
    def ready_count(self) -> int:
        """How many the next sending takes along."""
        return sum(is_ready(file) for file in (*self.latest, *self.earlier))

    @property
    def waits(self) -> bool:
        """Whether the check of a file is not over."""
        return any(file.state in {Paperwork.RECEIVED, Paperwork.SCANNING} for file in (*self.latest, *self.earlier))

    @property
    def was_sent(self) -> bool:
        """Whether the specialist has got any."""
        return any(file.HasField("send_time") for file in (*self.latest, *self.earlier))


def is_ready(file: Paperwork) -> bool:
    """Whether it is clean and was not sent."""
    return file.state == Paperwork.CLEAN and not file.HasField("send_time")


async def load_files(context: PageContext) -> Shelf:
    """The files of the booking of the address that this person sees."""
    request = ListPaperworkRequest(booking_id=context.param("booking_id"), page_size=MAX_FILES)
    return shelf_of(await context.services.casemanager.ListPaperwork(request))


def shelf_of(found: ListPaperworkResponse) -> Shelf:
    """What is there, in the order of the service."""
    newest = {_line_of(file): file.id for file in sorted(found.paperwork, key=_age_of)}
    latest = frozenset(newest.values())
    return Shelf(
        latest=[file for file in found.paperwork if file.id in latest],
        earlier=[file for file in found.paperwork if file.id not in latest],
        can_upload=found.can_upload,
        can_send=found.can_send,
        version=version_of(found),
    )


def _line_of(file: Paperwork) -> str:
    """What its versions have in common; a casemanager of the release before does not name the first one."""
    return file.first_id or file.replaces_id or file.id


def _age_of(file: Paperwork) -> tuple[int, int, str]:
    """What grows from version to version; of two in the place of the same one, the later is the newer."""
    return file.file_version, file.upload_time.ToNanoseconds(), file.id
