"""`python -m notifications`."""

from chassis.service import run
from notifications.commands import definition

run(definition)
