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
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest

from local_stack.demo_list import BATCH_SIZE
from local_stack.families import FAMILIES
from local_stack.harbour_bookings import PLAN, Story
from local_stack.mail import Inbox, MailPorts, plain_text
from local_stack.person import Login, Person, gateway_client
from local_stack.postgres import ServicePasswords, create_service_database, start_postgres
from local_stack.secrets import DevelopmentSecrets
from local_stack.topology import SERVICES
from local_stack.waitlist import SIZE, Wish, waiting_list


class Run:
    """A started `make run`."""

    def __init__(self, data: Path, *options: str) -> None:
        self.summary = data / "stack.json"
        command = [sys.executable, "-m", "local_stack", "run", "--data", str(data), *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.screen = ""

    def wait_until_ready(self) -> dict[str, Any]:
        """What it writes for programs when it is ready."""
        self.wait_for("Ctrl-C")
        found: dict[str, Any] = json.loads(self.summary.read_text(encoding="utf-8"))
        return found

    def wait_for(self, words: str) -> None:
        """Read on until the screen says so."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.screen += line
            if words in line:
                return
        raise AssertionError(f"It ended without saying {words!r}: {self.screen}")

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
def signed_in(summary: dict[str, Any], role: str, realm: str = "maple-county") -> Iterator[Person]:
    """Somebody of the demo at the gateway, the first one with that role."""
    logins = [Login(**login) for login in summary["logins"]]
    login = next(login for login in logins if (login.role, login.realm) == (role, realm))
    with gateway_client(summary["gateway"], summary.get("authority")) as gateway:
        yield Person(gateway).sign_in(login)


def link_states(summary: dict[str, Any]) -> Counter[str]:
    """How many of the demo's applications are in which state, by their first guardian."""
    states, token = Counter[str](), ""
    with signed_in(summary, "STAFF") as staff:
        while True:
            page = staff.get(f"/v1/applications?pageSize=200&pageToken={token}")
            states.update(application["guardians"][0]["linkState"] for application in page["applications"])
            token = page.get("nextPageToken", "")
            if not token:
                return states


def batches(summary: dict[str, Any]) -> list[tuple[str, int]]:
    """In which state each of the demo's batches is, and how many rows it has."""
    with signed_in(summary, "STAFF") as staff:
        return [(batch["state"], batch["rowCount"]) for batch in staff.get("/v1/batches")["batches"]]


STATES = {
    **dict.fromkeys((Story.ASKED, Story.WISHED, Story.REFUSED), "REQUESTED"),
    **dict.fromkeys((Story.OFFERED, Story.OFFERED_SOON), "OFFERED"),
    **dict.fromkeys((Story.CANCELLED, Story.CANCELLED_LATE, Story.CANCELLED_BY_US), "CANCELLED"),
    Story.DECLINED: "DECLINED",
    Story.ATTENDED: "ATTENDED",
    Story.REPORTED: "REPORTED",
    Story.MISSED: "NOT_ATTENDED",
}
"""Where the bookings of the demo's provider stand in the end; all others are CONFIRMED."""


PROCESSES = len(["postgres", "nats", "mail", "sms", "scanner", *SERVICES, "portal", "envoy"])
"""Eleven: five that the suite stands on (the test scanner of files among them), the services, the portal, the edge."""


def provider(summary: dict[str, Any]) -> dict[str, object]:
    """What the demo's provider has, as its staff see it."""
    with signed_in(summary, "STAFF", "harbour-assessments") as staff:
        bookings = staff.get("/v1/bookings?pageSize=200")["bookings"]
        people = staff.get("/v1/case-managers")["caseManagers"]
        reports = staff.get("/v1/reports")["reports"]
        tasks = staff.get("/v1/tasks?pageSize=200")["tasks"]
        return {
            "states": Counter(booking["state"] for booking in bookings),
            "kinds": sorted(booking["cancellation"]["kind"] for booking in bookings if "cancellation" in booking),
            "clocks": sorted({booking["timeZone"] for booking in bookings} - {""}),
            "logins": Counter(person["login"]["status"] for person in people),
            "cases": len(staff.get("/v1/cases?pageSize=200")["cases"]),
            "by hand": len(staff.get("/v1/tasks?kind=BY_HAND")["tasks"]),
            "overdue": {task["kind"] for task in tasks if task.get("overdue") and task["kind"] != "BY_HAND"},
            "to check": [each["paperwork"]["fileName"] for each in staff.get("/v1/files-to-check")["files"]],
            "reports": [(each["version"], each["kind"], each.get("replacesVersion", 0)) for each in reports],
        }


def parts_told(run: Run) -> set[str]:
    """The parts of which the screen said how long they took."""
    return set(re.findall(r"^(\S.*): \d+\.\d s$", run.screen, re.MULTILINE))


def inbox_of(summary: dict[str, Any]) -> Inbox:
    """What came by email."""
    imap = urlsplit(summary["imap"])
    return Inbox(MailPorts(smtp=0, imap=imap.port or 0, web=0), imap.password or "")


def addresses(summary: dict[str, Any]) -> list[str]:
    """Where people go."""
    return [summary[place] for place in ("gateway", "inbox", "sms")]


def test_run_from_the_first_start_to_the_last_signal(
    data: Path, eventually: Callable[[Callable[[], bool]], None]
) -> None:
    """OP-01, CM-08, CASE-U10, CASE-U11, CASE-S5, CASE-S18: one command brings everything, three starts know each other.

    Each part is told when it is ready; Ctrl-C stops all; a second start makes nothing twice, also where the first one
    did not write down that it was done, has the old messages and addresses, and starts again what dies; with TLS a link
    of an older message leads to https.
    """
    waiting = Counter(one.wish for one in waiting_list())
    expected = Counter(
        LINKED=1 + waiting[Wish.LINK],
        NO_CONTACT=1 + waiting[Wish.ENTER_WITHOUT_CONTACT],
        UNDELIVERABLE=1 + waiting[Wish.INVITE_IN_VAIN],
        INVITED=len(FAMILIES) - 3 + waiting[Wish.INVITE] + BATCH_SIZE,
        NOT_INVITED=waiting[Wish.ENTER] - BATCH_SIZE,
    )
    assert SIZE + len(FAMILIES) == expected.total()
    booked = {
        "states": Counter(STATES.get(story, "CONFIRMED") for story, _ in PLAN),
        "kinds": ["CHARGEABLE", "NO_FEE", "NO_FEE_PAY_SPECIALIST"],
        "clocks": ["Australia/Perth", "Australia/Sydney", "Pacific/Auckland"],
        "logins": Counter(NONE=1, OFFERED=1, DECLINED=1, ACTIVATION_SENT=1, ACTIVE=4),
        "cases": 24,
        "by hand": 4,
        # Nobody has said what came of the appointment that has begun.
        "overdue": {"UPLOAD_PAPERWORK"},
        "to check": ["Notes of the ward.txt"],
        "reports": [(2, "AMENDED", 1), (1, "FINAL", 0)],
    }
    first = Run(data)
    summary = first.wait_until_ready()
    eventually(lambda: link_states(summary) == expected)
    assert [("SUCCEEDED", BATCH_SIZE)] == batches(summary)
    eventually(lambda: provider(summary) == booked)
    with signed_in(summary, "FAMILY", "family") as family:
        [mine] = family.get("/v1/me/applications")["applications"]
    assert "Maple County Childcare" == mine["organizationName"]
    pages = ["/", "/o/maple-county/sign-in", "/family/sign-in"]
    places = [*(summary["gateway"] + page for page in pages), summary["inbox"], f"{summary['gateway']}/docs"]
    assert places == [address for address in re.findall(r"http://\S+", first.screen) if address in places]
    children = first.children()
    assert PROCESSES == len(children)
    expected_parts = {"a new cluster", "postgres", "nats", "mail", "sms", "scanner", "portal", "envoy", "demo"}
    assert expected_parts == parts_told(first) - {*SERVICES, *(f"{service}-migrate" for service in SERVICES)}
    messages = [message["Message-ID"] for message in inbox_of(summary).messages("maria.garcia@example.org")]
    links = re.findall(r"http://\S+/i/\S+", plain_text(inbox_of(summary).messages("priya.patel@example.org")[0]))
    first_addresses = addresses(summary)
    # A person who is impatient presses it twice.
    first.process.send_signal(signal.SIGINT)
    assert 0 == first.end(signal.SIGINT)
    assert not any(map(is_alive, children))
    assert not first.summary.exists()

    (data / "demo-provider-loaded").unlink()
    second = Run(data)
    summary = second.wait_until_ready()
    assert expected == link_states(summary)
    assert booked == provider(summary)
    assert [("SUCCEEDED", BATCH_SIZE)] == batches(summary)
    assert first_addresses == addresses(summary)
    # A mail server that has just started parses all that it kept when it is first asked, and answers late until then.
    inbox_of(summary).wait_for_message("maria.garcia@example.org", count=len(messages))
    assert messages == [message["Message-ID"] for message in inbox_of(summary).messages("maria.garcia@example.org")]
    assert len(httpx.get(f"{summary['sms']}/messages").json()) > 1
    children = second.children()
    [portal] = [pid for pid in children if b"portal" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")]
    os.kill(portal, signal.SIGKILL)
    second.wait_for("portal has ended, and is started again in 1 s")
    second.wait_for("portal is back.")
    children = second.children()
    assert PROCESSES == len(children)
    assert -signal.SIGKILL == second.end(signal.SIGKILL)
    eventually(lambda: not any(map(is_alive, children)))

    third = Run(data, "--tls")
    summary = third.wait_until_ready()
    assert summary["gateway"].startswith("https://127.0.0.1:")
    assert expected == link_states(summary)
    with gateway_client("http://127.0.0.1", summary["authority"]) as browser:
        page = browser.get(links[0], follow_redirects=True)
    assert (200, summary["gateway"]) == (page.status_code, str(page.url).rpartition("/i/")[0])
    assert "max-age=31536000; includeSubDomains" == page.headers["strict-transport-security"]
    assert 0 == third.end(signal.SIGTERM)


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
    DevelopmentSecrets(data / "secrets")
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
    assert f"{told} made it, or delete {data} (`make clean-data` for .local)." == ended.stdout.strip().splitlines()[-1]
    server = start_postgres(data / "postgres")
    with psycopg.connect(str(replace(server.admin, database="identity"))) as connection:
        rows = connection.execute("SELECT tablename, version_num FROM pg_tables, alembic_version")
        assert [("alembic_version", "0001")] == [row for row in rows if not row[0].startswith(("pg_", "sql_"))]
    server.stop()


def lose_secrets(data: Path) -> str:
    """A cluster without the secrets that open it."""
    (data / "postgres" / "cluster").mkdir(parents=True)
    return "secrets/secrets.json is missing, and only it opens the data beside it: put it back, or delete"


def damage_secrets(data: Path) -> str:
    """A file that was cut short."""
    (data / "secrets").mkdir()
    (data / "secrets" / "secrets.json").write_text('{"mail": "', encoding="ascii")
    return "secrets/secrets.json cannot be read: put it back, or delete"


def lose_superuser(data: Path) -> str:
    """A cluster without its password."""
    DevelopmentSecrets(data / "secrets")
    (data / "postgres" / "cluster").mkdir(parents=True)
    return "postgres/superuser has no password, and without it nobody gets into the cluster: put it back, or delete"


def lock_with_a_folder(data: Path) -> str:
    """A folder where the lock should be."""
    (data / "lock").mkdir()
    return "lock is a folder, and should be a file: remove it."


def put_a_file_in_the_way(data: Path) -> str:
    """A file where a folder should be."""
    (data / "secrets").write_text("", encoding="ascii")
    return "secrets: File exists."


@pytest.mark.parametrize(
    "spoil", [lose_secrets, damage_secrets, lose_superuser, lock_with_a_folder, put_a_file_in_the_way]
)
def test_what_is_broken_is_said_in_one_sentence(data: Path, spoil: Callable[[Path], str]) -> None:
    """CASE-S9, CASE-S12: the start ends with what is wrong and what to do, and never with a traceback."""
    told = spoil(data)
    ended = subprocess.run(
        [sys.executable, "-m", "local_stack", "run", "--data", str(data)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert 1 == ended.returncode
    last = ended.stdout.strip().splitlines()[-1]
    assert f"{data}/{told}" in last
    assert "Traceback" not in ended.stdout
