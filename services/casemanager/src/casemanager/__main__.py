"""`python -m casemanager`."""

import chassis.lean  # noqa: F401 before everything else
from casemanager.app import definition
from chassis.service import run

run(definition)
