import asyncio
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from chassis.ids import new_id
from local_stack.certificates import development_certificates
from notifications.providers.domain import Accepted, OutboundMessage, Refused
from notifications.providers.smtp import SmtpProvider, SmtpUrl
from services.notifications.tests.servers import CUT, SmtpServer, dripping_server, smtp_server
from services.notifications.tests.world import SENDER

CONTENT = b"From: a\r\nSubject: b\r\n\r\n.dot\r\n..\r\nend\r\n"
ANA = "ana@example.org"


def _outbound(recipient: str = ANA) -> OutboundMessage:
    return OutboundMessage(new_id(), recipient, CONTENT)


@pytest.fixture
async def provider(smtp: SmtpServer) -> AsyncIterator[SmtpProvider]:
    provider = SmtpProvider(SmtpUrl.parse(smtp.url), sender=SENDER, attempt_seconds=5)
    yield provider
    await provider.close()


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The contexts of a server named localhost, and of a client that trusts it."""
    files = development_certificates(tmp_path_factory.mktemp("tls"), ["localhost"], now=datetime.now(UTC))["localhost"]
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(files.certificate, files.key)
    return server, ssl.create_default_context(cafile=files.authority)


async def test_email_arrives_as_it_is(smtp: SmtpServer, provider: SmtpProvider) -> None:
    """NT-04: an email arrives byte for byte, dots at the start of lines included."""
    assert Accepted() == await provider.send(_outbound())
    assert [(ANA, CONTENT)] == smtp.received


async def test_connections_are_kept_open(smtp: SmtpServer, provider: SmtpProvider) -> None:
    """NT-04: as many connections are opened as emails are sent at once, and they serve the next ones."""
    for _ in range(3):
        assert [Accepted()] * 4 == await asyncio.gather(*(provider.send(_outbound()) for _ in range(4)))
    assert 4 == smtp.connections


@pytest.mark.parametrize(
    ("reply", "is_permanent"),
    [
        ("421 4.3.2 closing", False),
        ("450 4.2.1 mailbox busy", False),
        ("452 4.2.2 mailbox full", False),
        ("550 5.1.1 no such user", True),
        *((f"550 {code} no such user", True) for code in ("5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1")),
        *((f"55{last} {code} not you", False) for last in (0, 4) for code in ("5.1.7", "5.1.8", "5.7.26", "5.7.60")),
        ("550 5.1.11 whatever that is", False),
        ("552 5.2.2 over quota", False),
        ("554 5.7.1 your address is blocked", False),
        ("550 5.4.5 quota of the day", False),
        ("554 relay access denied", False),
        ("530 5.7.0 authenticate first", False),
        ("503 5.5.1 bad sequence", False),
    ],
)
@pytest.mark.parametrize("stage", ["on_rcpt", "on_data"])
async def test_answer_decides_about_a_retry(
    smtp: SmtpServer, provider: SmtpProvider, stage: str, reply: str, is_permanent: bool
) -> None:
    """NT-06, CASE-M5: only what is about the recipient is final; the rest is tried again, the next email goes on."""
    getattr(smtp, stage)[ANA].append(reply)
    assert Refused(reply, is_permanent=is_permanent) == await provider.send(_outbound())
    assert Accepted() == await provider.send(_outbound())
    assert 1 == len(smtp.received)


@pytest.mark.parametrize(("reply", "is_final"), [("550 no such user", True), ("554 no", False), ("551 moved", True)])
async def test_plain_refusal_counts_while_others_are_accepted(
    smtp: SmtpServer, provider: SmtpProvider, reply: str, is_final: bool
) -> None:
    """CASE-M5: a server that gives no enhanced code may refuse everybody; once it takes others, it means this one."""
    smtp.on_rcpt[ANA] += [reply, reply]
    assert Refused(reply, is_permanent=False) == await provider.send(_outbound())
    assert Refused(reply, is_permanent=False) == await provider.send(_outbound())
    assert Accepted() == await provider.send(_outbound())
    smtp.on_rcpt[ANA].append(reply)
    smtp.on_data[ANA].append(reply)
    assert Refused(reply, is_permanent=is_final) == await provider.send(_outbound())
    assert Refused(reply, is_permanent=False) == await provider.send(_outbound())


async def test_refused_sender_is_nobodys_failure(smtp: SmtpServer, provider: SmtpProvider) -> None:
    """NT-06: when the server does not like our own address, no message is given up for that."""
    smtp.on_mail.append("550 5.7.1 sender not allowed")
    assert Refused("550 5.7.1 sender not allowed", is_permanent=False) == await provider.send(_outbound())


async def test_cut_after_the_content_is_tried_again(smtp: SmtpServer, provider: SmtpProvider) -> None:
    """NT-06: when the connection is cut before the answer to the content, nobody knows: it is tried again."""
    smtp.on_data[ANA].append(CUT)
    assert Refused("the connection was lost", is_permanent=False) == await provider.send(_outbound())
    assert Accepted() == await provider.send(_outbound())


@pytest.mark.parametrize("farewell", ["421 4.4.2 idle for too long", CUT])
async def test_ended_idle_connection_is_replaced(smtp: SmtpServer, provider: SmtpProvider, farewell: str) -> None:
    """NT-04: a connection that the server ended while it was idle costs the next email nothing."""
    assert Accepted() == await provider.send(_outbound())
    smtp.on_mail.append(farewell)
    assert Accepted() == await provider.send(_outbound())
    assert (2, 2) == (smtp.connections, len(smtp.received))


async def test_absent_server_is_temporary() -> None:
    """NT-06: a server that is not there says nothing about the message."""
    provider = SmtpProvider(SmtpUrl.parse("smtp://127.0.0.1:1"), sender=SENDER)
    outcome = await provider.send(_outbound())
    assert isinstance(outcome, Refused)
    assert not outcome.is_permanent


async def test_dripping_server_is_given_up() -> None:
    """NT-04: a server that answers a byte at a time is left after the time of one attempt."""
    async with dripping_server() as port:
        provider = SmtpProvider(SmtpUrl.parse(f"smtp://127.0.0.1:{port}"), sender=SENDER, attempt_seconds=0.2)
        assert Refused("no answer within 0.2 s", is_permanent=False) == await provider.send(_outbound())


async def test_login_and_starttls(tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    """NT-04: the URL asks for STARTTLS and gives the login, percent-encoded."""
    server, client = tls
    async with smtp_server(starttls=server, login=True) as smtp:
        url = SmtpUrl.parse(f"smtp+starttls://user%40x:right@localhost:{smtp.port}")
        provider = SmtpProvider(url, sender=SENDER, tls=client)
        assert Accepted() == await provider.send(_outbound())
        assert [b"user@x"] == smtp.logins
        await provider.close()


async def test_wrong_password_is_nobodys_failure(tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    """NT-06: a refused login says nothing about the message."""
    server, client = tls
    async with smtp_server(starttls=server, login=True) as smtp:
        url = SmtpUrl.parse(f"smtp+starttls://user:wrong@localhost:{smtp.port}")
        outcome = await SmtpProvider(url, sender=SENDER, tls=client).send(_outbound())
        assert isinstance(outcome, Refused)
        assert ("535", False) == (outcome.reason[:3], outcome.is_permanent)


async def test_tls_from_the_first_byte(tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    """NT-04: `smtps` speaks TLS from the first byte."""
    server, client = tls
    async with smtp_server(tls=server) as smtp:
        provider = SmtpProvider(SmtpUrl.parse(f"smtps://localhost:{smtp.port}"), sender=SENDER, tls=client)
        assert Accepted() == await provider.send(_outbound())
        await provider.close()


async def test_stripped_tls_sends_nothing(smtp: SmtpServer) -> None:
    """NT-04: where the URL demands STARTTLS and the server does not offer it, nothing is sent in the clear."""
    url = SmtpUrl.parse(f"smtp+starttls://user:right@127.0.0.1:{smtp.port}")
    outcome = await SmtpProvider(url, sender=SENDER).send(_outbound())
    assert isinstance(outcome, Refused)
    assert (False, [], []) == (outcome.is_permanent, smtp.received, smtp.logins)


async def test_untrusted_certificate_sends_nothing(tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    """NT-04: a server whose certificate nobody trusts gets nothing."""
    async with smtp_server(starttls=tls[0]) as smtp:
        url = SmtpUrl.parse(f"smtp+starttls://localhost:{smtp.port}")
        outcome = await SmtpProvider(url, sender=SENDER).send(_outbound())
        assert isinstance(outcome, Refused)
        assert (False, []) == (outcome.is_permanent, smtp.received)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example", SmtpUrl("mail.example", 25, starttls=False, tls=False)),
        ("smtp+starttls://mail.example", SmtpUrl("mail.example", 587, starttls=True, tls=False)),
        (
            "smtps://u%3A:p%2F@mail.example:99",
            SmtpUrl("mail.example", 99, starttls=False, tls=True, username="u:", password="p/"),
        ),
    ],
)
def test_url_is_read(url: str, expected: SmtpUrl) -> None:
    """NT-04: one URL says where the server is, how TLS is used, and the login."""
    assert expected == SmtpUrl.parse(url)


@pytest.mark.parametrize("url", ["http://mail.example", "smtp://", "mail.example:25"])
def test_wrong_url_is_refused(url: str) -> None:
    """NT-04: a URL of another kind stops the start."""
    with pytest.raises(ValueError, match=r"not like smtp\+starttls://"):
        SmtpUrl.parse(url)


def test_password_is_not_shown() -> None:
    """NT-04: the password of the login does not stand in what is printed."""
    assert "hush" not in repr(SmtpUrl.parse("smtps://user:hush@mail.example"))


@pytest.mark.parametrize(
    "url",
    [
        "http://mail.example",
        "smtp://",
        "smtp://user:se/cret@mail.example",
        "smtp://user:se\u2100cret@mail.example",
        "smtp://[se",
    ],
)
def test_wrong_address_is_refused_without_its_words(url: str) -> None:
    """OP-03: an address that cannot be read is refused with an example, and no word of it is told."""
    with pytest.raises(ValueError, match=r"^not like smtp\+starttls://user:password@host:587$"):
        SmtpUrl.parse(url)
