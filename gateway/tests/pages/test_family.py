"""What a family sees of its applications."""

from __future__ import annotations

import pytest
from portico.applications.v1.families_pb2 import ListMyApplicationsResponse
from portico.applications.v1.resources_pb2 import Application, FamilyContact

from portal.areas.family import labels
from portal.core.i18n import i18n_for

from .neighbours import Neighbours, refusal
from .people import Browser
from .samples import APPLICATION_ID, family_application

OTHER_ID = "01990000-0000-7000-8000-0000000000aa"


async def test_a_family_sees_all_its_applications(family: Browser, neighbours: Neighbours) -> None:
    """PO-04, AP-14: each application, of whichever organization, has number, children, status and a page."""
    other = family_application(
        id=OTHER_ID, organization_name="Moon & Sons", number="A-000001", children=[], status=Application.CLOSED
    )
    neighbours.answers["ListMyApplications"] = ListMyApplicationsResponse(applications=[family_application(), other])

    page = await family.get("/applications")

    assert ["Sunrise Childcare A-000007 · Mateo Update needed", "Moon & Sons A-000001 Closed"] == [
        card.text for card in page.main.all("li", class_="card")
    ]
    assert [f"/applications/{APPLICATION_ID}", f"/applications/{OTHER_ID}"] == [
        link["href"] for link in page.main.all("a")
    ]
    assert ["badge update-needed", "badge closed"] == [
        badge["class"] for badge in page.main.all("span", class_="badge")
    ]
    assert (20, "") == (
        neighbours.only("ListMyApplications").page_size,
        neighbours.only("ListMyApplications").page_token,
    )


async def test_a_long_list_has_more_pages(family: Browser, neighbours: Neighbours) -> None:
    """PO-04: older applications are a link away; a page of the list that no longer is says so."""
    neighbours.answers["ListMyApplications"] = ListMyApplicationsResponse(
        applications=[family_application()], next_page_token="next+/=&page"
    )
    page = await family.get("/applications")
    neighbours.received.clear()
    neighbours.answers["ListMyApplications"] = ListMyApplicationsResponse(applications=[family_application()])

    page = await family.get(page.link("Older ones"))

    assert "next+/=&page" == neighbours.only("ListMyApplications").page_token
    assert [] == page.main.all("nav")
    neighbours.answers["ListMyApplications"] = refusal("PAGE_TOKEN_INVALID")
    page = await family.get("/applications?page=x")
    assert (400, "/applications") == (page.status, page.link("Go to the start page"))
    assert "This page of the list no longer exists. Please start at the first one." in page.text


async def test_an_account_without_applications_has_a_way_on(family: Browser, neighbours: Neighbours) -> None:
    """PO-04: where nothing is linked yet, the page says what to do about it."""
    neighbours.answers["ListMyApplications"] = ListMyApplicationsResponse()

    page = await family.get("/applications")

    assert "Nothing is linked to your account yet." in page.text
    assert "/link" == page.link("Type a code")


async def test_a_family_sees_one_application(family: Browser, neighbours: Neighbours) -> None:
    """PO-04, AP-14, CASE-U3: where it stands, what is missing and comes next, what was asked for, and what happened."""
    page = await family.get(f"/applications/{APPLICATION_ID}")

    assert APPLICATION_ID == neighbours.only("GetMyApplication").application_id
    assert "Application A-000007" == page.heading
    assert "Update needed Something in your application must be completed or corrected." in page.text
    assert "A proof of address from this year" == page.main.one("blockquote").text
    assert "What comes next Tell us, or bring us, what is missing." in page.text
    terms = [term.text for term in page.main.all("dt")]
    contact = dict(zip(terms, [value.text for value in page.main.all("dd")], strict=True))
    applied_for = {"Child": "Mateo Morales, May 14, 2023", "Days": "Monday"}
    assert {**applied_for, "Name": "Lucía Morales", "Email": "lucia@example.org", "Phone": "none"} == contact
    assert "Something is not right? Please tell Sunrise Childcare." in page.text
    assert ["You added this application to your account.", "Your application came in."] == [
        entry.text.partition("AM ")[2] for entry in page.main.one("ol").all("li")
    ]
    assert "/applications" == page.link("My applications")


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("status", Application.Status.keys()[1:])
async def test_every_status_is_explained(status: str, language: str, family: Browser, neighbours: Neighbours) -> None:
    """PO-04, AP-15, CASE-U3: each status is said and explained, and what comes next, in the reader's language."""
    family.cookies["language"] = language
    neighbours.answers["GetMyApplication"] = family_application(status=Application.Status.Value(status))
    words = i18n_for(language)

    page = await family.get(f"/applications/{APPLICATION_ID}")

    assert f"{words(labels.STATUSES[status])} {words(labels.STATUS_EXPLAINED[status])}" in page.text
    assert words(labels.NEXT[status]) in page.text


async def test_what_people_wrote_is_shown_and_never_run(family: Browser, neighbours: Neighbours) -> None:
    """PO-01: names are text, whatever is in them."""
    name = "<script>alert('1')</script>\"&"
    neighbours.answers["GetMyApplication"] = family_application(
        organization_name=name, contact=FamilyContact(given_name=name, family_name="", email='"onclick="x')
    )

    page = await family.get(f"/applications/{APPLICATION_ID}")

    assert 3 == page.text.count(name)
    assert 1 == len(page.root.all("script"))
    assert 'dd>"onclick' not in page.answer.text


async def test_an_application_that_is_not_linked_is_not_there(family: Browser, neighbours: Neighbours) -> None:
    """PO-04, AP-11: whose access was taken away reads that there is no such application."""
    neighbours.answers["GetMyApplication"] = refusal("APPLICATION_NOT_FOUND")

    page = await family.get(f"/applications/{APPLICATION_ID}")

    assert (404, "Nothing is here") == (page.status, page.heading)
    assert "There is no such application, or you have no access to it." in page.text
