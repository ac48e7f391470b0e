"""The whole stack, as the tests of everything together use it."""

import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from local_stack.external import External
from local_stack.folder import FolderInUse
from local_stack.nats import start_nats
from local_stack.postgres import Postgres
from local_stack.sms import SmsAccount
from local_stack.stack import CommandFailed, Stack
from local_stack.topology import SERVICES

LISTENS = "0A"
"""A state in /proc/net/tcp."""


def is_ready(stack: Stack) -> bool:
    """Whether the gateway says that every service is ready."""
    return httpx.get(f"{stack.gateway}/readyz").status_code == 200


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """A running stack without any data."""
    with tempfile.TemporaryDirectory(prefix="portico-") as data, Stack(Path(data)) as running:
        # Asked here: in random order a test may follow one that has just restarted a part.
        assert is_ready(running)
        yield running


def listening(pid: int) -> set[int]:
    """The TCP ports on which a process takes connections."""
    own = set[str]()
    for file in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # a connection ended meanwhile; what takes them stays
            own.add(str(file.readlink()))
    table = [line.split() for line in Path(f"/proc/{pid}/net/tcp").read_text(encoding="ascii").splitlines()[1:]]
    return {int(row[1].rpartition(":")[2], 16) for row in table if row[3] == LISTENS and f"socket:[{row[9]}]" in own}


def test_everything_is_up_when_the_block_begins(stack: Stack, eventually: Callable[[Callable[[], bool]], None]) -> None:
    """OP-01: the gateway reaches every service and the portal, and the documents are served."""
    eventually(lambda: is_ready(stack))
    assert "text/html" in httpx.get(f"{stack.gateway}/").headers["content-type"]
    assert "3.1" in httpx.get(f"{stack.gateway}/openapi.json").json()["openapi"]


def test_the_pages_of_envoy_are_its_owners(stack: Stack) -> None:
    """CASE-S15: its admin answers on a socket of the file system alone, which nobody else may open; no port does."""
    socket = stack.data / "envoy" / "admin.sock"
    with httpx.Client(transport=httpx.HTTPTransport(uds=str(socket))) as owner:
        assert "LIVE" == owner.get("http://envoy/ready").text.strip()
    assert 0o600 == stat.S_IMODE(socket.stat().st_mode)
    assert {urlsplit(stack.gateway).port} == listening(stack.parts["envoy"].pid)


def test_a_killed_service_comes_back(stack: Stack, eventually: Callable[[Callable[[], bool]], None]) -> None:
    """OP-06: the gateway notices that a service is gone, and that it is there again."""
    stack.kill("casemanager")
    eventually(lambda: not is_ready(stack))
    stack.start("casemanager")
    stack.wait_until_ready()


def test_the_portal_owns_nothing(stack: Stack) -> None:
    """PO-01: the portal is a client of the services like any other: it is told of no database and no broker."""
    environment = Path(f"/proc/{stack.parts['portal'].pid}/environ").read_text(encoding="utf-8")
    names = {entry.partition("=")[0] for entry in environment.split("\0")}
    assert {"PORTICO_COOKIE_KEYS"} == {"PORTICO_COOKIE_KEYS", "PORTICO_DATABASE_URL", "PORTICO_NATS_URL"} & names


@pytest.mark.parametrize("part", ["postgres", "nats", "notifications", "portal", "envoy"])
def test_each_part_can_be_restarted(stack: Stack, part: str) -> None:
    """OP-06: every part may go and return, and the whole is ready again."""
    stack.restart(part)
    stack.wait_until_ready()


def test_every_component_can_be_somebody_elses(postgres: Postgres, folder: Path) -> None:
    """OP-01: with addresses for all components the stack starts the services, the portal and the edge alone."""
    broker = start_nats(folder / "elsewhere")
    external = External(
        postgres=Postgres(postgres.admin),
        nats_url=broker.url(),
        smtp_url="smtp://mail.example",
        sms=SmsAccount(url="https://sms.example", account="AC1", token="token"),
        scanner_url="tcp://clamd.example:3310",
        blob_url=(folder / "files").as_uri(),
    )
    with Stack(folder / "here", external=external) as stack:
        assert is_ready(stack)
        assert {*SERVICES, "portal", "envoy"} == set(stack.parts)
    assert broker.child.is_running
    broker.stop()


def test_a_refused_command_says_why(stack: Stack) -> None:
    """OP-01: an operator's command that fails shows what the service wrote."""
    with pytest.raises(CommandFailed, match="no-such-command"):
        stack.run("identity", "no-such-command")


def test_a_second_stack_on_the_same_data_is_refused(stack: Stack) -> None:
    """OP-01: the second of two stacks on one folder says that the first one runs, and leaves it alone."""
    with pytest.raises(FolderInUse, match="Another stack already runs"), Stack(stack.data):
        pass
    assert is_ready(stack)
