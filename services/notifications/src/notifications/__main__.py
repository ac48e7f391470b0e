"""`python -m notifications`."""

import chassis.lean  # noqa: F401 before everything else
from chassis.service import run
from notifications.app import definition

run(definition)
