"""What a decision about an application or a guardian of it comes to: the new state, and what happened."""

from dataclasses import dataclass, replace
from datetime import datetime

from applications.application.domain.application import Application, Guardian
from applications.application.domain.events import GuardianEvent, Invited
from applications.application.domain.invitation import Invitation
from applications.application.domain.timeline import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationDecision:
    """The application itself as it was and as it is now, and its line in the timeline: a kind, perhaps with words."""

    before: Application
    application: Application
    kind: Kind
    detail: str = ""


def application_decided(
    before: Application, after: Application, kind: Kind, *, now: datetime, detail: str = ""
) -> ApplicationDecision:
    """The decision that leaves an application like this."""
    after = replace(after, version=before.version + 1, update_time=now)
    return ApplicationDecision(before=before, application=after, kind=kind, detail=detail)


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
    def invited(self) -> Invited | None:
        """The invitation that the decision made, if it made one."""
        return next((event for event in self.events if isinstance(event, Invited)), None)


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
