"""The README's stories, word by word: those with curl in bash, the one in a browser in Chromium."""

import asyncio
import json
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, expect

from chassis.testing.eventually import eventually
from local_stack.mail import Inbox, MailPorts
from tests.e2e.browser import Window, Windows

pytestmark = pytest.mark.long(seconds=120)

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
START_SECONDS = 300
STEP = re.compile(
    r"""(?P<verb>\b(?:open|press|choose|pick))\ \*\*(?P<target>[^*]+)\*\*
    | \*(?P<label>[^*]+)\*:\ `(?P<text>[^`]+)`
    | sign\ in\ as\ `(?P<role>[\w@-]+)`
    | (?P<reload>reload\ the\ page)
    | after\ a\ moment[^“]+“(?P<awaited>[^”]+)”
    | (?P<link>follow\ the\ link)
    | “(?P<seen>[^”]+)”""",
    re.VERBOSE | re.IGNORECASE,
)
"""What the words of the README ask for; how they are written stands there, above the story."""


def chapter(heading: str) -> str:
    """The text below a heading."""
    return README.partition(f"## {heading}\n")[2].partition("\n## ")[0]


@asynccontextmanager
async def make_run(folder: Path) -> AsyncIterator[dict[str, object]]:
    """What `make run` does in a folder, and what it says of itself when it is ready."""
    summary = folder / ".local" / "stack.json"
    command = [sys.executable, "-m", "local_stack", "run", "--data", str(summary.parent)]
    with (folder / "screen").open("wb") as screen:
        process = await asyncio.create_subprocess_exec(*command, cwd=folder, stdout=screen, stderr=screen)
    try:
        await eventually(lambda: summary.exists() or process.returncode is not None, timeout=START_SECONDS)
        assert summary.exists(), (folder / "screen").read_text(encoding="utf-8")
        yield json.loads(summary.read_text(encoding="utf-8"))
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        await process.wait()


def commands(heading: str) -> list[str]:
    """What stands in the frames of a chapter."""
    return re.findall(r"```bash\n(.*?)```", chapter(heading), re.DOTALL)


async def pasted(folder: Path, *frames: str) -> list[str]:
    """The lines that commands print when all of them succeed, and none complains."""
    script = "\n".join(["set -euo pipefail", *frames])
    done = await asyncio.to_thread(
        subprocess.run, ["bash", "-c", script], cwd=folder, capture_output=True, text=True, check=False
    )
    assert (0, "") == (done.returncode, done.stderr), done.stdout
    return done.stdout.splitlines()


async def play_with_curl(folder: Path) -> None:
    """Paste all of it, and look at what the last command printed."""
    lines = await pasted(folder, *commands("The story, with curl"))
    timeline = json.loads(lines[-1])
    kinds = [entry["kind"] for entry in reversed(timeline["entries"])]
    told = ["SUBMITTED", "INVITED", "LINK_FETCHED", "OPENED", "ACCEPTED"]
    told += ["UNLINKED", "UNLINK_UNDONE", "UNLINKED", "CONTACT_CHANGED", "INVITED"]
    assert told == [kind for kind in kinds if not kind.startswith("MESSAGE_")]
    batches = [json.loads(line) for line in lines if '"rowCount"' in line]
    ends = dict.fromkeys((batch["displayName"], batch["state"]) for batch in batches)
    expected = [("Everybody called Herrera", "SUCCEEDED"), ("By mistake", "SUCCEEDED"), ("By mistake", "UNDONE")]
    assert expected == [end for end in ends if end[1] in {"SUCCEEDED", "UNDONE"}]
    assert any("Lucía" in line for line in lines)
    assert any("solicitud" in line for line in lines)


async def play_bookings(folder: Path) -> None:
    """The same with the stories of bookings and of their files, which begin with the abbreviations of the first one."""
    abbreviations, *_ = commands("The story, with curl")
    files = commands("Paperwork, report and history, with curl")
    lines = await pasted(folder, abbreviations, *commands("Bookings, with curl"), *files)
    *bookings, history, day, refused, sent, log = [json.loads(line) for line in lines if line.startswith("{")]
    states = ["CONFIRMED", "CONFIRMED", "CONFIRMED", "CONFIRMED", "CANCELLED"]
    assert states == [booking["state"] for booking in bookings]
    booked, *_, confirmed, moved, cancelled = bookings
    assert "NO_FEE" == cancelled["cancellation"]["kind"]
    assert confirmed["startTime"] != moved["startTime"]
    told = ["REQUESTED", "OFFERED", "CONFIRMED", "RESCHEDULED", "CANCELLED"]
    assert told == [entry["kind"] for entry in reversed(history["entries"])]
    taken = [entry["startTime"] for entry in day["entries"] if entry.get("bookingId") == booked["id"]]
    assert [booked["startTime"]] == taken
    assert "FILE_TYPE_REFUSED" in json.dumps(refused)
    assert (booked["id"], True) == (sent["id"], "paperworkSentTime" in sent)
    assert ["Amelia Hart"] == [each["actorName"] for each in log["downloads"]]
    header, *rows = (line for line in lines if not line.startswith("{"))
    assert "Booking" in header
    assert 4 == len(rows)


async def _fill(window: Window, label: str, text: str) -> None:
    """Types it, or chooses it where there is something to choose from."""
    field = window.field(label)
    if await field.evaluate("one => one.tagName") == "SELECT":
        await field.select_option(label=text)
    else:
        await window.write(label, text)


