"""A real Envoy with the rendered configuration, before four real gRPC servers and a web server with certificates."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import grpc
import httpx
import pytest
import pytest_asyncio
from msgspec.structs import replace

from gateway.config import Addresses, EnvoySettings
from gateway.contract import Contract
from gateway.envoy import write_pages
from local_stack.certificates import Certificate, development_certificates
from local_stack.ports import Ports
from local_stack.processes import Child

from .neighbours import AnotherEdge, Eventually, Neighbour, envoy
from .portal import Portal

SERVICES = ("identity", "applications", "notifications", "casemanager")


@pytest.fixture(scope="session")
def descriptor_set() -> Path:
    """What `python protos/build_stubs.py` wrote."""
    return Path(__file__).parents[3] / "protos/build/portico.binpb"


@pytest.fixture(scope="session")
def contract(descriptor_set: Path) -> Contract:
    return Contract.read(descriptor_set)


@pytest.fixture(scope="session")
def ports() -> Ports:
    return Ports()


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Certificate]:
    folder = tmp_path_factory.mktemp("certificates")
    return development_certificates(folder, [*SERVICES, "ledger", "portal", "gateway"], now=datetime.now(tz=UTC))


@pytest_asyncio.fixture(scope="session")
async def services(certificates: dict[str, Certificate], ports: Ports) -> AsyncIterator[Mapping[str, Neighbour]]:
    """The four services by name."""
    running = {name: Neighbour(name, f"127.0.0.1:{ports.take()}", certificates[name]) for name in SERVICES}
    for neighbour in running.values():
        await neighbour.start()
    yield running
    for neighbour in running.values():
        await neighbour.stop()


@pytest.fixture
def identity(services: Mapping[str, Neighbour]) -> Iterator[Neighbour]:
    """Identity, with no answers and no calls of another test."""
    services["identity"].forget()
    yield services["identity"]
    services["identity"].forget()


@pytest_asyncio.fixture(scope="session")
async def running_portal(certificates: dict[str, Certificate], ports: Ports) -> AsyncIterator[Portal]:
    running = Portal(f"127.0.0.1:{ports.take()}", certificates["portal"])
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
def portal(running_portal: Portal) -> Iterator[Portal]:
    """The portal, with no answer and no requests of another test."""
    running_portal.forget()
    yield running_portal
    running_portal.forget()


@pytest.fixture(scope="session")
def settings(
    tmp_path_factory: pytest.TempPathFactory,
    certificates: dict[str, Certificate],
    descriptor_set: Path,
    services: Mapping[str, Neighbour],
    running_portal: Portal,
    ports: Ports,
) -> EnvoySettings:
    folder = tmp_path_factory.mktemp("pages")
    own = certificates["gateway"]
    settings = EnvoySettings(
        listen=f"127.0.0.1:{ports.take()}",
        admin=f"127.0.0.1:{ports.take()}",
        services=Addresses({neighbour.name: neighbour.address for neighbour in services.values()}),
        portal_address=running_portal.address,
        tls_ca=own.authority,
        tls_cert=own.certificate,
        tls_key=own.key,
        descriptor_set=descriptor_set,
        pages=folder,
        timeout=10.0,
        max_body_bytes=4096,
    )
    write_pages(settings)
    return settings


@pytest_asyncio.fixture(scope="session")
async def edge(settings: EnvoySettings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Child]:
    """Envoy, ready to serve."""
    child = envoy(settings, tmp_path_factory.mktemp("envoy"))
    # Its first health checks need the servers of this very loop.
    await asyncio.to_thread(child.start)
    yield child
    await asyncio.to_thread(child.stop)


@pytest_asyncio.fixture(scope="session")
async def origin(edge: Child, settings: EnvoySettings) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the one origin, whatever those behind it are doing."""
    async with httpx.AsyncClient(base_url=f"http://{settings.listen}") as client:
        yield client


@pytest.fixture
async def rest(origin: httpx.AsyncClient, eventually: Eventually) -> httpx.AsyncClient:
    """A client of the one origin, with everything behind it healthy.

    The neighbours live on the tests' own loop: while a test without one keeps the process busy for longer than a
    health check waits, Envoy takes them for dead, and the next test would meet refusals that are not its own.
    """

    async def is_ready() -> bool:
        return (await origin.get("/readyz")).status_code == 200

    await eventually(is_ready)
    return origin


@pytest_asyncio.fixture(scope="session")
async def grpc_origin(edge: Child, settings: EnvoySettings) -> AsyncIterator[grpc.aio.Channel]:
    """A gRPC channel to the one origin, whatever those behind it are doing."""
    async with grpc.aio.insecure_channel(settings.listen) as channel:
        yield channel


@pytest.fixture
def channel(grpc_origin: grpc.aio.Channel, rest: httpx.AsyncClient) -> grpc.aio.Channel:
    """A gRPC channel to the one origin, with everything behind it healthy."""
    return grpc_origin


@pytest.fixture
def another_edge(ports: Ports, tmp_path: Path) -> AnotherEdge:
    """Another Envoy with these settings but ports of its own: a client of it, and its log, complete after its end."""

    @asynccontextmanager
    async def run(settings: EnvoySettings) -> AsyncIterator[tuple[httpx.AsyncClient, Path]]:
        listen, admin = (f"127.0.0.1:{ports.take()}" for _ in range(2))
        child = envoy(replace(settings, listen=listen, admin=admin), tmp_path)
        await asyncio.to_thread(child.start)
        try:
            async with httpx.AsyncClient(base_url=f"http://{listen}") as client:
                yield client, child.program.log
        finally:
            await asyncio.to_thread(child.stop)

    return run


@pytest.fixture
def eventually() -> Eventually:
    """Wait until something holds, at most ten seconds."""

    async def wait(holds: Callable[[], Awaitable[bool]]) -> None:
        deadline = time.monotonic() + 10
        while not await holds():
            assert time.monotonic() < deadline, "It did not become true within ten seconds."
            await asyncio.sleep(0.02)

    return wait
