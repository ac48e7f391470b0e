"""The pytest plugin of the house: a real PostgreSQL and a real NATS, and what the tests of every service need.

PostgreSQL is started once for a run, when the first test asks for it, and shared by the workers of pytest-xdist; each
worker has its own copies of the services' migrated databases and its own NATS, so that nothing that one does is seen
by another. Tests keep to an organization of their own (`org_id`).
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from hypothesis import settings

from chassis.db import Database
from chassis.ids import new_id
from chassis.testing.clock import FakeClock

_FOLDER = "portico_folder"
_host = pytest.StashKey[Any]()

ServiceDatabase = Callable[[str, str], Awaitable[Database]]


def pytest_configure(config: pytest.Config) -> None:
    """Be ready to start PostgreSQL in the main process of the run, and put our gRPC fixtures over pytest-grpc's.

    Of two plugins' fixtures with one name the one registered later wins; entry points come in no order. Hypothesis
    looks at no clock: how long an example takes says how busy the machine is.
    """
    settings.register_profile("portico", deadline=None)
    settings.load_profile("portico")
    config.addinivalue_line("markers", "long(seconds): how long this file takes, about: it begins before shorter ones")
    from chassis.testing import grpc

    config.pluginmanager.register(grpc, "chassis.testing.grpc")
    if not hasattr(config, "workerinput") and not config.option.collectonly:
        from chassis.testing.servers import PostgresHost

        config.stash[_host] = PostgresHost()


@pytest.hookimpl(trylast=True)  # after the order was made random
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first: a worker that began one last would run it while the others have nothing to do."""
    items.sort(key=_seconds, reverse=True)


def _seconds(item: pytest.Item) -> float:
    mark = item.get_closest_marker("long")
    return float(mark.kwargs["seconds"]) if mark else 0.0


def pytest_unconfigure(config: pytest.Config) -> None:
    """End what was started."""
    if _host in config.stash:
        config.stash[_host].stop()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker where to ask."""
    node.workerinput[_FOLDER] = str(node.config.stash[_host].folder)


@pytest.fixture(scope="session")
def postgres_url(pytestconfig: pytest.Config) -> str:
    """The superuser's URL of the run's PostgreSQL."""
    from chassis.testing.servers import ask_for_postgres

    worker = getattr(pytestconfig, "workerinput", None)
    return ask_for_postgres(Path(worker[_FOLDER]) if worker else pytestconfig.stash[_host].folder)


@pytest.fixture(scope="session")
def nats_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of this worker's NATS, as a user who may do everything."""
    from local_stack.nats import start_nats

    nats = start_nats(tmp_path_factory.mktemp("nats"))
    yield nats.url()
    nats.stop()


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The worker's S3 (`local_stack.seaweed.Seaweed`); it needs the extra `testing-blobs`."""
    from local_stack.seaweed import start_seaweed

    seaweed = start_seaweed(tmp_path_factory.mktemp("s3"))
    yield seaweed
    seaweed.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def service_database(postgres_url: str) -> AsyncIterator[ServiceDatabase]:
    """A service's name and the package of its migrations give a migrated, opened database; a new one at each call."""
    from chassis.testing.database import migrated_copy

    opened: list[Database] = []

    async def open_database(service: str, migrations: str) -> Database:
        database = Database(migrated_copy(postgres_url, service, migrations).runtime, application=service)
        await database.open()
        opened.append(database)
        return database

    yield open_database
    for database in opened:
        await database.close()


@pytest.fixture
def org_id() -> UUID:
    """An organization that no other test knows."""
    return new_id()


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands still."""
    return FakeClock()
