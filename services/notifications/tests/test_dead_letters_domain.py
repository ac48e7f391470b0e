"""What can be put back to work."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from portico_errors.notifications import DeadLetterNotRedrivable

from notifications.dead_letters.domain import redriven
from notifications.messages.domain import DeadLetteredMessage
from notifications.shared.domain import Channel

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)


def _dead(**changes: object) -> DeadLetteredMessage:
    given: dict[str, object] = {
        "org_id": UUID(int=2),
        "id": UUID(int=1),
        "template": "FAMILY_INVITATION",
        "channel": Channel.EMAIL,
        "reference": "invitations/1",
        "dead_reason": "451 try later",
        "version": 7,
        "group": "",
        "not_after": None,
        "dead_time": NOW - timedelta(hours=1),
        "redrive_time": None,
        "has_values": True,
        "is_superseded": False,
    }
    return DeadLetteredMessage(**{**given, **changes})  # type: ignore[arg-type]


def test_dead_message_is_put_back() -> None:
    """NT-06: a dead letter is put back to work."""
    dead = _dead(not_after=NOW + timedelta(days=1))
    assert _dead(not_after=NOW + timedelta(days=1), redrive_time=NOW, version=8) == redriven(dead, now=NOW)


@pytest.mark.parametrize("dead", [_dead(not_after=NOW), _dead(has_values=False), _dead(is_superseded=True)])
def test_message_that_is_worth_nothing_stays_dead(dead: DeadLetteredMessage) -> None:
    """NT-08, CASE-S2: a dead letter that expired, was superseded or forgotten cannot be put back."""
    with pytest.raises(DeadLetterNotRedrivable):
        redriven(dead, now=NOW)


def test_second_redrive_changes_nothing() -> None:
    """NT-06: what was put back is not put back again, even when its time is over by now."""
    dead = _dead(redrive_time=NOW - timedelta(minutes=5), not_after=NOW)
    assert dead is redriven(dead, now=NOW)
