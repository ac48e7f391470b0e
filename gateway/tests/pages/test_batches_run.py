"""Batches that run, and what became of them: progress, result, rows, the list, the undo."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from portico.applications.v1 import batch_requests_pb2 as requests
from portico.applications.v1.batch_resources_pb2 import Batch, BatchDeliveries, BatchRow

from chassis.testing import FakeClock
from chassis.wire import timestamp
from portal.areas.batches import labels
from portal.areas.batches.actions import ACTIONS
from portal.core.versions import version_of

from .downloads import KINDS, Kind
from .neighbours import Neighbours, refusal
from .people import Browser
from .samples import (
    ADA_ID,
    APPLICATION,
    BATCH,
    GUARDIAN,
    batch,
    batch_row,
    unlinking,
)


async def test_the_progress_is_shown(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05, AP-12: how many are done, in words and as a bar, and that the window may be closed."""
    running = batch("RUNNING", run_time=timestamp(datetime(2026, 1, 28, 10, tzinfo=UTC)), starter_id=ADA_ID)
    neighbours.answers["GetBatch"] = running

    page = await staff.get(BATCH)

    bar = page.main.one("progress")
    assert ("1200", "87") == (bar["max"], bar["value"])
    assert "87 of 1,200 families" in page.text
    assert "You can close this window" in page.text
    assert version_of(running) == page.main.one("section", id="status-part")["data-follow"]


