"""`python -m tests.load run` measures; `python -m tests.load table` writes the table into the README."""

import asyncio
import signal
from pathlib import Path
from typing import Annotated

import typer

from chassis.telemetry import configure_logging
from tests.load.catalogue import MEASUREMENTS
from tests.load.measurement import Unavailable
from tests.load.report import LATEST, NoMarkers, put_into, read, table, write
from tests.load.runner import measured

commands = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@commands.command()
def run(
    only: Annotated[list[str] | None, typer.Option(help="Ids of measurements; without any, all of them.")] = None,
    rounds: Annotated[int, typer.Option(min=1, help="How often each side has its turn.")] = 5,
    seconds: Annotated[float, typer.Option(min=0.5, max=60, help="How long a turn takes.")] = 5.0,
    share: Annotated[
        float, typer.Option(min=0.0001, max=1, help="How much of the rows of batches and lists; less of them is a try.")
    ] = 1.0,
    out: Annotated[Path, typer.Option(help="Where the outcome is kept.")] = LATEST,
) -> None:
    """Measure, keep the outcome, and print the table."""
    if unknown := set(only or ()) - {one.id for one in MEASUREMENTS}:
        raise typer.BadParameter(f"There is no measurement {', '.join(sorted(unknown))}.")
    if share < 1 and out == LATEST:
        raise typer.BadParameter("A try is no outcome: say with --out where to keep it.")
    # Whoever ends the bench with SIGTERM wants its processes and its folder gone, too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    configure_logging("bench", level="ERROR", as_json=False)
    for measurement in MEASUREMENTS:
        if not only or measurement.id in only:
            measuring = measured(measurement, rounds=rounds, seconds=seconds, share=share, say=typer.echo)
            try:
                write({measurement.id: asyncio.run(measuring)}, out)
            except Unavailable as unavailable:
                typer.echo(f"{measurement.id} is left out: {unavailable}", err=True)
    if out.exists():
        typer.echo(table(MEASUREMENTS, read(out)))


@commands.command(name="table")
def write_table(
    readme: Annotated[Path, typer.Argument(help="The page with the two markers.")] = LATEST.parents[1] / "README.md",
    latest: Annotated[Path, typer.Option(help="The outcome that is shown.")] = LATEST,
) -> None:
    """Write the table between the markers of the README."""
    try:
        page = put_into(readme.read_text(encoding="utf-8"), table(MEASUREMENTS, read(latest)))
    except NoMarkers as missing:
        raise typer.BadParameter(str(missing)) from None
    readme.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    commands()
