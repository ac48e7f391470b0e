"""The person's own account: password and devices."""

from portico.identity.v1.resets_pb2 import ChangePasswordRequest
from portico.identity.v1.sessions_pb2 import ListMySessionsRequest, RevokeMyOtherSessionsRequest, RevokeMySessionRequest
from starlette.responses import Response

from chassis.devices import device_of
from chassis.errors import ServiceError
from portal.areas.account.labels import DEVICE_KINDS
from portal.core.context import PageContext


async def show(context: PageContext) -> Response:
    """Who I am here, my password, my devices."""
    found = await context.services.identity.ListMySessions(ListMySessionsRequest())
    return context.render("account/account.html", devices=found.sessions, device_of=device_of, kinds=DEVICE_KINDS)


async def change_password(context: PageContext) -> Response:
    """A new password, with the old one; the other devices are signed out."""
    request = ChangePasswordRequest(
        current_password=context.form.raw("current_password"), new_password=context.form.raw("new_password")
    )
    try:
        await context.services.identity.ChangePassword(request)
    except ServiceError as error:
        if error.reason not in {"PASSWORD_WRONG", "TOO_MANY_TRIES", "PASSWORD_WEAK", "INVALID_REQUEST"}:
            raise
        context.form = context.form.refused(error, context.i18n)
        return await show(context)
    return context.redirect("/account", flash="password-replaced")


async def sign_out_devices(context: PageContext) -> Response:
    """Signs one device out, or all but this one."""
    if context.form["device"]:
        await context.services.identity.RevokeMySession(RevokeMySessionRequest(session_id=context.form["device"]))
        return context.redirect("/account", flash="device-signed-out")
    await context.services.identity.RevokeMyOtherSessions(RevokeMyOtherSessionsRequest())
    return context.redirect("/account", flash="devices-signed-out")
