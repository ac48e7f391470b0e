"""How an organization books."""

from portico.casemanager.v1 import booking_settings_pb2 as pb
from portico.casemanager.v1 import resources_pb2 as res
from portico.casemanager.v1.booking_settings_pb2_grpc import BookingSettingsServiceServicer

from casemanager.settings.domain import BookingSettings, change
from casemanager.settings.storage import SAVE_SETTINGS, SETTINGS
from casemanager.settings.usecases import settings_of
from casemanager.settings.wire import settings_message, written_settings
from casemanager.shared.deps import Deps
from chassis.aggregate import Aggregate, Source
from chassis.call import current_call
from chassis.interceptor import Context


class BookingSettingsServicer(BookingSettingsServiceServicer):
    """For staff, and changed by administrators."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._settings: Aggregate[BookingSettings, res.BookingSettings] = Aggregate(
            database=deps.database,
            clock=deps.clock,
            save=SAVE_SETTINGS,
            params=lambda settings, _: SETTINGS.params(settings),
            events=lambda *_: [],
            answer=lambda settings, _: settings_message(settings),
            reply=res.BookingSettings,
        )

    async def GetBookingSettings(self, request: pb.GetBookingSettingsRequest, context: Context) -> res.BookingSettings:
        return settings_message(await settings_of(self._deps.database, current_call().org_id))

    async def UpdateBookingSettings(
        self, request: pb.UpdateBookingSettingsRequest, context: Context
    ) -> res.BookingSettings:
        call = current_call()
        source = Source(call, call.org_id, lambda: settings_of(self._deps.database, call.org_id))
        return await self._settings.change(source.seen(request.etag), change, written_settings(request))
