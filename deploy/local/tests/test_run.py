"""`make run`, as a person meets it: the real command in a process of its own."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from local_stack.demo import Login, Person, gateway_client
from local_stack.families import FAMILIES
from local_stack.postgres import ServicePasswords, create_service_database, start_postgres


class Run:
    """A started `make run`."""

    def __init__(self, data: Path) -> None:
        self.summary = data / "stack.json"
        command = [sys.executable, "-m", "local_stack", "run", "--data", str(data)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.screen = ""

    def wait_until_ready(self) -> dict[str, Any]:
        """What it writes for programs when it is ready."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.screen += line
            if "Ctrl-C" in line:
                break
        found: dict[str, Any] = json.loads(self.summary.read_text(encoding="utf-8"))
        return found

    def children(self) -> set[int]:
        """The processes that it has started and that still run."""
        lists = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        return {int(pid) for file in lists for pid in file.read_text(encoding="ascii").split()}

    def end(self, number: signal.Signals) -> int:
        """Send a signal and wait for the end; the exit code."""
        self.process.send_signal(number)
        self.process.communicate(timeout=60)
        return self.process.returncode


@pytest.fixture
def data() -> Iterator[Path]:
    """A folder for the data of one stack, which PostgreSQL's user may enter."""
    with tempfile.TemporaryDirectory(prefix="portico-") as path:
        yield Path(path)


def is_alive(pid: int) -> bool:
    """Whether a process runs."""
    return Path(f"/proc/{pid}").exists()


@contextmanager
def signed_in(summary: dict[str, Any], role: str) -> Iterator[Person]:
    """Somebody of the demo at the gateway."""
    [login] = [Login(**login) for login in summary["logins"] if login["role"] == role]
    with gateway_client(summary["gateway"]) as gateway:
        yield Person(gateway).sign_in(login)


def link_states(summary: dict[str, Any]) -> Counter[str]:
    """How many of the demo's applications are in which state, by their first guardian."""
    with signed_in(summary, "STAFF") as staff:
        applications = staff.get("/v1/applications")["applications"]
    return Counter(application["guardians"][0]["linkState"] for application in applications)


def test_run_from_the_first_start_to_the_last_signal(
    data: Path, eventually: Callable[[Callable[[], bool]], None]
) -> None:
    """OP-01: one command brings everything with a demo; Ctrl-C stops all; a second start makes nothing twice."""
    expected = Counter(LINKED=1, NO_CONTACT=1, UNDELIVERABLE=1, INVITED=len(FAMILIES) - 3)
    first = Run(data)
    summary = first.wait_until_ready()
    eventually(lambda: link_states(summary) == expected)
    with signed_in(summary, "FAMILY") as family:
        [mine] = family.get("/v1/me/applications")["applications"]
    assert "Maple County Childcare" == mine["organizationName"]
    pages = ["/", "/o/maple-county/sign-in", "/family/sign-in"]
    places = [*(summary["gateway"] + page for page in pages), summary["inbox"], f"{summary['gateway']}/docs"]
    assert places == [address for address in re.findall(r"http://\S+", first.screen) if address in places]
    children = first.children()
    assert 10 == len(children)
    # A person who is impatient presses it twice.
    first.process.send_signal(signal.SIGINT)
    assert 0 == first.end(signal.SIGINT)
    assert not any(map(is_alive, children))
    assert not first.summary.exists()

    second = Run(data)
    summary = second.wait_until_ready()
    assert expected == link_states(summary)
    children = second.children()
    assert -signal.SIGKILL == second.end(signal.SIGKILL)
    eventually(lambda: not any(map(is_alive, children)))


def test_a_wrong_address_of_a_component_ends_with_78(data: Path) -> None:
    """OP-03: a wrong setting names itself and ends the start with EX_CONFIG."""
    ended = subprocess.run(
        [sys.executable, "-m", "local_stack", "run", "--data", str(data)],
        env={**os.environ, "PORTICO_STACK_SMS_URL": "https://api.example"},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert os.EX_CONFIG == ended.returncode
    assert "PORTICO_STACK_SMS_URL" in ended.stdout


def test_data_of_another_version_are_refused_in_one_sentence(data: Path) -> None:
    """OP-08: it names the revision and what to do, and leaves the tables as they are."""
    passwords = ServicePasswords(owner="owner", runtime="runtime")
    server = start_postgres(data / "postgres")
    create_service_database(server, "identity", passwords)
    with psycopg.connect(str(server.url("identity", "identity_owner", passwords.owner))) as connection:
        connection.execute("CREATE TABLE alembic_version AS SELECT '0001' AS version_num")
    server.stop()
    ended = subprocess.run(
        [sys.executable, "-m", "local_stack", "run", "--data", str(data)],
        env={**os.environ, "COLUMNS": "500"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert 1 == ended.returncode
    told = "identity: the database stands at revision 0001, which this version does not know; use the version that"
    assert f"{told} made it, or delete {data} (`make clean-data` for .local)." == ended.stdout.strip()
    server = start_postgres(data / "postgres")
    with psycopg.connect(str(replace(server.admin, database="identity"))) as connection:
        rows = connection.execute("SELECT tablename, version_num FROM pg_tables, alembic_version")
        assert [("alembic_version", "0001")] == [row for row in rows if not row[0].startswith(("pg_", "sql_"))]
    server.stop()
