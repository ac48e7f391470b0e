"""What staff do about a guardian: invite, and the things that need no more words."""

from __future__ import annotations

from urllib.parse import quote
from uuid import UUID

import pytest
from portico.applications.v1 import resources_pb2 as res
from portico.applications.v1.resources_pb2 import Guardian

from chassis.wire import timestamp

from .neighbours import Neighbours, refusal
from .people import Browser
from .samples import APPLICATION, APPLICATION_ID, GUARDIAN, GUARDIAN_ID, REQUEST_ID, application, at, guardian

BACK = "/staff/applications?query=a"
STEPS = {
    "unlink": ("UnlinkGuardian", "The family no longer has access. You can undo this for 15 minutes."),
    "undo-unlink": ("UndoUnlink", "The family has its access back."),
    "revoke": ("RevokeInvitation", "The invitation was withdrawn. Its link and code no longer work."),
    "send-password-reset": ("SendPasswordReset", "A message for a new password is on its way to the family."),
}
ASKED = {"unlink": "Unlink Lucía Morales?", "revoke": "Withdraw the invitation of Lucía Morales?"}
"""What is asked once before something is taken away."""
BUTTONS = [
    (Guardian.UNLINK, "Unlink", "unlink"),
    (Guardian.UNDO_UNLINK, "Undo unlink", "undo-unlink"),
    (Guardian.REVOKE_INVITATION, "Withdraw invitation", "revoke"),
    (Guardian.SEND_PASSWORD_RESET, "Send password reset", "send-password-reset"),
]
NOT_NOW = {
    "ACTION_NOT_ALLOWED": "This no longer fits: something has changed meanwhile.",
    "UNDO_EXPIRED": "It is too late to undo this. You can invite the family again.",
    "RESET_LIMIT_REACHED": "Three messages were sent within the last hour. Please try again later.",
    "ACCOUNT_NOT_ACTIVE": "This account cannot be used, so no message was sent.",
}


@pytest.mark.parametrize(("action", "button", "step"), BUTTONS)
async def test_a_button_does_its_work(
    action: Guardian.Action.ValueType, button: str, step: str, staff: Browser, neighbours: Neighbours
) -> None:
    """PO-05, AP-03: each action calls its RPC for this guardian, with the form's request id, and says what was done."""
    rpc, words = STEPS[step]
    neighbours.answers["GetApplication"] = application(guardian(allowed_actions=[action]))
    page = await staff.get(APPLICATION)
    page = await staff.get(page.link(button)) if step in ASKED else page
    form, _ = page.form(button)

    answer = await staff.press(page, button)

    request = neighbours.only(rpc)
    assert (APPLICATION_ID, GUARDIAN_ID) == (request.application_id, request.guardian_id)
    assert form.one("input", name="request_id")["value"] == request.request_id
    assert APPLICATION == answer.goes_to
    page = await staff.follow(answer)
    assert (words, "status") == (page.notice, page.main.one("p", class_="notice")["role"])


@pytest.mark.parametrize("step", ASKED)
async def test_what_takes_something_away_is_asked_once(step: str, staff: Browser, neighbours: Neighbours) -> None:
    """CASE-U2: before an unlink or a withdrawal a page says whose and what follows, and Cancel leads back."""
    page = await staff.get(f"{GUARDIAN}/{step}?next={BACK}")

    assert ASKED[step] == page.heading
    assert BACK == page.link("Cancel")
    assert ["GetApplication"] == neighbours.rpcs


async def test_the_word_about_an_unlink_takes_it_back(staff: Browser, neighbours: Neighbours) -> None:
    """CASE-U2, AP-11: a button in the notice after an unlink gives the access back, and leads to the list."""
    answer = await staff.press(await staff.get(f"{GUARDIAN}/unlink?next={BACK}"), "Unlink")
    page = await staff.follow(answer)
    neighbours.received.clear()

    answer = await staff.press(page, "Undo")

    request = neighbours.only("UndoUnlink")
    assert (APPLICATION_ID, GUARDIAN_ID) == (request.application_id, request.guardian_id)
    assert 7 == UUID(request.request_id).version
    assert BACK == answer.goes_to
    assert (STEPS["undo-unlink"][1], []) == (
        (await staff.follow(answer)).notice,
        (await staff.get(BACK)).main.all("p", class_="notice"),
    )


