"""One SMTP server over connections that are kept open (RFC 5321)."""

import asyncio
import math
import re
import socket
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from urllib.parse import unquote, urlsplit

from aiosmtplib import (
    SMTP,
    SMTPException,
    SMTPResponse,
    SMTPResponseException,
    SMTPServerDisconnected,
)

from notifications.providers.domain import MAX_ATTEMPT_SECONDS, Accepted, OutboundMessage, Outcome, Refused

_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
_ENHANCED = re.compile(r"5\.\d{1,3}\.\d{1,3}(?!\d)")
_ABOUT_RECIPIENT = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
"""The enhanced codes (RFC 3463) that count against a recipient; all others are about us, a policy or the moment."""
_PLAIN_ABOUT_RECIPIENT = frozenset({550, 551, 553})
"""The same for a server that gives no enhanced code, while it takes mail for others."""
_OTHERS_ACCEPTED_SECONDS = 3600.0
_GOING_AWAY = 421
_MAX_IDLE_SECONDS = 60.0  # many servers end idle connections after a few minutes


@dataclass(frozen=True, slots=True)
class SmtpUrl:
    """Where the server is, whether TLS is demanded (`STARTTLS` or from the first byte), and the login."""

    host: str
    port: int
    starttls: bool
    tls: bool
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, url: str) -> "SmtpUrl":
        """Reads `smtp[s|+starttls]://[user:password@]host[:port]`; `ValueError` for anything else."""
        wrong = ValueError("not like smtp+starttls://user:password@host:587")
        try:
            parts = urlsplit(url)
            port = parts.port or _PORTS[parts.scheme]
        except (KeyError, ValueError):  # whose words may hold a part of the password
            raise wrong from None
        if not parts.hostname:
            raise wrong
        return cls(
            host=parts.hostname,
            port=port,
            starttls=parts.scheme == "smtp+starttls",
            tls=parts.scheme == "smtps",
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
        )


class _Stage(Enum):
    """How far a message got: it decides whom a refusal is about."""

    CONNECTION = auto()
    SENDER = auto()
    RECIPIENT = auto()
    MESSAGE = auto()


@dataclass(slots=True)
class _Connection:
    client: SMTP
    is_used: bool = False
    idle_since: float = 0.0

    def is_stale(self) -> bool:
        return not self.client.is_connected or time.monotonic() - self.idle_since > _MAX_IDLE_SECONDS


