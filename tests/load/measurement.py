"""What a measurement is: two ways to do the same work, and which figure of theirs is compared."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from tests.load.calls import Calls, Outcome, send
from tests.load.site import Site
from tests.load.usage import Usage, watched
from tests.load.workers import Worker

G = TypeVar("G")


class Unavailable(Exception):
    """What a measurement compares with cannot be had here; the message says why, and that it is left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One run of one side.

    `cpu`: seconds of the side's own processes; `beside`: of what serves both sides alike, by name. `figures`: what the
    measurement is about where that is no rate, by name; `details`: what else was found out.
    """

    operations: int
    seconds: float
    cpu: float = 0.0
    beside: Mapping[str, float] = field(default_factory=dict)
    figures: Mapping[str, float] = field(default_factory=dict)
    details: Mapping[str, float] = field(default_factory=dict)


Run = Callable[[float], Awaitable[Sample]]
"""Does the work for so many seconds, or as much of it as fits into them."""

Side = Callable[[G], AbstractAsyncContextManager[Run]]
"""Brings up one side on the common ground, and takes it down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What is compared: how it is got from a sample, in which unit, and with how many decimals it is written.

    A rate can be compared by CPU seconds as well.
    """

    of: Callable[[Sample], float]
    unit: str
    digits: int = 0
    is_rate: bool = False


def per_second(unit: str) -> Figure:
    """Operations in a second."""
    return Figure(of=lambda sample: sample.operations / sample.seconds, unit=f"{unit}/s", is_rate=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement(Generic[G]):
    """A line of the table. Without an anchor its values are the figures of the samples themselves.

    `beside` are other programs that do the same work, for comparison; `goal` and `limit` are words of the table.
    `warms_up`: a first run of each side does not count; where a run takes minutes, it is its own warming up.
    """

    id: str
    what: str
    ground: Callable[[Site], AbstractAsyncContextManager[G]]
    ours: Side[G]
    anchor: Side[G] | None = None
    beside: Mapping[str, Side[G]] = field(default_factory=dict)
    figure: Figure
    goal: str
    limit: str
    warms_up: bool = True

    def sides(self) -> Mapping[str, Side[Any]]:
        """All of them by name, in the order in which they take turns."""
        anchor = {"anchor": self.anchor} if self.anchor else {}
        return {"ours": self.ours, **anchor, **self.beside}


async def loaded(
    generator: Worker, calls: Calls, seconds: float, *, own: list[int], beside: Mapping[str, int]
) -> Sample:
    """A run of the generator, with what the processes used meanwhile."""
    with watched(own, beside) as usage:
        outcome = await send(generator, calls, seconds)
    return sample_of([outcome], usage)


def sample_of(outcomes: Sequence[Outcome], usage: Usage) -> Sample:
    """What generators saw side by side, and what the processes used for the answers that came in time."""
    operations = sum(outcome.operations for outcome in outcomes)
    in_time = operations / (operations + sum(outcome.late for outcome in outcomes))
    beside = {**usage.beside, "generator": sum(outcome.cpu for outcome in outcomes)}
    return Sample(
        operations=operations,
        seconds=max(outcome.seconds for outcome in outcomes),
        cpu=usage.own * in_time,
        beside={name: seconds * in_time for name, seconds in beside.items()},
    )
