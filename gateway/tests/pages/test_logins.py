"""The logins of an organization: the list, a login's page, what is done with it, and a new one."""

from __future__ import annotations

from uuid import UUID

import pytest
from portico.identity.v1.audit_pb2 import AuditedPerson, ListAuditEventsResponse
from portico.identity.v1.login_users_pb2 import ListLoginUsersResponse, LoginUser

from chassis.call import Role
from chassis.errors import FieldViolation, Unavailable
from chassis.wire import timestamp
from portal.core.renderer import bdi

from .case_managers import ANA, ANAS_ACCOUNT_ID
from .logins import LOGIN, ROSA_ID, audit_event, login_user, pending
from .neighbours import Neighbours, refusal
from .people import Browser, SignedIn
from .samples import ADA_ID, REQUEST_ID, at

BACK = "/people?query=rosa"
AT_ONCE = {
    "reset-password": ("SendLoginUserPasswordReset", "RESET_PASSWORD", "Reset password"),
    "resend-activation": ("ResendActivation", "RESEND_ACTIVATION", "Resend activation"),
    "enable": ("EnableLoginUser", "ENABLE", "Enable"),
    "unlock": ("UnlockLoginUser", "UNLOCK", "Unlock"),
}
ASKED = {
    "disable": ("DisableLoginUser", "DISABLE", "Disable", "Disable the login of Rosa Delgado?"),
    "sign-out": (
        "RevokeLoginUserSessions",
        "REVOKE_SESSIONS",
        "Sign out everywhere",
        "Sign Rosa Delgado out everywhere?",
    ),
    "make-administrator": ("SetLoginUserRole", "SET_ROLE", "Make administrator", "Make Rosa Delgado an administrator?"),
    "make-staff": ("SetLoginUserRole", "SET_ROLE", "Make staff", "Make Rosa Delgado a member of the staff?"),
}
RPCS = {step: row[0] for step, row in {**AT_ONCE, **ASKED}.items()}
NOT_NOW = {
    "ACTION_NOT_ALLOWED": "This no longer fits: something has changed meanwhile.",
    "LAST_ADMINISTRATOR": "This is the only active administrator of your organization. Please make another one first.",
    "RESET_LIMIT_REACHED": "Three messages were sent within the last hour. Please try again later.",
}


@pytest.fixture
def admin(signed_in: SignedIn) -> Browser:
    """Where Ada sits, who is an administrator."""
    return signed_in(Role.STAFF_ADMIN)


def role_before(step: str) -> Role:
    """The role of a login for which this can be done."""
    return Role.STAFF_ADMIN if step == "make-staff" else Role.STAFF


async def test_the_list_says_who_gets_in(admin: Browser, neighbours: Neighbours) -> None:
    """PO-06, ID-13: each row has name, username, role, state, last sign-in and beginning, and its menu in order."""
    locked = login_user("LOCKED", lock_expire_time=timestamp(at(18, 5)), of={"role": Role.CASE_MANAGER.value})
    neighbours.answers["ListLoginUsers"] = ListLoginUsersResponse(login_users=[locked, pending()])

    page = await admin.get("/people")

    first, second = page.main.one("tbody").all("tr")
    words = [cell.text for cell in first if cell.tag in {"th", "td"}]
    assert ["Rosa Delgado", "rosa@sunrise.example", "Case manager"] == words[:3]
    assert words[3].startswith("Locked until ")
    assert "never" in second.text
    assert "Waits for activation" in second.text
    assert ["Resend activation", "Change address", "Disable", "Make administrator", "Details"] == [
        entry.text for entry in second.one("details", class_="menu").all("li")
    ]


