"""How the organization books."""

from google.protobuf.field_mask_pb2 import FieldMask
from portico.casemanager.v1.booking_settings_pb2 import (
    BookingSettingsPatch,
    GetBookingSettingsRequest,
    UpdateBookingSettingsRequest,
)
from starlette.responses import Response

from portal.core.context import PageContext
from portal.core.forms import Form

BOOKINGS = "/booking-settings"
ENABLE_ON_YES = "enable_on_yes"


async def show(context: PageContext) -> Response:
    """The form, filled with what holds."""
    settings = await context.services.casemanager.GetBookingSettings(GetBookingSettingsRequest())
    if not context.form.values:
        context.form = Form({ENABLE_ON_YES: "yes" if settings.enable_on_yes else ""})
    return context.render("settings/bookings.html", settings=settings)


async def change(context: PageContext) -> Response:
    """Saves what was chosen."""
    request = UpdateBookingSettingsRequest(
        request_id=context.form["request_id"],
        settings=BookingSettingsPatch(enable_on_yes=bool(context.form[ENABLE_ON_YES])),
        update_mask=FieldMask(paths=[ENABLE_ON_YES]),
    )
    await context.services.casemanager.UpdateBookingSettings(request)
    return context.redirect(BOOKINGS, flash="booking-settings-saved")
