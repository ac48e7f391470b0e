"""Staff choose many families at once: options, and the preview of what would happen."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote
from uuid import UUID

import pytest
from portico.applications.v1 import resources_pb2 as res
from portico.applications.v1.batch_resources_pb2 import Batch, BatchRow, InviteOptions, UnlinkOptions
from portico.applications.v1.search_pb2 import HELP_REQUESTED

from .neighbours import Neighbours, refusal
from .people import Browser
from .samples import (
    ADA_ID,
    APPLICATION_ID,
    BATCH,
    BATCH_ID,
    GUARDIAN,
    GUARDIAN_ID,
    NEXT_BATCH_ID,
    batch,
    link_state_counts,
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
    assert f"{GUARDIAN}?next={quote(f'{BATCH}#rows')}" == page.link("Add the contact")
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


async def test_a_search_that_cannot_be_counted_can_be_invited(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05, AP-12: without the number, which the preview tells, and of very many as far as they were counted."""
    neighbours.answers["CountLinkStates"] = refusal("DEPENDENCY_UNAVAILABLE")
    assert "All applications that match the search are chosen." in (await staff.get(SEARCH)).text

    neighbours.answers["CountLinkStates"] = link_state_counts(10_001)
    assert "More than 10,000 applications are chosen." in (await staff.get(SEARCH)).text
