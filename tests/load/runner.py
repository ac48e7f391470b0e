"""Runs measurements: both sides are up, and take turns, A B A B."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

from tests.load.measurement import Measurement, Run, Sample
from tests.load.report import Entry, entry
from tests.load.site import new_site

_WARM_UP = 1.0
"""Seconds of a first run of each side, which does not count: connections, prepared statements, caches."""

Say = Callable[[str], None]


async def measured(measurement: Measurement[Any], *, rounds: int, seconds: float, share: float, say: Say) -> Entry:
    """The outcome of a measurement; `share` of its rows. Unavailable when its anchor cannot be had here."""
    async with AsyncExitStack() as parts:
        site = await parts.enter_async_context(new_site(share=share))
        ground = await parts.enter_async_context(measurement.ground(site))
        sides: dict[str, Run] = {
            name: await parts.enter_async_context(side(ground)) for name, side in measurement.sides().items()
        }
        if measurement.warms_up:
            for run in sides.values():
                await run(min(_WARM_UP, seconds))
        samples: dict[str, list[Sample]] = {name: [] for name in sides}
        for number in range(1, rounds + 1):
            for name, run in sides.items():
                sample = await run(seconds)
                samples[name].append(sample)
                say(f"{measurement.id} {number}/{rounds} {name}: {_words(measurement, sample)}")
        return entry(measurement, samples)


def _words(measurement: Measurement[Any], sample: Sample) -> str:
    figure = measurement.figure
    if measurement.anchor is None:
        found = {**sample.figures, **sample.details}
        return f"{', '.join(f'{name}: {_short(value)}' for name, value in found.items())} ({figure.unit})"
    used = {"own": sample.cpu, **sample.beside}
    cores = ", ".join(f"{name} {seconds / sample.seconds:.2f}" for name, seconds in used.items())
    details = "".join(f"; {name}: {_short(value)}" for name, value in sample.details.items())
    return f"{figure.of(sample):,.{figure.digits}f} {figure.unit}; cores: {cores}{details}"


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
