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
from applications.application.domain.invitation import Method
from applications.application.domain.status import STATUSES, SetStatus, set_status
from chassis.call import Role
from chassis.errors import Conflict, InvalidArgument, NotFound
from chassis.ids import new_id
from services.applications.tests.builders import NOW, application
from services.applications.tests.world import World, a_guardian, new

LATER = NOW + timedelta(days=1)
SPEC = {
    "ACTIVE": {"UPDATE_NEEDED", "UNDER_REVIEW", "CLOSED"},
    "UPDATE_NEEDED": {"ACTIVE", "UNDER_REVIEW", "CLOSED"},
    "UNDER_REVIEW": {"ACTIVE", "UPDATE_NEEDED", "ENROLLED", "CLOSED"},
    "ENROLLED": {"CLOSED"},
    "CLOSED": {"ACTIVE"},
}
"""AP-15, word for word: what can follow what."""
WORDS = "Please send:\n- a proof of address"


def setting(application: res.Application, status: str, **changes: str) -> applications_pb2.SetStatusRequest:
    """A request to set the status of an application."""
    number = res.Application.Status.Value(status)
    words = {"message": WORDS} if status == "UPDATE_NEEDED" else {}
    return applications_pb2.SetStatusRequest(application_id=application.id, status=number, **{**words, **changes})


@given(before=st.sampled_from(Status), after=st.sampled_from(Status))
def test_only_what_may_follow_follows(before: Status, after: Status) -> None:
    """AP-15: the status changes along the arrows of the spec; else all that fit are named, and nothing changes."""
    existing = replace(application(), status=before)
    assert SPEC[before.name] == {status.name for status in STATUSES.allowed(before)}
    if after.name in SPEC[before.name]:
        decision = set_status(existing, SetStatus(after), LATER)
        assert replace(existing, status=after, version=2, update_time=LATER) == decision.application
    else:
        with pytest.raises(ActionNotAllowed) as refused:
            set_status(existing, SetStatus(after), LATER)
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
        assert ("" if status != "UPDATE_NEEDED" else WORDS) == changed.update_request
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
    assert ["", "", "", "", "", WORDS, ""] == [line.detail for line in lines[:7]]


async def test_the_family_is_told_what_is_missing(world: World) -> None:
    """AP-15: each guardian who can be reached gets the words, as they prefer, in their language, each time anew."""
    created = await world.submit(
        a_guardian(phone="+13125550101", method=Method.SMS, language="es"),
        a_guardian(phone="+13125550102", email="", language="en"),
    )
    nobody = await world.submit(a_guardian(email=""))
    asked = SetStatus(Status.UPDATE_NEEDED, WORDS)
    for each in (created, nobody):
        await applications(world.deps).change(world.source(each), set_status, asked)
    for status in (Status.ACTIVE, Status.UPDATE_NEEDED):
        command = SetStatus(status, WORDS if status is Status.UPDATE_NEEDED else "")
        await applications(world.deps).change(world.source(created), set_status, command)

    messages = [each for each in await world.messages() if each.template == "APPLICATION_UPDATE_NEEDED"]
    assert [("+13125550101", "es"), ("+13125550102", "en")] * 2 == [
        (each.recipient.address, each.recipient.language) for each in messages
    ]
    assert [(created.number, WORDS)] * 4 == [
        (each.values["application_number"], each.values["update_request"]) for each in messages
    ]
    assert 4 == len({each.idempotency_key for each in messages})


async def test_the_family_sees_what_is_missing(world: World) -> None:
    """AP-14, AP-15, CASE-U3: while it is missing; in the history it stays, without who of the agency asked."""
    created, account_id = await world.linked()
    for command in (SetStatus(Status.UPDATE_NEEDED, WORDS), SetStatus(Status.UNDER_REVIEW)):
        await applications(world.deps).change(world.source(created), set_status, command)
        seen = await world.sees(account_id, created)
        assert (command.status.value, command.update_request) == (int(seen.status), seen.update_request)
    lines = [(res.TimelineEntry.Kind.Name(line.kind), line.detail) for line in seen.history[:3]]
    assert [("REVIEW_STARTED", ""), ("UPDATE_REQUESTED", WORDS), ("ACCEPTED", "")] == lines
    assert {""} == {line.actor_id for line in seen.history}


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
    changes = [
        applications(world.deps).change(world.source(created), set_status, SetStatus(Status.CLOSED)) for _ in range(8)
    ]
    answers = await asyncio.gather(*changes, return_exceptions=True)

    assert 7 == sum(isinstance(answer, ActionNotAllowed) for answer in answers)
    assert ["CLOSED", "INVITED", "SUBMITTED"] == await world.timeline(created)


async def test_a_guardian_changes_meanwhile(world: World) -> None:
    """AP-15: an invitation and a status are set at the same moment, and both hold."""
    created = await world.submit()
    await asyncio.gather(
        world.revoke(created),
        applications(world.deps).change(world.source(created), set_status, SetStatus(Status.UNDER_REVIEW)),
    )
    now = await world.get(created)
    assert (res.Application.UNDER_REVIEW, res.Guardian.EXPIRED) == (now.status, now.guardians[0].link_state)


async def test_what_is_refused(grpc_stub, staff, people) -> None:
    """AP-15: no status is none, and another organization's application is not there."""
    created = await grpc_stub.CreateApplication(new(), metadata=staff)
    with pytest.raises(InvalidArgument):
        await grpc_stub.SetStatus(setting(created, "STATUS_UNSPECIFIED"), metadata=staff)
    for status, words, reason in (
        ("UPDATE_NEEDED", "", "MESSAGE_MISSING"),
        ("UPDATE_NEEDED", " \n\t", "MESSAGE_MISSING"),
        ("UPDATE_NEEDED", "x" * 1001, "STRING_MAX_LEN"),
        ("CLOSED", "Too late.", "MESSAGE_NOT_EXPECTED"),
    ):
        with pytest.raises(InvalidArgument) as refused:
            await grpc_stub.SetStatus(setting(created, status, message=words), metadata=staff)
        assert [("message", reason)] == [(each.field, each.reason) for each in refused.value.violations]
    with pytest.raises(NotFound, match="APPLICATION_NOT_FOUND"):
        await grpc_stub.SetStatus(
            setting(created, "CLOSED"), metadata=people.metadata(Role.STAFF_ADMIN, org_id=new_id())
        )
