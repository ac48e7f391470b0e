"""What the tests of the stack share: one PostgreSQL and one NATS, real ones."""

import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from local_stack.certificates import Certificate, development_certificates
from local_stack.nats import Nats, NatsTls, service_user, start_nats
from local_stack.postgres import Postgres, start_postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A running PostgreSQL."""
    with tempfile.TemporaryDirectory(prefix="portico-") as data:
        server = start_postgres(Path(data))
        yield server
        server.stop()


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Certificate]:
    """Certificates of two servers."""
    folder = tmp_path_factory.mktemp("certificates")
    return development_certificates(folder, ["identity", "nats"], now=datetime.now(tz=UTC))


@pytest.fixture(scope="session")
def nats(tmp_path_factory: pytest.TempPathFactory, certificates: dict[str, Certificate]) -> Iterator[Nats]:
    """A running NATS with TLS and the users of two services."""
    certificate = certificates["nats"]
    server = start_nats(
        tmp_path_factory.mktemp("nats"),
        users=[
            service_user("identity", "password-of-identity", streams=["IDENTITY", "REVOCATIONS"]),
            service_user("applications", "password-of-applications", streams=["APPLICATIONS"]),
        ],
        tls=NatsTls(certificate=certificate.certificate, key=certificate.key),
    )
    yield server
    server.stop()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that another user may enter for as long as the test lasts.

    Every run of pytest by the same user closes pytest's own temporary folders to all others.
    """
    with tempfile.TemporaryDirectory(prefix="portico-") as path:
        yield Path(path)


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], None]:
    """Wait until something holds, at most ten seconds."""

    def wait(holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 10
        while not holds():
            assert time.monotonic() < deadline, "It did not become true within ten seconds."
            time.sleep(0.01)

    return wait
