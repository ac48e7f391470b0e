"""Where the agency's work on an application stands, and what can follow: AP-15."""

from dataclasses import dataclass, replace
from datetime import datetime

from portico_errors.applications import ActionNotAllowed

from applications.application.domain.application import Application, Status
from applications.application.domain.decision import ApplicationDecision, application_decided
from applications.application.domain.timeline import Kind
from chassis.machine import Machine

_FOLLOWING = {
    Status.ACTIVE: (Status.UNDER_REVIEW, Status.UPDATE_NEEDED, Status.CLOSED),
    Status.UPDATE_NEEDED: (Status.ACTIVE, Status.UNDER_REVIEW, Status.CLOSED),
    Status.UNDER_REVIEW: (Status.ENROLLED, Status.UPDATE_NEEDED, Status.ACTIVE, Status.CLOSED),
    Status.ENROLLED: (Status.CLOSED,),
    Status.CLOSED: (Status.ACTIVE,),
}
STATUSES = Machine({(before, after): after for before in _FOLLOWING for after in _FOLLOWING[before]}, ActionNotAllowed)
_KINDS = {
    Status.ACTIVE: Kind.ACTIVATED,
    Status.UPDATE_NEEDED: Kind.UPDATE_REQUESTED,
    Status.UNDER_REVIEW: Kind.REVIEW_STARTED,
    Status.ENROLLED: Kind.ENROLLED,
    Status.CLOSED: Kind.CLOSED,
}


@dataclass(frozen=True, slots=True)
class SetStatus:
    """The status to set; `update_request` is what the family is asked for with UPDATE_NEEDED."""

    status: Status
    update_request: str = ""


def set_status(application: Application, command: SetStatus, now: datetime) -> ApplicationDecision:
    """The application with another status. Raises ActionNotAllowed."""
    status, asked = STATUSES.next(application.status, command.status), command.update_request
    after = replace(application, status=status, update_request=asked)
    return application_decided(application, after, _KINDS[status], now=now, detail=asked)
