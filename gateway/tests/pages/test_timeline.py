"""What happened to an application: one row a message, whose state grows, over the borders of pages."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from portico.applications.v1.resources_pb2 import SMS, Guardian, TimelineEntry
from portico.applications.v1.timeline_pb2 import ListTimelineEntriesResponse

from chassis.wire import timestamp
from portal.areas.staff.timeline import FOLLOWED, Row, is_moving, rows_of

from .neighbours import Neighbours
from .people import Browser
from .reading import Element, Page
from .samples import APPLICATION, INVITATION_ID, application, at, guardian

OTHER = "01990000-0000-7000-8000-0000000000e2"
KINDS = [number for number in TimelineEntry.Kind.values() if number]


def line(kind: str, minute: int, invitation_id: str = INVITATION_ID, **more: object) -> TimelineEntry:
    """Something that happened at a minute past nine."""
    return TimelineEntry(
        kind=TimelineEntry.Kind.Value(kind),
        event_time=timestamp(at(9, minute)),
        invitation_id=invitation_id,
        **more,  # type: ignore[arg-type] # the fields of the message
    )


def told(rows: list[Row]) -> list[tuple[str, list[str]]]:
    """The rows by name: what heads them, and their steps."""
    name = TimelineEntry.Kind.Name
    return [(name(row.entry.kind), [name(step.kind) for step in row.steps]) for row in rows]


def items(page: Page) -> list[Element]:
    """The rows as people see them."""
    return [item for item in page.main.one("ol", class_="timeline").children if isinstance(item, Element)]


MESSAGE = [line("MESSAGE_SENT", 3), line("MESSAGE_FAILED", 2), line("MESSAGE_QUEUED", 1), line("INVITED", 0)]


def test_a_message_is_one_row_whose_state_grows() -> None:
    """CASE-U16: what became of a message stands below its invitation, oldest first; what people did has its own row."""
    entries = [line("ACCEPTED", 9), line("OPENED", 8), line("LINK_FETCHED", 7), *MESSAGE, line("SUBMITTED", 0, "")]
    rows = rows_of(entries)
    assert [
        ("ACCEPTED", []),
        ("OPENED", []),
        ("INVITED", ["MESSAGE_QUEUED", "MESSAGE_FAILED", "MESSAGE_SENT", "LINK_FETCHED"]),
        ("SUBMITTED", []),
    ] == told(rows)
    states = [rows_of(MESSAGE[at:])[0].state for at in range(4)]
    assert [entry if entry.kind != TimelineEntry.INVITED else None for entry in MESSAGE] == states


def test_two_messages_are_two_rows() -> None:
    """CASE-U16: what is reported late of an older message is part of that one."""
    entries = [line("MESSAGE_SENT", 6), line("INVITED", 5, OTHER), *MESSAGE[1:]]
    assert [("INVITED", []), ("INVITED", ["MESSAGE_QUEUED", "MESSAGE_FAILED", "MESSAGE_SENT"])] == told(
        rows_of(entries)
    )


def test_lines_from_before_stand_alone() -> None:
    """CASE-U16: what was written before lines had an invitation is shown as it was, each in its row."""
    entries = [line("MESSAGE_SENT", 1, ""), line("MESSAGE_SENT", 1, ""), line("INVITED", 0, "")]
    assert [("MESSAGE_SENT", []), ("MESSAGE_SENT", []), ("INVITED", [])] == told(rows_of(entries))


@given(st.lists(st.tuples(st.sampled_from(KINDS), st.sampled_from(["", INVITATION_ID, OTHER])), max_size=12))
def test_no_line_is_lost_or_told_twice(lines: list[tuple[TimelineEntry.Kind.ValueType, str]]) -> None:
    """CASE-U16: whatever happened in whatever order, each line stands in one row, once."""
    entries = [
        TimelineEntry(kind=kind, invitation_id=about, detail=str(number)) for number, (kind, about) in enumerate(lines)
    ]
    held = [entry.detail for row in rows_of(entries) for entry in (row.entry, *row.steps)]
    assert [entry.detail for entry in entries] == sorted(held, key=int)


async def test_a_page_that_ends_within_a_message_brings_its_beginning(staff: Browser, neighbours: Neighbours) -> None:
    """CASE-U16: the row is whole on the newer page, and the older one does not show it again."""
    newer, older = MESSAGE[:2], [*MESSAGE[2:], line("SUBMITTED", 0, "")]
    pages = [
        ListTimelineEntriesResponse(entries=newer, next_page_token="older"),
        ListTimelineEntriesResponse(entries=older),
    ]
    neighbours.answers["ListTimelineEntries"] = lambda request: pages[bool(request.page_token)]
    page = await staff.get(APPLICATION)
    [row] = items(page)
    assert "Invitation made" in row.text
    assert 3 == len(row.all("li")) - 1
    assert {"page": ["older"], "shown": [INVITATION_ID]} == parse_qs(urlsplit(page.link("Older")).query)
    page = await staff.get(page.link("Older"))
    assert ["Application came in"] == [row.text.partition("AM ")[2] for row in items(page)]


async def test_a_message_that_failed_says_why(staff: Browser, neighbours: Neighbours) -> None:
    """CASE-U13, CASE-U16: the row says it in plain words; the provider's own stand among the folded steps."""
    words = "400 21211: The 'To' number is not valid"
    entries = [line("MESSAGE_FAILED", 1, method=SMS, detail=words), line("INVITED", 0, method=SMS, detail="•••0123")]
    neighbours.answers |= {
        "GetApplication": application(guardian(link_state=Guardian.UNDELIVERABLE)),
        "ListTimelineEntries": ListTimelineEntriesResponse(entries=entries),
    }
    [row] = items(await staff.get(APPLICATION))
    assert "Not delivered Jan 28, 4:01 AM This number cannot receive text messages." == row.one("p").text
    assert words in row.one("details").text
    assert 1 == row.text.count(words)

    neighbours.answers["GetApplication"] = application(guardian(link_state=Guardian.INVITED))
    [row] = items(await staff.get(APPLICATION))
    assert row.one("p").text.endswith("A first try failed, and it is tried again.")


@pytest.mark.parametrize(
    ("kinds", "later", "moves"),
    [
        ([], timedelta(), True),
        ([], FOLLOWED, False),
        (["MESSAGE_QUEUED"], FOLLOWED, True),
        (["MESSAGE_FAILED", "MESSAGE_QUEUED"], FOLLOWED, True),
        (["MESSAGE_SENT"], FOLLOWED, True),
        (["MESSAGE_SENT"], FOLLOWED + timedelta(minutes=1), False),
        (["MESSAGE_DELIVERED", "MESSAGE_SENT"], timedelta(), False),
    ],
)
def test_what_may_still_change_is_followed(kinds: list[str], later: timedelta, moves: bool) -> None:
    """CASE-U14: a page follows a live invitation until its message arrived, or for ten minutes after its last word."""
    rows = rows_of([*(line(kind, 1) for kind in kinds), line("INVITED", 0)])
    now: datetime = at(9) + later
    assert moves == is_moving(application(), rows, now)


@pytest.mark.parametrize("state", [state for state in Guardian.LinkState.values() if state != Guardian.INVITED])
def test_what_cannot_change_by_itself_is_not_followed(state: Guardian.LinkState.ValueType) -> None:
    """CASE-U14: no page asks again and again about what no message will change."""
    assert not is_moving(application(guardian(link_state=state)), rows_of([line("INVITED", 0)]), at(9))