async def test_the_address_says_what_is_looked_for(admin: Browser, neighbours: Neighbours) -> None:
    """PO-06, ID-13: words, roles and states go to the search; what there is not is passed over."""
    page = await admin.get("/people?query=%20rosa%20&role=STAFF&role=FAMILY&state=LOCKED&state=ODD&page=a-token")

    request = neighbours.only("ListLoginUsers")
    assert ("rosa", [Role.STAFF], [LoginUser.LOCKED], "a-token") == (
        request.query,
        list(request.roles),
        list(request.states),
        request.page_token,
    )
    assert "/people" == page.link("Show all")
    assert ["STAFF", "LOCKED"] == sorted(
        (box["value"] for box in page.main.all("input", type="checkbox", checked="checked")), reverse=True
    )


async def test_pages_go_both_ways_and_keep_what_is_looked_for(admin: Browser, neighbours: Neighbours) -> None:
    """PO-06, ID-13: a page in the middle leads to both sides; one with nothing any more leads to the first."""
    neighbours.answers["ListLoginUsers"] = ListLoginUsersResponse(
        login_users=[login_user()], next_page_token="after", previous_page_token="before"
    )
    page = await admin.get("/people?query=a&state=ACTIVE&page=here")
    assert "/people?query=a&state=ACTIVE&page=before" == page.link("Previous page")
    assert "/people?query=a&state=ACTIVE&page=after" == page.link("Next page")

    neighbours.answers["ListLoginUsers"] = ListLoginUsersResponse()
    assert "/people?query=a" == (await admin.get("/people?query=a&page=gone")).goes_to
    page = await admin.get("/people?query=a")
    assert ("/people", True) == (page.link("Show all"), "Nothing found." in page.text)
    assert "There is no login yet." in (await admin.get("/people")).text


@pytest.mark.parametrize("step", AT_ONCE)
async def test_a_button_does_its_work(step: str, admin: Browser, neighbours: Neighbours) -> None:
    """PO-06, ID-13: an action that takes nothing away is done by its button, once, and leads back where it was."""
    rpc, action, button = AT_ONCE[step]
    neighbours.answers["GetLoginUser"] = login_user(actions=[LoginUser.Action.Value(action)])
    page = await admin.get(f"{LOGIN}?next={BACK}")
    form, pressed = page.form(button)
    assert "" == pressed.get("class")

    answer = await admin.press(page, button)

    request = neighbours.only(rpc)
    assert (ROSA_ID, form.one("input", name="request_id")["value"]) == (request.account_id, request.request_id)
    assert f"{LOGIN}?next={BACK}" == answer.goes_to
    page = await admin.follow(answer)
    assert page.notice
    assert "status" == page.main.one("p", class_="notice")["role"]


@pytest.mark.parametrize("step", ASKED)
async def test_what_takes_something_away_is_asked_once(step: str, admin: Browser, neighbours: Neighbours) -> None:
    """PO-06, ID-13: before it a page says whose it is and what follows; Cancel leads back, the button does it."""
    rpc, action, button, question = ASKED[step]
    neighbours.answers["GetLoginUser"] = login_user(
        of={"role": role_before(step).value}, actions=[LoginUser.Action.Value(action)]
    )
    page = await admin.get(LOGIN)
    assert ["button", "secondary"] == page.main.one("a", class_="button")["class"].split()
    page = await admin.get(page.link(button))
    assert (question, LOGIN) == (page.heading, page.link("Cancel"))
    assert rpc not in neighbours.rpcs
    assert "This is your own login." not in page.text

    answer = await admin.press(page, button)

    request = neighbours.only(rpc)
    assert (ROSA_ID, 7) == (request.account_id, UUID(request.request_id).version)
    if rpc == "SetLoginUserRole":
        assert request.role != role_before(step)
    assert ("Undo" in (await admin.follow(answer)).buttons()) == (step == "disable")


