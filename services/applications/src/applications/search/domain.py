"""Why staff should look at an application, beside its link states. The index knows the same rule once more, as SQL."""

from datetime import timedelta
from enum import Enum


class Attention(Enum):
    """A reason; numbers are the contract's. None is equal to a link state's."""

    INVITED_LONG_AGO = 1
    HELP_REQUESTED = 2


INVITED_LONG = timedelta(days=7)
"""How old a live invitation is that should have been accepted by now."""

MAX_INVITED = timedelta(days=30)
"""How old a live invitation can be at most."""

HELP_WINDOW = timedelta(days=7)
"""How long a family that asked for a new invitation counts as one that asked for help."""

MAX_COUNT = 10_000
"""Where counting stops: a list of more is narrowed, not read."""
