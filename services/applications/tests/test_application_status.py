"""Where the agency's work on an application stands, on a real database."""

import asyncio
from dataclasses import replace
from datetime import UTC, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from portico.applications.v1 import applications_pb2, search_pb2, timeline_pb2
from portico.applications.v1 import resources_pb2 as res
from portico_errors.applications import ActionNotAllowed

from applications.application.aggregate import applications
from applications.application.domain.application import Status
from applications.application.domain.status import STATUSES, set_status
from chassis.call import Role
from chassis.errors import Conflict, InvalidArgument, NotFound
from chassis.ids import new_id
from services.applications.tests.builders import NOW, application
from services.applications.tests.world import World, new

LATER = NOW + timedelta(days=1)
SPEC = {
    "ACTIVE": {"UPDATE_NEEDED", "UNDER_REVIEW", "CLOSED"},
    "UPDATE_NEEDED": {"ACTIVE", "UNDER_REVIEW", "CLOSED"},
    "UNDER_REVIEW": {"ACTIVE", "UPDATE_NEEDED", "ENROLLED", "CLOSED"},
    "ENROLLED": {"CLOSED"},
    "CLOSED": {"ACTIVE"},
}
"""AP-15, word for word: what can follow what."""


def setting(application: res.Application, status: str, **changes: str) -> applications_pb2.SetStatusRequest:
    """A request to set the status of an application."""
    number = res.Application.Status.Value(status)
    return applications_pb2.SetStatusRequest(application_id=application.id, status=number, **changes)


@given(before=st.sampled_from(Status), after=st.sampled_from(Status))
def test_only_what_may_follow_follows(before: Status, after: Status) -> None:
    """AP-15: the status changes along the arrows of the spec; else all that fit are named, and nothing changes."""
    existing = replace(application(), status=before)
    assert SPEC[before.name] == {status.name for status in STATUSES.allowed(before)}
    if after.name in SPEC[before.name]:
        decision = set_status(existing, after, LATER)
        assert replace(existing, status=after, version=2, update_time=LATER) == decision.application
    else:
        with pytest.raises(ActionNotAllowed) as refused:
            set_status(existing, after, LATER)
        assert SPEC[before.name] == set(refused.value.metadata["allowed_actions"].split(","))


async def test_staff_set_the_status(grpc_stub, world, clock, staff) -> None:
    """AP-15, AP-17: each change is answered with what can follow, stands in the history, and is found by its status."""
    created = await grpc_stub.CreateApplication(new(), metadata=staff)
    assert SPEC["ACTIVE"] == {res.Application.Status.Name(status) for status in created.allowed_statuses}
    for status in ("UNDER_REVIEW", "UPDATE_NEEDED", "ACTIVE", "UNDER_REVIEW", "ENROLLED", "CLOSED", "ACTIVE"):
        clock.advance(timedelta(minutes=1))
        changed = await grpc_stub.SetStatus(setting(created, status), metadata=staff)
        assert status == res.Application.Status.Name(changed.status)
        assert SPEC[status] == {res.Application.Status.Name(allowed) for allowed in changed.allowed_statuses}
        assert clock() == changed.update_time.ToDatetime(UTC)
        assert changed == await grpc_stub.GetApplication(
            applications_pb2.GetApplicationRequest(application_id=created.id), metadata=staff
        )
        found = search_pb2.ListApplicationsRequest(statuses=[changed.status])
        assert [created.id] == [
            each.id for each in (await grpc_stub.ListApplications(found, metadata=staff)).applications
        ]
    assert created.guardians == changed.guardians

    request = timeline_pb2.ListTimelineEntriesRequest(application_id=created.id)
    lines = (await grpc_stub.ListTimelineEntries(request, metadata=staff)).entries
    kinds = [res.TimelineEntry.Kind.Name(line.kind) for line in lines]
    told = ["REVIEW_STARTED", "UPDATE_REQUESTED", "ACTIVATED", "REVIEW_STARTED", "ENROLLED", "CLOSED", "ACTIVATED"]
    assert [*reversed(told), "INVITED", "SUBMITTED"] == kinds
    assert {(str(world.staff_id), "")} == {(line.actor_id, line.guardian_id) for line in lines[:7]}


async def test_a_repeated_call_is_answered_once(grpc_stub, staff) -> None:
    """AP-15, OP-05: with the same request id the first answer comes again, although the status no longer fits."""
    created = await grpc_stub.CreateApplication(new(), metadata=staff)
    request = setting(created, "CLOSED", request_id=str(new_id()))

    first = await grpc_stub.SetStatus(request, metadata=staff)
    assert first == await grpc_stub.SetStatus(request, metadata=staff)
    with pytest.raises(Conflict, match="ACTION_NOT_ALLOWED"):
        await grpc_stub.SetStatus(setting(created, "CLOSED"), metadata=staff)


async def test_of_two_who_decide_at_once_one_is_told(world: World) -> None:
    """AP-15: who lost the race decides on what is there now: both closing is one line and one refusal."""
    created = await world.submit()
    changes = [applications(world.deps).change(world.source(created), set_status, Status.CLOSED) for _ in range(8)]
    answers = await asyncio.gather(*changes, return_exceptions=True)

    assert 7 == sum(isinstance(answer, ActionNotAllowed) for answer in answers)
    assert ["CLOSED", "INVITED", "SUBMITTED"] == await world.timeline(created)


async def test_a_guardian_changes_meanwhile(world: World) -> None:
    """AP-15: an invitation and a status are set at the same moment, and both hold."""
    created = await world.submit()
    await asyncio.gather(
        world.revoke(created),
        applications(world.deps).change(world.source(created), set_status, Status.UNDER_REVIEW),
    )
    now = await world.get(created)
    assert (res.Application.UNDER_REVIEW, res.Guardian.EXPIRED) == (now.status, now.guardians[0].link_state)


async def test_what_is_refused(grpc_stub, staff, people) -> None:
    """AP-15: no status is none, and another organization's application is not there."""
    created = await grpc_stub.CreateApplication(new(), metadata=staff)
    with pytest.raises(InvalidArgument):
        await grpc_stub.SetStatus(setting(created, "STATUS_UNSPECIFIED"), metadata=staff)
    with pytest.raises(NotFound, match="APPLICATION_NOT_FOUND"):
        await grpc_stub.SetStatus(
            setting(created, "CLOSED"), metadata=people.metadata(Role.STAFF_ADMIN, org_id=new_id())
        )