async def test_a_case_managers_login_says_whose_it_is(admin: Browser, neighbours: Neighbours) -> None:
    """PO-06, ID-13: beside the role stands the company, with a way to the profile; asked for once for all rows."""
    anas = login_user(of={"id": ANAS_ACCOUNT_ID, "role": Role.CASE_MANAGER.value})
    neighbours.answers["ListLoginUsers"] = ListLoginUsersResponse(login_users=[login_user(), anas])
    page = await admin.get("/people")
    assert f"{ANA}/login" == page.link("Harbor Insurance")
    request = neighbours.only("ListCaseManagers")
    assert ([ANAS_ACCOUNT_ID], 1) == (list(request.account_ids), request.page_size)
    neighbours.answers["GetLoginUser"] = anas
    page = await admin.get(f"/people/logins/{ANAS_ACCOUNT_ID}")
    assert ("Profile Ana García, Harbor Insurance" in page.text, f"{ANA}/login") == (True, page.link("Ana García"))

    neighbours.answers["ListCaseManagers"] = Unavailable()
    page = await admin.get("/people")
    assert (200, False) == (page.status, "Harbor Insurance" in page.text)


async def test_ones_own_login_is_called_so(admin: Browser, neighbours: Neighbours) -> None:
    """PO-06: whoever is about to sign themselves out reads that it is their own login."""
    neighbours.answers["GetLoginUser"] = login_user(of={"id": ADA_ID})

    assert "This is your own login." in (await admin.get(f"/people/logins/{ADA_ID}/sign-out")).text


async def test_the_word_about_a_disabled_login_takes_it_back(admin: Browser, neighbours: Neighbours) -> None:
    """PO-06, ID-14: a button in the notice enables the login again, and leads to where it was disabled."""
    page = await admin.get(f"{LOGIN}/disable?next={BACK}")
    page = await admin.follow(await admin.press(page, "Disable"))
    answer = await admin.press(page, "Undo")

    assert ROSA_ID == neighbours.only("EnableLoginUser").account_id
    assert BACK == answer.goes_to
    assert "The login is enabled." == (await admin.follow(answer)).notice


@pytest.mark.parametrize("step", RPCS)
@pytest.mark.parametrize("reason", NOT_NOW)
async def test_what_no_longer_fits_is_a_word_on_the_page(
    reason: str, step: str, admin: Browser, neighbours: Neighbours
) -> None:
    """PO-06, PO-01: when the race was lost, the page shows what fits now, with a word why nothing was done."""
    neighbours.answers[RPCS[step]] = refusal(reason)
    answer = await admin.post(f"{LOGIN}/{step}", {"request_id": REQUEST_ID, "next": BACK})

    assert BACK == answer.goes_to
    assert NOT_NOW[reason] == (await admin.follow(answer)).notice


async def test_a_login_that_is_not_there_leads_to_the_list(admin: Browser, neighbours: Neighbours) -> None:
    """PO-06: an unknown login is a page with a way on; an action on it leads to the list, with a word."""
    for rpc in ("GetLoginUser", "UnlockLoginUser"):
        neighbours.answers[rpc] = refusal("ACCOUNT_NOT_FOUND")
    page = await admin.get(LOGIN)
    assert (404, "Nothing is here") == (page.status, page.heading)

    answer = await admin.post(f"{LOGIN}/unlock", {"request_id": REQUEST_ID, "next": LOGIN})
    assert "/people" == answer.goes_to
    assert "This account does not exist any more." == (await admin.follow(answer)).notice


async def test_a_login_says_what_its_state_means(admin: Browser, neighbours: Neighbours) -> None:
    """PO-06, ID-13: a login's page has its times, devices and actions, the first of which stands out."""
    neighbours.answers["ListAuditEvents"] = ListAuditEventsResponse(audit_events=[audit_event()] * 2)
    page = await admin.get(LOGIN)
    assert "Rosa Delgado" == page.heading
    assert "This person can sign in." in page.text
    assert "Devices signed in 2" in page.text
    assert "only active administrator" not in page.text
    request = neighbours.only("ListAuditEvents")
    assert (ROSA_ID, 20) == (request.subject_id, request.page_size)
    assert 2 == len(page.main.one("ol", class_="timeline").all("li"))
    assert f"/people/audit?subject_id={ROSA_ID}" == page.link("All that happened to this login")
    assert f"/people/audit?actor_id={ROSA_ID}" == page.link("All that this person did")

    neighbours.answers["GetLoginUser"] = login_user("LOCKED", lock_expire_time=timestamp(at(18, 5)))
    assert "Locked until" in (await admin.get(LOGIN)).text
    neighbours.answers["GetLoginUser"] = pending()
    assert "Activation link good until" in (await admin.get(LOGIN)).text
    neighbours.answers["GetLoginUser"] = pending(activation_expire_time=None)
    assert "The link of the last activation message no longer works." in (await admin.get(LOGIN)).text