class SmtpProvider:
    """Hands emails to one SMTP server; each call of `send` that runs holds a connection of its own."""

    def __init__(
        self,
        url: SmtpUrl,
        *,
        sender: str,
        attempt_seconds: float = MAX_ATTEMPT_SECONDS,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`sender` is the envelope's; `tls` is for servers whose certificate the system does not trust."""
        self._url = url
        self._from = b"FROM:<%s>" % sender.encode("ascii")
        self._seconds = attempt_seconds
        self._tls = tls
        self._idle: list[_Connection] = []
        self._accept_time = -math.inf

    async def send(self, outbound: OutboundMessage) -> Outcome:
        """Hand over one email; a server that takes longer than `attempt_seconds` for all of it refused it for now."""
        try:
            async with asyncio.timeout(self._seconds):
                return await self._send(outbound)
        except TimeoutError:
            return Refused(f"no answer within {self._seconds:g} s", is_permanent=False)

    async def close(self) -> None:
        """Say QUIT on every connection that is not in use."""
        for connection in self._idle:
            with suppress(SMTPException, TimeoutError, OSError):
                await connection.client.quit(timeout=1.0)
        self._idle.clear()

    async def _send(self, outbound: OutboundMessage) -> Outcome:
        while True:
            connection = self._kept() or _Connection(self._client())
            was_used, stage = connection.is_used, _Stage.CONNECTION
            client = connection.client
            try:
                if not was_used:
                    await _greet(client)
                stage = _Stage.SENDER
                await _command(client, b"MAIL", self._from)
                stage = _Stage.RECIPIENT
                await _command(client, b"RCPT", b"TO:<%s>" % outbound.recipient.encode("ascii"))
                stage = _Stage.MESSAGE
                await _data(client, outbound.content)
            except (SMTPException, OSError) as error:
                if was_used and stage is _Stage.SENDER and _is_farewell(error):
                    client.close()  # it was ended while nobody used it: that says nothing about this message
                    continue
                await self._after_refusal(connection, error)
                return self._refusal(error, stage)
            except BaseException:
                client.close()  # cancelled, or timed out: nobody knows what the next answer would belong to
                raise
            self._keep(connection)
            self._accept_time = time.monotonic()
            return Accepted()

    async def _after_refusal(self, connection: _Connection, error: Exception) -> None:
        if isinstance(error, SMTPResponseException) and error.code not in (_GOING_AWAY, -1):
            with suppress(SMTPException, OSError):
                await connection.client.rset()
                self._keep(connection)
                return
        connection.client.close()

    def _refusal(self, error: Exception, stage: _Stage) -> Refused:
        if not isinstance(error, SMTPResponseException):
            return Refused(_words(error), is_permanent=False)
        takes_others = time.monotonic() - self._accept_time < _OTHERS_ACCEPTED_SECONDS
        is_permanent = 500 <= error.code < 600 and _is_about_recipient(error, stage, takes_others=takes_others)
        return Refused(f"{error.code} {error.message}", is_permanent=is_permanent)

    def _kept(self) -> _Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_stale():
                return connection
            connection.client.close()
        return None

    def _keep(self, connection: _Connection) -> None:
        connection.is_used = True
        connection.idle_since = time.monotonic()
        self._idle.append(connection)

    def _client(self) -> SMTP:
        return SMTP(
            hostname=self._url.host,
            port=self._url.port,
            username=self._url.username,
            password=self._url.password,
            use_tls=self._url.tls,
            start_tls=self._url.starttls,
            tls_context=self._tls,
            # Its own default asks the DNS for the machine's full name at each connection.
            local_hostname=socket.gethostname(),
            timeout=None,  # the limit of the whole attempt is enough; one for each answer costs as much as a command
        )


async def _greet(client: SMTP) -> None:
    await client.connect()
    if client.is_ehlo_or_helo_needed:
        await client.ehlo()


# `SMTP.mail`, `.rcpt` and `.data` would parse each address twice and pass two regular expressions over the content: 90
# of 200 µs for an email of 12 kB. Ours has its line ends already, and an address that was checked when it was stored.
async def _command(client: SMTP, *words: bytes) -> None:
    _expect(250, await client.execute_command(*words))


async def _data(client: SMTP, content: bytes) -> None:
    _expect(354, await client.execute_command(b"DATA"))
    protocol = client.protocol
    if protocol is None:
        raise SMTPServerDisconnected("Connection lost")
    protocol.write(content.replace(b"\r\n.", b"\r\n..") + b".\r\n")  # RFC 5321, 4.5.2
    _expect(250, await protocol.read_response())


def _expect(code: int, response: SMTPResponse) -> None:
    if response.code != code:
        raise SMTPResponseException(response.code, response.message)


def _is_farewell(error: Exception) -> bool:
    if isinstance(error, SMTPResponseException):
        return error.code == _GOING_AWAY
    return isinstance(error, SMTPServerDisconnected | ConnectionError)


def _is_about_recipient(error: SMTPResponseException, stage: _Stage, *, takes_others: bool) -> bool:
    if stage not in {_Stage.RECIPIENT, _Stage.MESSAGE}:
        return False
    if enhanced := _ENHANCED.match(error.message.lstrip()):
        return enhanced[0] in _ABOUT_RECIPIENT
    return stage is _Stage.RECIPIENT and error.code in _PLAIN_ABOUT_RECIPIENT and takes_others


def _words(error: Exception) -> str:
    if isinstance(error, SMTPServerDisconnected):
        return "the connection was lost"
    return f"{type(error).__name__}: {error}"
