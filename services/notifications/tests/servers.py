"""Real servers on loopback that take what notifications sends, and answer as a test tells them."""

import asyncio
import json
import ssl
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any
from urllib.parse import parse_qs

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

Reply = str | bytes
CUT = "cut"
"""In place of a reply: the connection is cut."""


def parsed(content: bytes) -> EmailMessage:
    """An email as a mail program sees it; nothing in it may be out of order."""
    message = message_from_bytes(content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert [] == [defect for part in message.walk() for defect in part.defects]
    return message


def body(message: EmailMessage, subtype: str) -> str:
    """The plain or HTML body, decoded."""
    part = message.get_body((subtype,))
    assert part is not None
    return str(part.get_content())


@dataclass
class SmtpServer:
    """A real SMTP server; replies are told by recipient, in the order in which they are given."""

    port: int = 0
    received: list[tuple[str, bytes]] = field(default_factory=list)
    connections: int = 0
    logins: list[bytes] = field(default_factory=list)
    on_mail: deque[str] = field(default_factory=deque)
    on_rcpt: dict[str, deque[str]] = field(default_factory=lambda: defaultdict(deque))
    on_data: dict[str, deque[str]] = field(default_factory=lambda: defaultdict(deque))
    _answers: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def __post_init__(self) -> None:
        self._answers.set()

    def hold(self) -> None:
        """Let whoever hands over a message wait for the answer."""
        self._answers.clear()

    def let_go(self) -> None:
        """Answer again."""
        self._answers.set()

    def emails_to(self, recipient: str) -> list[EmailMessage]:
        """What was accepted for a recipient."""
        return [parsed(content) for to, content in self.received if to == recipient]

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> Reply:
        if self.on_mail:
            return _reply(server, self.on_mail.popleft())
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> Reply:
        if self.on_rcpt[address]:
            return _reply(server, self.on_rcpt[address].popleft())
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> Reply:
        [recipient] = envelope.rcpt_tos
        assert isinstance(envelope.content, bytes)
        if self.on_data[recipient]:
            reply = self.on_data[recipient].popleft()
            if reply == CUT:  # it has the message, and nobody hears that
                self.received.append((recipient, envelope.content))
            return _reply(server, reply)
        self.received.append((recipient, envelope.content))
        await self._answers.wait()
        return "250 OK"

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append(data.login)
        return AuthResult(success=data.password == b"right", handled=False)


def _reply(server: SMTP, reply: str) -> Reply:
    if reply == CUT:
        assert isinstance(server.transport, asyncio.Transport)
        server.transport.abort()
    return reply if reply.isascii() else reply.encode("latin-1")  # as old servers do


@asynccontextmanager
async def smtp_server(
    *, starttls: ssl.SSLContext | None = None, tls: ssl.SSLContext | None = None, login: bool = False
) -> AsyncIterator[SmtpServer]:
    """A server on a free port; with STARTTLS, with TLS from the first byte, asking for a login."""
    sink = SmtpServer()
    sessions: list[SMTP] = []

    def session() -> SMTP:
        sink.connections += 1
        made = SMTP(
            sink,
            hostname="sink",
            tls_context=starttls,
            authenticator=sink.authenticate if login else None,
            auth_required=login,
            auth_require_tls=starttls is not None,
            loop=asyncio.get_running_loop(),
        )
        sessions.append(made)
        return made

    server = await asyncio.get_running_loop().create_server(session, "127.0.0.1", 0, ssl=tls)
    sink.port = server.sockets[0].getsockname()[1]
    yield sink
    server.close()
    for made in sessions:
        if isinstance(made.transport, asyncio.Transport):
            made.transport.abort()
        if made._handler_coroutine is not None:
            made._handler_coroutine.cancel()
    await asyncio.gather(
        *(made._handler_coroutine for made in sessions if made._handler_coroutine), return_exceptions=True
    )


@asynccontextmanager
async def dripping_server() -> AsyncIterator[int]:
    """A server that answers, a byte now and then, and never comes to an end; yields its port."""

    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"2")
            await asyncio.sleep(0.02)

    async with _serving(drip) as port:
        yield port


@asynccontextmanager
async def _serving(
    answer: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[int]:
    """A server on a free port; every connection is really closed at the end."""
    tasks: list[asyncio.Task[None]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await answer(reader, writer)
        finally:
            writer.transport.abort()
            with suppress(ConnectionError):
                await writer.wait_closed()

    def start(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.append(asyncio.create_task(serve(reader, writer)))

    server = await asyncio.start_server(start, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@dataclass(frozen=True)
class SmsReply:
    """What the provider's API answers."""

    status: int = 201
    body: Mapping[str, Any] = field(default_factory=lambda: {"sid": "SM1", "status": "queued", "error_code": None})
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SmsRequest:
    """What the provider's API was asked."""

    path: str
    headers: Mapping[str, str]
    form: Mapping[str, str]


@dataclass
class SmsServer:
    """An HTTP server that speaks the messages API of Twilio; replies are given in their order, then all is well."""

    url: str = ""
    requests: list[SmsRequest] = field(default_factory=list)
    taken: list[SmsRequest] = field(default_factory=list)
    replies: deque[SmsReply] = field(default_factory=deque)

    def texts_to(self, number: str) -> list[str]:
        """What was taken for a number."""
        return [request.form["Body"] for request in self.taken if request.form["To"] == number]

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await _until(reader, b"\r\n\r\n"):
            first, *lines = head.decode().rstrip().split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
            form = parse_qs((await reader.readexactly(int(headers["content-length"]))).decode())
            request = SmsRequest(first.split()[1], headers, {name: values[0] for name, values in form.items()})
            self.requests.append(request)
            reply = self.replies.popleft() if self.replies else SmsReply()
            if reply.status < 300:
                self.taken.append(request)
            content = json.dumps(reply.body).encode()
            answer = {"content-type": "application/json", "content-length": str(len(content)), **reply.headers}
            writer.write(f"HTTP/1.1 {reply.status} Words\r\n".encode())
            writer.write("".join(f"{name}: {value}\r\n" for name, value in answer.items()).encode() + b"\r\n" + content)


async def _until(reader: asyncio.StreamReader, separator: bytes) -> bytes:
    try:
        return await reader.readuntil(separator)
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""


@asynccontextmanager
async def sms_server() -> AsyncIterator[SmsServer]:
    """The API on a free port."""
    sink = SmsServer()
    async with _serving(sink.answer) as port:
        sink.url = f"http://127.0.0.1:{port}"
        yield sink
