"""The whole suite, started once for all stories."""

from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial

import pytest
from playwright.async_api import Browser

from local_stack.stack import Stack
from tests.e2e.agencies import founded
from tests.e2e.browser import Window, Windows, chromium, installed
from tests.e2e.people import ADMIN_PASSWORD, Agency, Person
from tests.e2e.world import World, world_of


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Function) -> None:
    """Does without a browser, where there is none, before a stack starts for nothing; pytest tells it in one line."""
    if "browser" in item.fixturenames:
        installed()


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Everything, on free ports, without demo data."""
    with Stack(tmp_path_factory.mktemp("stack")) as stack:
        yield stack


@pytest.fixture(scope="session")
def anybody(stack: Stack) -> Person:
    """Somebody who is not signed in."""
    return Person(stack.gateway)


@pytest.fixture(scope="session")
def new_agency(stack: Stack) -> Callable[[], Agency]:
    """Makes an organization that no other test knows, by the bootstrap command."""
    return partial(founded, stack)


@pytest.fixture(scope="session")
def agency(new_agency: Callable[[], Agency]) -> Agency:
    """The organization of most stories; they tell their families apart by contact."""
    return new_agency()


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium for all stories that happen in a browser."""
    async with chromium() as browser:
        yield browser


@pytest.fixture
async def open_window(browser: Browser, stack: Stack) -> AsyncIterator[Windows]:
    """Opens somebody's browser; whatever a page of ours must not do there fails the test at its end."""
    windows = Windows(browser, stack.gateway)
    yield windows
    assert [] == await windows.close()


@pytest.fixture
async def desk(open_window: Windows, agency: Agency) -> Window:
    """Where staff of `agency` sit, signed in."""
    window = await open_window()
    await window.sign_in(f"/o/{agency.slug}", agency.username, ADMIN_PASSWORD)
    return window


@pytest.fixture(scope="session")
async def world(stack: Stack, new_agency: Callable[[], Agency], anybody: Person) -> World:
    """An organization in which everything has happened."""
    return await world_of(stack, new_agency(), new_agency(), anybody)
