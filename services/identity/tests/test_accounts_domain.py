"""A login and what it begins with."""

from identity.accounts.domain import Status
from identity.shared.audit.domain import Action
from services.identity.tests.examples import NOON, PENDING


def test_new_login_waits_for_its_password() -> None:
    """ID-01: a new login is pending, has no password and knows when it was created."""
    account = PENDING.account
    assert (account.status, account.password_hash, account.create_time, account.activate_time) == (
        Status.PENDING_ACTIVATION,
        None,
        NOON,
        None,
    )
    assert PENDING.actions == (Action.ACCOUNT_CREATED,)