async def test_an_open_page_waits_for_news(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05, AP-12: what the page shows already is waited past; another state is shown without asking once more."""
    shown, moved = batch("PREVIEWING"), batch("PREVIEWED")
    neighbours.answers["WatchBatch"] = moved

    page = await staff.get(f"{BATCH}?known={version_of(shown)}")

    assert "Ready to start" in page.text
    assert ["WatchBatch"] == [rpc for rpc in neighbours.rpcs if rpc in {"WatchBatch", "GetBatch"}]


async def test_a_page_without_news_is_shown_as_it_is(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05, AP-12: when the stream ends with nothing new, the batch is asked for, and shown."""
    page = await staff.get(f"{BATCH}?known={version_of(batch())}")

    assert (200, True) == (page.status, "Ready to start" in page.text)
    assert ["WatchBatch", "GetBatch"] == [rpc for rpc in neighbours.rpcs if rpc in {"WatchBatch", "GetBatch"}]


@pytest.mark.parametrize("state", sorted(labels.STATES))
@pytest.mark.parametrize("language", ["en", "es"])
async def test_every_state_has_its_page(state: str, language: str, staff: Browser, neighbours: Neighbours) -> None:
    """PO-05, AP-12: each state says what it means, and what moves is followed quickly, what ended is not."""
    staff.cookies["language"] = language
    begun = {} if state in {"PREVIEWING", "PREVIEWED", "EXPIRED", "SCHEDULED"} else {"run_time": timestamp(now(8))}
    ended = {"end_time": timestamp(now(9))} if state in {"CANCELLED", "SUCCEEDED", "UNDONE", "REVOKED"} else {}
    neighbours.answers["GetBatch"] = batch(state, **begun, **ended)

    page = await staff.get(BATCH)

    assert 200 == page.status
    status = page.main.one("section", id="status-part")
    quick = {"PREVIEWING", "RUNNING", "CANCELLING", "UNDOING", "REVOKING"}
    assert (state in quick) == (status["data-part"] == status.get("data-follow"))
    if language == "en":
        assert labels.STATES[state] == status.one("h2").text
        assert labels.EXPLAINED[state] in status.text


def now(hour: int) -> datetime:
    """An hour of a day long ago."""
    return datetime(2026, 1, 28, hour, tzinfo=UTC)


ROWS: dict[str, tuple[BatchRow, str, str]] = {
    "live": (batch_row(outcome=BatchRow.SKIPPED_LIVE), "Invite again", f"{GUARDIAN}/invite"),
    "duplicate": (
        batch_row(outcome=BatchRow.SKIPPED_DUPLICATE, duplicate_of="A-000009"),
        "Correct the contact",
        GUARDIAN,
    ),
    "changed": (
        batch_row(outcome=BatchRow.SKIPPED_CHANGED, changed_outcome=BatchRow.SKIPPED_LINKED),
        "Look at it",
        APPLICATION,
    ),
    "failed": (batch_row(outcome=BatchRow.FAILED, reason="BUSY"), "Look at it", APPLICATION),
    "bounced": (
        batch_row(outcome=BatchRow.INVITED, delivery=BatchRow.UNDELIVERABLE, reason="550 5.1.1 unknown"),
        "Correct the contact",
        GUARDIAN,
    ),
    "no method": (batch_row(outcome=BatchRow.SKIPPED_METHOD_MISSING), "Add the contact", GUARDIAN),
}
SAID = {
    "duplicate": "as in A-000009",
    "changed": "now: Linked already",
    "failed": "Somebody else was changing it each time.",
    "bounced": "This email address does not exist, or takes no mail. 5.1.1",
}


@pytest.mark.parametrize("name", ROWS)
async def test_a_row_leads_to_where_it_is_mended(name: str, staff: Browser, neighbours: Neighbours) -> None:
    """PO-05, AP-12: each row that was passed over, failed or did not arrive says why, and has the way to mend it."""
    row, words, leads = ROWS[name]
    neighbours.answers["ListBatchRows"] = requests.ListBatchRowsResponse(rows=[row])

    page = await staff.get(f"{BATCH}?query=A-000007")

    back = "" if leads == APPLICATION else f"?next={quote(f'{BATCH}?query=A-000007#rows')}"
    assert leads + back == page.link(words)
    assert SAID.get(name, "") in page.main.one("tbody").text


async def test_rows_are_narrowed_and_paged(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05, AP-12: outcome, delivery and search reach the service with the page, and the next page keeps them."""
    neighbours.answers["GetBatch"] = batch("SUCCEEDED", run_time=timestamp(now(9)), end_time=timestamp(now(10)))
    neighbours.answers["ListBatchRows"] = requests.ListBatchRowsResponse(rows=[batch_row()], next_page_token="a+b")

    page = await staff.get(f"{BATCH}?outcome=INVITED&delivery=OPENED&query=mor&page=x")

    request = neighbours.only("ListBatchRows")
    assert ([BatchRow.INVITED], [BatchRow.OPENED]) == (list(request.outcomes), list(request.deliveries))
    assert ("mor", "x", 25) == (request.query, request.page_token, request.page_size)
    assert f"{BATCH}?outcome=INVITED&delivery=OPENED&query=mor&page=a%2Bb#rows" == page.link("Next page")


async def test_what_became_of_the_messages(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05, AP-12: sent, not arrived, opened and accepted are figures that lead to their rows."""
    deliveries = BatchDeliveries(sent_count=1000, failed_count=13, opened_count=400, accepted_count=350)
    neighbours.answers["GetBatch"] = batch("SUCCEEDED", deliveries=deliveries, run_time=timestamp(now(9)))

    page = await staff.get(BATCH)

    figures = [each.text for each in page.main.one("ul", class_="tiles").all("li")]
    assert ["0 wait to be sent", "1,000 sent", "13 did not arrive", "400 opened", "350 accepted"] == figures
    assert f"{BATCH}?delivery=UNDELIVERABLE#rows" == page.link("did not arrive")


@pytest.mark.parametrize("kind", KINDS, ids=str)
async def test_the_rows_are_downloaded(kind: Kind, staff: Browser, neighbours: Neighbours) -> None:
    """AP-12: the file comes as the service gives it, of the kind and with the name, and no cache keeps it."""
    answer = (await staff.get((await staff.get(BATCH)).link(kind.words))).answer

    assert (b"number,outcome\r\n", kind.media_type) == (answer.content, answer.headers["content-type"])
    assert kind.is_named("batch", answer)
    assert "no-store" in answer.headers["cache-control"]
    request = neighbours.only("ExportBatchRows")
    assert (BATCH, kind.format) == (f"/staff/batches/{request.batch_id}", request.format)


async def test_a_pdf_of_too_many_rows_is_a_page(staff: Browser, neighbours: Neighbours) -> None:
    """AP-12: the refusal says what to take instead."""
    neighbours.answers["ExportBatchRows"] = refusal("EXPORT_TOO_LARGE")

    page = await staff.get(f"{BATCH}/rows.pdf")

    assert "A PDF has at most 5,000 rows. Please take Excel or CSV" in page.text


async def test_an_unlink_is_undone_while_it_lasts(staff: Browser, neighbours: Neighbours, clock: FakeClock) -> None:
    """AP-13: with its end counted down."""
    until = clock() + timedelta(minutes=12)
    neighbours.answers["GetBatch"] = unlinking(undo_expire_time=timestamp(until))

    page = await staff.get(BATCH)

    assert "Undo" in page.buttons()
    assert 1 == len(page.main.all("span", class_="countdown"))
    assert f"{BATCH}/contacts" == page.link("Type the new contacts")


async def test_the_list_of_batches(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05, AP-12: name, state, counts, who and when, page by page."""
    neighbours.answers["ListBatches"] = requests.ListBatchesResponse(
        batches=[batch("RUNNING"), unlinking(display_name="")], next_page_token="2"
    )

    page = await staff.get("/staff/batches")

    first, second = page.main.one("tbody").all("tr")
    for words in (
        "Fall waitlist",
        "Batch invite",
        "Running",
        "1,200",
        "Still to do: 1,113",
        "Left out: 87",
        "Ada Admin",
    ):
        assert words in first.text
    assert "Batch unlink" in second.text
    assert "/staff/batches?page=2" == page.link("Next page")


async def test_an_empty_list_says_how_to_begin(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05, AP-12: a drawing, a sentence, the next step."""
    neighbours.answers["ListBatches"] = requests.ListBatchesResponse()

    page = await staff.get("/staff/batches")

    assert "There is no batch yet." in page.text
    assert "/staff/applications" == page.link("Go to the list")


@pytest.mark.parametrize(
    ("words", "values"),
    [
        (labels.BATCH_KINDS, Batch.Kind),
        (labels.PLANNED, Batch.Kind),
        (labels.STATES, Batch.State),
        (labels.EXPLAINED, Batch.State),
        (labels.OUTCOMES, BatchRow.Outcome),
        (labels.DELIVERIES, BatchRow.Delivery),
    ],
    ids=["kinds", "planned", "states", "explained", "outcomes", "deliveries"],
)
def test_every_value_has_its_words(words: dict[str, str], values: object) -> None:
    """PO-01, AP-12: each value of the contract has its words, and there are no words for values that there are not."""
    names = getattr(values, "DESCRIPTOR").values_by_number  # noqa: B009 - the stubs do not know it

    assert {value.name for number, value in names.items() if number} == words.keys()


def test_every_action_has_its_row() -> None:
    """PO-01, AP-12: each action of the contract can be done on the page."""
    assert {value.number for value in Batch.Action.DESCRIPTOR.values if value.number} == {
        action.value for action in ACTIONS
    }
