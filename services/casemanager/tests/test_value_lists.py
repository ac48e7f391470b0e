"""The words that an organization chooses from."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from portico.casemanager.v1 import value_lists_pb2 as pb

from casemanager.value_lists.domain import USUAL, Kind
from chassis.call import Role
from chassis.errors import Aborted, AlreadyExists, Denied, InvalidArgument, Unauthenticated
from chassis.testing.grpc import Metadata
from services.casemanager.tests.world import World

IME = pb.ListedValue(key="IME", english="Examination", spanish="Examen")
FILE = pb.ListedValue(key="FILE", english="File review")
SERVICES = pb.ValueList.SERVICE_TYPES


async def read(world: World, metadata: Metadata | None = None, **wanted: Any) -> list[pb.ValueList]:
    request = pb.ListValuesRequest(**wanted)
    return list((await world.stub.ListValues(request, metadata=metadata or world.staff)).lists)


async def write(world: World, *values: pb.ListedValue, kind: Any = SERVICES, request_id: str = "") -> pb.ValueList:
    request = pb.UpdateValueListRequest(kind=kind, values=values, request_id=request_id)
    admin = world.people.metadata(Role.STAFF_ADMIN, org_id=world.org_id, account_id=world.staff_id)
    answer: pb.ValueList = await world.stub.UpdateValueList(request, metadata=admin)
    return answer


async def test_an_organization_that_changed_nothing_has_the_usual_lists(world: World) -> None:
    """CM-07: there is a list of each kind, and each value has words in both languages."""
    lists = await read(world)
    assert [*Kind] == [each.kind for each in lists]
    for each in lists:
        assert [value.key for value in USUAL[Kind(each.kind)]] == [value.key for value in each.values]
        assert all(value.english and value.spanish for value in each.values)
        assert len(each.values) == len({value.key.casefold() for value in each.values})


async def test_a_list_is_written_whole(world: World) -> None:
    """CM-07: in the order that is given, by itself; Spanish words may be missing, and a list may be empty."""
    before = await read(world)
    written = await write(world, FILE, IME)
    assert [FILE, IME] == list(written.values)
    assert [written] == await read(world, kind=SERVICES)
    assert [written, *before[1:]] == await read(world)
    assert [] == list((await write(world)).values)
    assert [pb.ValueList(kind=SERVICES, etag="2")] == await read(world, kind=SERVICES)


async def test_values_have_one_form(world: World) -> None:
    """CM-07: blanks around and between words go."""
    spaced = pb.ListedValue(key=" IME ", english=" Exam  ination ", spanish="  ")
    assert [pb.ListedValue(key="IME", english="Exam ination")] == list((await write(world, spaced)).values)


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ([IME, FILE, pb.ListedValue(key="ime", english="Other")], ("values[2].key", "KEY_TWICE")),
        ([pb.ListedValue(key=" ", english="Other")], ("values[0].key", "NAME_MISSING")),
        ([pb.ListedValue(key="A", english=" ")], ("values[0].english", "NAME_MISSING")),
        ([pb.ListedValue(key="A", english="\u202eb")], ("values[0].english", "NAME_INVALID")),
        ([pb.ListedValue(key="A", english="B", spanish="\u202eb")], ("values[0].spanish", "NAME_INVALID")),
        ([pb.ListedValue(english="B")], ("values[0].key", "STRING_MIN_LEN")),
        ([IME] * 201, ("values", "REPEATED_MAX_ITEMS")),
    ],
)
async def test_what_cannot_be_written(world: World, values: list[pb.ListedValue], wrong: tuple[str, str]) -> None:
    """CM-07: a key is there once, whatever the case, and words can be seen; nothing is written."""
    before = await read(world)
    with pytest.raises(InvalidArgument) as refused:
        await write(world, *values)
    assert [wrong] == [(each.field, each.reason) for each in refused.value.violations]
    assert before == await read(world)


async def test_a_repeated_call_writes_once(world: World) -> None:
    """CM-07: one request id writes once; another body under it is refused."""
    request_id = str(uuid4())
    first = await write(world, IME, request_id=request_id)
    await write(world, FILE)
    assert first == await write(world, IME, request_id=request_id)
    assert [FILE] == list((await read(world, kind=SERVICES))[0].values)
    with pytest.raises(AlreadyExists):
        await write(world, FILE, request_id=request_id)


async def test_many_at_once(world: World) -> None:
    """CM-07: of lists that are written at once one is left, whole."""
    lists = [[IME], [FILE], [IME, FILE], [FILE, IME]]
    outcomes = await asyncio.gather(*(write(world, *values) for values in lists), return_exceptions=True)
    assert all(isinstance(each, pb.ValueList | Aborted) for each in outcomes)
    assert list((await read(world, kind=SERVICES))[0].values) in lists


async def test_who_reads_and_who_writes(world: World, people: Any) -> None:
    """CM-15: all who book and are booked read, administrators write, each organization has its own."""
    await write(world, IME)
    for role in (Role.STAFF_ADMIN, Role.STAFF, Role.CASE_MANAGER, Role.SPECIALIST):
        assert [IME] == list((await read(world, world.as_role(role), kind=SERVICES))[0].values)
    request = pb.UpdateValueListRequest(kind=SERVICES, values=[FILE])
    for role in (Role.STAFF, Role.CASE_MANAGER, Role.SPECIALIST, Role.FAMILY):
        with pytest.raises(Denied):
            await world.stub.UpdateValueList(request, metadata=world.as_role(role))
    with pytest.raises(Denied):
        await read(world, world.as_role(Role.FAMILY))
    with pytest.raises(Unauthenticated):
        await world.stub.ListValues(pb.ListValuesRequest(), metadata=(("x-test-peer", "gateway"),))
    other = people.metadata(Role.STAFF, org_id=uuid4())
    assert len(USUAL[Kind.SERVICE_TYPES]) == len((await read(world, other, kind=SERVICES))[0].values)
