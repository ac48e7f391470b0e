"""Messages that are looked at, on a real database."""

from uuid import UUID

import pytest
from portico_errors.notifications import MessageNotFound

from chassis.ids import new_id
from notifications.dead_letters.deps import Deps
from notifications.messages.usecases import get_message
from services.notifications.tests.world import stored


async def test_message_of_another_organization_does_not_exist(deps: Deps, org_id: UUID) -> None:
    """NT-11: staff do not find another organization's message."""
    message_id = await stored(deps, org_id)
    with pytest.raises(MessageNotFound):
        await get_message(deps, org_id=new_id(), message_id=message_id)
