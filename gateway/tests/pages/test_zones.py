"""In which time zone people read a clock."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.call import Role
from portal.core.i18n import zone_named

from .neighbours import Neighbours
from .people import Browser, SignedIn
from .samples import APPLICATION, APPLICATION_ID, TOKEN, family_application, invitation

ODD = [
    "",
    "Nowhere/Land",
    "america/new_york/",
    "../../etc/passwd",
    "/etc/localtime",
    "America",
    "zone.tab",
    "tzdata.zi",
    "__init__.py",
    "%00",
    "x" * 300,
    "Ünï/Code",
]


@pytest.mark.parametrize(
    ("device", "own", "record", "read"),
    [
        ("America/Los_Angeles", "America/New_York", "America/Chicago", "Jan 28, 10:05 AM PST"),
        ("", "America/New_York", "America/Chicago", "Jan 28, 1:05 PM EST"),
        ("", "", "America/Chicago", "Jan 28, 12:05 PM CST"),
        ("", "", "", "Jan 28, 6:05 PM UTC"),
        ("Nowhere/Land", "Nowhere/Land", "America/Chicago", "Jan 28, 12:05 PM CST"),
        ("Nowhere/Land", "Nowhere/Land", "Nowhere/Land", "Jan 28, 6:05 PM UTC"),
        ("Asia/Kathmandu", "", "", "Jan 28, 11:50 PM +0545"),
        ("Pacific/Auckland", "", "", "Jan 29, 7:05 AM NZDT"),
    ],
)
async def test_whose_clock_counts(
    device: str, own: str, record: str, read: str, signed_in: SignedIn, neighbours: Neighbours
) -> None:
    """PO-01: times are as the device's clock says, else the own organization's, else the record's, else UTC."""
    browser = signed_in(Role.STAFF, time_zone=own)
    browser.cookies |= {"zone": device} if device else {}
    neighbours.answers["CheckInvitation"] = invitation(time_zone=record)

    page = await browser.get(f"/i/{TOKEN}")

    assert f"Sent to l•••@example.org; good until {read}." in page.text


@pytest.mark.parametrize("zone", ODD)
async def test_an_odd_zone_is_passed_over(zone: str, signed_in: SignedIn) -> None:
    """PO-01: a device that names a zone that there is not reads the organization's time."""
    browser = signed_in(Role.STAFF)
    browser.cookies["zone"] = zone.encode("ascii", "replace").decode()

    page = await browser.get(APPLICATION)

    assert 200 == page.status
    assert "1:05 PM EST" in page.text


@given(st.text(max_size=20) | st.sampled_from(ODD) | st.text("./\\%_-aZ\x00", max_size=12))
def test_no_name_of_a_zone_does_any_harm(name: str) -> None:
    """PO-01: whatever a device calls its zone, it is one of the database's, or none."""
    assert str(zone_named(name)) in {name, "None"}


def test_zones_that_strangers_invent_do_not_fill_the_memory() -> None:
    """PO-01: however many names of zones come in, only so many are remembered."""
    for number in range(2000):
        zone_named(f"Invented/{number}")

    assert zone_named.cache_info().currsize < 2000


async def test_a_family_reads_its_history_in_the_organizations_time(family: Browser, neighbours: Neighbours) -> None:
    """PO-04: a family whose device says nothing reads the time where its application is."""
    neighbours.answers["GetMyApplication"] = family_application(time_zone="America/Denver")
    page = await family.get(f"/applications/{APPLICATION_ID}")

    assert ["Jan 28, 3:00 AM", "Jan 28, 1:30 AM"] == [element.text for element in page.main.all("time")]
    assert ["2026-01-28T10:00:00Z", "2026-01-28T08:30:00Z"] == [time["datetime"] for time in page.main.all("time")]


async def test_times_are_written_as_the_language_writes_them(family: Browser, neighbours: Neighbours) -> None:
    """PO-01: Spanish pages have Spanish dates."""
    family.cookies["language"] = "es"
    page = await family.get(f"/applications/{APPLICATION_ID}")

    [time, *_] = page.main.all("time")
    assert ("28 ene, 4:00 a.m.", "miércoles, 28 de enero de 2026, 4:00:00 a.m. CST") == (
        time.text,
        " ".join(time["title"].split()),
    )
    assert "14 de mayo de 2023" in page.text
