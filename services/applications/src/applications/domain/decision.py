"""What a decision about a guardian comes to: the new state, and what happened."""

from dataclasses import dataclass, replace
from datetime import datetime

from applications.domain.application import Application, Guardian
from applications.domain.events import GuardianEvent
from applications.domain.invitation import Invitation


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The application as it is now, the guardian before and now, and the events in their order.

    `ended` is an invitation that the decision ended, as it is now. The guardian's version rises by one with each event,
    and also with a change that is no event; without any change it stays.
    """

    application: Application
    before: Guardian
    guardian: Guardian
    ended: Invitation | None
    events: tuple[GuardianEvent, ...]

    @property
    def new_invitation(self) -> Invitation | None:
        """The invitation that the decision made."""
        now, before = self.guardian.invitation, self.before.invitation
        return now if now and (before is None or now.id != before.id) else None


def decided(
    application: Application,
    after: Guardian,
    *events: GuardianEvent,
    now: datetime,
    ended: Invitation | None = None,
) -> Decision:
    """The decision that leaves a guardian of the application like this."""
    before = application.guardian(after.id)
    if after != before or events:
        after = replace(after, version=before.version + max(1, len(events)), update_time=now)
    return Decision(
        application=application.with_guardian(after), before=before, guardian=after, ended=ended, events=events
    )
