"""What notifications reports about the messages of a batch, many at once."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from portico.applications.v1 import batch_resources_pb2 as res
from portico.applications.v1.resources_pb2 import Application

from applications.application.messages import invitation_in
from applications.batches.domain.batch import BatchAction
from applications.deliveries.domain import DeliveryStatus as Status
from applications.deliveries.usecases import Told, note_reports
from services.applications.tests.batches import Batches, state
from services.applications.tests.test_batches_invite import REISSUE
from services.applications.tests.world import World, a_guardian
from services.applications.tests.world import state as link_state


@pytest.fixture
def batches(world: World) -> Batches:
    return Batches(world)


async def sent(batches: Batches, applications: Sequence[Application]) -> res.Batch:
    """A batch whose messages were handed over."""
    return await batches.run(await batches.preview(applications, options=REISSUE))


async def report(batches: Batches, batch: res.Batch, *told: tuple[int, Status], at: int = 0, reason: str = "") -> None:
    """What notifications says of the message in a place: versions and states, in one event."""
    request = (await batches.requests())[at]
    invitation_id = invitation_in(request.reference)
    assert invitation_id is not None
    reports = [
        Told(
            invitation_id=invitation_id,
            message_version=version,
            status=status,
            reason=reason,
            event_time=batches.clock(),
        )
        for version, status in told
    ]
    await note_reports(
        batches.deps.database, reports, ids=batches.deps.ids, org_id=batches.world.org_id, batch_id=UUID(batch.id)
    )
    await batches.work()


async def test_a_batch_has_succeeded_when_notifications_has_every_message(world: World, batches: Batches) -> None:
    """AP-12: RUNNING until the last message is taken; what becomes of each is counted from its invitation."""
    batch = await sent(batches, [await world.submit(), await world.submit()])
    await report(batches, batch, (2, Status.QUEUED))
    assert "RUNNING" == state(await batches.get(batch))
    await report(batches, batch, (2, Status.QUEUED), (4, Status.SENT), at=1)
    ended = await batches.get(batch)
    assert ("SUCCEEDED", 1, 1) == (state(ended), ended.deliveries.waiting_count, ended.deliveries.sent_count)


async def test_older_and_repeated_reports_change_nothing(world: World, batches: Batches) -> None:
    """AP-12: of several reports the newest counts, and each message is counted once."""
    batch = await sent(batches, [await world.submit(), await world.submit()])
    for told in ((4, Status.SENT), (2, Status.QUEUED), (4, Status.SENT)):
        await report(batches, batch, told)
    known = await batches.get(batch)
    assert ("RUNNING", 1, 1) == (state(known), known.deliveries.sent_count, known.deliveries.waiting_count)


async def test_a_refused_message_makes_its_guardian_undeliverable(world: World, batches: Batches) -> None:
    """AP-12, AP-03: the provider's words stand at the guardian, its contact is remembered as failed, and the timeline
    says so.
    """
    application = await world.submit(a_guardian(email="gone@example.org"))
    batch = await sent(batches, [application])
    await report(batches, batch, (4, Status.FAILED), reason="550 unknown")

    known = await world.get(application)
    assert ("UNDELIVERABLE", "550 unknown") == (link_state(known), known.guardians[0].invitation.failure_reason)
    assert known.guardians[0].HasField("email_failure_time")
    assert "MESSAGE_FAILED" == (await world.timeline(application))[0]
    assert 1 == (await batches.get(batch)).deliveries.failed_count


async def test_a_message_that_arrives_after_all_speaks_for_its_contact(world: World, batches: Batches) -> None:
    """AP-12: a dead letter that was put back to work and sent leaves no failure behind."""
    application = await world.submit()
    batch = await sent(batches, [application])
    await report(batches, batch, (4, Status.FAILED), reason="451 later")
    await report(batches, batch, (6, Status.SENT))
    known = await world.get(application)
    assert ("INVITED", False) == (link_state(known), known.guardians[0].HasField("email_failure_time"))


async def test_a_message_that_is_taken_back_takes_its_invitation_along(world: World, batches: Batches) -> None:
    """AP-12: after a cancellation, what notifications did not send opens nothing any more; what was sent lives on."""
    first, second = await world.submit(a_guardian(email="1@example.org")), await world.submit()
    batch = await sent(batches, [first, second])
    await batches.act(batch, BatchAction.CANCEL)
    batches.clock.advance(timedelta(seconds=5))
    await report(batches, batch, (3, Status.SUPERSEDED))
    await report(batches, batch, (4, Status.SENT), at=1)

    assert ["EXPIRED", "INVITED"] == [link_state(await world.get(each)) for each in (first, second)]
    revoked = (await world.get(first)).guardians[0].invitation
    assert "REVOKED" == revoked.Outcome.Name(revoked.outcome)


async def test_a_report_about_a_replaced_invitation_leaves_its_guardian_alone(world: World, batches: Batches) -> None:
    """AP-12: who was invited once more since is not made undeliverable by the older message."""
    application = await world.submit()
    batch = await sent(batches, [application])
    await world.invite(application)
    await report(batches, batch, (4, Status.FAILED), reason="550 unknown")
    assert "INVITED" == link_state(await world.get(application))
