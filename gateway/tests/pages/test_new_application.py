"""A new application: several guardians and children, and what is asked once more before it is entered."""

from __future__ import annotations

from itertools import chain

import pytest
from google.type.date_pb2 import Date
from portico.applications.v1 import resources_pb2 as res
from portico.applications.v1.intake_pb2 import FindDuplicatesResponse

from chassis.errors import FieldViolation

from .neighbours import Neighbours, refusal
from .people import Browser
from .reading import Page
from .samples import APPLICATION, application

NEW = "/staff/applications/new"
ENTER, ALL_THE_SAME = "Enter and invite", "Enter it all the same"
LUCIA = {"given_name": "Lucía", "family_name": "Morales", "email": "lucia@example.org"}
TOM = {"guardian2_given_name": "Tom", "guardian2_phone": "(202) 555-0123", "guardian2_preferred_method": "SMS"}


def legends(page: Page) -> list[str]:
    """The legends of the groups."""
    return [group.all("legend")[0].text for group in page.main.all("fieldset", class_="group")]


def concerns(page: Page) -> list[str]:
    """What is asked once more."""
    boxes = page.main.all("div", class_="second-look")
    return list(chain.from_iterable([item.text for item in box.all("li")] for box in boxes))


async def test_guardians_and_children_are_added(staff: Browser, neighbours: Neighbours) -> None:
    """CASE-U17, PO-05: each press brings one more row, keeps what was typed, and puts the focus there."""
    page = await staff.get(NEW)
    assert ["First guardian", "Child"] == legends(page)
    page = await staff.press(page, "Add a child", **LUCIA, child_given_name="Mateo")
    page = await staff.press(page, "Add a second guardian", child2_given_name="Ana", child2_birth_date="2024-02-29")
    assert ["First guardian", "Second guardian", "Child 1", "Child 2"] == legends(page)
    assert ["guardian2_given_name"] == [field["name"] for field in page.main.all("input") if field.get("autofocus")]
    assert "Add a second guardian" not in page.buttons()
    assert [] == [rpc for rpc in neighbours.rpcs if rpc in {"FindDuplicates", "CreateApplication"}]

    answer = await staff.press(page, ENTER, **TOM, child2_family_name="Ruiz")

    request = neighbours.only("CreateApplication")
    assert [("Lucía", "lucia@example.org", res.EMAIL), ("Tom", "", res.SMS)] == [
        (each.given_name, each.email, each.preferred_method) for each in request.guardians
    ]
    assert [("Mateo", "Morales", Date()), ("Ana", "Ruiz", Date(year=2024, month=2, day=29))] == [
        (child.given_name, child.family_name, child.birth_date) for child in request.children
    ]
    assert APPLICATION == answer.goes_to


async def test_rows_that_are_left_empty_are_left_out(staff: Browser, neighbours: Neighbours) -> None:
    """CASE-U17: an empty row between others says nothing, and the row of a problem is found all the same."""
    page = await staff.press(await staff.get(NEW), "Add a second guardian", **LUCIA)
    page = await staff.press(page, "Add a child", child_given_name="Mateo")
    page = await staff.press(page, "Add a child", child2_given_name="Ana")
    neighbours.answers["CreateApplication"] = refusal(
        "INVALID_REQUEST", FieldViolation("children[1].birth_date", "DATE_OUT_OF_RANGE", "not yet")
    )
    page = await staff.press(page, ENTER, child2_given_name="", child3_given_name="Leo", child3_birth_date="2025-01-01")

    request = neighbours.only("CreateApplication")
    assert (1, ["Mateo", "Leo"]) == (len(request.guardians), [child.given_name for child in request.children])
    assert "This date lies in the future, or too far back." == page.problem_of("child2_birth_date")
    assert "Leo" == page.main.one("input", id="child2_given_name")["value"]


async def test_a_second_guardians_problem_stands_beside_their_field(staff: Browser, neighbours: Neighbours) -> None:
    """CASE-U17: the second guardian's phone is not taken for the first one's."""
    page = await staff.press(await staff.get(NEW), "Add a second guardian", **LUCIA)
    neighbours.answers["FindDuplicates"] = refusal(
        "CONTACT_INVALID", FieldViolation("guardians[1].phone", "PHONE_INVALID", "not a phone number.")
    )
    page = await staff.press(page, ENTER, **TOM)
    assert ("This is not a phone number.", "") == (page.problem_of("guardian2_phone"), page.problem_of("phone"))
    assert "CreateApplication" not in neighbours.rpcs


