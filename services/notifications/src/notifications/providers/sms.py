"""One SMS provider with an API like Twilio's."""

import asyncio
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime

import httpx

from chassis.clock import Clock
from notifications.providers.domain import MAX_ATTEMPT_SECONDS, Accepted, OutboundMessage, Outcome, Refused

_MAX_HOLD = timedelta(hours=1)
_STOPPED = 21610
"""Its owner answered STOP."""
_ABOUT_THE_NUMBER = frozenset(
    {
        _STOPPED,
        21211,  # not a valid number
        21214,  # cannot be reached
        21217,  # not a valid number, to older versions of the API
        21614,  # not a mobile number
    }
)
"""The only codes that count against a recipient; all else is about us, our text, our route or the moment."""


class SmsProvider:
    """Hands text messages to one account of the provider."""

    def __init__(
        self,
        url: str,
        *,
        account: str,
        token: str,
        sender: str,
        clock: Clock,
        attempt_seconds: float = MAX_ATTEMPT_SECONDS,
    ) -> None:
        """`url` without a path: `https://api.twilio.com`; `sender` is a number in E.164 or a name."""
        self._path = f"/2010-04-01/Accounts/{account}/Messages.json"
        self._sender = sender
        self._clock = clock
        self._seconds = attempt_seconds
        self._client = httpx.AsyncClient(base_url=url, auth=(account, token), timeout=attempt_seconds)

    async def send(self, outbound: OutboundMessage) -> Outcome:
        """Hand over one text; a provider that takes longer than `attempt_seconds` for all of it refused it for now."""
        try:
            # httpx's own limit is for each read: a byte a second would pass it.
            async with asyncio.timeout(self._seconds):
                response = await self._client.post(
                    self._path,
                    data={"From": self._sender, "To": outbound.recipient, "Body": outbound.content.decode()},
                    # For providers that know it: a message sent again after a crash is sent once.
                    headers={"Idempotency-Key": str(outbound.id)},
                )
        except TimeoutError:
            return Refused(f"no answer within {self._seconds:g} s", is_permanent=False)
        except httpx.HTTPError as error:
            return Refused(type(error).__name__, is_permanent=False)
        return self._outcome(response)

    async def close(self) -> None:
        """End the connections."""
        await self._client.aclose()

    def _outcome(self, response: httpx.Response) -> Outcome:
        code, words = _error_of(response)
        if response.is_success and code is None:
            return Accepted()
        reason = " ".join(filter(None, (f"{response.status_code}", f"{code}:" if code else "", words)))
        # A success with a code was taken, and given up in the same breath.
        is_permanent = code in _ABOUT_THE_NUMBER and response.status_code < httpx.codes.UNAUTHORIZED
        return Refused(
            reason,
            is_permanent=is_permanent,
            is_suppressed=is_permanent and code == _STOPPED,
            retry_after=self._retry_after(response),
        )

    def _retry_after(self, response: httpx.Response) -> timedelta | None:
        """What `Retry-After` says, in seconds or as a date (RFC 9110, 10.2.3), an hour at most."""
        value = response.headers.get("retry-after", "")
        if value.isdigit():
            wait = timedelta(seconds=min(int(value), 86_400))
        else:
            try:
                moment = parsedate_to_datetime(value)
            except ValueError:
                return None
            wait = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - self._clock()
        return min(max(wait, timedelta()), _MAX_HOLD)


def _error_of(response: httpx.Response) -> tuple[int | None, str]:
    """Code and words of an error, from the body; a body of another form says nothing."""
    try:
        body = response.json()
    except ValueError:
        return None, ""
    if not isinstance(body, dict):
        return None, ""
    code = body.get("error_code") if response.is_success else body.get("code")
    words = body.get("error_message") if response.is_success else body.get("message")
    return (int(code) if isinstance(code, int | str) and str(code).isdecimal() else None), str(words or "")
