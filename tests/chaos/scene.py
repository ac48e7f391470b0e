"""What the faults happen to: a stack whose emails and SMS end in this process, and two organizations in it."""

import asyncio
import dataclasses
import ssl
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import nats
import psycopg
from nats.aio.client import Client
from psycopg.rows import TupleRow

from chassis.testing.eventually import eventually
from local_stack.external import External
from local_stack.health import serving
from local_stack.ports import LOOPBACK, Ports, is_listening
from local_stack.processes import Child, StartFailed
from local_stack.sms import SmsAccount
from local_stack.stack import INFRASTRUCTURE, Stack
from local_stack.topology import GATEWAY
from services.notifications.tests.servers import SmsServer, SmtpServer, sms_server, smtp_server
from tests.e2e.agencies import founded
from tests.e2e.people import Agency

_READS = {
    "identity": (),
    "applications": ("IDENTITY", "NOTIFICATIONS"),
    "notifications": ("IDENTITY", "APPLICATIONS", "CASEMANAGER"),
    "casemanager": ("IDENTITY", "NOTIFICATIONS"),
}
_CHILDREN_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Scene:
    """The stack, where its messages end, and the organizations. What blocks is done by a thread: the servers answer."""

    stack: Stack
    smtp: SmtpServer
    sms: SmsServer
    agencies: tuple[Agency, ...]

    async def kill(self, *parts: str) -> None:
        """SIGKILL, all at once."""
        for part in parts:
            await asyncio.to_thread(self.stack.kill, part)

    async def start(self, *parts: str) -> None:
        """Returns when they are ready."""
        await asyncio.gather(*(asyncio.to_thread(self._start, part) for part in parts))

    async def appear(self, part: str) -> None:
        """Start a part and return when it listens, which is long before it is ready when its neighbours are away."""
        if part in INFRASTRUCTURE:
            await self.start(part)
            return
        self.stack.parts[part].spawn()
        address = self.stack.around.addresses.get(part, self.stack.gateway)
        await eventually(lambda: is_listening(int(address.rpartition(":")[2])), timeout=30)

    def _start(self, part: str) -> None:
        end = time.monotonic() + _CHILDREN_SECONDS
        while True:
            try:
                return self.stack.start(part)
            except StartFailed as failure:
                # PostgreSQL's children see that it was killed, and until the last one is gone it does not start.
                if "still in use" not in str(failure) or time.monotonic() > end:
                    raise

    async def restart(self, part: str) -> None:
        """In good order."""
        await asyncio.to_thread(self.stack.restart, part)

    def is_ready(self) -> bool:
        """Whether the gateway says so of every service."""
        return httpx.get(f"{self.stack.gateway}/readyz", trust_env=False).status_code == 200

    def rows(self, service: str, query: str, *parameters: object) -> list[TupleRow]:
        """What a service's database says."""
        with psycopg.connect(self.stack.owner_url(service), autocommit=True) as database:
            return database.execute(query, parameters or None).fetchall()

    def run(self, service: str, statement: str, *parameters: object) -> int:
        """Changes what a service has stored, as time or a fault would; returns how many rows."""
        with psycopg.connect(self.stack.owner_url(service), autocommit=True) as database:
            return database.execute(statement, parameters or None).rowcount

    def superuser(self, service: str) -> psycopg.Connection[TupleRow]:
        """Somebody who may end the connections of others."""
        admin = self.stack.around.postgres.admin
        return psycopg.connect(str(dataclasses.replace(admin, database=service)), autocommit=True)

    @asynccontextmanager
    async def nats(self, service: str) -> AsyncIterator[Client]:
        """The broker, as a service's user."""
        around = self.stack.around
        tls = ssl.create_default_context(cafile=around.certificates[service].authority)
        prefix = f"_INBOX_{service}".encode()
        client = await nats.connect(around.nats_urls[service], tls=tls, inbox_prefix=prefix)
        yield client
        await client.close()

    async def start_again(self, service: str) -> None:
        """Start what was killed; what it had in hand is free at once, and not after half a minute or two."""
        if service == "notifications":
            # Not later: this would take from the new process what it has in hand itself.
            await eventually(lambda: not self._connections(service))
            self.run(service, "UPDATE messages SET due_time = now() WHERE due_time IS NOT NULL")
        await self.start(service)
        await self.hurry(service)

    async def hurry(self, service: str) -> None:
        """The events that a dead process had in hand come again after a second, until a start of the service."""
        async with self.nats(service) as client:
            for stream in _READS[service]:
                durable = await client.jetstream().consumer_info(stream, service)
                await client.jetstream().add_consumer(stream, durable.config.evolve(ack_wait=1.0))

    def _connections(self, service: str) -> list[TupleRow]:
        with self.superuser(service) as database:
            return database.execute("SELECT FROM pg_stat_activity WHERE usename = %s", [service]).fetchall()

    def let_retries_be_due(self) -> None:
        """What a provider refused for now is tried again now, and not after the seconds to hours that it would wait."""
        self.run("notifications", "UPDATE messages SET due_time = now() WHERE state = 5 AND due_time > now()")

    @contextmanager
    def second(self, service: str) -> Iterator[Child]:
        """One more process of a service, which the gateway does not know."""
        around, ports = self.stack.around, Ports()
        address = f"{LOOPBACK}:{ports.take()}"
        program = dataclasses.replace(
            self.stack.parts[service].program,
            name=f"{service}-second",
            environment={**around.environment(service), "PORTICO_LISTEN": address},
            is_ready=serving(address, service=service, client=around.certificates[GATEWAY]),
        )
        child = Child(program)
        child.start()
        try:
            yield child
        finally:
            child.stop()

    @asynccontextmanager
    async def changed(self, service: str, **changes: Any) -> AsyncIterator[None]:
        """The service runs by another clock or with shorter times, as `tests.chaos.served` takes them; then as before.

        It is killed before and after.
        """
        child = self.stack.parts[service]
        usual = child.program
        options = [f"--{name}={value}" for name, value in changes.items()]
        command = [sys.executable, "-m", "tests.chaos.served", service, *options]
        environment = {**usual.environment, "PYTHONPATH": str(Path(__file__).parents[2])}
        await self.kill(service)
        child.program = dataclasses.replace(usual, command=command, environment=environment)
        await self.start(service)
        await eventually(self.is_ready)
        try:
            yield
        finally:
            await self.kill(service)
            child.program = usual
            await self.start(service)
            await eventually(self.is_ready)


@asynccontextmanager
async def opened(data: Path) -> AsyncIterator[Scene]:
    """The stage with everything on it."""
    async with smtp_server() as smtp, sms_server() as sms:
        external = External(smtp_url=smtp.url, sms=SmsAccount(url=sms.url, account="chaos", token="chaos"))
        stack = Stack(data, external=external)
        await asyncio.to_thread(stack.__enter__)
        try:
            agencies = [await asyncio.to_thread(founded, stack) for _ in range(2)]
            yield Scene(stack, smtp, sms, tuple(agencies))
        finally:
            await asyncio.to_thread(stack.__exit__, None, None, None)
