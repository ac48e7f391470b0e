"""Where a measurement takes place: a folder, and everything that is put up in it and taken down at its end."""

import os
import tempfile
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import jwt

from chassis.call import Role
from chassis.ids import new_id
from chassis.testing.database import DatabaseUrls, migrated_copy
from chassis.testing.grpc import KEY_ID, TestPeople
from local_stack.certificates import Certificate, development_certificates
from local_stack.external import External
from local_stack.postgres import Postgres, start_postgres
from local_stack.stack import Stack
from local_stack.topology import GATEWAY, SERVICES
from tests.load.workers import Worker, worker

*_OTHERS, _LAST = sorted(os.sched_getaffinity(0))
_TOKEN_LIFE = timedelta(hours=12)  # longer than any measurement


@dataclass(frozen=True, slots=True)
class Site:
    """What a measurement may ask for; all of it ends with the site."""

    folder: Path
    parts: AsyncExitStack
    people: TestPeople
    certificates: dict[str, Certificate]
    share: float = 1.0
    """How much of its rows a measurement works on: less than all of them in a try."""

    def rows(self, count: int) -> int:
        """So many rows, or this site's share of them."""
        return max(1, round(count * self.share))

    @property
    def client(self) -> Certificate:
        """Who calls: the gateway."""
        return self.certificates[GATEWAY]

    def postgres(self) -> Postgres:
        """A PostgreSQL of its own, durable as in production."""
        server = start_postgres(self.folder / "postgres", log=self.folder / "logs/postgres.log")
        self.parts.callback(server.stop)
        return server

    def database(self, postgres: Postgres, service: str) -> DatabaseUrls:
        """A migrated database of a service."""
        return migrated_copy(str(postgres.admin), service, f"{service}.migrations")

    async def worker(self, name: str, *, cores: Iterable[int] = (), **settings: object) -> Worker:
        """A worker from this folder by its module's name: `anchors.rpc`."""
        log = self.folder / f"logs/{name}.log"
        return await self.parts.enter_async_context(worker(f"tests.load.{name}", log, cores=cores, **settings))

    async def server(self, name: str, **settings: object) -> Worker:
        """A worker that serves calls, on another core than those who call it."""
        return await self.worker(name, cores=_OTHERS, **settings)

    async def generator(self) -> Worker:
        """A load generator."""
        return await self.worker("generator", cores=[_LAST] if _OTHERS else [])

    def new_stack(self, external: External | None = None) -> Stack:
        """The whole suite, not started yet; always on the same data."""
        return Stack(self.folder / "stack", external=external)

    def mutual_tls(self, service: str) -> dict[str, str]:
        """The PEM files of a service, as the workers take them."""
        certificate = self.certificates[service]
        return {"ca": str(certificate.authority), "cert": str(certificate.certificate), "key": str(certificate.key)}

    def verification_key(self) -> dict[str, str]:
        """The key with which tokens of this site are verified, as a JWK."""
        jwk = jwt.algorithms.OKPAlgorithm.to_jwk(self.people.key.public_key(), as_dict=True)
        return {**jwk, "kid": KEY_ID, "alg": "EdDSA"}

    def staff_tokens(self, org_id: UUID, count: int) -> list[str]:
        """Access tokens of so many people."""
        return [
            self.people.token(life=_TOKEN_LIFE, org=str(org_id), sub=str(new_id()), role=Role.STAFF.name)
            for _ in range(count)
        ]


@asynccontextmanager
async def new_site(*, share: float = 1.0) -> AsyncIterator[Site]:
    """A site in a temporary folder, which is removed."""
    with tempfile.TemporaryDirectory(prefix="portico-bench-") as folder:
        async with AsyncExitStack() as parts:
            certificates = development_certificates(
                Path(folder, "certificates"), [*SERVICES, GATEWAY, "nats"], now=datetime.now(UTC)
            )
            yield Site(Path(folder), parts, TestPeople(), certificates, share)
