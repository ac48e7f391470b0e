"""Staff invite and unlink many families at once: options, preview, progress, result, and the list of batches."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from portico.applications.v1 import batch_requests_pb2 as requests
from portico.applications.v1 import resources_pb2 as res
from portico.applications.v1.batch_resources_pb2 import Batch, BatchDeliveries, BatchRow, InviteOptions, UnlinkOptions
from portico.applications.v1.search_pb2 import HELP_REQUESTED

from chassis.errors import FieldViolation
from chassis.testing import FakeClock
from chassis.wire import timestamp
from portal.areas.batches import labels
from portal.areas.batches.actions import ACTIONS
from portal.core.versions import version_of

from .neighbours import Neighbours, refusal
from .people import Browser
from .samples import (
    ADA_ID,
    APPLICATION,
    APPLICATION_ID,
    BATCH,
    BATCH_ID,
    GUARDIAN,
    GUARDIAN_ID,
    NEXT_BATCH_ID,
    batch,
    batch_row,
    link_state_counts,
    unlinking,
)

NEW = "/staff/batches/new"
NEXT = f"/staff/batches/{NEXT_BATCH_ID}"
CHOSEN = f"{NEW}?kind=invite&application={APPLICATION_ID}&application={GUARDIAN_ID}"
SEARCH = (
    f"{NEW}?kind=invite&everything=1&query=morales&link_state=EXPIRED&link_state=NONE&status=ACTIVE&unassigned=1"
    "&attention=HELP_REQUESTED"
)


async def test_chosen_rows_come_to_the_options(staff: Browser) -> None:
    """PO-05, AP-12: what the list posts is in the address of the options, so that they can be loaded anew."""
    ids = [APPLICATION_ID, GUARDIAN_ID]
    body = f"as={ADA_ID}&kind=invite&application={ids[0]}&application={ids[1]}".encode()

    answer = await staff.post(NEW, body)

    assert CHOSEN == answer.goes_to
    page = await staff.follow(answer)
    assert (200, "Invite families") == (page.status, page.heading)
    assert "2 applications are chosen." in page.text


async def test_nothing_chosen_leads_to_the_list(staff: Browser) -> None:
    """PO-05, AP-12: without a selection there is no form, and a way to the list."""
    page = await staff.get(NEW)

    assert "No application is chosen." in page.text
    assert "/staff/applications" == page.link("Go to the list")


async def test_invitations_are_previewed(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05, AP-12: the chosen applications and each option reach the service, and the new batch is shown."""
    page = await staff.get(CHOSEN)

    answer = await staff.press(
        page,
        "Show the preview",
        method="SMS",
        reissue_live="yes",
        expire_days="14",
        send_rate_per_minute="60",
        display_name="Fall waitlist",
    )

    request = neighbours.only("CreateBatch")
    assert [APPLICATION_ID, GUARDIAN_ID] == list(request.applications.ids)
    assert InviteOptions(method=res.SMS, reissue_live=True, expire_days=14, send_rate_per_minute=60) == request.invite
    assert ("Fall waitlist", 7) == (request.display_name, UUID(request.request_id).version)
    assert NEXT == answer.goes_to


