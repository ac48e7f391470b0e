"""A code for an old phone number: the page asks for one thing more."""

from __future__ import annotations

import pytest
from google.type.date_pb2 import Date
from portico.identity.v1.resets_pb2 import ApplicationAndChild, FamilyProof

from chassis.call import Role

from .neighbours import Neighbours, refusal
from .people import Browser, Registry

TYPED = {"username": "+1 213 555 0123", "code": "7K2M-9QXA", "new_password": "seventeen green umbrellas"}
MORE = ["birth_date", "application_number", "child_family_name"]


async def test_a_code_alone_is_asked_for_first(anybody: Browser) -> None:
    """CASE-A19: nobody is asked about a family before the code was right."""
    page = await anybody.get("/family/reset")
    assert [] == [name for name in MORE if page.main.all("input", name=name)]


@pytest.mark.parametrize("reason", ["FAMILY_PROOF_NEEDED", "FAMILY_PROOF_WRONG", "FAMILY_PROOF_BLOCKED"])
async def test_the_page_asks_for_one_thing_more(anybody: Browser, neighbours: Neighbours, reason: str) -> None:
    """CASE-A19: the page keeps the number and the code, not the password, and asks what only the family knows."""
    neighbours.answers["ResetPassword"] = refusal(reason)
    page = await anybody.post("/family/reset", TYPED)
    assert 409 == page.status
    kept = {name: page.main.one("input", name=name).get("value") or "" for name in ("username", "code", "new_password")}
    assert {**TYPED, "new_password": ""} == kept
    assert MORE == [name for name in MORE if page.main.all("input", name=name)]


@pytest.mark.parametrize(
    ("typed", "proof"),
    [
        ({"birth_date": "2021-04-30"}, FamilyProof(birth_date=Date(year=2021, month=4, day=30))),
        (
            {"application_number": "A-000123", "child_family_name": "Ruiz"},
            FamilyProof(
                application_and_child=ApplicationAndChild(application_number="A-000123", child_family_name="Ruiz")
            ),
        ),
        ({}, None),
    ],
)
async def test_what_was_said_goes_along(
    anybody: Browser, neighbours: Neighbours, registry: Registry, typed: dict[str, str], proof: FamilyProof | None
) -> None:
    """CASE-A19: a birth date, or a number with a name, goes to identity with the code, and so does the known device."""
    neighbours.answers["ResetPassword"] = registry.signed_in(Role.FAMILY)
    anybody.cookies["device-1"] = "known"
    await anybody.post("/family/reset", {**TYPED, **typed})
    request = neighbours.only("ResetPassword")
    assert (proof, ["known"]) == (
        request.family_proof if request.HasField("family_proof") else None,
        list(request.device_tokens),
    )


async def test_a_day_that_is_none_stands_beside_its_field(anybody: Browser, neighbours: Neighbours) -> None:
    """CASE-A19: an old browser's text that is no day is refused beside the field, and identity is not asked."""
    page = await anybody.post("/family/reset", {**TYPED, "birth_date": "last spring"})
    assert 400 == page.status
    assert "true" == page.main.one("input", name="birth_date").get("aria-invalid")
    assert "ResetPassword" not in neighbours.rpcs
