"""`python -m identity`."""

from chassis.service import run
from identity.commands import definition

run(definition)
