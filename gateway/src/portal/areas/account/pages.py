"""The person's own account: password and devices."""

from portico.identity.v1.resets_pb2 import ChangePasswordRequest
from portico.identity.v1.sessions_pb2 import ListMySessionsRequest, RevokeMyOtherSessionsRequest, RevokeMySessionRequest
from starlette.responses import Response

from chassis.errors import ServiceError
from portal.core.context import PageContext


async def show(context: PageContext) -> Response:
    """Who I am here, my password, my devices."""
    found = await context.services.identity.ListMySessions(ListMySessionsRequest())
    return context.render("account/account.html", devices=found.sessions, device_name=device_name)


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


def device_name(user_agent: str) -> str:
    """What a person calls the device: `Chrome, Android`; what it says of itself when it is none that we know."""
    # The order matters: Edge calls itself Chrome too, Chrome Safari, Android Linux, and an iPhone Mac OS X.
    browsers = {
        "Edg": "Edge",
        "OPR/": "Opera",
        "FxiOS/": "Firefox",
        "Firefox/": "Firefox",
        "CriOS/": "Chrome",
        "Chrome/": "Chrome",
        "Safari/": "Safari",
    }
    systems = {
        "Android": "Android",
        "iPhone": "iPhone",
        "iPad": "iPad",
        "Windows": "Windows",
        "Mac OS": "Mac",
        "Linux": "Linux",
    }
    known = [next((name for mark, name in names.items() if mark in user_agent), "") for names in (browsers, systems)]
    return ", ".join(filter(None, known)) or user_agent[:80]
