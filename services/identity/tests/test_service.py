"""identity as a process of its own: its command, mutual TLS, a real PostgreSQL and a real NATS."""

import asyncio
import base64
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import grpc
import nats
import pytest
import pytest_asyncio
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub
from nacl.public import PrivateKey
from portico.identity.v1 import accounts_pb2, sessions_pb2
from portico.identity.v1.events_pb2 import OrganizationEvent
from portico.identity.v1.stub import IdentityStub
from portico.options.v1 import options_pb2

from chassis.clients import channel_credentials, open_channel
from chassis.clock import utc_now
from chassis.db import Database
from chassis.errors import Unauthenticated, Unavailable
from chassis.ids import new_id
from chassis.testing import eventually
from local_stack.certificates import Certificate, development_certificates
from local_stack.ports import Ports
from local_stack.secrets import DevelopmentSecrets
from services.identity.tests.world import GOOD

ARGUMENTS = {
    "--slug": "sunset-care",
    "--name": "Sunset Care",
    "--country": "US",
    "--time-zone": "America/Chicago",
    "--languages": "en,es",
    "--admin-username": "boss@sunset.example",
    "--admin-name": "Boss",
}


@dataclass(frozen=True)
class Process:
    """A running identity: the environment that it was started with, and where it listens."""

    pid: int
    log: Path
    environment: Mapping[str, str]
    address: str
    certificates: Mapping[str, Certificate]

    def channel(self) -> grpc.aio.Channel:
        """A channel to it with the gateway's certificate."""
        certificate = self.certificates["gateway"]
        credentials = channel_credentials(ca=certificate.authority, cert=certificate.certificate, key=certificate.key)
        return open_channel(self.address, server="identity", credentials=credentials)

    async def is_serving(self) -> bool:
        """Whether it says that it is ready."""
        async with self.channel() as channel:
            try:
                answer: HealthCheckResponse = await HealthStub(channel).Check(HealthCheckRequest())  # type: ignore[attr-defined]  # missing in the stubs
            except Unavailable:
                return False
            return bool(answer.status == HealthCheckResponse.SERVING)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def process(
    database: Database, nats_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Process]:
    folder = tmp_path_factory.mktemp("identity")
    certificates = development_certificates(folder, ["identity", "gateway"], now=utc_now())
    address = f"127.0.0.1:{Ports().take()}"
    own = {
        "LISTEN": address,
        "IDENTITY_ADDRESS": address,
        "APPLICATIONS_ADDRESS": address,  # where nobody speaks for applications: nothing here asks it
        "DATABASE_URL": database.url,
        "NATS_URL": nats_url,
        "TLS_CA": certificates["identity"].authority,
        "TLS_CERT": certificates["identity"].certificate,
        "TLS_KEY": certificates["identity"].key,
        "HASH_KEY": _base64(b"\1" * 32),
        "SEALING_PUBLIC_KEY": _base64(bytes(PrivateKey.generate().public_key)),
        "SIGNING_KEYS": DevelopmentSecrets(folder).signing_keys(),
        "PUBLIC_URL": "https://portico.example",
    }
    environment = {**os.environ, **{f"PORTICO_{name}": str(value) for name, value in own.items()}}
    log = folder / "identity.log"
    with log.open("wb") as written:
        serving = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "identity", "serve"), env=environment, stdout=written, stderr=written
        )
    running = Process(pid=serving.pid, log=log, environment=environment, address=address, certificates=certificates)
    serves: bool = await eventually(running.is_serving, timeout=60)
    assert serves
    yield running
    serving.terminate()
    assert 0 == await serving.wait()


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()


async def _create(
    process: Process, password: str = GOOD, environment: Mapping[str, str] | None = None, **changes: Any
) -> tuple[int, str, str]:
    """Runs `create-organization`: its exit code, and what it wrote to both outputs."""
    arguments = {**ARGUMENTS, **{f"--{name.replace('_', '-')}": value for name, value in changes.items()}}
    words = [word for pair in arguments.items() for word in pair]
    return await _run("create-organization", *words, environment=environment or process.environment, typed=password)


async def _run(*words: str, environment: Mapping[str, str], typed: str = "") -> tuple[int, str, str]:
    """Runs a command: its exit code, and what it wrote to both outputs."""
    command = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "identity", *words),
        env=environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await command.communicate(f"{typed}\n".encode())
    return command.returncode or 0, out.decode(), err.decode()


async def test_command_sets_what_an_organization_shows(process: Process) -> None:
    """CASE-U6, CASE-U4: the command changes what is said, removes what is empty, and names what is wrong."""
    slug = f"org-{new_id().hex}"
    await _create(process, slug=slug)
    command = ("set-organization", "--slug", slug)
    first = await _run(*command, "--phone", "312-555-0142", "--color", "#FFE100", environment=process.environment)
    second = await _run(
        *(*command, "--send-rate", "600", "--phone", "", "--hours", "8 am to 5 pm", "--no-listed"),
        environment=process.environment,
    )
    assert (0, "phone: +13125550142", "color: #ffe100") == (first[0], *(first[1].splitlines()[line] for line in (1, 5)))
    lines = ["name: Sunset Care", "phone: ", "email: ", "hours: 8 am to 5 pm", "web_page: ", "color: #ffe100"]
    lines += ["send_rate_per_minute: 600", "listed: False"]
    assert "listed: True" == first[1].splitlines()[-1]
    assert (0, lines) == (second[0], second[1].splitlines())
    code, _, wrong = await _run(*command, "--web-page", "http://a.org", environment=process.environment)
    assert (1, True) == (code, "organization.web_page: must be an address that begins with https://" in wrong)
    code, _, wrong = await _run("set-organization", "--slug", "family", "--name", "x", environment=process.environment)
    assert (1, True) == (code, wrong.startswith("ORGANIZATION_NOT_FOUND"))


