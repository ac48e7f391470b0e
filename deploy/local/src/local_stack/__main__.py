"""`python -m local_stack run`: the stack in a terminal until Ctrl-C; `forget` deletes its data."""

import os
import signal
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import httpx
import typer
from rich.console import Console

from local_stack.backup import BackupFailed, back_up
from local_stack.backup import restore as restore_backup
from local_stack.demo import load_demo
from local_stack.external import External
from local_stack.files import BrokenFile, plain
from local_stack.folder import FolderInUse
from local_stack.folder import forget as forget_folder
from local_stack.keeper import Keeper
from local_stack.look import SUMMARY, NotRunning, newest_mail, said
from local_stack.person import DemoFailed, Login
from local_stack.processes import StartFailed
from local_stack.screen import StartScreen, show_ready, write_summary
from local_stack.stack import CommandFailed, Stack

LOOK_SECONDS = 1.0
EXPECTED = (BrokenFile, FolderInUse, StartFailed, CommandFailed, DemoFailed, httpx.TransportError)

app = typer.Typer(help="The stack on a laptop.", no_args_is_help=True, pretty_exceptions_enable=False)
File = Annotated[Path, typer.Argument(help="The backup, a gzipped tar.", dir_okay=False)]
Data = Annotated[Path, typer.Option(help="Where everything that is kept lies.")]


@app.command()
def run(
    *,
    data: Data = Path(".local"),
    demo: Annotated[bool, typer.Option(help="Load a small organization at the first start.")] = True,
    tls: Annotated[
        bool, typer.Option("--tls", help="Serve https, by a certificate of the development authority.")
    ] = False,
) -> None:
    """Start everything and stay until Ctrl-C."""
    console = Console()
    try:
        external = External.from_environment(os.environ)
    except ValueError as problem:
        console.print(problem, style="red", markup=False)
        sys.exit(os.EX_CONFIG)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt_once)
    began = time.monotonic()
    try:
        with ExitStack() as exits:
            with StartScreen(console) as screen:
                stack = exits.enter_context(
                    Stack(data, usual_ports=True, bounds_callers=True, tls=tls, external=external, progress=screen)
                )
                logins = _demo(stack, screen) if demo else []
            summary = stack.data / SUMMARY
            write_summary(summary, stack, logins)
            exits.callback(summary.unlink, missing_ok=True)
            show_ready(console, stack, logins, seconds=time.monotonic() - began)
            _watch(stack, console)
    except KeyboardInterrupt:
        console.print("Stopped.")
    except EXPECTED as problem:
        console.print(problem, style="red", markup=False, soft_wrap=True)
        sys.exit(1)
    except OSError as problem:
        console.print(plain(problem), style="red", markup=False, soft_wrap=True)
        sys.exit(1)


@app.command()
def forget(*, data: Data = Path(".local")) -> None:
    """Delete all data; refused while the stack runs."""
    try:
        forget_folder(data)
    except (BrokenFile, FolderInUse) as problem:
        _give_up(problem)
    except OSError as problem:
        _give_up(plain(problem))


@app.command()
def backup(file: File, *, data: Data = Path(".local")) -> None:
    """Write all data and keys into one file, also while the stack runs. Keep the file safe: it opens everything."""
    try:
        back_up(data, file)
    except (BackupFailed, BrokenFile, StartFailed) as problem:
        _give_up(problem)
    except OSError as problem:
        _give_up(plain(problem))
    typer.echo(f"{file} holds everything that {data} held.")


@app.command()
def restore(file: File, *, data: Data = Path(".local")) -> None:
    """Make a new data folder from such a file."""
    try:
        restore_backup(file, data)
    except (BackupFailed, BrokenFile, StartFailed) as problem:
        _give_up(problem)
    except OSError as problem:
        _give_up(plain(problem))
    typer.echo(f"{data} is as it was when {file} was made; the next start publishes the last days' events again.")


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="gateway, inbox, sms, or login.ROLE")], *, data: Data = Path(".local")
) -> None:
    """Print what the running stack says of itself."""
    try:
        typer.echo(said(data, name))
    except NotRunning as problem:
        _give_up(problem)
    except KeyError:
        _give_up(f"The stack says nothing about {name}.")


@app.command()
def mail(
    address: Annotated[str, typer.Argument(help="Whose mail.")],
    *,
    containing: Annotated[str, typer.Option(help="Only a message with these words.")] = "",
    seconds: Annotated[float, typer.Option(help="How long to wait for it.")] = 10,
    data: Data = Path(".local"),
) -> None:
    """Print the newest message that the running stack's inbox has for an address."""
    try:
        typer.echo(newest_mail(data, address, containing=containing, seconds=seconds))
    except (NotRunning, TimeoutError) as problem:
        _give_up(problem)


def _give_up(problem: object) -> NoReturn:
    Console(stderr=True).print(problem, style="red", markup=False)
    sys.exit(1)


def _demo(stack: Stack, screen: StartScreen) -> list[Login]:
    screen.starting("demo")
    logins = load_demo(stack)
    screen.ready("demo")
    return logins


def _watch(stack: Stack, console: Console) -> None:
    """Start again what ends, and say so, until Ctrl-C."""
    keeper = Keeper(stack.parts, lambda words: console.print(words, style="red", markup=False, soft_wrap=True))
    while True:
        keeper.look()
        time.sleep(LOOK_SECONDS)


def _interrupt_once(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - as `signal` calls it
    """The first signal begins the end; no later one disturbs it."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    app()
