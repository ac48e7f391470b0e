"""What is done about a case manager's login: CM-03, CM-04 and CM-05."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from portico_errors.casemanager import (
    CaseManagerInactive,
    EmailMissing,
    OfferExpired,
    OfferReplaced,
)

from casemanager.case_managers.domain import CaseManager, Change, OfferLink, next_version, unchanged
from casemanager.history.domain import Kind
from casemanager.logins.domain import Answer, LoginAction, answered, disabled, enabled, is_enabled, offered
from casemanager.tasks.domain.due import Calendar, Due, due_time
from casemanager.tasks.domain.task import Kind as TaskKind
from casemanager.tasks.domain.task import State as TaskState
from casemanager.tasks.domain.task import Task


def enable(person: CaseManager, _: None, now: datetime) -> Change:
    """Sees to it that there is a login with the person's address; raises CaseManagerInactive or EmailMissing."""
    _require_reachable(person)
    if is_enabled(person.login):
        return unchanged(person, now)
    return _enabled(person, Kind.LOGIN_ENABLED, now)


def disable(person: CaseManager, _: None, now: datetime) -> Change:
    """Keeps the person out; without a login nothing changes."""
    if person.login is None or not is_enabled(person.login):
        return unchanged(person, now)
    out = replace(person, login=disabled(person.login, now))
    return Change(person=next_version(out, now), kind=Kind.LOGIN_DISABLED, commands_login=True)


def resend_activation(person: CaseManager, _: None, now: datetime) -> Change:
    """Notes that the activation goes out once more; raises ActionNotAllowed."""
    person.known_login.require(LoginAction.RESEND_ACTIVATION, now)
    return Change(person=next_version(person, now), kind=Kind.ACTIVATION_RESENT)


def send_password_reset(person: CaseManager, _: None, now: datetime) -> Change:
    """Notes that a link for a new password goes out; raises ActionNotAllowed."""
    person.known_login.require(LoginAction.RESET_PASSWORD, now)
    return Change(person=next_version(person, now), kind=Kind.PASSWORD_RESET_SENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOffer:
    """An offer that staff want to make; `reason` is needed soon after a no."""

    id: UUID
    link: OfferLink
    reason: str


def offer(person: CaseManager, new: NewOffer, now: datetime) -> Change:
    """Asks whether the person wants a login; raises LoginExists, OfferTooSoon, CaseManagerInactive, EmailMissing."""
    _require_reachable(person)
    made = offered(person.known_login, offer_id=new.id, email=person.email, reason=new.reason, now=now)
    return Change(
        person=next_version(replace(person, offer=made), now),
        kind=Kind.LOGIN_OFFERED,
        detail=new.reason.strip(),
        offer=made,
        link=new.link,
        replaces=None if person.offer is None else person.offer.id,
        closes_task=TaskState.CANCELLED,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerOffer:
    """The answer of who holds the link of an offer; `enables`: a yes gives the login at once, else a task.

    By the `calendar` it is said when that is due.
    """

    offer_id: UUID
    answer: Answer
    enables: bool
    task_id: UUID
    calendar: Calendar


def answer_offer(person: CaseManager, command: AnswerOffer, now: datetime) -> Change:
    """Keeps an answer, and what a yes leads to.

    The same answer changes nothing; raises OfferReplaced, OfferExpired, or OfferAnswered once there is a login.
    """
    current = person.offer
    if current is None or current.id != command.offer_id:
        raise OfferReplaced()
    if current.answer is command.answer:
        return unchanged(person, now)
    if now >= current.expire_time or not person.is_active:
        raise OfferExpired()
    told = answered(person.known_login, current, command.answer, now)
    person = replace(person, offer=told)
    if command.answer is Answer.NO:
        return Change(
            person=next_version(person, now),
            kind=Kind.OFFER_DECLINED,
            by_person=True,
            offer=told,
            closes_task=TaskState.CANCELLED,
        )
    # Who said yes holds the address that was asked; another one is for staff to look at.
    if command.enables and person.email == current.email:
        return replace(_enabled(person, Kind.OFFER_ACCEPTED, now), by_person=True, offer=told)
    return Change(
        person=next_version(person, now),
        kind=Kind.OFFER_ACCEPTED,
        by_person=True,
        offer=told,
        opens_task=_login_task(person, command, now),
    )


def _login_task(person: CaseManager, command: AnswerOffer, now: datetime) -> Task:
    due = Due(calendar=command.calendar, zone=command.calendar.zone)
    return Task(
        org_id=person.org_id,
        id=command.task_id,
        kind=TaskKind.ENABLE_LOGIN,
        case_manager_id=person.id,
        due_time=due_time(TaskKind.ENABLE_LOGIN, due, now),
        create_time=now,
    )


def _enabled(person: CaseManager, kind: Kind, now: datetime) -> Change:
    login = enabled(person.login, username=person.email, now=now)
    return Change(
        person=next_version(replace(person, login=login), now),
        kind=kind,
        commands_login=True,
        closes_task=TaskState.DONE,
    )


def _require_reachable(person: CaseManager) -> None:
    if not person.is_active:
        raise CaseManagerInactive()
    if not person.email:
        raise EmailMissing()
