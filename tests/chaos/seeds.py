"""How long the fuzzers try: briefly at each `make test`, and as long as `CHAOS_SEEDS` says."""

import os

SEEDS = int(os.environ.get("CHAOS_SEEDS") or 1)
EXAMPLES = 5 * SEEDS if "CHAOS_SEEDS" in os.environ else 12
"""For each operation."""
