"""Places, through a real server."""

import asyncio
from typing import Any

import pytest
from portico.casemanager.v1 import places_pb2 as pb
from portico.casemanager.v1 import schedule_resources_pb2 as res

from chassis.errors import AlreadyExists, Conflict, InvalidArgument
from chassis.ids import new_id
from services.casemanager.tests.desk import at, own_time
from services.casemanager.tests.practice import NAMES_REFUSED


def patch(**fields):
    return pb.PlacePatch(**fields)


async def update(practice, place, *paths, **fields):
    request = pb.UpdatePlaceRequest(place_id=place.id, place=patch(**fields))
    request.update_mask.paths.extend(paths)
    return await practice.call("UpdatePlace", request)


async def test_a_place_is_entered_and_listed_by_name(practice):
    """CM-06: staff enter places, and everybody finds the active ones by name, page after page."""
    for name in ("Parramatta", "bondi", "Chatswood"):
        await practice.place(name, address="1 High Street", state="NSW")
    first = await practice.call("ListPlaces", pb.ListPlacesRequest(page_size=2))
    rest = await practice.call("ListPlaces", pb.ListPlacesRequest(page_size=2, page_token=first.next_page_token))
    assert ["bondi", "Chatswood", "Parramatta"] == [place.name for place in (*first.places, *rest.places)]
    await practice.call("DeactivatePlace", pb.DeactivatePlaceRequest(place_id=first.places[0].id))
    for metadata in (await practice.case_manager(), await practice.login_of(await practice.specialist())):
        seen = await practice.call("ListPlaces", pb.ListPlacesRequest(), metadata)
        assert ["Chatswood", "Parramatta"] == [place.name for place in seen.places]


async def test_a_name_is_taken_whatever_its_case(practice):
    """CM-06: of two places of one name, in whatever case, the second is refused, entered or renamed."""
    await practice.place("Bondi")
    with pytest.raises(AlreadyExists, match="PLACE_NAME_TAKEN"):
        await practice.place(" BONDI ")
    other = await practice.place("Manly")
    with pytest.raises(AlreadyExists, match="PLACE_NAME_TAKEN"):
        await update(practice, other, name="bondi")


@pytest.mark.parametrize("zone", ["Australia/Atlantis", "AEST", "+10:00", "../etc/passwd"])
async def test_a_zone_is_that_of_the_list(practice, zone):
    """CM-06: a place's zone is an IANA name."""
    with pytest.raises(InvalidArgument, match="TIME_ZONE_INVALID") as refused:
        await practice.place(time_zone=zone)
    assert ["place.time_zone"] == [violation.field for violation in refused.value.violations]


async def test_a_place_has_a_name_and_a_zone(practice):
    """CM-06: a place without a name or a zone is refused, also when one is emptied."""
    with pytest.raises(InvalidArgument) as refused:
        await practice.call("CreatePlace", pb.CreatePlaceRequest(place=patch(address="1 High Street", name="  ")))
    assert ["NAME_MISSING", "TIME_ZONE_MISSING"] == [violation.reason for violation in refused.value.violations]
    with pytest.raises(InvalidArgument):
        await update(practice, await practice.place(), "time_zone")


async def test_a_zone_is_fixed_once_an_availability_is_there(practice):
    """CM-06: a place's zone changes until its first availability, and its other fields forever."""
    place = await practice.place()
    assert "Australia/Perth" == (await update(practice, place, time_zone="Australia/Perth")).time_zone
    made = await practice.availability(await practice.specialist(), place)
    assert "Australia/Perth" == made.time_zone
    with pytest.raises(Conflict, match="TIME_ZONE_IN_USE"):
        await update(practice, place, time_zone="Australia/Sydney")
    changed = await update(practice, place, time_zone="Australia/Perth", directions="Second floor")
    assert ("Australia/Perth", "Second floor") == (changed.time_zone, changed.directions)


async def test_a_zone_that_changes_while_an_availability_is_made(practice):
    """CM-06: whoever comes first, an availability at a place has the place's zone in the end."""
    specialist = await practice.specialist()
    for _ in range(10):
        place = await practice.place(time_zone="Australia/Sydney")
        answers = await asyncio.gather(
            practice.availability(specialist, place),
            update(practice, place, time_zone="Australia/Perth"),
            return_exceptions=True,
        )
        listed = await practice.call("ListPlaces", pb.ListPlacesRequest(page_size=200))
        made: Any = answers[0]
        assert made.time_zone == next(each.time_zone for each in listed.places if each.id == place.id)


async def test_a_zone_is_fixed_once_something_is_booked_there(desk):
    """CM-06: also where staff offer or book times of their own at it, and it has no availability."""
    practice = desk.practice
    for book in (desk.request, None):
        place = await practice.place(time_zone="Australia/Sydney")
        place = await update(practice, place, time_zone="UTC")
        time = own_time(desk.zhang, at(20), mode=res.IN_PERSON, place_id=place.id)
        booking = await (book(desk.staff, time=time) if book else desk.offer(await desk.request(), time))
        with pytest.raises(Conflict, match="TIME_ZONE_IN_USE"):
            await update(practice, place, time_zone="Australia/Perth")
        await desk.cancel(booking, desk.staff)
        with pytest.raises(Conflict, match="TIME_ZONE_IN_USE"):
            await update(practice, place, time_zone="Australia/Perth")
        assert "Second floor" == (await update(practice, place, directions="Second floor")).directions


@pytest.mark.parametrize(("name", "reason"), NAMES_REFUSED)
async def test_a_name_can_be_read(practice, name, reason):
    """CM-06: one that turns its line around, breaks it or shows nothing is refused; composed letters are one form."""
    place = await practice.place("Cafe\u0301")
    assert "Café" == place.name
    for call in (practice.place(name), update(practice, place, name=name)):
        with pytest.raises(InvalidArgument) as refused:
            await call
        assert [("place.name", reason)] == [(each.field, each.reason) for each in refused.value.violations]


async def test_an_inactive_place_takes_no_availability(practice):
    """CM-06: nothing new is made at a deactivated place until it is activated."""
    place, specialist = await practice.place(), await practice.specialist()
    off = await practice.call("DeactivatePlace", pb.DeactivatePlaceRequest(place_id=place.id))
    assert res.Place.INACTIVE == off.status
    with pytest.raises(Conflict, match="PLACE_INACTIVE"):
        await practice.availability(specialist, place)
    await practice.call("ActivatePlace", pb.ActivatePlaceRequest(place_id=place.id))
    await practice.availability(specialist, place)


async def test_one_request_id_is_one_place(practice):
    """CM-06: twenty calls with one request id enter one place."""
    request = pb.CreatePlaceRequest(place=patch(name="Bondi", time_zone="Australia/Sydney"), request_id=str(new_id()))
    answers = await asyncio.gather(*(practice.call("CreatePlace", request) for _ in range(20)))
    assert 1 == len({answer.id for answer in answers})
