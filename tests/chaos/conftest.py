"""What the faults happen to, and the figures at the end."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from _pytest.terminal import TerminalReporter

from local_stack.stack import Stack
from tests.chaos import places
from tests.chaos.checker import Figures, attempt_result, counted, secrets_kept
from tests.chaos.scene import Scene, opened
from tests.chaos.workload import History
from tests.e2e.agencies import founded
from tests.e2e.people import Person
from tests.e2e.tenants import Tenant, tenant_of

Judge = Callable[..., Awaitable[Figures]]


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory):
    """A stack of its own, that nobody else has to find tidy."""
    with Stack(tmp_path_factory.mktemp("fuzzed")) as stack:
        yield stack


@pytest.fixture(scope="module")
async def tenant(fuzzed) -> Tenant:
    """An organization in it with one object of each kind."""
    return await tenant_of(fuzzed, founded(fuzzed), Person(fuzzed.gateway), names=("Isidore", "Featherstone"))


@pytest.fixture(scope="session")
def histories() -> list[tuple[History, Figures]]:
    """All that was judged."""
    return []


@pytest.fixture(scope="session")
async def scene(tmp_path_factory, histories) -> AsyncIterator[Scene]:
    """The stage for every fault; at the end nothing of what was judged may have changed, and no secret be kept."""
    async with opened(tmp_path_factory.mktemp("chaos")) as scene:
        places.prepare(scene)
        yield scene
        for history, figures in histories:
            assert figures == counted(scene, history)
        assert [] == await asyncio.to_thread(secrets_kept, scene)


@pytest.fixture
def judge(scene, histories, record_property) -> Judge:
    """Waits until all is quiet; nothing of a history may be lost, done twice, or told to others."""

    async def judged(
        history: History, *, meanwhile: Callable[[], object] = lambda: None, sender_died: bool = False
    ) -> Figures:
        figures = await attempt_result(scene, history, meanwhile=meanwhile)
        histories.append((history, figures))
        record_property("chaos", figures.as_columns())
        assert (0, 0, 0) == (figures.lost, figures.double, figures.foreign), figures
        assert sender_died or figures.unrecorded == 0, figures
        return figures

    return judged


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """One line for each fault: how many seeds, and what was counted."""
    lines: dict[str, Counter[str]] = defaultdict(Counter)
    for report in [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]:
        for name, columns in report.user_properties:
            if name == "chaos" and report.when == "call":
                fault = report.nodeid.rpartition("::")[2].partition("[")[0]
                lines[fault.removeprefix("test_").replace("_", " ")].update({"runs": 1, **columns})
    if lines:
        names = list(dict.fromkeys(name for line in lines.values() for name in line))
        terminalreporter.section("faults")
        terminalreporter.line(f"{'':50}" + "".join(f"{name:>11}" for name in names))
        for fault, line in sorted(lines.items()):
            terminalreporter.line(f"{fault:50}" + "".join(f"{line[name]:>11}" for name in names))
