"""What decides whether something that was given up is put back to work."""

from dataclasses import replace
from datetime import datetime

from portico_errors.notifications import DeadLetterNotRedrivable

from notifications.messages.domain import DeadLetteredMessage, is_too_late


def redriven(dead: DeadLetteredMessage, *, now: datetime) -> DeadLetteredMessage:
    """The message put back to work; the same when it was put back before and has not died again.

    `DeadLetterNotRedrivable` when its time is over, it was superseded or withdrawn, or what it says was forgotten.
    """
    if dead.redrive_time is not None:
        return dead
    if is_too_late(dead.not_after, now) or dead.is_superseded or not dead.has_values:
        raise DeadLetterNotRedrivable()
    return replace(dead, redrive_time=now, version=dead.version + 1)