async def test_command_creates_an_organization(process: Process, nats_url: str) -> None:
    """ID-01: the command makes an organization, once; its administrator signs in, and the service publishes it."""
    code, printed, _ = await _create(process)
    assert (0, printed) == (code, (await _create(process, ""))[1])
    async with process.channel() as channel:
        request = sessions_pb2.LoginRequest(realm="sunset-care", username="boss@sunset.example", password=GOOD)
        account = (await IdentityStub(channel).Login(request)).tokens.account
    assert ("sunset-care", options_pb2.STAFF_ADMIN) == (account.realm, account.role)
    client = await nats.connect(nats_url)
    subject = f"portico.{UUID(printed.strip())}.identity.organization.created"
    subscription = await client.jetstream().pull_subscribe(subject, stream="IDENTITY")
    (message,) = await subscription.fetch(1, timeout=10)
    await client.close()
    assert "Sunset Care" == OrganizationEvent.FromString(message.data).created.organization.name


async def test_command_says_what_is_wrong(process: Process) -> None:
    """ID-01: other words under a slug, wrong words and a guessable password are refused, and the field is named."""
    await _create(process)
    cases: list[tuple[dict[str, Any], str]] = [
        ({"name": "Another"}, "created with other words"),
        ({"slug": "new-one", "country": "Mars"}, "country"),
        ({"slug": "new-one", "password": "sunset care"}, "admin_password"),
    ]
    for changes, words in cases:
        code, printed, error = await _create(process, **changes)
        assert (1, "") == (code, printed)
        assert words in error


async def test_wrong_signing_keys_end_the_start(process: Process, tmp_path: Path) -> None:
    """OP-03: a file without signing keys is named, and the process ends with 78."""
    path = tmp_path / "keys.json"
    path.write_text("{}")
    environment = {**process.environment, "PORTICO_SIGNING_KEYS": str(path)}
    code, _, error = await _create(process, environment=environment)
    assert 78 == code
    assert "PORTICO_SIGNING_KEYS" in error


def test_effective_signing_keys_are_shown_as_their_file(process: Process) -> None:
    """OP-03: the log of the start names the file of the signing keys, and nothing of what is in it."""
    told = process.log.read_text(encoding="utf-8")
    path = process.environment["PORTICO_SIGNING_KEYS"]
    assert f'"signing_keys": "{path}"' in told
    assert json.loads(Path(path).read_text(encoding="utf-8"))["keys"][0]["d"] not in told


async def test_revocation_bites_within_a_second(process: Process) -> None:
    """ID-06: within a second after a person signed out, the access token of that session is refused."""
    await _create(process)
    async with process.channel() as channel:
        identity = IdentityStub(channel)
        request = sessions_pb2.LoginRequest(realm="sunset-care", username="boss@sunset.example", password=GOOD)
        bearer = (("authorization", f"Bearer {(await identity.Login(request)).tokens.access_token}"),)
        await identity.GetMyAccount(accounts_pb2.GetMyAccountRequest(), metadata=bearer)
        await identity.Logout(sessions_pb2.LogoutRequest(), metadata=bearer)

        async def is_refused() -> bool:
            try:
                await identity.GetMyAccount(accounts_pb2.GetMyAccountRequest(), metadata=bearer)
            except Unauthenticated as refused:
                return refused.reason == "SESSION_REVOKED"
            return False

        refused_in_time: bool = await eventually(is_refused, timeout=1)
        assert refused_in_time


def _children(process: Process) -> list[int]:
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    return [int(pid) for pid in children.read_text(encoding="ascii").split()]


async def test_passwords_are_hashed_again_under_load(process: Process) -> None:
    """ID-04: the process of the passwords is started also in the midst of calls, as often as it is killed."""
    await _create(process)
    async with process.channel() as channel:
        identity = IdentityStub(channel)

        async def ask_for_ever() -> None:
            while True:
                await identity.GetJsonWebKeySet(sessions_pb2.GetJsonWebKeySetRequest())

        async def is_gone() -> bool:
            return not _children(process)

        asking = [asyncio.create_task(ask_for_ever()) for _ in range(8)]
        for _ in range(5):
            request = sessions_pb2.LoginRequest(realm="sunset-care", username="boss@sunset.example", password=GOOD)
            assert (await identity.Login(request)).tokens.access_token
            (hashing,) = _children(process)
            os.kill(hashing, signal.SIGKILL)
            await eventually(is_gone)
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
    # gRPC says so when it does anything in a fork; at times it aborts there.
    assert "fork" not in process.log.read_text(encoding="utf-8")
