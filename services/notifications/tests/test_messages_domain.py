"""What a message is worth."""

from datetime import UTC, datetime, timedelta

import pytest

from notifications.messages.domain import is_too_late

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)


@pytest.mark.parametrize(("ahead", "expected"), [(1, False), (0, True), (-1, True)])
def test_expired_message_is_too_late(ahead: int, expected: bool) -> None:
    """NT-01: at `not_after` a message is worth nothing any more."""
    assert expected is is_too_late(NOW + timedelta(seconds=ahead), NOW)
