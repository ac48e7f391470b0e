"""The tab Login Information: what it says of a login, what saving does, and what is refused."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from portico.casemanager.v1.case_managers_pb2 import ListCaseManagersResponse
from portico.casemanager.v1.resources_pb2 import CaseManager, Login

from chassis.call import Role
from chassis.errors import Unavailable
from chassis.testing import FakeClock
from chassis.wire import timestamp

from .case_managers import ANA, ANA_ID, ANAS_ACCOUNT_ID, TASK_ID, case_manager, login, no_login
from .neighbours import Neighbours, refusal
from .people import Browser, SignedIn
from .reading import Page
from .samples import REQUEST_ID, at

LOGIN = f"{ANA}/login"
EMAIL = "ana@harbor.example"
SAVES = {"enable_login": "EnableCaseManagerLogin", "offer": "OfferCaseManagerLogin"}
BUTTONS = {
    "reset-password": ("SendCaseManagerPasswordReset", Login.RESET_PASSWORD, "Reset password"),
    "resend-activation": ("ResendCaseManagerActivation", Login.RESEND_ACTIVATION, "Resend activation"),
}
CHANGES = {*SAVES.values(), "DisableCaseManagerLogin", *(row[0] for row in BUTTONS.values())}


def boxes(page: Page) -> dict[str, tuple[bool, bool]]:
    """Of each box of the form: whether it is ticked, and whether it can be changed."""
    found = page.main.all("input", type="checkbox")
    return {box["name"]: (bool(box.get("checked")), not box.get("disabled")) for box in found}


def knows(neighbours: Neighbours, of: Login, **changes: object) -> None:
    """Ana has this login."""
    neighbours.answers["GetCaseManager"] = case_manager(login=of, **changes)


async def test_saving_is_explained_before_it_is_done(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-03, CM-04: beside each box stands what saving sends, and to which address."""
    knows(neighbours, no_login())
    page = await staff.get(LOGIN)

    assert {"enable_login": (False, True), "offer": (False, True)} == boxes(page)
    assert f"Saving sends an activation message to {EMAIL}." in page.text
    assert f"Saving sends a message to {EMAIL} that asks whether this person wants a login." in page.text
    for box in page.main.all("input", type="checkbox"):
        assert "Saving sends" in page.main.one("p", id=box["aria-describedby"]).text