@pytest.mark.parametrize(
    "written", ["unlinked", "unlinked.a.b", f"unlinked.{GUARDIAN_ID}", f"saved.{APPLICATION_ID}.{GUARDIAN_ID}"]
)
async def test_a_word_without_its_ids_undoes_nothing(written: str, staff: Browser) -> None:
    """CASE-U2: a notice whose cookie does not say exactly what to undo has no button."""
    staff.cookies["notice"] = written
    page = await staff.get(BACK)

    assert page.notice
    assert "Undo" not in page.buttons()


async def test_a_button_that_is_pressed_twice_works_once(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05: a form sent twice carries the same request id, and the next page another one."""
    neighbours.answers["GetApplication"] = application(guardian(allowed_actions=[Guardian.UNLINK]))
    page = await staff.get(f"{GUARDIAN}/unlink")
    await staff.press(page, "Unlink")
    await staff.press(page, "Unlink")
    await staff.press(await staff.get(f"{GUARDIAN}/unlink"), "Unlink")

    ids = [received.request.request_id for received in neighbours.received if received.rpc == "UnlinkGuardian"]
    assert [7, 7, 7] == [UUID(request_id).version for request_id in ids]
    assert (ids[0], 2) == (ids[1], len(set(ids)))


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("reason", NOT_NOW)
async def test_an_action_that_no_longer_fits_is_a_word_on_the_page(
    reason: str, step: str, staff: Browser, neighbours: Neighbours
) -> None:
    """PO-05, AP-03: when the race was lost, staff see the page as it is now, with a word why nothing was done."""
    neighbours.answers[STEPS[step][0]] = refusal(reason)
    answer = await staff.post(f"{GUARDIAN}/{step}", {"request_id": REQUEST_ID, "next": BACK})

    assert BACK == answer.goes_to
    page = await staff.follow(answer)
    assert (NOT_NOW[reason], "alert") == (page.notice, page.main.one("p", class_="notice")["role"])
    assert "" == (await staff.get(BACK)).notice


@pytest.mark.parametrize("step", STEPS)
async def test_other_refusals_are_a_page(step: str, staff: Browser, neighbours: Neighbours) -> None:
    """PO-05: what is no matter of this guardian's state is said on a page of its own."""
    neighbours.answers[STEPS[step][0]] = refusal("GUARDIAN_NOT_FOUND")
    page = await staff.post(f"{GUARDIAN}/{step}", {"request_id": REQUEST_ID})

    assert 404 == page.status
    assert "This person is no longer part of the application." in page.text


@pytest.mark.parametrize("step", ["update", "delete", "UNLINK", "__class__"])
async def test_there_are_no_other_actions(step: str, staff: Browser, neighbours: Neighbours) -> None:
    """PO-05: an address that no page has does nothing."""
    page = await staff.post(f"{GUARDIAN}/{step}", {"request_id": REQUEST_ID})

    assert (404, "Nothing is here") == (page.status, page.heading)
    assert [] == neighbours.rpcs


@pytest.mark.parametrize(
    ("email", "phone", "preferred", "methods", "chosen"),
    [
        ("lucia@example.org", "+12025550123", res.EMAIL, ["EMAIL", "SMS"], "EMAIL"),
        ("lucia@example.org", "+12025550123", res.SMS, ["EMAIL", "SMS"], "SMS"),
        ("lucia@example.org", "", res.SMS, ["EMAIL"], "EMAIL"),
        ("", "+12025550123", res.EMAIL, ["SMS"], "SMS"),
    ],
)
async def test_only_the_ways_that_there_are_are_offered(
    email: str,
    phone: str,
    preferred: res.ContactMethod.ValueType,
    methods: list[str],
    chosen: str,
    staff: Browser,
    neighbours: Neighbours,
) -> None:
    """PO-05, AP-04: the form names the contacts that there are, with the preferred way chosen."""
    person = guardian(email=email, phone=phone, preferred_method=preferred)
    neighbours.answers["GetApplication"] = application(person)
    page = await staff.get(f"{GUARDIAN}/invite")

    radios = page.main.all("input", type="radio")
    assert methods == [radio["value"] for radio in radios]
    assert [chosen] == [radio["value"] for radio in radios if radio.get("checked")]
    contacts = {"EMAIL": f"By email to {email}", "SMS": f"By SMS to {phone}"}
    assert [contacts[method] for method in methods] == [label.text for label in page.main.all("label", class_="choice")]


@pytest.mark.parametrize(
    ("failed", "preferred", "chosen"),
    [
        ({"phone": 9}, res.SMS, "EMAIL"),
        ({"phone": 9}, res.EMAIL, "EMAIL"),
        ({"email": 9}, res.EMAIL, "SMS"),
        ({"email": 9, "phone": 10}, res.SMS, "EMAIL"),
        ({"email": 10, "phone": 9}, res.EMAIL, "SMS"),
        ({}, res.SMS, "SMS"),
    ],
)
async def test_what_just_failed_is_not_proposed_again(
    failed: dict[str, int], preferred: res.ContactMethod.ValueType, chosen: str, staff: Browser, neighbours: Neighbours
) -> None:
    """CASE-U1: the way that did not fail, or failed longer ago, is chosen; a failed one is marked with its day."""
    times = {f"{contact}_failure_time": timestamp(at(hour)) for contact, hour in failed.items()}
    neighbours.answers["GetApplication"] = application(guardian(preferred_method=preferred, **times))
    page = await staff.get(f"{GUARDIAN}/invite")

    assert [chosen] == [radio["value"] for radio in page.main.all("input", type="radio") if radio.get("checked")]
    marks = [" ".join(mark.text for mark in label.all("strong")) for label in page.main.all("label", class_="choice")]
    assert [
        f"did not arrive: Jan 28, {failed[contact] - 5}:00 AM" if contact in failed else ""
        for contact in ("email", "phone")
    ] == marks


async def test_the_only_way_is_proposed_also_when_it_failed(staff: Browser, neighbours: Neighbours) -> None:
    """CASE-U1: where there is no other contact the mark says that this one failed."""
    person = guardian(phone="", email_failure_time=timestamp(at(9)))
    neighbours.answers["GetApplication"] = application(person)
    page = await staff.get(f"{GUARDIAN}/invite")
    assert "checked" in page.main.one("input", type="radio").attributes
    assert "did not arrive" in page.main.one("strong").text


async def test_without_a_contact_nobody_can_be_invited(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05, AP-04: a guardian without email and phone gets a contact first."""
    neighbours.answers["GetApplication"] = application(guardian(email="", phone=""))
    page = await staff.get(f"{GUARDIAN}/invite")

    assert "Without an email address or a phone number nobody can be invited." in page.text
    assert [] == page.buttons()
    assert GUARDIAN == page.link("Change the contact details")


@pytest.mark.parametrize(
    ("actions", "rpc", "title"),
    [
        ([Guardian.INVITE, Guardian.UPDATE], "InviteGuardian", "Invite"),
        ([Guardian.REINVITE, Guardian.UPDATE], "ReinviteGuardian", "Invite again"),
    ],
)
@pytest.mark.parametrize("method", ["EMAIL", "SMS"])
async def test_a_guardian_is_invited_by_the_chosen_way(
    method: str,
    actions: list[Guardian.Action.ValueType],
    rpc: str,
    title: str,
    staff: Browser,
    neighbours: Neighbours,
) -> None:
    """PO-05, AP-04, AP-05: whichever of Invite and Reinvite fits is called, with the chosen method and a request id."""
    neighbours.answers["GetApplication"] = application(guardian(allowed_actions=actions))
    page = await staff.get(f"{GUARDIAN}/invite?next=%2Fstaff%2Fapplications%3Fquery%3Da")
    assert f"{title}: Lucía Morales" == page.heading
    assert (rpc == "ReinviteGuardian") == ("The earlier link and code stop working at this moment." in page.text)
    assert BACK == page.link("Cancel")
    assert f"{GUARDIAN}?next={quote(BACK)}" == page.link("Change the contact details")

    answer = await staff.press(page, "Send the invitation", method=method)

    request = neighbours.only(rpc)
    assert (APPLICATION_ID, GUARDIAN_ID) == (request.application_id, request.guardian_id)
    assert (method, 7) == (res.ContactMethod.Name(request.method), UUID(request.request_id).version)
    assert BACK == answer.goes_to
    assert "The invitation is on its way." == (await staff.follow(answer)).notice


async def test_a_way_that_is_gone_is_said_in_the_form(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05, AP-04: when the contact was taken away meanwhile, the form says so and offers what there is now."""
    neighbours.answers["ReinviteGuardian"] = refusal("METHOD_MISSING")
    page = await staff.get(f"{GUARDIAN}/invite?next=%2Fstaff%2Fapplications%3Fquery%3Da")
    neighbours.answers["GetApplication"] = application(guardian(phone=""))

    page = await staff.press(page, "Send the invitation", method="SMS")

    assert 409 == page.status
    assert page.problem.startswith("There is no contact for this way of sending.")
    assert ["EMAIL"] == [radio["value"] for radio in page.main.all("input", type="radio")]
    assert BACK == page.link("Cancel")


async def test_a_phone_that_was_just_texted_is_told_so_in_the_form(staff: Browser, neighbours: Neighbours) -> None:
    """CASE-S8: who presses again within a minute reads that a text is on its way, and can choose another way."""
    neighbours.answers["ReinviteGuardian"] = refusal("INVITED_JUST_NOW")
    page = await staff.press(await staff.get(f"{GUARDIAN}/invite"), "Send the invitation", method="SMS")
    assert page.problem.startswith("A text message was sent to this phone less than a minute ago.")
    assert 2 == len(page.main.all("input", type="radio"))


async def test_an_invitation_that_no_longer_fits_is_a_word_on_the_page(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05, AP-05: when the family accepted meanwhile, staff see the page as it is now, with a word about it."""
    neighbours.answers["ReinviteGuardian"] = refusal("ACTION_NOT_ALLOWED")
    answer = await staff.press(await staff.get(f"{GUARDIAN}/invite"), "Send the invitation")

    assert APPLICATION == answer.goes_to
    assert NOT_NOW["ACTION_NOT_ALLOWED"] == (await staff.follow(answer)).notice


@pytest.mark.parametrize("way", ["", "PIGEON", "CONTACT_METHOD_UNSPECIFIED", "0"])
async def test_an_unknown_way_is_the_preferred_one(way: str, staff: Browser, neighbours: Neighbours) -> None:
    """PO-05, AP-04: without a way that there is, the service takes the preferred one."""
    answer = await staff.post(f"{GUARDIAN}/invite", {"request_id": REQUEST_ID, "method": way})

    assert APPLICATION == answer.goes_to
    assert res.CONTACT_METHOD_UNSPECIFIED == neighbours.only("ReinviteGuardian").method


@pytest.mark.parametrize("way", ["", "/invite"])
async def test_somebody_who_is_no_guardian_is_not_there(way: str, staff: Browser, neighbours: Neighbours) -> None:
    """PO-05: the page of a guardian who is no longer part of the application says so."""
    neighbours.answers["GetApplication"] = application(guardian(id="01990000-0000-7000-8000-0000000000bb"))
    page = await staff.get(GUARDIAN + way)

    assert 404 == page.status
    assert "This person is no longer part of the application." in page.text


@pytest.mark.parametrize("step", ["unlink", "invite"])
@pytest.mark.parametrize("foreign", ["https://evil.example/", "//evil.example", "/\\evil.example"])
async def test_nobody_is_led_away_afterwards(step: str, foreign: str, staff: Browser) -> None:
    """PO-01, PO-05: a form with a foreign place to go back to leads to the application."""
    answer = await staff.post(f"{GUARDIAN}/{step}", {"request_id": REQUEST_ID, "next": foreign})

    assert APPLICATION == answer.goes_to


async def test_staff_of_another_language_read_it_in_theirs(staff: Browser, neighbours: Neighbours) -> None:
    """PO-01, PO-05: the word about what was done is in the language of the next page."""
    staff.cookies["language"] = "es"
    answer = await staff.post(f"{GUARDIAN}/unlink", {"request_id": REQUEST_ID})

    assert (await staff.follow(answer)).notice.startswith("La familia ya no tiene acceso.")
