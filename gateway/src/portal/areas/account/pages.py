"""The person's own account: password and devices."""

from portico.identity.v1.service_pb2 import (
    ChangePasswordRequest,
    ListMySessionsRequest,
    RevokeMyOtherSessionsRequest,
    RevokeMySessionRequest,
)
from starlette.responses import Response

from chassis.errors import ServiceError
from portal.core.context import Visit


async def show(visit: Visit) -> Response:
    """Who I am here, my password, my devices."""
    found = await visit.services.identity.ListMySessions(ListMySessionsRequest())
    return visit.show("account/account.html", devices=found.sessions, device_name=device_name)


async def change_password(visit: Visit) -> Response:
    """A new password, with the old one; the other devices are signed out."""
    request = ChangePasswordRequest(
        current_password=visit.form.raw("current_password"), new_password=visit.form.raw("new_password")
    )
    try:
        await visit.services.identity.ChangePassword(request)
    except ServiceError as error:
        if error.reason not in {"PASSWORD_WRONG", "PASSWORD_WEAK", "INVALID_REQUEST"}:
            raise
        visit.form = visit.form.refused(error, visit.words)
        return await show(visit)
    return visit.go("/account", notice="password-replaced")


async def sign_out_devices(visit: Visit) -> Response:
    """Signs one device out, or all but this one."""
    if visit.form["device"]:
        await visit.services.identity.RevokeMySession(RevokeMySessionRequest(session_id=visit.form["device"]))
        return visit.go("/account", notice="device-signed-out")
    await visit.services.identity.RevokeMyOtherSessions(RevokeMyOtherSessionsRequest())
    return visit.go("/account", notice="devices-signed-out")


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
