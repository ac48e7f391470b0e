"""Batches of invitations withdrawn, tried once more, and shown before they go out."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from portico.applications.v1 import batch_requests_pb2 as pb
from portico.applications.v1 import batch_resources_pb2 as res
from portico.applications.v1.resources_pb2 import ContactMethod
from portico.notifications.v1.events_pb2 import GroupWithdrawal
from sqlalchemy import bindparam, update

from applications.application.domain.timeline import Kind as Line
from applications.application.storage.tables import guardians, invitations
from applications.batches.domain.batch import BatchAction, Kind
from applications.batches.storage.tables import batch_rows
from chassis.db import statement
from chassis.errors import ServiceError
from chassis.ids import new_id
from chassis.testing.grpc import Metadata
from services.applications.tests.batches import Batches, counts, state
from services.applications.tests.test_batches_invite import REISSUE
from services.applications.tests.world import World, a_guardian, secret_in
from services.applications.tests.world import state as link_state

_of_guardian = (invitations.c.org_id == bindparam("org_id"), invitations.c.guardian_id == bindparam("guardian_id"))
_BOUNCE = statement(update(invitations).where(*_of_guardian, invitations.c.end_time.is_(None)).values(message_state=7))
_NOTE_BOUNCE = statement(
    update(guardians)
    .where(guardians.c.org_id == bindparam("org_id"), guardians.c.id == bindparam("guardian_id"))
    .values(failure_reason="550 no such mailbox", version=guardians.c.version + 1)
)
_FAIL = statement(
    update(batch_rows)
    .where(batch_rows.c.org_id == bindparam("org_id"), batch_rows.c.position == bindparam("position"))
    .values(outcome=9, reason="BUSY", invitation_id=None)
)


@pytest.fixture
def batches(world: World) -> Batches:
    return Batches(world)


async def ended(batches: Batches, applications: Sequence[Any]) -> res.Batch:
    """A batch that has invited each of these and ended."""
    batch = await batches.run(await batches.preview(applications, options=REISSUE))
    await batches.act(batch, BatchAction.CANCEL)
    await batches.work()
    return await batches.get(batch)


async def test_what_is_live_is_revoked(world: World, batches: Batches) -> None:
    """AP-12: a revoked batch withdraws its live invitations and their messages, with a line by who asked for it."""
    one = await world.submit()
    batch = await ended(batches, [one])
    who = new_id()
    await batches.act(batch, BatchAction.REVOKE, actor=who)
    await batches.work()
    revoked = await batches.get(batch)
    line = (await world.lines(one))[0]
    withdrawn = [message.group for _, _, message in await world.events() if isinstance(message, GroupWithdrawal)]

    assert ("REVOKED", {"INVITED": 1}) == (state(revoked), counts(revoked))
    assert "EXPIRED" == link_state(await world.get(one))
    assert (Line.REVOKED, who) == (line.kind, line.actor_id)
    assert {f"batches/{batch.id}"} == set(withdrawn)
    assert [subject for subject in await world.subjects() if subject == "guardian.changed"]


async def test_what_is_not_the_batchs_any_more_stays(world: World, batches: Batches) -> None:
    """AP-12: who accepted stays linked, and an invitation that came after the batch's stays live."""
    (accepted, replaced) = [await world.submit(a_guardian(email=f"{name}@example.org")) for name in "ab"]
    batch = await ended(batches, [accepted, replaced])
    secrets = {request.recipient.address: secret_in(request) for request in await batches.requests()}
    await world.accept(secrets["a@example.org"].link, world.an_account("a@example.org"))
    await world.invite(replaced)
    await batches.act(batch, BatchAction.REVOKE)
    await batches.work()

    assert "REVOKED" == state(await batches.get(batch))
    assert "LINKED" == link_state(await world.get(accepted))
    assert "INVITED" == link_state(await world.get(replaced))


async def test_a_revoke_races_an_acceptance(world: World, batches: Batches) -> None:
    """AP-12: of a revoke and an acceptance at one moment one has its way, and the other sees it."""
    for number in range(4):
        one = await world.submit(a_guardian(email=f"race{number}@example.org"))
        batch = await ended(batches, [one])
        secret = secret_in((await batches.requests())[-1])
        await batches.act(batch, BatchAction.REVOKE)
        account = world.an_account(f"race{number}@example.org")
        _, accepted = await asyncio.gather(batches.work(), world.accept(secret.link, account), return_exceptions=True)

        is_linked = "LINKED" == link_state(await world.get(one))
        assert is_linked == (not isinstance(accepted, Exception))


