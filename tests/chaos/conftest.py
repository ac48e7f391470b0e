"""What the fuzzers send things to."""

import pytest

from local_stack.stack import Stack
from tests.e2e.agencies import founded
from tests.e2e.people import Person
from tests.e2e.tenants import tenant_of


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory):
    """A stack of its own, that nobody else has to find tidy."""
    with Stack(tmp_path_factory.mktemp("fuzzed")) as stack:
        yield stack


@pytest.fixture(scope="module")
async def tenant(fuzzed):
    """An organization in it with one object of each kind."""
    return await tenant_of(fuzzed, founded(fuzzed), Person(fuzzed.gateway), names=("Isidore", "Featherstone"))
