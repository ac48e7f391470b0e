"""Accounts as the tests of the domain find them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from chassis.call import Role
from chassis.ids import new_id
from identity.accounts.domain import NewLogin, Proof, Purpose, activate_at_once, create, invite
from identity.resets.domain import RESET_LIFE, ask_reset

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

PENDING = create(
    NewLogin(role=Role.STAFF, username="ana@example.org", display_name="Ana", language="es"),
    org_id=new_id(),
    account_id=new_id(),
    now=NOON,
)

ACTIVE = activate_at_once(PENDING, password_hash="old", now=NOON).account

LAPTOP, PHONE, TABLET = new_id(), new_id(), new_id()


def a_proof(
    purpose: Purpose = Purpose.RESET,
    life: timedelta = RESET_LIFE,
    *,
    presented: bytes = b"right",
    requester: bytes | None = None,
    now: datetime = NOON,
) -> Proof:
    return Proof(
        id=new_id(), purpose=purpose, hash=presented, requester=requester, create_time=now, expire_time=now + life
    )


WAITING = invite(PENDING, proof=a_proof(Purpose.ACTIVATION, timedelta(days=7))).account

RESETTING = replace(ask_reset(ACTIVE, proof=a_proof(), now=NOON).account, live_sessions=(LAPTOP, PHONE))
