"""notifications as a process of its own: its commands, mutual TLS, real PostgreSQL, NATS and mail server."""

import asyncio
import base64
import os
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

import pytest
import pytest_asyncio
from nacl.public import PrivateKey
from portico.notifications.v1 import requests_pb2 as rpc
from portico.notifications.v1.events_pb2 import MessageEvent
from portico.notifications.v1.stub import NotificationsStub
from sqlalchemy import bindparam

from chassis.bus import Bus
from chassis.clients import channel_credentials, open_channel
from chassis.clock import utc_now
from chassis.db import Database, statement
from chassis.dead_letters import newest_dead_letters
from chassis.secrets import Sealer
from chassis.testing import eventually
from chassis.testing.plugin import ServiceDatabase
from local_stack.certificates import Certificate, development_certificates
from local_stack.ports import Ports
from notifications.messages.storage import metadata
from notifications.shared.domain import Channel
from notifications.templates.catalogue import Catalogue
from services.notifications.tests.servers import SmsServer, SmtpServer, body, sms_server, smtp_server
from services.notifications.tests.world import message_request, publish, request_for

BOX = PrivateKey.generate()
_dead = metadata.tables["dead_letters"]
MEND = statement(_dead.update().where(_dead.c.org_id == bindparam("org_id")).values(payload=bindparam("sound")))


@dataclass(frozen=True)
class Process:
    """A running notifications: its environment, where it listens, and the servers that it sends to."""

    environment: Mapping[str, str]
    address: str
    certificates: Mapping[str, Certificate]
    smtp: SmtpServer
    sms: SmsServer


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def own_database(service_database: ServiceDatabase) -> Database:
    """A database that no other test's senders look into."""
    return await service_database("notifications", "notifications.migrations")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def process(
    own_database: Database, nats_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Process]:
    names = ["notifications", "applications", "operator"]
    certificates = development_certificates(tmp_path_factory.mktemp("notifications"), names, now=utc_now())
    ports = Ports()
    address = f"127.0.0.1:{ports.take()}"
    async with smtp_server() as smtp, sms_server() as sms:
        own = {
            "LISTEN": address,
            "IDENTITY_ADDRESS": f"127.0.0.1:{ports.take()}",
            "DATABASE_URL": own_database.url,
            "NATS_URL": nats_url,
            "TLS_CA": certificates["notifications"].authority,
            "TLS_CERT": certificates["notifications"].certificate,
            "TLS_KEY": certificates["notifications"].key,
            "HASH_KEY": _base64(b"\1" * 32),
            "SEALING_PRIVATE_KEY": _base64(bytes(BOX)),
            "PUBLIC_URL": "https://portico.example/",
            "SMTP_URL": smtp.url,
            "MAIL_FROM": "no-reply@portico.example",
            "SMS_URL": sms.url,
            "SMS_ACCOUNT": "AC1",
            "SMS_TOKEN": "hush",
            "SMS_FROM": "+12135550100",
            "SMS_REGIONS": "US",
        }
        environment = {**os.environ, **{f"PORTICO_{name}": str(value) for name, value in own.items()}}
        serving = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "notifications", "serve", env=environment, stdout=asyncio.subprocess.DEVNULL
        )
        yield Process(environment, address, certificates, smtp, sms)
        serving.terminate()
        assert 0 == await serving.wait()


async def _run(process: Process, *words: str, **settings: str) -> tuple[int, str, str]:
    """Runs a command: its exit code, and what it wrote to both outputs."""
    command = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "notifications", *words),
        env={**process.environment, **{f"PORTICO_{name}": value for name, value in settings.items()}},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await command.communicate()
    return command.returncode or 0, out.decode(), err.decode()


async def test_event_becomes_an_email(process: Process, org_id: UUID, nats_url: str) -> None:
    """NT-01: the event of another service becomes an email with the secret in it, and events tell what became of it."""
    template = Catalogue().template("FAMILY_INVITATION", Channel.EMAIL)
    secrets = {name: template.sample[name] for name in template.sealed}
    request = request_for(template, language="es", sealed_values=Sealer(bytes(BOX.public_key)).seal(secrets))
    bus = Bus(nats_url, service="applications")
    await bus.open()
    await publish(bus, org_id, message_request(request))
    await eventually(lambda: process.smtp.emails_to(request.address), timeout=60)
    [email] = process.smtp.emails_to(request.address)
    assert secrets["link"] in body(email, "plain")
    subscription = await (await bus.jetstream()).pull_subscribe(
        f"portico.{org_id}.notifications.message.*", stream="NOTIFICATIONS"
    )
    told = [MessageEvent.FromString((await subscription.fetch(1, timeout=30))[0].data) for _ in range(2)]
    assert [("queued", request.reference), ("sent", request.reference)] == [
        (event.WhichOneof("event"), event.reference) for event in told
    ]
    await bus.close()


