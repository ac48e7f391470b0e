"""`python -m casemanager serve | migrate | replay | …`."""

from casemanager.app import definition
from chassis.service import run

run(definition)
