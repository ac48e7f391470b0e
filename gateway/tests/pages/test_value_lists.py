"""The words that an organization chooses from, as its administrators write them."""

from __future__ import annotations

from portico.casemanager.v1.value_lists_pb2 import ListedValue, ListValuesResponse, ValueList

from chassis.call import Role
from chassis.errors import FieldViolation
from portal.areas.settings.values import keyed

from .cases import SERVICES
from .neighbours import Neighbours, refusal
from .people import SignedIn

LISTS, SERVICE_TYPES = "/value-lists", "/value-lists/service-types"


async def test_all_lists_stand_on_one_page(signed_in: SignedIn, neighbours: Neighbours) -> None:
    """PO-06, CM-07: each list with its values in the reader's words, and the way to change it."""
    neighbours.answers["ListValues"] = ListValuesResponse(
        lists=[ValueList(kind=ValueList.SERVICE_TYPES, values=SERVICES), ValueList(kind=ValueList.SPECIALTIES)]
    )
    page = await signed_in(Role.STAFF_ADMIN).get(LISTS)
    assert "Types of service Change Examination File review" in page.text
    assert "Specialties Change Nothing can be chosen here." in page.text
    assert SERVICE_TYPES in {link["href"] for link in page.main.all("a")}
    assert "Examen" in (await signed_in(Role.STAFF_ADMIN, language="es").get(LISTS)).text


async def test_a_list_is_written_by_lines(signed_in: SignedIn, neighbours: Neighbours) -> None:
    """PO-06, CM-07: a line for each value, in its order; those that stay keep their keys."""
    neighbours.answers["ListValues"] = ListValuesResponse(
        lists=[ValueList(kind=ValueList.SERVICE_TYPES, values=SERVICES)]
    )
    admin = signed_in(Role.STAFF_ADMIN)
    page = await admin.get(SERVICE_TYPES)
    assert "Examination / Examen\nFile review" == page.main.one("textarea", id="values").text.replace(" File", "\nFile")
    typed = "File review / Revisión\r\n\r\n / \r\nExamination / Examen\r\nHome visit / Visita"
    answer = await admin.press(page, "Save", values=typed)
    request = neighbours.only("UpdateValueList")
    assert ValueList.SERVICE_TYPES == request.kind
    assert [
        ("FILE", "File review", "Revisión"),
        ("IME", "Examination", "Examen"),
        ("HOME_VISIT", "Home visit", "Visita"),
    ] == [(each.key, each.english, each.spanish) for each in request.values]
    assert LISTS == answer.goes_to
    assert "Saved. It is what people choose from now on." == (await admin.follow(answer)).notice


async def test_what_is_refused_stands_at_the_lines(signed_in: SignedIn, neighbours: Neighbours) -> None:
    """PO-06, CM-07: what was typed stays, with what is wrong with it."""
    neighbours.answers["ListValues"] = ListValuesResponse(
        lists=[ValueList(kind=ValueList.SERVICE_TYPES, values=SERVICES)]
    )
    violation = FieldViolation("values", "REPEATED_MAX_ITEMS", "must have at most 200 items")
    neighbours.answers["UpdateValueList"] = refusal("INVALID_REQUEST", violation)
    admin = signed_in(Role.STAFF_ADMIN)
    page = await admin.press(await admin.get(SERVICE_TYPES), "Save", values="Home visit")
    assert (400, "must have at most 200 items") == (page.status, page.main.one("p", id="values-problem").text)
    assert "Home visit" == page.main.one("textarea", id="values").text


async def test_a_list_that_there_is_not(signed_in: SignedIn) -> None:
    """PO-06: an address without a list is no page."""
    assert 404 == (await signed_in(Role.STAFF_ADMIN).get(f"{LISTS}/odd")).status


def keys(written: list[str], before: list[ListedValue]) -> list[str]:
    return [value.key for value in keyed([(words, "") for words in written], before)]


def test_a_value_whose_words_change_in_its_place_keeps_its_key() -> None:
    """CM-07: what was chosen before is called by the new words."""
    assert ["IME", "FILE"] == keys(["Medical examination", "File review"], SERVICES)
    assert ["FILE", "IME"] == keys(["File review", "Examination"], SERVICES)
    assert ["IME", "HOME_VISIT", "FILE"] == keys(["Examination", "Home visit", "File review"], SERVICES)


def test_a_new_key_is_made_of_the_words_and_nobody_elses() -> None:
    """CM-07: two values whose words come to the same key have two; words without a letter of ours have one, too."""
    assert ["A_B", "A_B_2", "A_B_3"] == keys(["a b", "A-B", "Á b"], [])
    assert ["VALUE", "VALUE_2"] == keys(["—", "…"], [])
    assert ["IME_2", "IME"] == keys(["ime", "Examination"], [SERVICES[0]])
