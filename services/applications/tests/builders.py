"""An application in any state, made by the decisions that lead there."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from applications.application.domain.application import Application, Contacts, Guardian, Organization, Status
from applications.application.domain.decision import Decision
from applications.application.domain.invitation import Keys, Method
from applications.application.domain.link_state import Action, LinkState, allowed_actions, link_state
from applications.claims.domain import Accept, accept
from applications.invitations.domain import Invite, Resend, invite

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FAMILY, STRANGER = UUID(int=77), UUID(int=78)
EMAIL, PHONE = "maria@example.org", "+15550100017"
MOMENT = timedelta(microseconds=1)
KEYS = Keys(token_hash=b"token", code_hash=b"code", sealed=b"sealed")


def application(*, email: str = EMAIL, phone: str = PHONE, days: int = 14) -> Application:
    guardians = tuple(
        Guardian(
            id=UUID(int=number),
            given_name="Maria",
            family_name="García",
            contacts=Contacts(email=email, phone=phone),
            preferred_method=Method.EMAIL,
            language="en",
            update_time=NOW,
        )
        for number in (1, 2)
    )
    return Application(
        organization=Organization(
            id=UUID(int=9),
            name="Sunrise",
            country="US",
            time_zone="America/New_York",
            languages=("en",),
            invite_days=days,
        ),
        id=UUID(int=8),
        number="A-000123",
        status=Status.ACTIVE,
        guardians=guardians,
        children=(),
        answers="{}",
        create_time=NOW,
        update_time=NOW,
    )


def invited(before: Application, number: int = 101, *, label: Action = Action.INVITE, now: datetime = NOW) -> Decision:
    return invite(before, Invite(label=label, invitation_id=UUID(int=number), keys=KEYS), now)


def accepted(before: Application, *, account: UUID = FAMILY, now: datetime = NOW) -> Decision:
    shown = before.guardians[0].invitation
    assert shown is not None
    return accept(before, Accept(guardian_id=UUID(int=1), shown=shown, account_id=account, username=EMAIL), now)


def linked() -> Application:
    return accepted(invited(application()).application).application


def bounced(before: Application, reason: str = "550 no such mailbox") -> Application:
    first = before.guardians[0]
    assert first.invitation is not None
    return before.with_guardian(replace(first, invitation=replace(first.invitation, failure_reason=reason)))


def state_of(state: Application, now: datetime = NOW) -> LinkState:
    return link_state(state.guardians[0], now)


def actions_of(state: Application, now: datetime = NOW) -> list[Action]:
    return list(allowed_actions(state.guardians[0], now))


def resend_command(recent: int = 0) -> Resend:
    return Resend(
        guardian_id=UUID(int=1),
        shown_id=UUID(int=101),
        invitation_id=UUID(int=103),
        keys=KEYS,
        recent_resends=recent,
    )