async def test_service_asks_for_an_sms(process: Process, org_id: UUID) -> None:
    """NT-01: a service with its certificate asks by RPC, and the SMS goes out."""
    template = Catalogue().template("PASSWORD_CHANGED", Channel.SMS)
    request = request_for(template)
    files = process.certificates["applications"]
    credentials = channel_credentials(ca=files.authority, cert=files.certificate, key=files.key)
    async with open_channel(process.address, server="notifications", credentials=credentials) as channel:
        asked = rpc.SendMessageRequest(org_id=str(org_id), message=message_request(request))
        message = await NotificationsStub(channel).SendMessage(asked, timeout=60, wait_for_ready=True)
    assert request.address == message.recipient.address
    [text] = await eventually(lambda: process.sms.texts_to(request.address))
    assert "Maple County Childcare: your password was changed" in text


async def test_commands_look_at_dead_messages(process: Process, org_id: UUID) -> None:
    """NT-06: operators list dead messages and put one back by command; one that does not exist is named."""
    assert (0, "") == (await _run(process, "dead-messages"))[:2]
    code, _, error = await _run(process, "redrive-message", str(org_id), str(org_id))
    assert 1 == code
    assert "DEAD_LETTER_NOT_FOUND" in error


async def test_commands_put_a_dead_event_back(
    process: Process, own_database: Database, org_id: UUID, nats_url: str
) -> None:
    """NT-06: operators list dead events and handle one once more by command; then it is gone, and has its effect."""
    sound = request_for(Catalogue().template("PASSWORD_CHANGED", Channel.EMAIL))
    bus = Bus(nats_url, service="applications")
    await bus.open()
    await publish(bus, org_id, message_request(replace(sound, values={})))
    await bus.close()
    [letter] = await eventually(lambda: newest_dead_letters(own_database), timeout=60)
    _, printed, _ = await _run(process, "dead-letters")
    assert [(str(letter.id), True)] == [
        (line.split()[2], "TEMPLATE_VALUES_INVALID" in line) for line in printed.splitlines()
    ]
    await own_database.run(MEND, org_id=org_id, sound=message_request(sound).SerializeToString())
    assert 0 == (await _run(process, "redrive", str(letter.id)))[0]
    assert [] == await newest_dead_letters(own_database)
    await eventually(lambda: process.smtp.emails_to(sound.address))


async def test_preview_shows_a_template(process: Process) -> None:
    """NT-02: a template is previewed with its sample, without sending anything."""
    code, printed, _ = await _run(process, "preview", "RESET_PASSWORD", "es", "--sms")
    assert (0, "Maple County Childcare: 482-913 es su codigo para elegir otra contraseña.") == (code, printed[:73])
    code, printed, _ = await _run(process, "preview", "FAMILY_INVITATION")
    assert (0, True) == (code, "Subject: Maple County Childcare: see your application online" in printed)


@pytest.mark.parametrize(
    ("name", "value"), [("SMTP_URL", "http://mail.example"), ("MAIL_FROM", "nobody"), ("SEALING_PRIVATE_KEY", "short")]
)
async def test_wrong_setting_ends_the_start(process: Process, name: str, value: str) -> None:
    """OP-03: a wrong setting is named, its value is not shown, and the process ends with 78."""
    code, _, error = await _run(process, "serve", **{name: value})
    assert (78, True, False) == (code, f"PORTICO_{name}" in error, value in error)


async def test_settings_are_documented(process: Process) -> None:
    """OP-03: the settings are printed as a table, each with its meaning."""
    code, printed, _ = await _run(process, "settings")
    assert 0 == code
    assert [] == [line for line in printed.splitlines() if "| None |" in line]
    assert "`PORTICO_SMTP_URL`" in printed
