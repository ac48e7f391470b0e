"""What the audit can tell."""

from enum import StrEnum


class Action(StrEnum):
    """What happened to an account or an organization, in the words of the audit."""

    SIGNED_IN = "SIGNED_IN"
    SIGN_IN_FAILED = "SIGN_IN_FAILED"
    SIGN_IN_LOCKED = "SIGN_IN_LOCKED"
    ACCOUNT_LOCKED = "ACCOUNT_LOCKED"
    REFRESH_TOKEN_RENEWED = "REFRESH_TOKEN_RENEWED"  # noqa: S105 - the name of an action
    REFRESH_TOKEN_REUSED = "REFRESH_TOKEN_REUSED"  # noqa: S105 - the name of an action
    SESSIONS_REVOKED = "SESSIONS_REVOKED"
    ACCOUNT_CREATED = "ACCOUNT_CREATED"
    ACCOUNT_ACTIVATED = "ACCOUNT_ACTIVATED"
    ACTIVATION_ASKED = "ACTIVATION_ASKED"
    RESET_ASKED = "RESET_ASKED"
    RESET_REFUSED = "RESET_REFUSED"
    PASSWORD_RESET = "PASSWORD_RESET"  # noqa: S105 - the name of an action
    PASSWORD_CHANGED = "PASSWORD_CHANGED"  # noqa: S105 - the name of an action
    ORGANIZATION_UPDATED = "ORGANIZATION_UPDATED"
    ACCOUNT_DISABLED = "ACCOUNT_DISABLED"
    ACCOUNT_ENABLED = "ACCOUNT_ENABLED"
    ACCOUNT_UNLOCKED = "ACCOUNT_UNLOCKED"
    USERNAME_CHANGED = "USERNAME_CHANGED"
    ADMINISTRATOR_GRANTED = "ADMINISTRATOR_GRANTED"
    ADMINISTRATOR_REVOKED = "ADMINISTRATOR_REVOKED"

    @property
    def is_refusal(self) -> bool:
        """Whether somebody was kept from doing something."""
        return self in _REFUSALS


_REFUSALS = frozenset({Action.SIGN_IN_FAILED, Action.SIGN_IN_LOCKED, Action.REFRESH_TOKEN_REUSED, Action.RESET_REFUSED})