async def test_a_login_is_enabled(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-03: Enable Login and Save make the login, once; a word says that the message is on its way."""
    knows(neighbours, no_login())
    page = await staff.get(LOGIN)
    neighbours.answers["EnableCaseManagerLogin"] = case_manager(login=login("ACTIVATION_SENT"))
    answer = await staff.press(page, "Save", enable_login="yes")

    request = neighbours.only("EnableCaseManagerLogin")
    assert (ANA_ID, 7) == (request.case_manager_id, UUID(request.request_id).version)
    assert LOGIN == answer.goes_to
    assert "The login is enabled, and its activation message is on its way." == (await staff.follow(answer)).notice
    neighbours.answers["EnableCaseManagerLogin"] = case_manager()
    answer = await staff.press(page, "Save", enable_login="yes")
    assert "The login is enabled." == (await staff.follow(answer)).notice


async def test_a_login_is_offered(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-04: Offer Online Account and Save ask the person, without a login yet; again the old link ends."""
    knows(neighbours, no_login("OFFERED", offer_expire_time=timestamp(at(18))))
    page = await staff.get(LOGIN)
    assert "Link of the offer good until" in page.text
    assert "The link of the message before no longer works then." in page.text
    answer = await staff.press(page, "Save", offer="yes")

    assert ANA_ID == neighbours.only("OfferCaseManagerLogin").case_manager_id
    assert "EnableCaseManagerLogin" not in neighbours.rpcs
    notice = (await staff.follow(answer)).notice
    assert "The message that asks whether this person wants a login is on its way." == notice


async def test_one_of_both_is_enough(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-04: whoever ticks both is asked to choose, and nothing is sent."""
    knows(neighbours, no_login())
    page = await staff.press(await staff.get(LOGIN), "Save", enable_login="yes", offer="yes")

    assert (400, True) == (page.status, page.problem.startswith("Please tick one of the two"))
    assert {"enable_login": (True, True), "offer": (True, True)} == boxes(page)
    assert set() == CHANGES & {*neighbours.rpcs}


@pytest.mark.parametrize("of", [no_login(), login()], ids=["none", "active"])
async def test_saving_what_is_so_changes_nothing(of: Login, staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-03: a form that is saved as it was drawn does nothing, whatever has become of the login meanwhile."""
    knows(neighbours, of)
    page = await staff.get(LOGIN)
    knows(neighbours, login("DISABLED", actions=[Login.ENABLE]))
    answer = await staff.press(page, "Save")

    assert set() == CHANGES & {*neighbours.rpcs}
    assert "Nothing was to be changed, so nothing was sent." == (await staff.follow(answer)).notice


async def test_unticking_asks_once_more(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-03: before a login is disabled a page says that sessions end; the word about it takes it back."""
    page = await staff.get(LOGIN)
    assert {"enable_login": (True, True), "offer": (False, False)} == boxes(page)
    assert f"Without the tick {EMAIL} can no longer sign in." in page.text
    answer = await staff.press(page, "Save", enable_login="")
    assert f"{LOGIN}/disable" == answer.goes_to
    page = await staff.follow(answer)
    assert ("Disable the login of Ana García?", LOGIN) == (page.heading, page.link("Cancel"))
    assert set() == CHANGES & {*neighbours.rpcs}

    answer = await staff.press(page, "Disable")
    assert ANA_ID == neighbours.only("DisableCaseManagerLogin").case_manager_id
    answer = await staff.press(await staff.follow(answer), "Undo")
    assert ANA_ID == neighbours.only("EnableCaseManagerLogin").case_manager_id
    assert "The login is enabled." == (await staff.follow(answer)).notice


@pytest.mark.parametrize("step", BUTTONS)
async def test_a_button_does_its_work(step: str, staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-05: reset and resend are buttons; the first action stands out, and it is done once."""
    rpc, action, button = BUTTONS[step]
    knows(neighbours, login(actions=[action, Login.DISABLE]))
    page = await staff.get(LOGIN)
    form, pressed = page.form(button)
    assert ("", "secondary") == (pressed.get("class"), page.form("Save")[1]["class"])

    answer = await staff.press(page, button)
    request = neighbours.only(rpc)
    assert (ANA_ID, form.one("input", name="request_id")["value"]) == (request.case_manager_id, request.request_id)
    assert LOGIN == answer.goes_to
    page = await staff.follow(answer)
    assert ("status", True) == (page.main.one("p", class_="notice")["role"], bool(page.notice))


@pytest.mark.parametrize("step", BUTTONS)
@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("ACTION_NOT_ALLOWED", "This no longer fits: something has changed meanwhile."),
        ("RESET_LIMIT_REACHED", "Three messages were sent within the last hour. Please try again later."),
        ("DEPENDENCY_UNAVAILABLE", "A part of the system does not answer right now. Please try again in a moment."),
    ],
)
async def test_what_no_longer_fits_is_a_word_on_the_page(
    reason: str, words: str, step: str, staff: Browser, neighbours: Neighbours
) -> None:
    """PO-06, CM-05: when the race was lost, or identity is away, the tab shows what fits now, with a word why."""
    neighbours.answers[BUTTONS[step][0]] = Unavailable() if "UNAVAILABLE" in reason else refusal(reason)
    answer = await staff.post(f"{LOGIN}/{step}", {"request_id": REQUEST_ID})

    assert LOGIN == answer.goes_to
    assert words == (await staff.follow(answer)).notice


@pytest.mark.parametrize("box", SAVES)
@pytest.mark.parametrize(
    ("reason", "status", "words"),
    [
        ("EMAIL_MISSING", 409, "A login needs an email address. Please enter one first."),
        ("CASE_MANAGER_INACTIVE", 409, "This case manager is inactive. Please activate them first."),
        ("LOGIN_EXISTS", 409, "This person has a login by now, so none was offered."),
        ("USERNAME_TAKEN", 409, "Somebody else signs in with this address already, so nothing was changed."),
        (
            "DEPENDENCY_UNAVAILABLE",
            503,
            "A part of the system does not answer right now. Please try again in a moment.",
        ),
    ],
)
async def test_what_is_refused_stands_in_the_form(
    reason: str, status: int, words: str, box: str, staff: Browser, neighbours: Neighbours
) -> None:
    """PO-06, CM-03, CM-04: why it was not saved stands above the form, which keeps what was ticked."""
    knows(neighbours, no_login())
    neighbours.answers[SAVES[box]] = Unavailable() if status == 503 else refusal(reason)
    page = await staff.press(await staff.get(LOGIN), "Save", **{box: "yes"})

    assert (status, words) == (page.status, page.problem)
    assert (True, True) == boxes(page)[box]
    assert (reason == "EMAIL_MISSING") == ("Enter an email address" in page.text)
    if reason == "EMAIL_MISSING":
        assert f"{ANA}#email" == page.link("Enter an email address")


@pytest.mark.parametrize(
    ("metadata", "role", "way"),
    [
        ({"case_manager_id": TASK_ID}, Role.STAFF, f"/case-managers/{TASK_ID}"),
        ({"account_id": ANAS_ACCOUNT_ID}, Role.STAFF, LOGIN),
        ({"account_id": TASK_ID}, Role.STAFF_ADMIN, f"/people/logins/{TASK_ID}"),
        ({"account_id": TASK_ID}, Role.STAFF, ""),
        ({}, Role.STAFF_ADMIN, ""),
    ],
    ids=["a person", "the login of a person", "a login", "not for staff", "nobody knows"],
)
async def test_an_address_that_another_has_leads_to_them(
    metadata: dict[str, str], role: Role, way: str, signed_in: SignedIn, neighbours: Neighbours
) -> None:
    """PO-06, CM-03: who has the address is one link away: a case manager, or for administrators a login."""
    knows(neighbours, no_login())
    neighbours.answers["ListCaseManagers"] = lambda request: ListCaseManagersResponse(
        case_managers=[case_manager()] if ANAS_ACCOUNT_ID in request.account_ids else []
    )
    neighbours.answers["EnableCaseManagerLogin"] = refusal("USERNAME_TAKEN", **metadata)
    browser = signed_in(role)
    page = await browser.press(await browser.get(LOGIN), "Save", enable_login="yes")

    links = [link["href"] for link in page.main.all("a") if "Show who has this address" == link.text]
    assert [way] * bool(way) == links


async def test_too_soon_asks_for_a_reason(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-04: after a no the offer is refused without a reason; the field comes, and with a reason it is sent."""
    knows(neighbours, no_login("DECLINED"))
    page = await staff.get(LOGIN)
    assert [] == page.main.all("input", id="reason")
    neighbours.answers["OfferCaseManagerLogin"] = refusal("OFFER_TOO_SOON")
    page = await staff.press(page, "Save", offer="yes")
    assert (409, True) == (page.status, page.problem.startswith("This person said no"))
    assert {"enable_login": (False, True), "offer": (True, True)} == boxes(page)

    neighbours.forget()
    knows(neighbours, no_login("DECLINED"))
    await staff.press(page, "Save", reason=" She called and asked ")
    assert "She called and asked" == neighbours.only("OfferCaseManagerLogin").reason


async def test_a_reason_is_asked_for_beforehand(staff: Browser, neighbours: Neighbours, clock: FakeClock) -> None:
    """PO-06, CM-04: while the pause after a no lasts the field is there at once, and the tab says until when."""
    ahead, over = (timestamp(clock() + timedelta(days=days)) for days in (3, -3))
    knows(neighbours, no_login("DECLINED", offer_pause_end_time=ahead))
    page = await staff.get(LOGIN)
    assert 1 == len(page.main.all("input", id="reason"))
    assert "Another offer needs a reason until" in page.text

    knows(neighbours, no_login("DECLINED", offer_pause_end_time=over))
    assert [] == (await staff.get(LOGIN)).main.all("input", id="reason")


@pytest.mark.parametrize("role", [Role.STAFF, Role.STAFF_ADMIN])
async def test_a_login_is_found_among_the_login_users(role: Role, signed_in: SignedIn) -> None:
    """PO-06: administrators get from the profile to the login; others have no such page."""
    page = await signed_in(role).get(LOGIN)

    links = [link["href"] for link in page.main.all("a") if "Show it among the login users" == link.text]
    assert [f"/people/logins/{ANAS_ACCOUNT_ID}"] * (role is Role.STAFF_ADMIN) == links


@pytest.mark.parametrize(
    ("of", "words"),
    [
        (no_login(), ["No login", "was never asked"]),
        (no_login("OFFERED", offer_accepted=True), ["Offered", "said yes to a login. Please enable it."]),
        (no_login("DECLINED"), ["Declined", "do not want a login"]),
        (
            login("ACTIVATION_SENT"),
            ["Activation sent", "sets the first password", "Signs in with"],
        ),
        (login("ACTIVE"), ["Active", "Last sign-in", "Since"]),
        (login("ACTIVE", last_login_time=None), ["Last sign-in never"]),
        (login("LOCKED", lock_expire_time=timestamp(at(18))), ["Locked until", "Too many wrong passwords"]),
        (login("DISABLED", actions=[Login.ENABLE]), ["Disabled", f"sign in again with {EMAIL}"]),
        (
            login("ACTIVATION_SENT", message_problem="550 5.1.1 no such user"),
            ["The last message did not arrive.", "This email address does not exist", "Code: 5.1.1"],
        ),
    ],
)
async def test_the_tab_says_where_a_login_stands(
    of: Login, words: list[str], staff: Browser, neighbours: Neighbours
) -> None:
    """PO-06, CM-05: each status has its words and its times, and why a message did not arrive."""
    knows(neighbours, of)
    page = await staff.get(LOGIN)

    assert [] == [each for each in words if each not in page.text]


async def test_an_activation_link_has_an_end(staff: Browser, neighbours: Neighbours, clock: FakeClock) -> None:
    """PO-06, CM-05: until when the link works is said, and when that is over; nothing while identity has not told."""
    ended, good = "The link of the last activation message no longer works.", "Activation link good until"
    for minutes, expected in ((5, (False, True)), (-5, (True, False))):
        knows(
            neighbours, login("ACTIVATION_SENT", activation_expire_time=timestamp(clock() + timedelta(minutes=minutes)))
        )
        text = (await staff.get(LOGIN)).text
        assert expected == (ended in text, good in text)
    knows(neighbours, login("ACTIVATION_SENT"))
    text = (await staff.get(LOGIN)).text
    assert (False, False) == (ended in text, good in text)


async def test_another_address_in_the_profile_is_explained(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-03: a login keeps its address; the tab says with which one, and how to get the new one."""
    knows(neighbours, login(username="old@harbor.example"))
    page = await staff.get(LOGIN)
    assert f"This person signs in with old@harbor.example; the profile has {EMAIL} by now." in page.text
    assert "Disable this login and enable one with the new address." in page.text

    knows(neighbours, login("DISABLED", username="old@harbor.example", actions=[Login.ENABLE]))
    page = await staff.get(LOGIN)
    assert f"Saving sends an activation message to {EMAIL}." in page.text
    knows(neighbours, login(username="Ana@Harbor.example"))
    assert "by now" not in (await staff.get(LOGIN)).text


async def test_without_an_address_there_is_a_way_to_one(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-03: without an email address both boxes lead to its field beforehand."""
    knows(neighbours, no_login(actions=[]), email="")
    page = await staff.get(LOGIN)
    assert {"enable_login": (False, False), "offer": (False, False)} == boxes(page)

    assert 2 == page.text.count("There is no email address. Enter one first")
    assert f"{ANA}#email" == page.link("Enter one first")


async def test_what_cannot_be_done_says_why(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-02: of somebody out of service both boxes are fixed, with the reason, and nothing can be saved."""
    knows(neighbours, no_login(actions=[]), account_status=CaseManager.INACTIVE)
    page = await staff.get(LOGIN)
    assert {"enable_login": (False, False), "offer": (False, False)} == boxes(page)
    assert 2 == page.text.count("This case manager is inactive. Please activate them first.")
    assert "Save" not in page.buttons()


async def test_the_tab_follows_a_message_that_was_just_sent(
    staff: Browser, neighbours: Neighbours, clock: FakeClock
) -> None:
    """PO-06, CM-05: for ten minutes the open page looks whether the message arrived; a bounce is another version."""
    just_now, long_ago = (timestamp(clock() - timedelta(minutes=minutes)) for minutes in (1, 11))
    versions = []
    for of, is_followed in (
        (login("ACTIVATION_SENT", status_time=just_now), True),
        (login("ACTIVATION_SENT", status_time=just_now, message_problem="550 5.1.1"), True),
        (login("ACTIVATION_SENT", status_time=long_ago), False),
        (login("ACTIVE", status_time=just_now), False),
    ):
        knows(neighbours, of)
        card = (await staff.get(LOGIN)).main.one("section", id="status-part")
        assert is_followed == ("data-follow" in card.attributes)
        versions.append(card["data-part"])
    assert len(versions) == len({*versions})
