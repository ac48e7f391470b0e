"""Where somebody signs in."""

from dataclasses import dataclass
from datetime import timedelta

MAX_SIGN_INS = 10
"""Organizations that one message names."""
MAX_REMINDERS = 3
"""Messages to one address within `REMINDER_WINDOW`, whoever asks."""
REMINDER_WINDOW = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SignIn:
    """A realm in which the person has a login; `language` is that of the login, `name` the organization's."""

    slug: str
    name: str
    language: str