async def test_what_failed_is_tried_once_more(grpc_stub: Any, staff: Metadata, world: World, batches: Batches) -> None:
    """AP-12: a retry is a preview of what failed or bounced, by the other method where it is asked for."""
    people = [a_guardian(email=f"{name}@example.org", phone=f"+1212555011{at}") for at, name in enumerate("abc")]
    fine, bounced, failed = [await world.submit(each) for each in people]
    batch = await ended(batches, [fine, bounced, failed])
    which = {"org_id": world.org_id, "guardian_id": UUID(bounced.guardians[0].id)}
    await world.deps.database.run(_BOUNCE, **which)
    await world.deps.database.run(_NOTE_BOUNCE, **which)
    await world.deps.database.run(_FAIL, org_id=world.org_id, position=2)
    await world.revoke(failed)
    request = pb.RetryBatchRequest(request_id=str(new_id()), batch_id=batch.id, method=ContactMethod.SMS)
    retry = await grpc_stub.RetryBatch(request, metadata=staff)
    assert retry == await grpc_stub.RetryBatch(request, metadata=staff)
    await batches.work()
    preview = await batches.get(retry)

    assert (batch.id, 2, {"PENDING": 2}) == (preview.source_batch_id, preview.row_count, counts(preview))
    assert (0, 2) == (preview.messages.email_count, preview.messages.sms_count)
    assert ContactMethod.SMS == preview.invite.method


async def test_a_retry_needs_something_that_failed(
    grpc_stub: Any, staff: Metadata, world: World, batches: Batches
) -> None:
    """AP-12: when all has arrived there is nothing to retry; before its end, and of an unlink, it is not allowed."""
    done = await ended(batches, [await world.submit()])
    linked, _ = await world.linked()
    unlinked = await batches.run(await batches.preview([linked], kind=Kind.UNLINK))
    running = await batches.preview([await world.submit()], options=REISSUE)

    with pytest.raises(ServiceError, match="SELECTION_EMPTY"):
        await grpc_stub.RetryBatch(pb.RetryBatchRequest(batch_id=done.id), metadata=staff)
    for batch in (unlinked, running):
        with pytest.raises(ServiceError, match="ACTION_NOT_ALLOWED"):
            await grpc_stub.RetryBatch(pb.RetryBatchRequest(batch_id=batch.id), metadata=staff)
    with pytest.raises(ServiceError, match="BATCH_NOT_FOUND"):
        await grpc_stub.RetryBatch(pb.RetryBatchRequest(batch_id=str(new_id())), metadata=staff)


async def test_a_message_is_shown_in_each_language(
    grpc_stub: Any, staff: Metadata, world: World, batches: Batches
) -> None:
    """AP-12: a preview shows the first message of each method in each language, with a link that opens nothing."""
    email = await world.submit(a_guardian(family_name="Alvarez"))
    text = await world.submit(a_guardian(email="", phone="+12125550118", family_name="Brown"))
    world.clock.advance(timedelta(minutes=1))
    preview = await batches.preview([email, text], options=REISSUE)
    shown = (
        await grpc_stub.RenderBatchSample(pb.RenderBatchSampleRequest(batch_id=preview.id), metadata=staff)
    ).samples

    assert [("EMAIL", "es"), ("EMAIL", "en"), ("SMS", "es"), ("SMS", "en")] == [
        (ContactMethod.Name(each.method), each.language) for each in shown
    ]
    assert [("FAMILY_INVITATION", 0), ("", 2)] == [(each.subject, each.segment_count) for each in shown[::2]]
    assert shown[0].text.startswith("Maria Alvarez: https://portico.example/i/")
    assert shown[2].text.startswith("Maria Brown")
    assert [] == await batches.requests()


async def test_a_message_is_sent_to_who_asks(grpc_stub: Any, staff: Metadata, world: World, batches: Batches) -> None:
    """AP-12: "Send it to me first" sends one email to the caller alone, however often the call comes."""
    preview = await batches.preview([await world.submit()], options=REISSUE)
    before = len(await world.messages())
    request = pb.RenderBatchSampleRequest(request_id=str(new_id()), batch_id=preview.id, send_to_me=True)
    first = await grpc_stub.RenderBatchSample(request, metadata=staff)
    assert first == await grpc_stub.RenderBatchSample(request, metadata=staff)
    (sent,) = (await world.messages())[before:]

    assert ("me@agency.example", "es") == (sent.recipient.address, sent.recipient.language)
    assert "FAMILY_INVITATION" == sent.template
    with pytest.raises(ServiceError, match="INVITATION_UNKNOWN"):
        await world.accept(secret_in(sent).link, world.an_account())


async def test_a_batch_without_a_message_shows_none(
    grpc_stub: Any, staff: Metadata, world: World, batches: Batches
) -> None:
    """AP-12: an unlink, or a preview in which everybody is skipped, has no message to show."""
    linked, _ = await world.linked()
    for kind in (Kind.UNLINK, Kind.INVITE):
        preview = await batches.preview([linked], kind=kind)
        with pytest.raises(ServiceError, match="ACTION_NOT_ALLOWED"):
            await grpc_stub.RenderBatchSample(pb.RenderBatchSampleRequest(batch_id=preview.id), metadata=staff)
