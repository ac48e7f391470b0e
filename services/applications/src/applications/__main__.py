"""`python -m applications`."""

import chassis.lean  # noqa: F401 before everything else
from applications.app import definition
from chassis.service import run

run(definition)
