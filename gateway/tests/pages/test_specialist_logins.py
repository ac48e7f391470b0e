"""The tab Login Information of a specialist: what it says of a login, what its buttons do, and what is refused."""

from __future__ import annotations

from uuid import UUID

import pytest
from portico.casemanager.v1.case_managers_pb2 import ListCaseManagersResponse
from portico.casemanager.v1.resources_pb2 import Login
from portico.casemanager.v1.schedule_resources_pb2 import Specialist
from portico.casemanager.v1.specialists_pb2 import ListSpecialistsResponse
from portico.identity.v1.login_users_pb2 import ListLoginUsersResponse

from chassis.call import Role
from chassis.errors import Unavailable
from portal.core.person_logins import LOGIN_STATUSES

from .case_managers import ANA_ID, ANAS_ACCOUNT_ID, TASK_ID, case_manager, login, no_login
from .logins import login_user
from .neighbours import Neighbours, refusal
from .people import Browser, SignedIn
from .reading import Page
from .samples import REQUEST_ID
from .scheduling import ZHANG, ZHANG_ID, ZHANGS_ACCOUNT_ID, specialist

LOGIN, EMAIL = f"{ZHANG}/login", "zhang@clinic.example"
NONE = no_login(actions=[Login.ENABLE])
BUTTONS = {
    "enable": ("EnableSpecialistLogin", Login.ENABLE, "Enable Login"),
    "reset-password": ("SendSpecialistPasswordReset", Login.RESET_PASSWORD, "Reset password"),
    "resend-activation": ("ResendSpecialistActivation", Login.RESEND_ACTIVATION, "Resend activation"),
}


def knows(neighbours: Neighbours, of: Login, **changes: object) -> None:
    """Dr Zhang has this login."""
    neighbours.answers["GetSpecialist"] = specialist(login=of, **changes)


def ways(page: Page, words: str) -> list[str]:
    """Where the links with these words lead."""
    return [link["href"] for link in page.main.all("a") if words == link.text]


async def test_the_tab_says_how_the_login_stands(signed_in: SignedIn, neighbours: Neighbours) -> None:
    """PO-06, CM-06: status, address and last sign-in stand there, and for administrators the way to the login."""
    admin = signed_in(Role.STAFF_ADMIN)
    page = await admin.get((await admin.get(ZHANG)).link("Login Information"))
    assert "Dr Rui Zhang" == page.heading
    for words in ("This person can sign in.", "Signs in with", EMAIL, "Last sign-in"):
        assert words in page.text
    assert [f"/people/logins/{ZHANGS_ACCOUNT_ID}"] == ways(page, "Show it among the login users")
    knows(neighbours, NONE)
    assert "This person has no login." in (await admin.get(LOGIN)).text


