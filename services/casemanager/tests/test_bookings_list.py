"""Finding bookings: by what is typed, by filters, in every order, counted by state."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import pytest
from portico.casemanager.v1 import booking_resources_pb2 as res
from portico.casemanager.v1 import bookings_pb2 as pb
from portico.casemanager.v1 import schedule_resources_pb2 as schedules

from casemanager.bookings.domain.states import State
from casemanager.bookings.search import sought
from casemanager.bookings.storage import listing
from casemanager.bookings.storage.listing import Shape, _list_statement
from casemanager.bookings.storage.sorts import Order, Sort
from casemanager.bookings.storage.walks import Scope
from casemanager.shared import found_pages
from chassis.errors import InvalidArgument
from chassis.testing.grpc import Metadata
from services.casemanager.tests.desk import Desk, at, own_time, slot
from services.casemanager.tests.matters import open_case
from services.casemanager.tests.world import World

ORDERS = ("create_time desc", "create_time", "start_time", "start_time desc", "number", "number desc")
NOTHING = sought("").shape


async def turned(desk: Desk, size: int, metadata: Metadata | None = None, **wanted: Any) -> list[res.Booking]:
    """All that is listed, page by page."""
    found: list[res.Booking] = []
    token = ""
    while token or not found:
        request = pb.ListBookingsRequest(page_size=size, page_token=token, **wanted)
        page = await desk.call("ListBookings", request, metadata)
        found += page.bookings
        token = page.next_page_token
        if not token:
            break
    return found


async def counted(desk: Desk, metadata: Metadata | None = None, **wanted: Any) -> Mapping[str, int]:
    """How many there are in each state."""
    request = pb.ListBookingsRequest(with_counts=True, **wanted)
    counts = (await desk.call("ListBookings", request, metadata)).state_counts
    return {res.Booking.State.Name(each.state): each.count for each in counts}


@pytest.mark.parametrize(
    "typed", ["B-000001", "b-1", "1", "000001", "Noah Tran", "tran noah", "trna", "Ana", "garcia", "Zhang", "northwi"]
)
async def test_what_is_typed(desk: Desk, typed: str) -> None:
    """CM-14: a booking is found by its number and by the names of all whom it is about, with a letter wrong as well."""
    booking = await desk.confirmed()
    zoe = await desk.world.case_manager(
        (await desk.world.company("Southwind")).id, given_name="Zoe", family_name="Quist"
    )
    ella = await open_case(desk.world, zoe, subject={"given_name": "Ella", "family_name": "Marsh"})
    await desk.request(desk.staff, case=ella)
    assert [booking.id] == await desk.listed(query=typed)


async def test_numbers_of_its_case(desk: Desk) -> None:
    """CM-14: by the beginning of the company's file number, and by the case's number, whatever stands between."""
    case = await open_case(desk.world, desk.ana, company_file_number="NW/2026-0815")
    booking, _ = await desk.request(case=case), await desk.request()
    for typed in (case.number, case.number.lower(), "NW/2026", "nw2026 08"):
        assert [booking.id] == await desk.listed(query=typed)
    assert [] == await desk.listed(query="2026-0815")
    assert [] == await desk.listed(query="…")


async def test_filters(desk: Desk) -> None:
    """CM-14: by whose it is, with whom and where it is, of which kind, and when it is or was made."""
    world = desk.world
    ben, _ = await desk.colleague()
    place = await desk.practice.place(time_zone="UTC")
    requested = await desk.request()
    world.later(hours=1)
    mine = await desk.confirmed(at(9))
    bens = await desk.request(desk.staff, case_manager_id=ben.id, slot=slot(desk.mornings, at(10)))
    mode: dict[str, Any] = {"mode": schedules.IN_PERSON, "place_id": place.id}
    in_person = await desk.request(desk.staff, time=own_time(desk.zhang, at(18), **mode))
    elsewhere = await world.case_manager((await world.company("Southwind")).id)
    theirs = await desk.request(desk.staff, case=await open_case(world, elsewhere, service_type="TREATMENT_REVIEW"))

    async def listed(**wanted: Any) -> list[str]:
        return await desk.listed(order_by="number", **wanted)

    every = [requested.id, mine.id, bens.id, in_person.id, theirs.id]
    assert every == await listed()
    assert [theirs.id] == await listed(company_id=elsewhere.company_id) == await listed(service_type="TREATMENT_REVIEW")
    assert [bens.id] == await listed(case_manager_id=ben.id)
    assert every[:4] == await listed(business_unit_id=desk.ana.business_unit_id)
    assert [mine.id, bens.id, in_person.id] == await listed(specialist_id=desk.zhang.id)
    assert [in_person.id] == await listed(place_id=place.id) == await listed(mode=schedules.IN_PERSON)
    assert [mine.id, bens.id] == await listed(mode=schedules.TELEHEALTH)
    assert [mine.id] == await listed(
        start_time_from="2026-03-03T09:00:00Z", start_time_before="2026-03-03T11:00:00+01:00"
    )
    made = mine.create_time.ToJsonString()[:19] + "Z"
    assert [requested.id] == await listed(create_time_before=made)
    assert every[1:] == await listed(create_time_from=made)
    assert [mine.id] == await listed(
        company_id=desk.ana.company_id,
        case_manager_id=desk.ana.id,
        specialist_id=desk.zhang.id,
        mode=schedules.TELEHEALTH,
    )
    with pytest.raises(InvalidArgument) as refused:
        await listed(start_time_from="2026-02-30T09:00:00Z")
    assert "start_time_from" == refused.value.violations[0].field


async def test_what_is_still_to_come(desk: Desk) -> None:
    """CM-14: paperwork that is missing, outcomes and reports that are due, and reports that are late."""
    first, second = await desk.confirmed(at(9)), await desk.confirmed(at(10))
    asked = await desk.request()
    assert [second.id, first.id] == await desk.listed(paperwork_missing=True)
    assert [] == await desk.listed(outcome_due=True)
    desk.world.clock.now = at(10)
    assert [first.id] == await desk.listed(outcome_due=True)
    assert [] == await desk.listed(outcome_due=True, report_due=True)
    await desk.do("RecordOutcome", first, desk.staff, outcome=pb.RecordOutcomeRequest.ATTENDED)
    assert ([first.id], []) == (await desk.listed(report_due=True), await desk.listed(report_overdue=True))
    assert [second.id] == await desk.listed(paperwork_missing=True)
    desk.world.later(days=21)
    assert [first.id] == await desk.listed(report_overdue=True) == await desk.listed(desk.as_ana, report_overdue=True)
    assert [first.id] == await desk.listed(report_overdue=True, states=["ATTENDED", "CONFIRMED"])
    assert [] == await desk.listed(report_overdue=True, states=["CONFIRMED"])
    assert asked.id not in await desk.listed(paperwork_missing=True)


async def test_every_order(desk: Desk) -> None:
    """CM-14: by creation, by time, and by number beyond the millionth; who has no time comes after all who have one."""
    later, none = await desk.confirmed(at(11)), await desk.request()
    desk.world.later(hours=1)
    sooner = await desk.confirmed(at(9))
    async with await desk.world.deps.database.connect() as connection:
        await connection.execute(
            "UPDATE numbers SET last_number = 999998 WHERE org_id = %s AND prefix = 'B'", [desk.world.org_id]
        )
    last_of_six, first_of_seven = await desk.request(), await desk.request()
    assert ("B-999999", "B-1000000") == (last_of_six.number, first_of_seven.number)
    made = [later, none, sooner, last_of_six, first_of_seven]
    by_time = [sooner, later, *sorted((none, last_of_six, first_of_seven), key=lambda booking: UUID(booking.id))]
    for metadata in (desk.staff, desk.as_ana):
        for order_by, expected in (("create_time", made), ("start_time", by_time), ("number", made)):
            forward = await turned(desk, 2, metadata, order_by=order_by)
            assert [booking.id for booking in expected] == [booking.id for booking in forward]
            assert forward[::-1] == await turned(desk, 2, metadata, order_by=f"{order_by} desc")


async def test_counts(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """CM-14: what is found is counted by effective state, whichever is listed, up to a bound; only where asked for."""
    requested, _ = await desk.request(), await desk.offered(at(11))
    await desk.confirmed(), await desk.cancel(await desk.request())
    _, as_ben = await desk.colleague()
    every = {"REQUESTED": 1, "OFFERED": 1, "CONFIRMED": 1, "CANCELLED": 1}
    for metadata in (desk.staff, desk.as_ana, as_ben):
        assert every == await counted(desk, metadata) == await counted(desk, metadata, states=["REQUESTED"])
    assert {} == await counted(desk, as_ben, scope="MINE")
    assert {"CONFIRMED": 1} == await counted(desk, await desk.as_zhang())
    assert {"CONFIRMED": 1} == await counted(desk, paperwork_missing=True)
    assert every == await counted(desk, business_unit_id=desk.ana.business_unit_id)
    assert every == await counted(desk, case_manager_id=desk.ana.id)
    for request in (pb.ListBookingsRequest(with_counts=True, query="noah"), pb.ListBookingsRequest()):
        assert [] == list((await desk.call("ListBookings", request)).state_counts)
    for _ in range(2):
        await desk.request()
    desk.world.later(days=31)
    assert {"EXPIRED": 3, "OFFERED": 1, "CONFIRMED": 1, "CANCELLED": 1} == await counted(desk)
    monkeypatch.setattr(listing, "MAX_COUNT", 2)
    listing._count_statement.cache_clear()
    assert 2 == (await counted(desk))["EXPIRED"]
    listing._count_statement.cache_clear()
    assert "EXPIRED" == res.Booking.State.Name((await desk.get(requested)).state)


async def test_what_specialists_cannot_ask(desk: Desk) -> None:
    """CM-15: of a cancelled appointment a specialist finds the number and no more, and never a company or a unit."""
    booking, as_zhang = await desk.confirmed(), await desk.as_zhang()
    hidden: Sequence[dict[str, Any]] = [
        {"query": "noah"},
        {"query": desk.case.number},
        {"case_id": desk.case.id},
        {"case_manager_id": desk.ana.id},
        {"service_type": "IME"},
        {"mode": schedules.TELEHEALTH},
    ]
    for wanted in hidden:
        assert [booking.id] == await desk.listed(as_zhang, **wanted)
    await desk.cancel(booking)
    for wanted in hidden:
        assert [] == await desk.listed(as_zhang, **wanted)
        assert [booking.id] == await desk.listed(desk.as_ana, **wanted)
    assert [booking.id] == await desk.listed(as_zhang, query=booking.number) == await desk.listed(as_zhang)
    other = await desk.confirmed(at(10))
    for wanted in ({"business_unit_id": desk.ana.business_unit_id}, {"company_id": desk.ana.company_id}):
        assert [] == await desk.listed(as_zhang, **wanted)
        assert [other.id] == await desk.listed(desk.as_ana, **wanted, query=other.number)


@pytest.mark.parametrize("looked_through", [0, 500])
async def test_what_specialists_find_by_typing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, looked_through: int
) -> None:
    """CM-15: whole numbers of booking and case, and who is to be seen; nothing that only the company has."""
    monkeypatch.setattr(found_pages, "LOOKED_THROUGH", looked_through)
    listing._list_statement.cache_clear()
    case = await open_case(desk.world, desk.ana, company_file_number="NW/2026-0815", claim_number="77/4")
    booking, as_zhang = await desk.request(case=case, slot=slot(desk.mornings, at(9))), await desk.as_zhang()
    for typed in (booking.number, case.number, case.number.lower(), case.number.lstrip("C-0"), "noah", "trna"):
        assert [booking.id] == await desk.listed(as_zhang, query=typed)
    for typed in ("NW/2026-0815", "NW2", "77/4", "77", "Northwind", "nortwhind"):
        assert [] == await desk.listed(as_zhang, query=typed)
        assert [booking.id] == await desk.listed(desk.as_ana, query=typed)
    listing._list_statement.cache_clear()


async def test_nothing_of_others_is_found(desk: Desk, world: World) -> None:
    """CM-15, OP-11: neither by name nor by filter: another unit's, another company's, another organization's."""
    booking = await desk.confirmed()
    _, as_cleo = await desk.colleague(business_unit_id="")
    other = await World.with_organization(world.deps, world.identity, world.stub, world.people, world.clock)
    for metadata in (as_cleo, other.staff):
        for wanted in (
            {"query": "noah"},
            {"query": booking.number},
            {"specialist_id": desk.zhang.id},
            {"company_id": desk.ana.company_id},
            {"business_unit_id": desk.ana.business_unit_id},
            {"case_manager_id": desk.ana.id},
        ):
            assert [] == await desk.listed(metadata, **wanted)
            if "query" not in wanted:
                assert {} == await counted(desk, metadata, **wanted)