async def test_the_only_administrator_reads_why(admin: Browser, neighbours: Neighbours) -> None:
    """PO-06, ID-13: of the only active administrator the page says why the login stays as it is."""
    neighbours.answers["GetLoginUser"] = login_user(last_administrator=True, actions=[LoginUser.RESET_PASSWORD])

    assert "Make another one before you disable this login or change its role." in (await admin.get(LOGIN)).text


async def test_a_new_login_is_made(admin: Browser, neighbours: Neighbours) -> None:
    """CASE-U9, ID-03: name, address, role and language make a login, whose page says that the message is on its way."""
    answer = await admin.press(
        await admin.get("/people/logins/new"),
        "Make the login",
        display_name="Rosa Delgado",
        username=" rosa@sunrise.example ",
        role="STAFF_ADMIN",
        language="es",
    )

    request = neighbours.only("CreateLoginUser")
    assert ("Rosa Delgado", "rosa@sunrise.example", Role.STAFF_ADMIN, "es") == (
        request.display_name,
        request.username,
        request.role,
        request.language,
    )
    assert (LOGIN, 7) == (answer.goes_to, UUID(request.request_id).version)
    notice = (await admin.follow(answer)).notice
    assert "The login is made, and its activation message is on its way." == notice


@pytest.mark.parametrize("address", ["/people/logins/new", f"{LOGIN}/username"])
async def test_an_address_that_will_not_do_stands_beside_its_field(
    address: str, admin: Browser, neighbours: Neighbours
) -> None:
    """PO-06: what is wrong stands at its field, what was typed stays, and a taken address leads to its login."""
    typed = {"request_id": REQUEST_ID, "username": "rosa", "display_name": "Rosa", "role": "STAFF_ADMIN"}
    violation = FieldViolation("username", "USERNAME_INVALID", "odd")
    for rpc in ("CreateLoginUser", "ChangePendingUsername"):
        neighbours.answers[rpc] = refusal("USERNAME_INVALID", violation)
    page = await admin.post(address, typed)
    assert (400, "This is neither an email address nor a phone number.") == (page.status, page.problem_of("username"))
    assert "rosa" == page.main.one("input", id="username")["value"]

    for rpc in ("CreateLoginUser", "ChangePendingUsername"):
        neighbours.answers[rpc] = refusal("USERNAME_TAKEN")
    page = await admin.post(address, {**typed, "username": "ada+1@sunrise.example"})
    assert (409, "There is a login with this address already.") == (page.status, page.problem)
    assert "/people?query=ada%2B1%40sunrise.example" == page.link("Find that login")


@pytest.mark.parametrize("path", ["/people", LOGIN, f"{LOGIN}/disable", f"{LOGIN}/username", "/people/audit"])
async def test_a_name_turns_nothing_around_it(path: str, admin: Browser, neighbours: Neighbours) -> None:
    """CASE-A30: names of people stand in a `<bdi>`, and what would turn their letters is shown as its number."""
    name = "\u202egro.elpmaxe"
    user = login_user(of={"display_name": name}, actions=[LoginUser.DISABLE])
    person = AuditedPerson(account_id=ROSA_ID, display_name=name)
    neighbours.answers |= {
        "GetLoginUser": user,
        "ListLoginUsers": ListLoginUsersResponse(login_users=[user]),
        "ListAuditEvents": ListAuditEventsResponse(audit_events=[audit_event(subject=person)]),
    }
    page = await admin.get(path)

    assert bdi(name) in page.answer.text
    assert "\u202e" not in page.answer.text
