"""Names that a page shows, by what its address or a list has: a slug, an account's id."""

from uuid import uuid4

import pytest

from tests.e2e.families import Submission, fresh_email, submit
from tests.e2e.people import Refused


def test_a_sign_in_page_knows_its_organization(agency, anybody):
    """PO-03: anybody reads an organization's name, languages and time zone; the families' realm is none."""
    found = anybody.get(f"/v1/organizations/{agency.slug}")
    assert (agency.name, ["en", "es"], "America/Chicago") == (found["name"], found["languages"], found["timeZone"])
    for slug in ("nowhere", "family"):
        with pytest.raises(Refused) as refused:
            anybody.get(f"/v1/organizations/{slug}")
        assert (404, "ORGANIZATION_NOT_FOUND") == (refused.value.status, refused.value.reason)


def test_a_timeline_tells_by_whom(agency, new_agency):
    """AP-17: the accounts in a timeline have names for the staff of its organization, and for no other's."""
    application = submit(agency, Submission(email=fresh_email()))
    entries = agency.admin.get(f"/v1/applications/{application['id']}/timeline")["entries"]
    actors = {entry["actorId"] for entry in entries} - {""}
    path = "/v1/colleagues:batchGet?" + "&".join(f"accountIds={account_id}" for account_id in (uuid4(), *actors))
    assert ["Dana Brooks"] == [colleague["displayName"] for colleague in agency.admin.get(path)["colleagues"]]
    assert [] == new_agency().admin.get(path)["colleagues"]
