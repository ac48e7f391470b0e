"""`python -m casemanager`."""

from casemanager.commands import definition
from chassis.service import run

run(definition)
