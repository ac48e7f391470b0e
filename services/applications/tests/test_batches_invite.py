"""Batches of invitations, from the preview to the last message."""

import pytest
from portico_errors.applications import (
    ActionNotAllowed,
    ApplicationNotFound,
    BatchExpired,
    BatchNotFound,
    RateTooHigh,
    SelectionEmpty,
    StartTimeInvalid,
)

from applications.application.domain.invitation import Method
from applications.batches.domain.batch import BatchAction, Kind, Outcome
from applications.batches.domain.rows import Options
from services.applications.tests.batches import Batches, counts, state
from services.applications.tests.world import World, a_guardian

REISSUE = Options(method=None, reissue_live=True, expire_days=None)


@pytest.fixture
def batches(world: World) -> Batches:
    return Batches(world)


async def test_a_batch_invites_exactly_whom_its_preview_names(world: World, batches: Batches) -> None:
    """AP-12: the preview decides each row, and nothing is sent before the start; then each pending row is invited."""
    live = await world.submit(a_guardian(email="live@example.org"))
    nobody = await world.submit(a_guardian(email=""))
    revoked = await world.submit(a_guardian(email="revoked@example.org"))
    await world.revoke(revoked)
    linked, _ = await world.linked()

    preview = await batches.preview([live, nobody, revoked, linked])

    assert ("PREVIEWED", []) == (state(preview), await batches.requests())
    assert {"PENDING": 1, "SKIPPED_LINKED": 1, "SKIPPED_LIVE": 1, "SKIPPED_NO_CONTACT": 1} == counts(preview)
    assert (1, 0) == (preview.messages.email_count, preview.messages.sms_count)
    started = await batches.run(preview)
    assert {"INVITED": 1, "SKIPPED_LINKED": 1, "SKIPPED_LIVE": 1, "SKIPPED_NO_CONTACT": 1} == counts(started)
    (request,) = await batches.requests()
    assert ("revoked@example.org", f"batches/{preview.id}") == (request.recipient.address, request.group)
    assert ["INVITED", "REVOKED", "INVITED", "SUBMITTED"] == await world.timeline(revoked)
