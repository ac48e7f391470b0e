"""What is forgotten, and when."""

from datetime import timedelta
from uuid import UUID

import pytest

from chassis.db import Database
from chassis.testing import FakeClock
from notifications.dead_letters.deps import Deps
from notifications.messages.domain import AttemptResult, State
from notifications.messages.retention import CONTENT_RETENTION, forget_expired
from services.notifications.tests.claims import SENT, claimed_now, recorded, result_of
from services.notifications.tests.world import row_of, stored

pytestmark = pytest.mark.usefixtures("empty_queue")


async def test_texts_are_forgotten_after_30_days(
    deps: Deps, database: Database, org_id: UUID, clock: FakeClock
) -> None:
    """NT-08: texts and values of what is final or dead are dropped after 30 days; what waits keeps them."""
    sent, dead = await stored(deps, org_id), await stored(deps, org_id)
    claims = {message.id: message for message in await claimed_now(database, clock())}
    gone = AttemptResult(State.TEMPORARY_FAILURE, "451 later", is_dead=True)
    await recorded(database, result_of(claims[sent], SENT, clock()), result_of(claims[dead], gone, clock()))
    clock.advance(CONTENT_RETENTION)
    waiting = await stored(deps, org_id)
    await forget_expired(database, clock)
    assert "as sent" == (await row_of(database, org_id, sent))["text"]
    clock.advance(timedelta(seconds=1))
    await forget_expired(database, clock)
    rows = [await row_of(database, org_id, message_id) for message_id in (sent, dead, waiting)]
    assert [True, True, False] == [row["values"] is None and row["sealed_values"] is None for row in rows]
    assert ["", "", ""] == [row["text"] for row in rows]


async def test_expired_secret_of_a_dead_letter_is_forgotten(
    deps: Deps, database: Database, org_id: UUID, clock: FakeClock
) -> None:
    """NT-08: the secret of a dead letter is dropped as soon as it opens nothing any more."""
    dead = await stored(deps, org_id, not_after=clock() + timedelta(hours=1))
    [claimed] = await claimed_now(database, clock())
    await recorded(database, result_of(claimed, AttemptResult(State.TEMPORARY_FAILURE, "451", is_dead=True), clock()))
    await forget_expired(database, clock)
    assert (await row_of(database, org_id, dead))["sealed_values"] is not None
    clock.advance(timedelta(hours=1))
    await forget_expired(database, clock)
    assert (await row_of(database, org_id, dead))["sealed_values"] is None
