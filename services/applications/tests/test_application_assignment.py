"""Who of the staff works on an application, on a real database."""

import asyncio
from typing import Any

import pytest
from portico.applications.v1 import applications_pb2, search_pb2
from portico.applications.v1 import resources_pb2 as res
from portico_errors.identity import AccountNotFound

from chassis.call import Role
from chassis.errors import Conflict, InvalidArgument, NotFound
from chassis.ids import new_id
from services.applications.tests.neighbours import FakeIdentity
from services.applications.tests.world import World, a_guardian, new

ADA, BEN = str(new_id()), str(new_id())


@pytest.fixture(autouse=True)
def _colleagues(identity: FakeIdentity) -> None:
    identity.staff.update({ADA: "Ada", BEN: "Ben"})


def assigning(application: res.Application, assignee_id: str, **changes: str) -> applications_pb2.AssignRequest:
    """A request to give an application to somebody."""
    return applications_pb2.AssignRequest(application_id=application.id, assignee_id=assignee_id, **changes)


async def test_an_application_is_given_to_somebody(grpc_stub, world: World, staff) -> None:
    """AP-16, AP-17: to one, to another, to nobody; each time once, and the history says to whom and by whom."""
    created = await grpc_stub.CreateApplication(new(), metadata=staff)
    unassign = applications_pb2.UnassignRequest(application_id=created.id)
    for request, call, expected in (
        (assigning(created, ADA), grpc_stub.Assign, ADA),
        (assigning(created, BEN), grpc_stub.Assign, BEN),
        (unassign, grpc_stub.Unassign, ""),
    ):
        assert expected == (await call(request, metadata=staff)).assignee_id
        with pytest.raises(Conflict, match="ACTION_NOT_ALLOWED"):
            await call(request, metadata=staff)
    lines = (await world.lines(created))[:3]
    assert [("UNASSIGNED", ""), ("ASSIGNED", "Ben"), ("ASSIGNED", "Ada")] == [(e.kind.name, e.detail) for e in lines]
    assert {world.staff_id} == {line.actor_id for line in lines}


async def test_work_is_found_by_who_has_it(grpc_stub, staff) -> None:
    """AP-02, AP-16: one's own, newest first and page by page; what nobody has; never both at once."""
    applications = [await grpc_stub.CreateApplication(new(), metadata=staff) for _ in range(4)]
    for application in applications[:3]:
        await grpc_stub.Assign(assigning(application, ADA if application != applications[1] else BEN), metadata=staff)

    async def found(**filters: Any) -> list[str]:
        request = search_pb2.ListApplicationsRequest(page_size=1, **filters)
        ids: list[str] = []
        while True:
            page = await grpc_stub.ListApplications(request, metadata=staff)
            ids += [each.id for each in page.applications]
            if not page.next_page_token:
                return ids
            request.page_token = page.next_page_token

    first, second, third, fourth = (each.id for each in applications)
    assert [third, first] == await found(assignee_id=ADA)
    assert [second] == await found(assignee_id=BEN, query="García")
    assert [fourth] == await found(unassigned=True)
    assert [] == await found(assignee_id=str(new_id()))
    with pytest.raises(InvalidArgument):
        await found(unassigned=True, assignee_id=ADA)


async def test_only_staff_are_given_work(grpc_stub, identity: FakeIdentity, staff, people) -> None:
    """AP-16: nobody but active staff; another organization's application is not there."""
    created = await grpc_stub.CreateApplication(new(), metadata=staff)
    with pytest.raises(NotFound) as refused:
        await grpc_stub.Assign(assigning(created, str(new_id())), metadata=staff)
    assert AccountNotFound.reason == refused.value.reason
    elsewhere = people.metadata(Role.STAFF, org_id=new_id())
    for call, request in (
        (grpc_stub.Assign, assigning(created, ADA)),
        (grpc_stub.Unassign, applications_pb2.UnassignRequest(application_id=created.id)),
    ):
        with pytest.raises(NotFound, match="APPLICATION_NOT_FOUND"):
            await call(request, metadata=elsewhere)


async def test_a_repeated_call_is_answered_as_before(grpc_stub, identity: FakeIdentity, staff) -> None:
    """AP-16, OP-05: the same request id has the first answer, although the colleague has left since."""
    created = await grpc_stub.CreateApplication(new(), metadata=staff)
    request = assigning(created, ADA, request_id=str(new_id()))
    first = await grpc_stub.Assign(request, metadata=staff)
    del identity.staff[ADA]
    assert first == await grpc_stub.Assign(request, metadata=staff)


async def test_two_take_it_at_once(grpc_stub, world: World, staff) -> None:
    """AP-16: both are told that it is theirs, one after the other; the history has both, and the last one has it."""
    created = await world.submit(a_guardian())
    await asyncio.gather(*(grpc_stub.Assign(assigning(created, each), metadata=staff) for each in (ADA, BEN)))
    names = [line.detail for line in (await world.lines(created))[:2]]
    assert {"Ada", "Ben"} == set(names)
    assert {"Ada": ADA, "Ben": BEN}[names[0]] == (await world.get(created)).assignee_id
