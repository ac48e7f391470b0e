"""Taking bookings home as a file, and noting that somebody did."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial

from google.api.httpbody_pb2 import HttpBody
from google.protobuf.json_format import MessageToDict
from portico.casemanager.v1 import booking_exports_pb2 as pb

from casemanager.bookings.selection import wanted_bookings
from casemanager.bookings.storage.listing import Selection, known_params, selection_of
from casemanager.bookings.storage.sorts import Order
from casemanager.bookings.usecases import caller_of
from casemanager.exports.rows import EXPORT, Row, as_specialists_see, in_words, words_of
from casemanager.exports.storage import ADD_EXPORT, END_EXPORT, EVERYTHING, count_statement, export_statement
from casemanager.shared.deps import Deps
from casemanager.shared.organizations import organization_of
from casemanager.value_lists.usecases import value_lists_of
from chassis.call import Call
from chassis.exports import Format
from chassis.tasks import to_its_end


class BookingExport:
    """The bookings that a request asks for, as a file in parts."""

    def __init__(self, deps: Deps, call: Call, request: pb.ExportBookingsRequest) -> None:
        self._deps, self._call, self._request = deps, call, request
        self._id, self._rows = deps.ids(), 0

    async def parts(self) -> AsyncGenerator[HttpBody, None]:
        """The file; ExportTooLarge for a PDF of too many rows. It is noted also who left before its end."""
        deps, call, now = self._deps, self._call, self._deps.clock()
        caller = await caller_of(deps, call)
        wanted = wanted_bookings(self._request, caller)
        asked = selection_of(caller, wanted, now)
        order = Order(sort=wanted.sort, descending=wanted.descending, is_continued=False)
        format_ = Format(self._request.format)
        if asked is not None:
            await EXPORT.check_size(format_, partial(self._count, asked, order))
        await self._begin()
        is_whole = False
        try:
            rows = self._found(asked, order, is_specialists=caller.specialist_id is not None)
            async with aclosing(EXPORT.parts(format_, rows)) as file:
                async for part in file:
                    yield part
            is_whole = True
        finally:
            await to_its_end(self._end(is_whole=is_whole))

    async def _found(self, asked: Selection | None, order: Order, *, is_specialists: bool) -> AsyncGenerator[Row, None]:
        if asked is None:
            return
        stmt = export_statement(asked.shape, order)
        organization = await organization_of(self._deps.database, self._call.org_id)
        words = words_of(await value_lists_of(self._deps.database, self._call.org_id))
        params = known_params({**asked.params, "limit": EVERYTHING, "zone": organization.time_zone}, stmt)
        async with self._deps.database.stream(stmt, org_id=self._call.org_id, **params) as rows:
            async for row in rows:
                self._rows += 1
                shown = in_words(row, words)
                yield as_specialists_see(shown) if is_specialists else shown

    async def _count(self, asked: Selection, order: Order) -> int | None:
        stmt = count_statement(asked.shape, order)
        params = known_params({**asked.params, "limit": EVERYTHING}, stmt)
        return await self._deps.database.first(stmt, org_id=self._call.org_id, **params)

    async def _begin(self) -> None:
        role = self._call.caller.role
        await self._deps.database.run(
            ADD_EXPORT,
            org_id=self._call.org_id,
            id=self._id,
            account_id=self._call.account_id,
            role=role.name if role else "",
            format=self._request.format,
            selection=MessageToDict(self._request, preserving_proto_field_name=True),
            begin_time=self._deps.clock(),
        )

    async def _end(self, *, is_whole: bool) -> None:
        params = {"export_id": self._id, "rows": self._rows, "whole": is_whole}
        await self._deps.database.run(END_EXPORT, org_id=self._call.org_id, **params)
