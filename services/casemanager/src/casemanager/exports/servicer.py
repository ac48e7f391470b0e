"""Bookings as files that people take home."""

from collections.abc import AsyncIterator
from contextlib import aclosing

from google.api.httpbody_pb2 import HttpBody
from portico.casemanager.v1 import booking_exports_pb2 as pb
from portico.casemanager.v1.booking_exports_pb2_grpc import BookingExportsServiceServicer

from casemanager.exports.usecases import BookingExport
from casemanager.shared.deps import Deps
from chassis.call import current_call
from chassis.interceptor import Context


class BookingExportsServicer(BookingExportsServiceServicer):
    """For staff, case managers and specialists."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def ExportBookings(self, request: pb.ExportBookingsRequest, context: Context) -> AsyncIterator[HttpBody]:
        async with aclosing(BookingExport(self._deps, current_call(), request).parts()) as parts:
            async for part in parts:
                yield part
