"""How long the fuzzers and the faults try: briefly at each `make test`, and as long as `CHAOS_SEEDS` says."""

import os

import pytest

SEEDS = int(os.environ.get("CHAOS_SEEDS") or 1)
IS_LONG = "CHAOS_SEEDS" in os.environ
EXAMPLES = 5 * SEEDS if IS_LONG else 12
"""For each operation."""
seeds = pytest.mark.parametrize("seed", range(SEEDS))
"""Once for each seed."""
at_length = pytest.mark.skipif(not IS_LONG, reason="It takes long, and says little more than shorter ones: make chaos.")
"""Not at each `make test`."""
