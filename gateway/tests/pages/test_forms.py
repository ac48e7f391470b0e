"""Staff enter an application and correct a guardian's contact details."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest
from google.type.date_pb2 import Date
from portico.applications.v1 import resources_pb2 as res
from portico.applications.v1.resources_pb2 import Guardian
from portico.applications.v1.search_pb2 import ListApplicationsResponse
from starlette.requests import Request

from chassis.errors import DeadlineExceeded, FieldViolation
from portal.core import forms

from .neighbours import Neighbours, refusal
from .people import Browser
from .samples import APPLICATION, APPLICATION_ID, GUARDIAN, GUARDIAN_ID, REQUEST_ID, application, guardian

NEW = "/staff/applications/new"
FIELDS = {
    "given_name": "Lucía",
    "family_name": "Morales Ruiz",
    "email": "lucia@example.org",
    "phone": "(202) 555-0123",
    "preferred_method": "SMS",
    "language": "es",
}


def wrong(prefix: str) -> Exception:
    """What applications says of two wrong contacts."""
    return refusal(
        "CONTACT_INVALID",
        FieldViolation(f"{prefix}.email", "EMAIL_INVALID", "not an email address."),
        FieldViolation(f"{prefix}.phone", "PHONE_INVALID", "not a phone number."),
    )


async def test_a_change_comes_back_to_where_it_began(staff: Browser, neighbours: Neighbours) -> None:
    """U15, PO-05: from a narrowed list a guardian's form leads back to it as it was, by Save and by Cancel."""
    here = "/staff/applications?query=a&order=number"
    person = guardian(allowed_actions=[Guardian.UPDATE])
    neighbours.answers["ListApplications"] = ListApplicationsResponse(applications=[application(person)])
    page = await staff.get((await staff.get(here)).link("Update"))

    assert here == page.link("Cancel")
    assert here == (await staff.press(page, "Save")).goes_to