@pytest.mark.parametrize("looked_through", [0, 3, 1000])
async def test_few_or_all(desk: Desk, monkeypatch: pytest.MonkeyPatch, looked_through: int) -> None:
    """CM-14: rare or common, near the beginning or far from it: each page of each order holds what was meant."""
    monkeypatch.setattr(found_pages, "LOOKED_THROUGH", looked_through)
    listing._list_statement.cache_clear()
    for number in range(9):
        subject = {"given_name": "Ximena" if number % 4 else "Bartholomew", "family_name": "Quintero"}
        case = await open_case(desk.world, desk.ana, subject=subject)
        when = {"time": own_time(desk.zhang, at(9, number))} if number % 2 else {}
        await desk.request(desk.staff, case=case, **when)
        desk.world.later(minutes=1)
    _, as_ben = await desk.colleague()
    for metadata, orders in ((desk.staff, ORDERS), (as_ben, ORDERS[2:3])):
        for order_by in orders:
            every = await turned(desk, 50, metadata, order_by=order_by)
            for typed in ("ximena", "bartholomew quin", "quinteor", "zhang", "000005"):
                meant = [booking.id for booking in every if _is_meant(booking, typed)]
                found = await turned(desk, 4, metadata, order_by=order_by, query=typed)
                assert meant == [booking.id for booking in found]
    listing._list_statement.cache_clear()


def _is_meant(booking: res.Booking, typed: str) -> bool:
    if typed == "000005":
        return typed in booking.number or typed in booking.case_number
    if typed == "zhang":
        return bool(booking.specialist_id)
    first = "Ximena" if typed == "ximena" else "Bartholomew" if typed.startswith("b") else ""
    return booking.subject_name.startswith(first)


@pytest.mark.parametrize("scope", [scope for scope in Scope if scope is not Scope.NONE])
def test_every_list_walks_an_index_for_each_state(scope: Scope) -> None:
    """CM-14: what is mine or my unit's is united from limited walks; no list asks with OR."""
    shape = Shape(scope, (State.REQUESTED, State.CONFIRMED, State.EXPIRED), (), NOTHING)
    sql = _list_statement(shape, Order(sort=Sort.CREATE_TIME, descending=True, is_continued=True)).sql
    assert " OR " not in sql
    assert sql.count("LIMIT") >= 4
