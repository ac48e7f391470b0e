"""Batches over gRPC: what is asked for, what is answered, and what is refused."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import pytest
from portico.applications.v1 import batch_requests_pb2 as pb
from portico.applications.v1 import batch_resources_pb2 as res
from portico.applications.v1.resources_pb2 import SMS
from portico.notifications.v1.stub import NotificationsStub

from applications.application.domain.invitation import Method
from applications.batches.domain.batch import BatchAction
from applications.batches.usecases.text_parts import TextParts
from applications.invitations.domain import MIN_SMS_PAUSE
from chassis.call import Role
from chassis.errors import Denied, InvalidArgument, NotFound, Unauthenticated, Unavailable
from chassis.testing.grpc import Metadata
from services.applications.tests.batches import Batches, state
from services.applications.tests.test_batches_invite import REISSUE
from services.applications.tests.world import World, a_guardian, as_visitor

NOWHERE = str(uuid4())
BY_BATCH = {
    "GetBatch": pb.GetBatchRequest,
    "StartBatch": pb.StartBatchRequest,
    "PauseBatch": pb.PauseBatchRequest,
    "ResumeBatch": pb.ResumeBatchRequest,
    "CancelBatch": pb.CancelBatchRequest,
    "UndoBatch": pb.UndoBatchRequest,
    "RevokeBatch": pb.RevokeBatchRequest,
    "RetryBatch": pb.RetryBatchRequest,
    "ListBatchRows": pb.ListBatchRowsRequest,
    "RenderBatchSample": pb.RenderBatchSampleRequest,
}
FOR_STAFF = {
    **{name: request(batch_id=NOWHERE) for name, request in BY_BATCH.items()},
    "CreateBatch": pb.CreateBatchRequest(invite=res.InviteOptions(), applications=pb.ApplicationIds(ids=[NOWHERE])),
    "ListBatches": pb.ListBatchesRequest(),
    "SetBatchContacts": pb.SetBatchContactsRequest(
        batch_id=NOWHERE, contacts=[pb.NewContact(application_number="A-000001", email="new@example.org")]
    ),
}


@pytest.fixture
def batches(world: World) -> Batches:
    return Batches(world)


@pytest.mark.parametrize("name", FOR_STAFF)
async def test_batches_are_for_staff(grpc_stub: Any, people: Any, world: World, name: str) -> None:
    """AP-12, AP-13: neither visitors nor other roles, not even of the same organization."""
    with pytest.raises(Unauthenticated):
        await getattr(grpc_stub, name)(FOR_STAFF[name], metadata=as_visitor())
    for role in (Role.FAMILY, Role.CASE_MANAGER, Role.SPECIALIST):
        with pytest.raises(Denied):
            await getattr(grpc_stub, name)(FOR_STAFF[name], metadata=people.metadata(role, org_id=world.org_id))


@pytest.mark.parametrize("name", BY_BATCH)
async def test_unknown_and_foreign_batches_are_not_found(
    grpc_stub: Any, staff: Metadata, batches: Batches, name: str
) -> None:
    """AP-12, AP-13: an id that nobody has, and one that another organization has, get the same answer."""
    foreign = await World.with_organization(batches.deps, batches.clock, batches.world.identity)
    theirs = await Batches(foreign).create([await foreign.submit()])
    for batch_id in (NOWHERE, theirs.id):
        with pytest.raises(NotFound) as refused:
            await getattr(grpc_stub, name)(BY_BATCH[name](batch_id=batch_id), metadata=staff)
        assert "BATCH_NOT_FOUND" == refused.value.reason
    with pytest.raises(InvalidArgument):
        await getattr(grpc_stub, name)(BY_BATCH[name](batch_id="7"), metadata=staff)


async def test_an_unknown_or_foreign_source_is_not_found(grpc_stub: Any, staff: Metadata, batches: Batches) -> None:
    """AP-12: rows of a batch that nobody has, or another organization, are not looked for."""
    foreign = await World.with_organization(batches.deps, batches.clock, batches.world.identity)
    theirs = await Batches(foreign).preview([await foreign.submit()])
    for batch_id in (NOWHERE, theirs.id):
        request = pb.CreateBatchRequest(invite=res.InviteOptions(), source=pb.BatchSource(batch_id=batch_id))
        with pytest.raises(NotFound) as refused:
            await grpc_stub.CreateBatch(request, metadata=staff)
        assert "BATCH_NOT_FOUND" == refused.value.reason


async def test_a_batch_is_made_listed_and_started(
    grpc_stub: Any, staff: Metadata, world: World, batches: Batches
) -> None:
    """AP-12: it answers at once in PREVIEWING, stands in the list, and says what can be done with it."""
    applications = [await world.submit() for _ in range(2)]
    request = pb.CreateBatchRequest(
        request_id=str(uuid4()),
        display_name=" Fall waitlist ",
        invite=res.InviteOptions(reissue_live=True, expire_days=30, send_rate_per_minute=100),
        applications=pb.ApplicationIds(ids=[each.id for each in (*applications, applications[0])]),
    )
    made = await grpc_stub.CreateBatch(request, metadata=staff)
    assert made == await grpc_stub.CreateBatch(request, metadata=staff)
    assert ("PREVIEWING", "Fall waitlist", 2, 1) == (
        state(made),
        made.display_name,
        made.row_count,
        made.repeated_count,
    )
    await batches.work()
    (listed,) = (await grpc_stub.ListBatches(pb.ListBatchesRequest(), metadata=staff)).batches
    assert listed == await grpc_stub.GetBatch(pb.GetBatchRequest(batch_id=made.id), metadata=staff)
    assert [res.Batch.START, res.Batch.CANCEL] == list(listed.allowed_actions)
    # Two messages at a hundred a minute.
    assert timedelta(seconds=1.2) == listed.messages.duration.ToTimedelta()

    await grpc_stub.StartBatch(pb.StartBatchRequest(batch_id=made.id), metadata=staff)
    await batches.work()
    (first, _) = await batches.requests()
    assert 100 == first.group_rate_per_minute
    invitation = (await world.get(applications[0])).guardians[0].invitation
    assert timedelta(days=30) == invitation.expire_time.ToDatetime() - invitation.create_time.ToDatetime()


async def test_whoever_watches_sees_each_state(grpc_stub: Any, staff: Metadata, world: World, batches: Batches) -> None:
    """AP-12: the whole batch at once, then whenever it has changed; the stream ends with the batch."""
    preview = await batches.preview([await world.submit()], options=REISSUE)
    seen = []
    async for batch in grpc_stub.WatchBatch(pb.WatchBatchRequest(batch_id=preview.id), metadata=staff):
        seen.append(state(batch))
        if state(batch) == "PREVIEWED":
            await batches.act(batch, BatchAction.CANCEL)
    assert ["PREVIEWED", "CANCELLED"] == seen


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"invite": res.InviteOptions(method=9)}, "invite.method"),  # type: ignore[arg-type]
        ({"invite": res.InviteOptions(expire_days=31)}, "invite.expire_days"),
        ({"invite": res.InviteOptions(send_rate_per_minute=-1)}, "invite.send_rate_per_minute"),
        ({"applications": pb.ApplicationIds(ids=["7"])}, "applications.ids[0]"),
        ({"applications": pb.ApplicationIds(ids=[NOWHERE] * 10_001)}, "applications.ids"),
        ({"display_name": "x" * 101}, "display_name"),
        ({"matching": pb.ApplicationFilter(assignee_id=NOWHERE, unassigned=True)}, "matching.unassigned"),
    ],
)
async def test_what_a_batch_cannot_be_made_of_is_named(
    grpc_stub: Any, staff: Metadata, changes: dict[str, Any], field: str
) -> None:
    """AP-12: the field that is wrong stands in the violations, before anything is looked for."""
    given = {"invite": res.InviteOptions(method=SMS)}
    if "matching" not in changes:
        given["applications"] = pb.ApplicationIds(ids=[NOWHERE])  # type: ignore[assignment]
    with pytest.raises(InvalidArgument) as refused:
        await grpc_stub.CreateBatch(pb.CreateBatchRequest(**given | changes), metadata=staff)
    assert [field] == [violation.field for violation in refused.value.violations]


async def test_a_preview_says_how_many_parts_its_texts_have(
    grpc_stub: Any, staff: Metadata, world: World, batches: Batches
) -> None:
    """AP-12: as many as the first message of each language has; none are told while notifications is away."""
    phones = [a_guardian(phone=f"+1212555{at:04}", method=Method.SMS, language="en") for at in (117, 118)]
    applications = [await world.submit(each) for each in phones]
    batches.clock.advance(MIN_SMS_PAUSE)
    preview = await batches.preview(applications, options=REISSUE)
    known = (await grpc_stub.GetBatch(pb.GetBatchRequest(batch_id=preview.id), metadata=staff)).messages
    assert (2, 4) == (known.sms_count, known.sms_segment_count)

    async def is_away(_: object) -> None:
        raise Unavailable

    away = replace(batches.deps, notifications=cast("NotificationsStub", SimpleNamespace(RenderMessage=is_away)))
    assert 0 == await TextParts(away).of(await batches.view(preview))
