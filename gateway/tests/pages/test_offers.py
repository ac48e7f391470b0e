"""Families are offered what else waits for them."""

from __future__ import annotations

import pytest
from portico.applications.v1.claims_pb2 import ListOffersResponse, Offer

from chassis.errors import Unavailable
from chassis.wire import timestamp
from portal.core.i18n import i18n_for

from .neighbours import Neighbours, refusal
from .people import Browser
from .samples import ADA_ID, APPLICATION_ID, INVITATION_ID, at

ONE = f"/applications/{APPLICATION_ID}"


def offer(invitation_id: str, number: str) -> Offer:
    """An invitation that waits."""
    return Offer(
        invitation_id=invitation_id,
        organization_name="Sunrise Childcare",
        application_number=number,
        masked_contact="l•••@example.org",
        expire_time=timestamp(at(18, 5)),
        time_zone="America/Chicago",
    )


TWO = ListOffersResponse(offers=[offer(INVITATION_ID, "A-000008"), offer(ADA_ID, "A-000009")])


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("path", ["/applications", ONE])
async def test_all_that_waits_is_theirs_with_one_button(
    path: str, language: str, family: Browser, neighbours: Neighbours
) -> None:
    """AP-12, PO-04: after one is accepted the others stand on the page; one button adds all."""
    family.cookies["language"] = language
    neighbours.answers["ListOffers"] = TWO
    page = await family.get(path)
    words = i18n_for(language)
    assert words("These were sent to you as well") in page.text

    answer = await family.press(page, words("Add all to my account"))

    calls = [each.request for each in neighbours.received if each.rpc == "AcceptOffer"]
    assert [INVITATION_ID, ADA_ID] == [call.invitation_id for call in calls]
    assert 2 == len({call.request_id for call in calls})
    assert "/applications" == answer.goes_to
    assert words("The applications are now in your account.") == (await family.follow(answer)).notice


async def test_one_offer_has_one_button(family: Browser, neighbours: Neighbours) -> None:
    """AP-12, PO-04: it leads to the application, in the reader's time."""
    neighbours.answers["ListOffers"] = ListOffersResponse(offers=TWO.offers[:1])
    page = await family.get(ONE)
    assert "A-000008 Sunrise Childcare good until Jan 28, 12:05 PM CST · l•••@example.org" in page.text
    assert ["Add to my account"] == [each.text for each in page.main.all("button")]
    assert ONE == (await family.press(page, "Add to my account")).goes_to


@pytest.mark.parametrize(
    "reason",
    ["INVITATION_UNKNOWN", "INVITATION_EXPIRED", "INVITATION_USED", "INVITATION_REVOKED", "INVITATION_REPLACED"],
)
async def test_an_offer_that_is_gone_is_told(reason: str, family: Browser, neighbours: Neighbours) -> None:
    """AP-09, AP-12: what is no longer valid is passed over, and a word says so."""
    neighbours.answers["ListOffers"] = TWO
    page = await family.get(ONE)
    neighbours.answers["AcceptOffer"] = refusal(reason)
    answer = await family.press(page, "Add all to my account")
    assert "/applications" == answer.goes_to
    assert "Some of these invitations are no longer valid." in (await family.follow(answer)).notice


async def test_a_form_that_was_changed_by_hand_is_refused(family: Browser, neighbours: Neighbours) -> None:
    """PO-01: a request id that is none does nothing."""
    neighbours.answers["ListOffers"] = TWO
    page = await family.get(ONE)
    form = next(form for form in page.main.all("form") if "Add all to my account" == form.text)
    fields = {each["name"]: each["value"] for each in form.all("input")}
    answer = await family.post("/offers", {**fields, "request_id": "7"})
    assert (400, False) == (answer.status, "AcceptOffer" in neighbours.rpcs)


async def test_nothing_waits(family: Browser, neighbours: Neighbours) -> None:
    """PO-04: without offers, or while they cannot be asked for, the page says nothing of them."""
    for answer in (ListOffersResponse(), Unavailable()):
        neighbours.answers["ListOffers"] = answer
        page = await family.get("/applications")
        assert (200, False) == (page.status, "These were sent to you as well" in page.text)