async def test_dates_are_sensible(staff: Browser) -> None:
    """CASE-U17: nobody is born after today, and the browser says so while the date is chosen."""
    page = await staff.get(NEW)
    assert "2026-01-15" == page.main.one("input", id="child_birth_date")["max"]


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        (
            {"email": ""},
            "Lucía Morales has neither an email address nor a phone number, so no invitation is sent.",
        ),
        (
            {"child_given_name": "Mateo", "child_birth_date": "2008-01-15"},
            "Mateo is 18 years old or older. Is the birth date right?",
        ),
    ],
)
async def test_what_is_odd_is_asked_before_it_is_entered(
    typed: dict[str, str], asked: str, staff: Browser, neighbours: Neighbours
) -> None:
    """CASE-U17: a word before saving; one more press enters it, and what was put right is not asked again."""
    page = await staff.press(await staff.get(NEW), ENTER, **{**LUCIA, **typed})
    assert [asked] == concerns(page)
    assert "CreateApplication" not in neighbours.rpcs
    assert APPLICATION == (await staff.press(page, ALL_THE_SAME)).goes_to
    neighbours.received.clear()
    mended = {**LUCIA, **({"child_birth_date": "2023-05-14"} if "child_birth_date" in typed else {})}
    assert APPLICATION == (await staff.press(page, ENTER, **mended)).goes_to


async def test_possible_duplicates_are_named(staff: Browser, neighbours: Neighbours) -> None:
    """CASE-U17: applications of the same family are named with a link, and one more press enters it all the same."""
    neighbours.answers["FindDuplicates"] = FindDuplicatesResponse(applications=[application()])
    page = await staff.press(await staff.get(NEW), ENTER, **LUCIA, child_given_name="Mateo")
    request = neighbours.only("FindDuplicates")
    assert ("lucia@example.org", "Mateo") == (request.guardians[0].email, request.children[0].given_name)
    [asked] = concerns(page)
    assert "Perhaps it is there already: A-000007 of Lucía Morales, came in Jan 28, 3:30 AM. Look at A-000007" == asked
    assert APPLICATION == page.link("Look at A-000007")
    assert "Lucía" == page.main.one("input", id="given_name")["value"]

    assert APPLICATION == (await staff.press(page, ALL_THE_SAME)).goes_to
    assert "CreateApplication" in neighbours.rpcs


async def test_a_form_that_is_sent_again_enters_nothing_twice(staff: Browser, neighbours: Neighbours) -> None:
    """CASE-U17, PO-05: when its answer was lost, what the form entered is named, and one more press is that call."""
    page = await staff.get(NEW)
    await staff.press(page, ENTER, **LUCIA)
    neighbours.answers["FindDuplicates"] = FindDuplicatesResponse(applications=[application()])
    page = await staff.press(page, ENTER, **LUCIA)
    assert "Perhaps it is there already: A-000007" in concerns(page)[0]

    assert APPLICATION == (await staff.press(page, ALL_THE_SAME)).goes_to
    first, repeated = [each.request for each in neighbours.received if each.rpc == "CreateApplication"]
    assert first == repeated
    assert "" != first.request_id


async def test_what_was_not_read_is_not_waved_through(staff: Browser, neighbours: Neighbours) -> None:
    """CASE-U17: when the press brings another question than the one that stood there, it is asked."""
    page = await staff.press(await staff.get(NEW), ENTER, **{**LUCIA, "email": ""})
    neighbours.answers["FindDuplicates"] = FindDuplicatesResponse(applications=[application()])
    page = await staff.press(page, ALL_THE_SAME)
    assert 2 == len(concerns(page))
    assert "CreateApplication" not in neighbours.rpcs
    assert APPLICATION == (await staff.press(page, ALL_THE_SAME)).goes_to


async def test_at_most_two_guardians_and_twenty_children(staff: Browser, neighbours: Neighbours) -> None:
    """CASE-U17: as many as the contract takes."""
    typed = {f"child{number or ''}_given_name": "Ana" for number in (0, *range(2, 21))}
    page = await staff.post(NEW, {**LUCIA, **typed, "do": "children"})
    assert ["First guardian", *(f"Child {number}" for number in range(1, 21))] == legends(page)
    assert "Add a child" not in page.buttons()


async def test_it_speaks_spanish(staff: Browser, neighbours: Neighbours) -> None:
    """CASE-U17, PO-01: the questions are asked in the reader's language."""
    staff.cookies["language"] = "es"
    neighbours.answers["FindDuplicates"] = FindDuplicatesResponse(applications=[application()])
    page = await staff.press(await staff.get(NEW), "Registrar e invitar", **{**LUCIA, "email": ""})
    assert ["Lucía Morales no tiene ni correo", "Quizá ya existe: A-000007 de Luc"] == [
        each[:32] for each in concerns(page)
    ]
    assert "Registrarla de todos modos" in page.buttons()
