"""What the person in front of the terminal sees: how the start goes on, then where everything is."""

import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType

from rich.console import Console
from rich.progress import Progress as Bars
from rich.progress import SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from local_stack.files import write_private
from local_stack.person import Login
from local_stack.stack import Stack


class StartScreen:
    """Shows each part with a spinner until it is ready, in a file with a line; a `Progress` for the stack."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began: dict[str, float] = {}
        columns = (SpinnerColumn(finished_text="[green]✓[/]"), TextColumn("{task.description}"), TimeElapsedColumn())
        self._bars = Bars(*columns, console=console, transient=True)
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> "StartScreen":
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def starting(self, part: str) -> None:
        """A spinner."""
        self._began[part] = time.monotonic()
        self._tasks[part] = self._bars.add_task(part, total=1)

    def ready(self, part: str) -> None:
        """A tick, and the seconds that it took."""
        self._bars.update(self._tasks[part], completed=1)
        if not self._console.is_terminal:
            self.say(f"{part}: {time.monotonic() - self._began[part]:.1f} s")

    def say(self, words: str) -> None:
        """A line that stays."""
        self._console.print(words, markup=False, highlight=False, soft_wrap=True)


def show_ready(console: Console, stack: Stack, logins: Sequence[Login], *, seconds: float) -> None:
    """Print where to go in a browser, logins, and what to try next."""
    console.rule(f"Portico is ready after {seconds:.1f} s")
    places = Table.grid(padding=(0, 2))
    for name, address in _places(stack, logins):
        places.add_row(name, Text(address, style="cyan"))
    console.print(places)
    if logins:
        table = Table("role", "realm", "username", "password", box=None, padding=(0, 2, 0, 0))
        for login in logins:
            table.add_row(login.role, login.realm, login.username, login.password)
        console.print(Text(), table, Text(), sep="\n")
        _show_next_steps(console, stack, logins[0])
    console.print(f"\nCtrl-C stops everything. The data stay in {stack.data}.", style="dim", soft_wrap=True)


def write_summary(path: Path, stack: Stack, logins: Sequence[Login]) -> None:
    """The same for programs: addresses, and logins as objects, in one JSON file (mode 0600)."""
    programs = {"imap": stack.inbox.imap_url} if stack.external.smtp_url is None else {}
    programs |= _trusted(stack)
    summary = {**_addresses(stack), **programs, "logins": [login.as_json() for login in logins]}
    write_private(path, json.dumps(summary, indent=2, ensure_ascii=False).encode("utf-8"))


def _addresses(stack: Stack) -> dict[str, str]:
    addresses = {"gateway": stack.gateway}
    if stack.external.smtp_url is None:
        addresses["inbox"] = stack.inbox.url
    if stack.external.sms is None:
        addresses["sms"] = stack.sms.url
    return addresses


def _trusted(stack: Stack) -> dict[str, str]:
    """Whom a client has to trust: nobody when the gateway speaks plain HTTP."""
    return {"authority": str(stack.authority)} if stack.gateway.startswith("https:") else {}


def _places(stack: Stack, logins: Sequence[Login]) -> Iterator[tuple[str, str]]:
    yield "start here", f"{stack.gateway}/"
    realms = [login.realm for login in logins if login.role == "STAFF_ADMIN"]  # the slug of each organization
    for name, realm in zip(("staff sign in", "case managers sign in"), realms, strict=False):
        yield name, f"{stack.gateway}/o/{realm}/sign-in"
    yield "families sign in", f"{stack.gateway}/family/sign-in"
    _, *messages = _addresses(stack).items()
    yield from messages
    yield "API", f"{stack.gateway}/docs"
    yield "logs", str(stack.data / "logs")
    yield from _trusted(stack).items()


def _show_next_steps(console: Console, stack: Stack, login: Login) -> None:
    body = json.dumps({"realm": login.realm, "username": login.username, "password": login.password})
    curl = " ".join(["curl", *(f"--cacert {file}" for file in _trusted(stack).values())])
    sign_in = f"{curl} {stack.gateway}/v1/auth/login -H 'content-type: application/json' -d '{body}'"
    list_applications = f"{curl} {stack.gateway}/v1/applications -H 'authorization: Bearer …'"
    if _trusted(stack):
        console.print("A browser warns of the gateway until it trusts the authority; its file can be imported there.")
    console.print("Follow an invitation: they wait in the inbox, and among the SMS, each with a link and a code.")
    console.print("Sign in by the API, and use the access token of the answer:")
    for command in (sign_in, list_applications):
        console.print(Text(f"  {command}", style="cyan"), soft_wrap=True)  # one line, so that it can be copied