async def test_a_guardian_is_changed(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05: the form has what is known; what was typed replaces all of it, also what was emptied."""
    page = await staff.get(GUARDIAN)
    assert {"given_name": "Lucía", "family_name": "Morales", "email": "lucia@example.org", "phone": "+12025550123"} == {
        name: page.main.one("input", id=name)["value"] for name in list(FIELDS)[:4]
    }
    assert ["EMAIL", "es"] == [radio["value"] for radio in page.main.all("input", type="radio") if radio.get("checked")]

    answer = await staff.press(page, "Save", **{**FIELDS, "email": " "})

    request = neighbours.only("UpdateGuardian")
    assert (APPLICATION_ID, GUARDIAN_ID) == (request.application_id, request.guardian_id)
    patch = request.guardian
    assert ("Lucía", "Morales Ruiz", "", "(202) 555-0123", res.SMS, "es") == (
        *(patch.given_name, patch.family_name, patch.email, patch.phone, patch.preferred_method, patch.language),
    )
    assert set(FIELDS) == set(request.update_mask.paths)
    assert 7 == UUID(request.request_id).version
    assert APPLICATION == answer.goes_to
    assert "The changes are saved." == (await staff.follow(answer)).notice


@pytest.mark.parametrize(
    ("state", "warns"), [(Guardian.INVITED, True), (Guardian.NOT_INVITED, False), (Guardian.LINKED, False)]
)
async def test_a_change_that_withdraws_an_invitation_says_so(
    state: Guardian.LinkState.ValueType, warns: bool, staff: Browser, neighbours: Neighbours
) -> None:
    """PO-05, AP-07: while an invitation is out, the form says that another contact withdraws it."""
    neighbours.answers["GetApplication"] = application(guardian(link_state=state))

    assert warns == ("withdraws the invitation that is out now" in (await staff.get(GUARDIAN)).text)


@pytest.mark.parametrize(
    ("language", "email", "phone", "button"),
    [
        ("en", "This is not an email address.", "This is not a phone number.", "Save"),
        ("es", "No es un correo electrónico.", "No es un número de teléfono.", "Guardar"),
    ],
)
async def test_a_wrong_contact_is_said_beside_its_field(
    language: str, email: str, phone: str, button: str, staff: Browser, neighbours: Neighbours
) -> None:
    """PO-05: what is wrong stands beside its field in the reader's language, and what was typed is still there."""
    staff.cookies["language"] = language
    neighbours.answers["UpdateGuardian"] = wrong("guardian")
    typed = {**FIELDS, "email": "no address", "phone": "12"}

    page = await staff.press(await staff.get(GUARDIAN), button, **typed)

    assert 400 == page.status
    assert (email, phone, "") == tuple(page.problem_of(name) for name in ("email", "phone", "given_name"))
    assert {name: typed[name] for name in list(FIELDS)[:4]} == {
        name: page.main.one("input", id=name)["value"] for name in list(FIELDS)[:4]
    }
    assert ["SMS", "es"] == [radio["value"] for radio in page.main.all("input", type="radio") if radio.get("checked")]
    assert "" != page.problem


async def test_what_is_too_long_is_said_beside_its_field(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05: the limits of the contract are said beside the fields of both forms."""
    page = await staff.press(await staff.get(GUARDIAN), "Save", given_name="x" * 101, phone="1" * 41)
    assert ["This is too long."] * 2 == [page.problem_of(name) for name in ("given_name", "phone")]

    page = await staff.press(
        await staff.get(NEW), "Enter and invite", given_name="", family_name="x" * 101, email="x" * 255
    )
    assert ["This is needed.", "This is too long.", "This is too long."] == [
        page.problem_of(name) for name in ("given_name", "family_name", "email")
    ]
    assert {"UpdateGuardian", "CreateApplication"}.isdisjoint(neighbours.rpcs)


async def test_an_application_with_a_child_is_entered(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05, AP-01: guardian and child go to the service, with a request id, and the new application is shown."""
    page = await staff.get((await staff.get("/staff/applications")).link("New application"))
    assert (200, "New application") == (page.status, page.heading)

    answer = await staff.press(
        page, "Enter and invite", **FIELDS, child_given_name=" Mateo ", child_birth_date="2023-05-14"
    )

    request = neighbours.only("CreateApplication")
    [person], [child] = request.guardians, request.children
    assert ("Lucía", "Morales Ruiz", "lucia@example.org", "(202) 555-0123", res.SMS, "es") == (
        *(person.given_name, person.family_name, person.email, person.phone, person.preferred_method, person.language),
    )
    assert ("Mateo", "Morales Ruiz", Date(year=2023, month=5, day=14)) == (
        child.given_name,
        child.family_name,
        child.birth_date,
    )
    assert 7 == UUID(request.request_id).version
    assert APPLICATION == answer.goes_to
    assert "The application is entered." == (await staff.follow(answer)).notice


async def test_an_application_needs_no_child(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05, AP-01: the form's own choices are email and English, and an empty child is none."""
    await staff.press(
        await staff.get(NEW), "Enter and invite", given_name="Tom", family_name="Becker", email="t@example.org"
    )

    request = neighbours.only("CreateApplication")
    assert [] == list(request.children)
    assert (res.EMAIL, "en") == (request.guardians[0].preferred_method, request.guardians[0].language)


async def test_what_is_wrong_with_an_application_is_said_beside_its_fields(
    staff: Browser, neighbours: Neighbours
) -> None:
    """PO-05: guardian's and child's fields have their own words, and everything that was typed is still there."""
    neighbours.answers["CreateApplication"] = refusal(
        "INVALID_REQUEST",
        FieldViolation("guardians[0].given_name", "NAME_MISSING", "a name is needed."),
        FieldViolation("children[0].given_name", "NAME_INVALID", "the name has control characters."),
        FieldViolation("children[0].birth_date", "DATE_INVALID", "not a day of the calendar."),
    )
    typed = {**FIELDS, "child_given_name": "Mateo", "child_birth_date": "2093-02-28"}

    page = await staff.press(await staff.get(NEW), "Enter and invite", **typed)

    assert (400, "Something in the form is missing or wrong. Please check it.") == (page.status, page.problem)
    assert [
        "A name is needed here.",
        "This name has nothing that can be seen, or hidden characters.",
        "There is no such day in the calendar.",
        "",
    ] == [page.problem_of(name) for name in ("given_name", "child_given_name", "child_birth_date", "family_name")]
    texts = [name for name in typed if name not in {"preferred_method", "language"}]
    assert {name: typed[name] for name in texts} == {name: page.main.one("input", id=name)["value"] for name in texts}


@pytest.mark.parametrize("day", ["yesterday", "2023-02-30", "2023-05", "14.05.2023", "2023-05-14T10:00", "2023-5-x"])
async def test_a_day_that_is_none_is_said(day: str, staff: Browser, neighbours: Neighbours) -> None:
    """PO-05: a birth date that cannot be read is not left out in silence."""
    page = await staff.press(
        await staff.get(NEW), "Enter and invite", **FIELDS, child_given_name="Mateo", child_birth_date=day
    )

    assert (400, "There is no such day in the calendar.") == (page.status, page.problem_of("child_birth_date"))
    assert "CreateApplication" not in neighbours.rpcs


async def test_a_birth_date_without_a_name_is_said(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05: a child of which only the birth date was typed is not left out in silence."""
    page = await staff.press(await staff.get(NEW), "Enter and invite", **FIELDS, child_birth_date="2023-05-14")

    assert (400, "This is needed.") == (page.status, page.problem_of("child_given_name"))
    assert "CreateApplication" not in neighbours.rpcs


async def test_an_organization_that_is_new_here_is_said(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05, AP-01: while applications does not know the organization yet, the form stays as it was typed."""
    neighbours.answers["CreateApplication"] = refusal("ORGANIZATION_NOT_FOUND")
    page = await staff.press(await staff.get(NEW), "Enter and invite", **FIELDS)

    assert (404, "lucia@example.org") == (page.status, page.main.one("input", id="email")["value"])


@pytest.mark.parametrize("address", [NEW, GUARDIAN])
async def test_a_form_that_was_sent_with_other_words_is_a_page(
    address: str, staff: Browser, neighbours: Neighbours
) -> None:
    """PO-05: a request id that belongs to other words is refused with a way on."""
    neighbours.answers |= dict.fromkeys(("CreateApplication", "UpdateGuardian"), refusal("REQUEST_ID_REUSED"))
    page = await staff.post(address, {**FIELDS, "request_id": REQUEST_ID})

    assert 409 == page.status
    assert "This form was sent before, with other content." in page.text


@pytest.mark.parametrize(("language", "optional"), [("en", "(optional)"), ("es", "(opcional)")])
@pytest.mark.parametrize("path", [NEW, GUARDIAN])
async def test_a_family_name_is_not_asked_of_everybody(staff: Browser, path: str, language: str, optional: str) -> None:
    """CASE-A31, PO-05: who has one name leaves the other field empty, and its label says so."""
    staff.cookies["language"] = language

    page = await staff.get(path)

    [label] = [label.text for label in page.main.all("label") if label.get("for") == "family_name"]
    assert label.endswith(optional)
    assert "required" not in page.main.one("input", id="family_name").attributes
    assert "required" in page.main.one("input", id="given_name").attributes


async def test_a_form_that_does_not_arrive_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """GW-03: whoever begins to send a form and does not end it is answered."""
    monkeypatch.setattr(forms, "MAX_SECONDS", 0.01)

    async def receive() -> dict[str, object]:
        await asyncio.Event().wait()
        raise AssertionError

    with pytest.raises(DeadlineExceeded):
        await forms.read_form(Request({"type": "http"}, receive))