@pytest.mark.parametrize("status", [*LOGIN_STATUSES, "OF_TOMORROW"])
async def test_every_status_has_a_page(status: str, staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-06: every status, also one that a newer service knows, is shown, and nothing is offered."""
    knows(neighbours, login(9 if status == "OF_TOMORROW" else status))
    page = await staff.get(LOGIN)
    assert (200, False) == (page.status, "Offer Online Account" in page.text)


async def test_enabling_is_explained_before_it_is_done(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-06: below the button stands what it sends, and to which address; without one, where to enter it."""
    knows(neighbours, NONE)
    assert f"Enabling sends an activation message to {EMAIL}." in (await staff.get(LOGIN)).text
    knows(neighbours, login("DISABLED", actions=[Login.ENABLE], username=EMAIL))
    assert f"Enabling lets this person sign in again with {EMAIL}." in (await staff.get(LOGIN)).text
    knows(neighbours, no_login(actions=[]), email="")
    page = await staff.get(LOGIN)
    assert f"{ZHANG}#email" == page.link("Enter one first")
    knows(neighbours, no_login(actions=[]), email="", account_status=Specialist.INACTIVE)
    assert "Enter one first" not in (await staff.get(LOGIN)).text


@pytest.mark.parametrize("step", BUTTONS)
async def test_a_button_does_its_work(step: str, staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-06: enable, reset and resend are buttons; the first action stands out, and it is done once."""
    rpc, action, button = BUTTONS[step]
    knows(neighbours, login(actions=[action]))
    page = await staff.get(LOGIN)
    form, pressed = page.form(button)
    assert not pressed.get("class")

    answer = await staff.press(page, button)
    request = neighbours.only(rpc)
    assert (ZHANG_ID, form.one("input", name="request_id")["value"]) == (request.specialist_id, request.request_id)
    assert (LOGIN, 7) == (answer.goes_to, UUID(request.request_id).version)
    page = await staff.follow(answer)
    assert ("status", True) == (page.main.one("p", class_="notice")["role"], bool(page.notice))


async def test_a_message_on_its_way_is_said(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-06: a login that waits for its first password has its activation message on its way."""
    knows(neighbours, NONE)
    neighbours.answers["EnableSpecialistLogin"] = specialist(login=login("ACTIVATION_SENT"))
    answer = await staff.press(await staff.get(LOGIN), "Enable Login")
    assert "The login is enabled, and its activation message is on its way." == (await staff.follow(answer)).notice


async def test_disabling_asks_once_more(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-06: before a login is disabled a page says that sessions end; the word about it takes it back."""
    page = await staff.get(LOGIN)
    page = await staff.get(page.link("Disable"))
    assert ("Disable the login of Dr Rui Zhang?", LOGIN) == (page.heading, page.link("Cancel"))
    assert "DisableSpecialistLogin" not in neighbours.rpcs

    answer = await staff.press(page, "Disable")
    assert ZHANG_ID == neighbours.only("DisableSpecialistLogin").specialist_id
    answer = await staff.press(await staff.follow(answer), "Undo")
    assert ZHANG_ID == neighbours.only("EnableSpecialistLogin").specialist_id
    assert "The login is enabled." == (await staff.follow(answer)).notice


@pytest.mark.parametrize("step", ["reset-password", "resend-activation", "disable"])
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
    """PO-06, CM-06: when the race was lost, or identity is away, the tab shows what fits now, with a word why."""
    rpc = "DisableSpecialistLogin" if step == "disable" else BUTTONS[step][0]
    neighbours.answers[rpc] = Unavailable() if "UNAVAILABLE" in reason else refusal(reason)
    answer = await staff.post(f"{LOGIN}/{step}", {"request_id": REQUEST_ID})

    assert LOGIN == answer.goes_to
    assert words == (await staff.follow(answer)).notice


@pytest.mark.parametrize(
    ("reason", "status", "words"),
    [
        ("EMAIL_MISSING", 409, "A login needs an email address. Please enter one first."),
        ("SPECIALIST_INACTIVE", 409, "This specialist is inactive. Please activate them first."),
        ("USERNAME_TAKEN", 409, "Somebody else signs in with this address already, so nothing was changed."),
        (
            "DEPENDENCY_UNAVAILABLE",
            503,
            "A part of the system does not answer right now. Please try again in a moment.",
        ),
    ],
)
async def test_why_it_was_not_enabled_stands_on_the_tab(
    reason: str, status: int, words: str, staff: Browser, neighbours: Neighbours
) -> None:
    """PO-06, CM-06: why a login was not enabled stands above how it stands."""
    knows(neighbours, NONE)
    neighbours.answers["EnableSpecialistLogin"] = Unavailable() if status == 503 else refusal(reason)
    page = await staff.press(await staff.get(LOGIN), "Enable Login")
    assert (status, words) == (page.status, page.problem)


@pytest.mark.parametrize(
    ("metadata", "role", "way"),
    [
        ({"specialist_id": TASK_ID}, Role.STAFF, f"/specialists/{TASK_ID}"),
        ({"account_id": ZHANGS_ACCOUNT_ID}, Role.STAFF, LOGIN),
        ({"account_id": ANAS_ACCOUNT_ID}, Role.STAFF, f"/case-managers/{ANA_ID}/login"),
        ({"account_id": TASK_ID}, Role.STAFF_ADMIN, f"/people/logins/{TASK_ID}"),
        ({"account_id": TASK_ID}, Role.STAFF, ""),
        ({}, Role.STAFF_ADMIN, ""),
    ],
    ids=["a person", "a specialist's login", "a case manager's login", "a login", "not for staff", "nobody knows"],
)
async def test_an_address_that_another_has_leads_to_them(
    metadata: dict[str, str], role: Role, way: str, signed_in: SignedIn, neighbours: Neighbours
) -> None:
    """PO-06, CM-06: who has the address is one link away: a specialist, a case manager, or a login."""
    knows(neighbours, NONE)
    neighbours.answers["ListSpecialists"] = lambda request: ListSpecialistsResponse(
        specialists=[specialist()] if ZHANGS_ACCOUNT_ID in request.account_ids else []
    )
    neighbours.answers["ListCaseManagers"] = lambda request: ListCaseManagersResponse(
        case_managers=[case_manager()] if ANAS_ACCOUNT_ID in request.account_ids else []
    )
    neighbours.answers["EnableSpecialistLogin"] = refusal("USERNAME_TAKEN", **metadata)
    browser = signed_in(role)
    page = await browser.press(await browser.get(LOGIN), "Enable Login")
    assert [way] * bool(way) == ways(page, "Show who has this address")


async def test_a_specialists_login_says_whose_it_is(signed_in: SignedIn, neighbours: Neighbours) -> None:
    """PO-06, ID-13, CM-06: beside the role stand the specialties, with a way to the profile; asked for once."""
    admin = signed_in(Role.STAFF_ADMIN)
    zhangs = login_user(of={"id": ZHANGS_ACCOUNT_ID, "role": Role.SPECIALIST.value})
    neighbours.answers["ListLoginUsers"] = ListLoginUsersResponse(login_users=[login_user(), zhangs])
    page = await admin.get("/people")
    assert f"{ZHANG}/login" == page.link("Orthopaedics, Hand surgery")
    request = neighbours.only("ListSpecialists")
    assert ([ZHANGS_ACCOUNT_ID], 1) == (list(request.account_ids), request.page_size)
    assert "ListCaseManagers" not in neighbours.rpcs
    neighbours.answers["GetLoginUser"] = zhangs
    page = await admin.get(f"/people/logins/{ZHANGS_ACCOUNT_ID}")
    assert "Profile Dr Rui Zhang, Orthopaedics, Hand surgery" in page.text
    assert f"{ZHANG}/login" == page.link("Dr Rui Zhang")

    found = ListSpecialistsResponse(specialists=[specialist(specialties=[])])
    neighbours.answers["ListSpecialists"] = found
    assert f"{ZHANG}/login" == (await admin.get("/people")).link("Profile")
    neighbours.answers["ListSpecialists"] = Unavailable()
    page = await admin.get("/people")
    assert (200, False) == (page.status, bool(ways(page, "Profile")))
