"""What stays in the browser: the sign-in, sealed, and small choices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING

from chassis.call import Role
from portal.core.seals import Seal
from portal.core.sessions import Session

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from portal.core.context import PageContext

YEAR = 365 * 24 * 60 * 60
DEVICE, DEVICE_SECONDS = "device-", 180 * 24 * 60 * 60
"""The device tokens, a cookie for each account; as long as identity knows a device by one."""
MAX_DEVICES = 5
FLASH_SECONDS = 60


class Cookies:
    """Reads and writes them; `clock` gives POSIX seconds.

    Over HTTPS they are `Secure`, and the name of the sign-in begins with `__Host-`: no
    other host and no other path can set it (RFC 6265bis).
    """

    def __init__(self, seal: Seal, *, is_secure: bool, clock: Callable[[], float]) -> None:
        self._seal = seal
        self._is_secure = is_secure
        self._clock = clock
        self.session_name = "__Host-portico" if is_secure else "portico"

    def session(self, request: Request) -> Session | None:
        """Who is signed in; None for a cookie that is not ours, has ended, or is of another release."""
        fields = self._seal.opened(request.cookies.get(self.session_name, ""))
        try:
            session = Session(**{**fields, "role": Role(fields["role"])})
        except (ValueError, TypeError, KeyError):
            return None
        return session if session.refresh_expires > self._clock() else None

    def device_tokens(self, request: Request) -> list[str]:
        """What earlier sign-ins in this browser left, so that identity knows it again."""
        return [value for name, value in request.cookies.items() if name.startswith(DEVICE)][:MAX_DEVICES]

    def keep(self, context: PageContext, before: Session | None, response: Response) -> None:
        """Writes what changed on this page."""
        sent = context.request.cookies
        if context.session is None and self.session_name in sent:
            self._set(response, self.session_name, "", 0)
        elif context.session is not None and context.session != before:
            is_kept, expires = context.session.is_kept, context.session.refresh_expires
            seconds = int(expires - self._clock()) if is_kept else None  # without an end it goes with the browser
            self._set(response, self.session_name, self._seal.sealed(asdict(context.session)), seconds)
            self._set(response, "realm", context.session.realm, YEAR)
        if context.session is not None and context.device_token:
            self._set(response, f"{DEVICE}{context.session.account_id}", context.device_token, DEVICE_SECONDS)
        if context.flash_shown and "notice" in sent:
            self._set(response, "notice", "", 0)
        elif not context.flash_shown and context.flash:
            self._set(response, "notice", context.flash, FLASH_SECONDS)
        if context.chosen_language and context.chosen_language != sent.get("language"):
            self._set(response, "language", context.chosen_language, YEAR)

    def _set(self, response: Response, name: str, value: str, seconds: int | None) -> None:
        response.set_cookie(
            name, value, max_age=seconds, path="/", secure=self._is_secure, httponly=True, samesite="lax"
        )
