"""The whole suite, started once for all stories."""

from collections.abc import Callable, Iterator
from functools import partial

import pytest

from local_stack.stack import Stack
from tests.e2e.agencies import founded
from tests.e2e.people import Agency, Person


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
