"""Who of the staff works on an application: AP-16."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from portico_errors.applications import ActionNotAllowed

from applications.application.domain.application import Application
from applications.application.domain.decision import ApplicationDecision, application_decided
from applications.application.domain.timeline import Kind


@dataclass(frozen=True, slots=True)
class Assignee:
    """A member of the staff."""

    account_id: UUID
    name: str


def assign(loaded: tuple[Application, Assignee | None], _: None, now: datetime) -> ApplicationDecision:
    """The application with another assignee, or nobody. Raises ActionNotAllowed when that is so already."""
    application, assignee = loaded
    after = replace(application, assignee_id=assignee.account_id if assignee else None)
    if after == application:
        raise ActionNotAllowed()
    if assignee is None:
        return application_decided(application, after, Kind.UNASSIGNED, now=now)
    return application_decided(application, after, Kind.ASSIGNED, now=now, detail=assignee.name)
