"""New contacts for families that a batch has unlinked."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from portico.applications.v1 import batch_requests_pb2 as pb
from portico.applications.v1 import batch_resources_pb2 as res

from applications.application.domain.link_state import Action
from applications.batches.domain.batch import BatchAction, Kind, UnlinkReason
from applications.batches.storage.selection import Selection
from applications.batches.usecases.commands import Wanted, create_batch, new_batches
from chassis.errors import ServiceError
from chassis.ids import new_id
from chassis.testing.grpc import Metadata
from services.applications.tests.batches import Batches, counts
from services.applications.tests.world import World


@pytest.fixture
def batches(world: World) -> Batches:
    return Batches(world)


async def create(batches: Batches, kind: Kind, **selected: Any) -> res.Batch:
    """A batch that was previewed."""
    wanted = Wanted(
        kind=kind,
        display_name="",
        selection=Selection(**selected),
        repeated_count=0,
        unlink_reason=UnlinkReason.NEW_CONTACT if kind is Kind.UNLINK else None,
    )
    created = await create_batch(batches.deps, new_batches(batches.deps), batches.world.staff(), wanted)
    await batches.work()
    return await batches.get(created)


async def unlinked(batches: Batches, applications: Sequence[Any]) -> res.Batch:
    """A batch that has unlinked families which want another contact."""
    return await batches.run(await create(batches, Kind.UNLINK, ids=tuple(UUID(each.id) for each in applications)))


def asked(batch: res.Batch, *contacts: pb.NewContact) -> pb.SetBatchContactsRequest:
    return pb.SetBatchContactsRequest(request_id=str(new_id()), batch_id=batch.id, contacts=contacts)


async def test_new_contacts_are_set(grpc_stub: Any, staff: Metadata, world: World, batches: Batches) -> None:
    """AP-13: an unlinked family gets its new email or phone by its number, however that is written; the other stays."""
    (one, _), (two, _) = await world.linked(), await world.linked()
    batch = await unlinked(batches, [one, two])
    contacts = [
        pb.NewContact(application_number=one.number.lower().replace("-", " "), email="New@Example.org"),
        pb.NewContact(application_number=two.number, phone="(212) 555-0133"),
        pb.NewContact(application_number="A-999999", email="x@example.org"),
    ]
    done = await grpc_stub.SetBatchContacts(asked(batch, *contacts), metadata=staff)
    first, second = (await world.get(one)).guardians[0], (await world.get(two)).guardians[0]

    assert (2, ["A-999999"]) == (done.changed_count, list(done.skipped_numbers))
    assert ("new@example.org", "") == (first.email, first.phone)
    assert ("maria@example.org", "+12125550133") == (second.email, second.phone)
    assert (await world.timeline(one))[0] == "CONTACT_CHANGED"
    assert (await world.lines(one))[0].actor_id == world.staff_id


async def test_a_repeated_call_is_the_same_call(
    grpc_stub: Any, staff: Metadata, world: World, batches: Batches
) -> None:
    """AP-13: the same request id gives the same answer, and changes nobody once more."""
    one, _ = await world.linked()
    batch = await unlinked(batches, [one])
    request = asked(batch, pb.NewContact(application_number=one.number, email="new@example.org"))
    first = await grpc_stub.SetBatchContacts(request, metadata=staff)
    version = len(await world.lines(one))

    assert first == await grpc_stub.SetBatchContacts(request, metadata=staff)
    assert version == len(await world.lines(one))


async def test_an_invalid_contact_changes_nobody(
    grpc_stub: Any, staff: Metadata, world: World, batches: Batches
) -> None:
    """AP-13: one contact that cannot be one is named with its place, and then none is changed."""
    one, _ = await world.linked()
    batch = await unlinked(batches, [one])
    good = pb.NewContact(application_number=one.number, email="new@example.org")
    bad = pb.NewContact(application_number="A-1", email="nobody", phone="12")

    with pytest.raises(ServiceError, match="CONTACT_INVALID") as refused:
        await grpc_stub.SetBatchContacts(asked(batch, good, *[bad] * 40), metadata=staff)

    assert ["contacts[1].email", "contacts[1].phone"] == [each.field for each in refused.value.violations[:2]]
    assert len(refused.value.violations) == 32
    assert (await world.get(one)).guardians[0].email == "maria@example.org"


async def test_who_changed_since_is_skipped(grpc_stub: Any, staff: Metadata, world: World, batches: Batches) -> None:
    """AP-13: whose link was given back, or who was invited since, keeps the contact, and is named."""
    (one, _), (two, _) = await world.linked(), await world.linked()
    batch = await unlinked(batches, [one, two])
    await world.undo(one)
    await world.invite(two, label=Action.INVITE)
    contacts = [pb.NewContact(application_number=each.number, email="new@example.org") for each in (one, two)]
    done = await grpc_stub.SetBatchContacts(asked(batch, *contacts), metadata=staff)

    assert (0, [one.number, two.number]) == (done.changed_count, list(done.skipped_numbers))


async def test_only_an_ended_unlink_waits_for_contacts(
    grpc_stub: Any, staff: Metadata, world: World, batches: Batches
) -> None:
    """AP-13: a batch that has not ended, was undone or only takes access away takes no contacts."""
    one, _ = await world.linked()
    preview = await create(batches, Kind.UNLINK, ids=(UUID(one.id),))
    contact = pb.NewContact(application_number=one.number, email="new@example.org")

    with pytest.raises(ServiceError, match="ACTION_NOT_ALLOWED"):
        await grpc_stub.SetBatchContacts(asked(preview, contact), metadata=staff)
    await batches.act(await batches.run(preview), BatchAction.UNDO)
    await batches.work()
    with pytest.raises(ServiceError, match="ACTION_NOT_ALLOWED"):
        await grpc_stub.SetBatchContacts(asked(preview, contact), metadata=staff)
    removed = await batches.run(await batches.preview([one], kind=Kind.UNLINK))
    with pytest.raises(ServiceError, match="ACTION_NOT_ALLOWED"):
        await grpc_stub.SetBatchContacts(asked(removed, contact), metadata=staff)
    with pytest.raises(ServiceError, match="BATCH_NOT_FOUND"):
        await grpc_stub.SetBatchContacts(asked(res.Batch(id=str(new_id())), contact), metadata=staff)


async def test_who_has_no_new_contact_is_not_invited(
    grpc_stub: Any, staff: Metadata, world: World, batches: Batches
) -> None:
    """AP-13: the invitations that follow go to new contacts only; who has none yet is SKIPPED_NO_NEW_CONTACT."""
    linked = [(await world.linked())[0] for _ in range(3)]
    batch = await unlinked(batches, linked)
    contact = pb.NewContact(application_number=linked[0].number, email="new@example.org")
    await grpc_stub.SetBatchContacts(asked(batch, contact), metadata=staff)
    await world.update(linked[1], phone="(212) 555-0133")  # by hand is as good
    world.clock.advance(timedelta(seconds=1))
    follow = await create(batches, Kind.INVITE, source_id=UUID(batch.id))

    assert {"PENDING": 2, "SKIPPED_NO_NEW_CONTACT": 1} == counts(follow)