async def test_all_that_match_are_previewed(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05, AP-12: of a search its own words reach the service; a unknown value is left out."""
    neighbours.answers["CountLinkStates"] = link_state_counts(1234)
    page = await staff.get(SEARCH)
    assert "1,234 applications are chosen." in page.text
    counted = neighbours.only("CountLinkStates")
    await staff.press(page, "Show the preview")

    matching = neighbours.only("CreateBatch").matching
    assert (counted.query, counted.link_states, counted.statuses, counted.attentions, counted.unassigned) == (
        *(matching.query, matching.link_states, matching.statuses, matching.attentions, matching.unassigned),
    )
    assert [HELP_REQUESTED] == list(matching.attentions)
    assert ("morales", True) == (matching.query, matching.unassigned)
    assert [res.Guardian.EXPIRED] == list(matching.link_states)
    assert [res.Application.ACTIVE] == list(matching.statuses)


@pytest.mark.parametrize(
    ("name", "typed"), [("expire_days", "31"), ("expire_days", "two"), ("send_rate_per_minute", "0")]
)
async def test_a_wrong_number_is_said_beside_its_field(
    name: str, typed: str, staff: Browser, neighbours: Neighbours
) -> None:
    """PO-05, AP-12: what is no number of the range stays in its field, with words, and nothing is made."""
    page = await staff.press(await staff.get(CHOSEN), "Show the preview", **{name: typed})

    assert (400, "Please type a whole number in this range.") == (page.status, page.problem_of(name))
    assert typed == page.main.one("input", id=name)["value"]
    assert "2 applications are chosen." in page.text
    assert "CreateBatch" not in neighbours.rpcs


@pytest.mark.parametrize("reason", ["RATE_TOO_HIGH", "SELECTION_EMPTY", "SELECTION_TOO_LARGE"])
async def test_a_refused_batch_can_be_changed(reason: str, staff: Browser, neighbours: Neighbours) -> None:
    """PO-05, AP-12: what the service refuses is said above the form, and all that was chosen is still there."""
    neighbours.answers["CreateBatch"] = refusal(reason)

    page = await staff.press(await staff.get(CHOSEN), "Show the preview", display_name="Fall")

    assert page.status >= 400
    assert page.problem
    assert ["Fall"] == [page.main.one("input", id="display_name")["value"]]
    neighbours.answers["CreateBatch"] = batch(id=NEXT_BATCH_ID)
    assert NEXT == (await staff.press(page, "Show the preview")).goes_to


async def test_unlinking_asks_why(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05, AP-13: without a reason the form says so beside it; with one the batch is made."""
    page = await staff.press(await staff.get(CHOSEN.replace("invite", "unlink")), "Show the preview")
    assert (400, "Please choose one.") == (page.status, page.main.one("p", id="reason-problem").text)

    await staff.press(page, "Show the preview", reason="NEW_CONTACT")

    assert UnlinkOptions.NEW_CONTACT == neighbours.only("CreateBatch").unlink.reason


async def test_a_preview_says_what_would_happen(staff: Browser) -> None:
    """PO-05, AP-12: how many by which way, why others are left out, the messages, what comes next."""
    page = await staff.get(BATCH)

    assert "Fall waitlist" == page.heading
    figures = [each.text for each in page.main.one("ul", class_="tiles").all("li")]
    assert ["812 by email", "301 by SMS 340 parts", "87 left out", "7 minutes to send all"] == figures
    for words in ("87 · No contact", "2 · Address looks mistyped", "9 · Did not arrive", "4 · More than one message"):
        assert words in page.text
    assert f"{BATCH}?outcome=SKIPPED_NO_CONTACT#rows" == page.link("Show them")
    assert GUARDIAN == page.link("Add the contact")
    assert ["en", "es"] == [each["lang"] for each in page.main.all("div") if each.get("lang")]
    assert {"Invite 1,113 families", "Send it to me first"} <= set(page.buttons())
    assert f"{BATCH}/start-later" == page.link("Start later")


async def test_a_preview_in_spanish(staff: Browser) -> None:
    """PO-05: the preview speaks Spanish, with numbers as readers in the United States write them."""
    staff.cookies["language"] = "es"

    assert "Invitar a 1,113 familias" in (await staff.get(BATCH)).buttons()


async def test_a_preview_shows_the_first_rows_of_each_kind(staff: Browser, neighbours: Neighbours) -> None:
    """AP-12: without a filter three rows of each outcome are asked for, those that will be invited first."""
    await staff.get(BATCH)

    asked = [received.request for received in neighbours.received if "ListBatchRows" == received.rpc]
    assert {(BatchRow.PENDING, 3), (BatchRow.SKIPPED_NO_CONTACT, 3)} == {
        (outcome, each.page_size) for each in asked for outcome in each.outcomes
    }


@pytest.mark.parametrize("reason", ["DEPENDENCY_UNAVAILABLE", "ACTION_NOT_ALLOWED", "SMS_TOO_LONG"])
async def test_a_message_that_cannot_be_shown_stops_nobody(reason: str, staff: Browser, neighbours: Neighbours) -> None:
    """PO-05, AP-12: while the message cannot be rendered the preview says so, and can be started."""
    neighbours.answers["RenderBatchSample"] = refusal(reason)

    page = await staff.get(BATCH)

    assert "The message cannot be shown right now." in page.text
    assert "Invite 1,113 families" in page.buttons()


async def test_a_preview_without_anybody_cannot_be_started(staff: Browser, neighbours: Neighbours) -> None:
    """AP-12: where all are left out there is no button that would do nothing."""
    neighbours.answers["GetBatch"] = batch(outcomes=batch().outcomes[1:], row_count=87)

    page = await staff.get(BATCH)

    assert "There is nobody to invite" in page.text
    assert not [words for words in page.buttons() if words.startswith("Invite")]


@pytest.mark.parametrize(
    ("action", "button", "rpc", "told"),
    [
        (Batch.START, "Invite 1,113 families", "StartBatch", "It has begun."),
        (Batch.PAUSE, "Pause", "PauseBatch", "It is paused. What was on its way at this moment is still finished."),
        (Batch.RESUME, "Go on", "ResumeBatch", "It goes on."),
        (Batch.UNDO, "Undo", "UndoBatch", "The families get their access back."),
    ],
)
async def test_a_button_does_what_it_says(
    action: Batch.Action.ValueType, button: str, rpc: str, told: str, staff: Browser, neighbours: Neighbours
) -> None:
    """PO-05, AP-12, AP-13: each allowed action has its button, its RPC and its word."""
    neighbours.answers["GetBatch"] = batch(allowed_actions=[action])

    answer = await staff.press(await staff.get(BATCH), button)

    assert BATCH_ID == neighbours.only(rpc).batch_id
    assert BATCH == answer.goes_to
    assert told == (await staff.follow(answer)).notice


@pytest.mark.parametrize(
    ("action", "label", "button", "rpc", "leads"),
    [
        (Batch.CANCEL, "Cancel the batch", "Cancel the batch", "CancelBatch", BATCH),
        (Batch.REVOKE, "Withdraw invitations", "Withdraw invitations", "RevokeBatch", BATCH),
        (Batch.RETRY, "Try again what failed", "Show the preview", "RetryBatch", NEXT),
    ],
)
async def test_what_a_person_may_regret_is_asked(
    action: Batch.Action.ValueType,
    label: str,
    button: str,
    rpc: str,
    leads: str,
    staff: Browser,
    neighbours: Neighbours,
) -> None:
    """PO-05, AP-12: cancelling and withdrawing ask once, trying again asks for the way; then the batch is shown."""
    neighbours.answers["GetBatch"] = batch("SUCCEEDED", allowed_actions=[action])
    asked = await staff.get((await staff.get(BATCH)).link(label))
    assert rpc not in neighbours.rpcs

    answer = await staff.press(asked, button)

    assert (BATCH_ID, leads) == (neighbours.only(rpc).batch_id, answer.goes_to)


async def test_what_failed_is_tried_by_the_other_way(staff: Browser, neighbours: Neighbours) -> None:
    """AP-12: the way that was chosen reaches the service."""
    await staff.press(await staff.get(f"{BATCH}/retry"), "Show the preview", method="SMS")

    assert res.SMS == neighbours.only("RetryBatch").method


@pytest.mark.parametrize("reason", ["ACTION_NOT_ALLOWED", "BATCH_EXPIRED"])
async def test_what_no_longer_fits_is_said_on_the_page_as_it_is(
    reason: str, staff: Browser, neighbours: Neighbours
) -> None:
    """PO-05, AP-12: somebody else was faster: nothing is done, and the page as it is now says so."""
    neighbours.answers["StartBatch"] = refusal(reason)

    answer = await staff.press(await staff.get(BATCH), "Invite 1,113 families")

    assert BATCH == answer.goes_to
    page = await staff.follow(answer)
    assert page.main.all("div", class_="refused")


async def test_another_organizations_batch_is_not_there(staff: Browser, neighbours: Neighbours) -> None:
    """AP-12: a batch that the service does not know for us has a page that says so, also for each of its actions."""
    neighbours.answers |= dict.fromkeys(("GetBatch", "ExportBatchRows", "PauseBatch"), refusal("BATCH_NOT_FOUND"))

    for page in (await staff.get(BATCH), await staff.get(f"{BATCH}/rows.csv"), await staff.post(f"{BATCH}/pause", {})):
        assert (404, True) == (page.status, "There is no such batch." in page.text)


async def test_a_batch_begins_later_on_the_organizations_clock(staff: Browser, neighbours: Neighbours) -> None:
    """AP-12: the time that was typed is one of the organization's zone, whatever the device's."""
    staff.cookies["zone"] = "Asia/Kathmandu"
    page = await staff.get(f"{BATCH}/start-later")
    assert "On the clock of America/New York" in page.text

    answer = await staff.press(page, "Start then", start_time="2026-02-02T09:30")

    assert datetime(2026, 2, 2, 14, 30, tzinfo=UTC) == neighbours.only("StartBatch").start_time.ToDatetime(UTC)
    assert "It begins by itself at the time below." == (await staff.follow(answer)).notice


@pytest.mark.parametrize("typed", ["", "tomorrow", "2026-13-01T09:00"])
async def test_a_time_that_is_none_is_said_beside_its_field(typed: str, staff: Browser, neighbours: Neighbours) -> None:
    """AP-12: the service is not asked to begin at no time."""
    page = await staff.press(await staff.get(f"{BATCH}/start-later"), "Start then", start_time=typed)

    assert (400, "Please choose a day and a time.") == (page.status, page.problem_of("start_time"))
    assert "StartBatch" not in neighbours.rpcs


async def test_a_time_too_far_ahead_is_refused(staff: Browser, neighbours: Neighbours) -> None:
    """AP-12: what the service says of the time stands above the form, which keeps it."""
    neighbours.answers["StartBatch"] = refusal("START_TIME_INVALID")

    page = await staff.press(await staff.get(f"{BATCH}/start-later"), "Start then", start_time="2027-01-01T09:00")

    assert "Please choose a time from now on, at most 7 days ahead." == page.problem
    assert "2027-01-01T09:00" == page.main.one("input", id="start_time")["value"]


async def test_the_message_goes_to_the_one_who_asks(staff: Browser, neighbours: Neighbours) -> None:
    """AP-12: the button sends one message, to the caller's own address, and says so."""
    page = await staff.get(BATCH)

    answer = await staff.press(page, "Send it to me first")

    assert [False, True] == [
        received.request.send_to_me for received in neighbours.received if "RenderBatchSample" == received.rpc
    ]
    assert "The message is on its way to your own email address." == (await staff.follow(answer)).notice


async def test_an_expired_preview_is_made_once_more(staff: Browser, neighbours: Neighbours) -> None:
    """AP-12: the same families and options, as a new batch."""
    neighbours.answers["GetBatch"] = batch("EXPIRED", allowed_actions=[], invite=InviteOptions(expire_days=3))

    answer = await staff.press(await staff.get(BATCH), "Preview it once more")

    request = neighbours.only("CreateBatch")
    assert (BATCH_ID, 3, "Fall waitlist") == (
        *(request.source.batch_id, request.invite.expire_days, request.display_name),
    )
    assert NEXT == answer.goes_to


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

    assert leads == page.link(words)
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


async def test_the_rows_are_downloaded(staff: Browser) -> None:
    """AP-12: the file comes as the service gives it, with a name, and no cache keeps it."""
    answer = (await staff.get((await staff.get(BATCH)).link("Download all as CSV"))).answer

    assert b"number,outcome\r\n" == answer.content
    assert "text/csv; charset=utf-8" == answer.headers["content-type"]
    assert answer.headers["content-disposition"].startswith('attachment; filename="batch-')
    assert "no-store" in answer.headers["cache-control"]


async def test_an_unlink_is_undone_while_it_lasts(staff: Browser, neighbours: Neighbours, clock: FakeClock) -> None:
    """AP-13: with its end counted down."""
    until = clock() + timedelta(minutes=12)
    neighbours.answers["GetBatch"] = unlinking(undo_expire_time=timestamp(until))

    page = await staff.get(BATCH)

    assert "Undo" in page.buttons()
    assert 1 == len(page.main.all("span", class_="countdown"))
    assert f"{BATCH}/contacts" == page.link("Type the new contacts")


CONTACTS = f"{BATCH}/contacts"


@pytest.fixture
def unlinked(neighbours: Neighbours) -> Neighbours:
    """Two families whose access was taken away for another contact."""
    rows = [batch_row(outcome=BatchRow.UNLINKED), batch_row(outcome=BatchRow.UNLINKED, application_number="A-000008")]
    neighbours.answers["GetBatch"] = unlinking()
    neighbours.answers["ListBatchRows"] = requests.ListBatchRowsResponse(rows=rows, next_page_token="2")
    return neighbours


async def test_new_contacts_are_typed_by_row(staff: Browser, unlinked: Neighbours) -> None:
    """AP-13: what was typed is saved for its family, empty rows are left out, and the next page follows."""
    page = await staff.get(CONTACTS)

    answer = await staff.press(page, "Save, and show the next page", email2="ana@example.org")

    request = unlinked.only("SetBatchContacts")
    assert [("A-000008", "ana@example.org", "")] == [
        (each.application_number, each.email, each.phone) for each in request.contacts
    ]
    assert f"{CONTACTS}?page=2" == answer.goes_to
    assert f"{NEW}?kind=invite&outcome=UNLINKED&source={BATCH_ID}" == page.link("Invite them")


def wrong_second(request: requests.SetBatchContactsRequest) -> requests.SetBatchContactsResponse:
    """What applications says when the last of the contacts is none."""
    last = len(request.contacts) - 1
    raise refusal(
        "CONTACT_INVALID", FieldViolation(f"contacts[{last}].email", "EMAIL_INVALID", "not an email address.")
    )


async def test_a_wrong_new_contact_is_said_beside_its_field(staff: Browser, unlinked: Neighbours) -> None:
    """AP-13: the field of the row that is wrong says so, and all that was typed is still there."""
    unlinked.answers["SetBatchContacts"] = wrong_second

    page = await staff.press(await staff.get(CONTACTS), "Save, and show the next page", email2="nothing", phone1="12")

    assert (400, "This is not an email address.", "") == (
        *(page.status, page.problem_of("email2"), page.problem_of("email1")),
    )
    assert ("12", "nothing") == tuple(page.main.one("input", id=name)["value"] for name in ("phone1", "email2"))


def multipart(**fields: str) -> tuple[bytes, dict[str, str]]:
    """What a browser sends for a form with a file."""
    parts = [
        f'--x\r\ncontent-disposition: form-data; name="{name}"{"; filename=a" * (name == "file")}\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    headers = {"content-type": "multipart/form-data; boundary=x", "sec-fetch-site": "same-origin"}
    return ("".join(parts) + "--x--\r\n").encode(), headers


@pytest.mark.parametrize("heads", [["number,email,phone"], []], ids=["heads", "no heads"])
@pytest.mark.parametrize("separator", [",", ";"])
async def test_new_contacts_are_read_from_a_file(
    separator: str, heads: list[str], staff: Browser, unlinked: Neighbours
) -> None:
    """AP-13: as spreadsheets write it: a byte order mark, a line of heads, quotes, lines without a contact."""
    lines = [*heads, "A-000007,ana@example.org,", "A-000008,,", 'A-000009,,"(202) 555-0123"']
    text = "\ufeff" + "\r\n".join(lines).replace(",", separator)
    body, headers = multipart(**{"as": ADA_ID}, file=text)

    answer = await staff.post(CONTACTS, body, headers)

    assert CONTACTS == answer.goes_to
    assert [("A-000007", "ana@example.org", ""), ("A-000009", "", "(202) 555-0123")] == [
        (each.application_number, each.email, each.phone) for each in unlinked.only("SetBatchContacts").contacts
    ]


async def test_a_wrong_line_of_a_file_is_named(staff: Browser, unlinked: Neighbours) -> None:
    """AP-13: by its number in the file, also where lines without a contact stand before it."""
    unlinked.answers["SetBatchContacts"] = wrong_second
    body, headers = multipart(**{"as": ADA_ID}, file="A-000007,ana@example.org\nA-000008\nA-000009,nothing\n")

    page = await staff.post(CONTACTS, body, headers)

    assert (400, "Line 3: This is not an email address.") == (
        page.status,
        page.main.one("ul", id="file-problem").text,
    )


async def test_numbers_that_were_not_found_are_named(staff: Browser, unlinked: Neighbours) -> None:
    """AP-13: what of the file was not used is said."""
    unlinked.answers["SetBatchContacts"] = requests.SetBatchContactsResponse(changed_count=1, skipped_numbers=["A-9"])
    body, headers = multipart(**{"as": ADA_ID}, file="A-000007,ana@example.org\nA-9,b@example.org\n")

    page = await staff.post(CONTACTS, body, headers)

    assert "1 are saved. Not found in this batch, or changed since: A-9" == page.problem


async def test_a_file_without_contacts_is_refused(staff: Browser, unlinked: Neighbours) -> None:
    """AP-13: an empty file, or one of something else, changes nothing and says so."""
    body, headers = multipart(**{"as": ADA_ID}, file="")

    assert (
        "There is no email address and no phone number to save." == (await staff.post(CONTACTS, body, headers)).problem
    )
    assert "SetBatchContacts" not in unlinked.rpcs


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


async def test_a_search_that_cannot_be_counted_can_be_invited(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05, AP-12: without the number, which the preview tells, and of very many as far as they were counted."""
    neighbours.answers["CountLinkStates"] = refusal("DEPENDENCY_UNAVAILABLE")
    assert "All applications that match the search are chosen." in (await staff.get(SEARCH)).text

    neighbours.answers["CountLinkStates"] = link_state_counts(10_001)
    assert "More than 10,000 applications are chosen." in (await staff.get(SEARCH)).text
