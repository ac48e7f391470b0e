"""`python -m identity`."""

import chassis.lean  # noqa: F401 before everything else
from chassis.service import run
from identity.app import definition

run(definition)
