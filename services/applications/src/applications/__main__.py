"""`python -m applications`."""

from applications.commands import definition
from chassis.service import run

run(definition)
