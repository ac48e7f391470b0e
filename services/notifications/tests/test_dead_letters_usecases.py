"""What is asked to be put back, on a real database."""

from datetime import timedelta
from uuid import UUID

import pytest
from portico_errors.notifications import DeadLetterNotFound

from notifications.dead_letters.deps import Deps
from notifications.dead_letters.usecases import redrive_dead_letter
from services.notifications.tests.world import stored


async def test_message_that_lives_is_no_dead_letter(deps: Deps, org_id: UUID) -> None:
    """NT-06: only what was given up can be put back."""
    message_id = await stored(deps, org_id, not_after=deps.clock() + timedelta(days=1))
    with pytest.raises(DeadLetterNotFound):
        await redrive_dead_letter(deps, org_id=org_id, letter_id=message_id)