class Player:
    """Whoever reads the story and does what it says, each person in a browser of their own."""

    def __init__(self, windows: Windows, stack: dict[str, object], time: int) -> None:
        self._windows, self._stack, self._time = windows, stack, time
        self._people: dict[str, Window] = {}
        self._written_to = ""

    async def play(self, heading: str) -> None:
        """All steps of a chapter, one after the other."""
        story = chapter(heading)
        steps = re.findall(r"^\d+\. \*\*(.+?)\.\*\* (.+?)(?=^\d+\. |\n\n|\Z)", story, re.DOTALL | re.MULTILINE)
        assert 7 == len(steps)
        for who, words in steps:
            if who not in self._people:
                self._people[who] = await self._windows(beside=str(self._stack["inbox"]))
            for step in STEP.finditer(re.sub(r"\s+", " ", words)):
                self._people[who] = await self._do(self._people[who], step)

    async def _do(self, window: Window, step: re.Match[str]) -> Window:
        if step["verb"]:
            await self._handle(window, step["verb"].lower(), self._numbered(step["target"]))
        elif step["text"]:
            text = self._numbered(step["text"])
            self._written_to = text if "@" in text else self._written_to
            await _fill(window, step["label"], text)
        elif step["role"]:
            role, _, realm = step["role"].partition("@")
            logins = (login for login in self._logins() if login["role"] == role and realm in {"", login["realm"]})
            login = next(logins)
            await window.sign_in("", login["username"], login["password"])
        elif step["reload"]:
            await window.page.reload()
        elif step["awaited"]:
            await expect(window.page.get_by_text(step["awaited"]).filter(visible=True)).to_be_visible(timeout=60_000)
        elif step["link"]:
            return await self._follow(window)
        elif step["seen"]:
            await window.sees(step["seen"])
        return window

    async def _handle(self, window: Window, verb: str, target: str) -> None:
        match verb:
            case "open":
                await window.page.goto(self._place(target))
            case "press" if "B-…" in target:
                name = re.compile(re.escape(target).replace("B\\-…", r"B-\d+"))
                await window.page.get_by_role("link", name=name).first.click()
            case "press":
                await window.press(target)
            case "choose":
                await window.choose(target)
            case "pick":
                await window.pick(window.page.locator("main"), target)

    def _numbered(self, words: str) -> str:
        """The words with the number of this time in the place of a 1 at the end of a name."""
        return re.sub(r"(?<=[. ])1(?=@|$)", str(self._time), words)

    def _logins(self) -> list[dict[str, str]]:
        logins = self._stack["logins"]
        assert isinstance(logins, list)
        return logins

    def _place(self, name: str) -> str:
        """An address, by its name on the screen."""
        realms = [login["realm"] for login in self._logins() if login["role"] == "STAFF_ADMIN"]
        doors = dict(zip(("staff sign in", "case managers sign in"), realms, strict=True))
        return f"{self._stack['gateway']}/o/{doors[name]}/sign-in" if name in doors else str(self._stack[name])

    async def _follow(self, window: Window) -> Window:
        """In the web inbox, the link in the newest message to the person; it opens in a tab of its own."""
        # Whoever looks before the message is there finds only those to others.
        url = urlsplit(str(self._stack["imap"]))
        inbox = Inbox(MailPorts(smtp=0, imap=url.port or 0, web=0), url.password or "")
        written = await asyncio.to_thread(inbox.wait_for_message, self._written_to)
        await window.page.reload()
        messages = window.page.locator("#mailbox tr").filter(has=window.page.locator(".subject"))
        await expect(messages.first).to_be_visible()
        for number in range(await messages.count()):
            await messages.nth(number).click()
            if await self._shows(window, written):
                break
        link = window.page.frame_locator("#mail-content iframe").locator("a[href*='/i/']").first
        async with window.page.context.expect_page() as opened:
            await link.click()
        page = await opened.value
        await expect(page.locator("h1")).to_be_visible()
        return Window(page=page, gateway=window.gateway, hand=window.hand, strays=window.strays)

    async def _shows(self, window: Window, message: EmailMessage) -> bool:
        """Whether the message that was pressed is this one; those of a batch may have come after it."""
        try:
            date = window.page.locator("#header-date input")
            await expect(date).to_have_value(str(message["Date"]), timeout=2000)
        except AssertionError:
            return False
        return self._written_to in await window.page.locator("#header-to input").input_value()


@pytest.mark.usefixtures("browser")
async def test_all_stories_twice_and_again_on_a_second_start(browser: Browser) -> None:
    """OP-01, CM-08, CM-12 to CM-14, NT-02, CASE-U1, CASE-U10, CASE-U23: what the README says comes true, each time."""
    with TemporaryDirectory(prefix="portico-") as name:
        folder = Path(name)
        (folder / ".venv").symlink_to(sys.prefix)
        for times in ((1, 2), (3,)):
            async with make_run(folder) as stack:
                for time in times:
                    await play_with_curl(folder)
                    await play_bookings(folder)
                    windows = Windows(browser, str(stack["gateway"]))
                    await Player(windows, stack, time).play("The story, in a browser")
                    await Player(windows, stack, time).play("Bookings, in a browser")
                    assert [] == await windows.close()
