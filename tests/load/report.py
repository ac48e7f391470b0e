"""From samples to `bench/latest.json` and the table of the README."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from tests.load.measurement import Figure, Measurement, Sample

LATEST = Path(__file__).parents[2] / "bench/latest.json"
BEGIN, END = "<!-- bench: made by `python -m tests.load table` -->", "<!-- /bench -->"
_SPREAD: Mapping[str, Callable[[Sequence[float]], float]] = {"value": median, "min": min, "max": max}

Samples = Mapping[str, Sequence[Sample]]
"""The samples of a measurement by side, in the order of the rounds."""
Entry = dict[str, Any]


class NoMarkers(Exception):
    """The page has no place for the table."""


def entry(measurement: Measurement[Any], samples: Samples) -> Entry:
    """What is kept of a measurement: medians of the rounds. CPU is in seconds for an operation.

    A ratio is ours to the anchor within one round, so that a machine that gets slower in between does no harm.
    """
    figure, ours = measurement.figure, samples["ours"]
    common: Entry = {
        "figure": figure.unit,
        "rounds": len(ours),
        "seconds": round(median(sample.seconds for sample in ours), 3),
        "cores": len(os.sched_getaffinity(0)),
        "cpu": {
            side: median(sample.cpu / sample.operations for sample in of_side) for side, of_side in samples.items()
        },
        "beside": {
            side: _each(of_side, lambda one: one.beside, by_operation=True) for side, of_side in samples.items()
        },
    }
    if measurement.anchor is None:
        spread = {word: _each(ours, lambda one: one.figures, pick) for word, pick in _SPREAD.items()}
        return {**spread, "unit": figure.unit, "details": _each(ours, lambda one: one.details), **common}
    ratios = [figure.of(mine) / figure.of(bare) for mine, bare in zip(ours, samples["anchor"], strict=True)]
    sides = {side: median(map(figure.of, of_side)) for side, of_side in samples.items()}
    by_cpu = {"by_cpu": common["cpu"]["anchor"] / common["cpu"]["ours"]} if figure.is_rate else {}
    known = {side: details for side, of_side in samples.items() if (details := _each(of_side, lambda one: one.details))}
    told = {"details": known} if known else {}
    of_ratios = {word: pick(ratios) for word, pick in _SPREAD.items()}
    return {**of_ratios, "unit": "ratio", **by_cpu, **sides, **_to_others(figure, samples), **told, **common}


def _to_others(figure: Figure, samples: Samples) -> Entry:
    """Ours to each of the programs beside, as to the anchor."""
    ratios = {
        side: median(figure.of(mine) / figure.of(other) for mine, other in zip(samples["ours"], of_side, strict=True))
        for side, of_side in samples.items()
        if side not in {"ours", "anchor"}
    }
    return {"to": ratios} if ratios else {}


def _each(
    samples: Sequence[Sample],
    values: Callable[[Sample], Mapping[str, float]],
    pick: Callable[[Sequence[float]], float] = median,
    *,
    by_operation: bool = False,
) -> dict[str, float]:
    """One number for each name."""
    return {
        name: pick([values(one)[name] / (one.operations if by_operation else 1) for one in samples])
        for name in values(samples[0])
    }


def write(entries: Mapping[str, Entry], path: Path) -> None:
    """Keep the entries; those of measurements that did not run now stay as they are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    known = read(path) if path.exists() else {}
    when = datetime.now(UTC).isoformat(timespec="seconds")
    merged = {**known, **{name: {**one, "measured": when} for name, one in entries.items()}}
    path.write_text(json.dumps(dict(sorted(merged.items())), indent=2) + "\n", encoding="utf-8")


def read(path: Path) -> dict[str, Entry]:
    """What was kept."""
    entries: dict[str, Entry] = json.loads(path.read_text(encoding="utf-8"))
    return entries


def table(measurements: Sequence[Measurement[Any]], entries: Mapping[str, Entry]) -> str:
    """The measurements that were made, as Markdown."""
    rows = [
        "| id | what / anchor | measured | min – max | by CPU | ours | anchor | goal | limit |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for measurement in measurements:
        if measurement.id in entries:
            cells = _cells(measurement, entries[measurement.id])
            words = (measurement.id, measurement.what, *cells, measurement.goal, measurement.limit)
            rows.append(f"| {' | '.join(words)} |")
    return "\n".join(rows) + "\n"


def _cells(measurement: Measurement[Any], kept: Entry) -> tuple[str, ...]:
    figure = measurement.figure
    if measurement.anchor is None:
        value, low, high = (", ".join(_written(one, figure) for one in kept[word].values()) for word in _SPREAD)
        return f"**{value}** {figure.unit} ({', '.join(kept['value'])})", f"{low} – {high}", "", "", ""
    others = "".join(f"; {name}: {_written(kept[name], figure)}" for name in measurement.beside)
    return (
        f"**{kept['value']:.2f}**",
        f"{kept['min']:.2f} – {kept['max']:.2f}",
        f"{kept['by_cpu']:.2f}" if "by_cpu" in kept else "",
        f"{_written(kept['ours'], figure)} {figure.unit}",
        f"{_written(kept['anchor'], figure)}{others}",
    )


def _written(value: float, figure: Figure) -> str:
    return f"{value:,.{figure.digits}f}"


def put_into(page: str, rendered: str) -> str:
    """The page with the table between its two markers; NoMarkers when they are not there."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise NoMarkers(f"The page needs the lines {BEGIN} and {END}.")
    return f"{before}{BEGIN}\n{rendered}{END}{after}"
