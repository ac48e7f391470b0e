"""Imported first in a service's process: keeps out what libraries import only because it happens to be installed.

nats-py would speak WebSocket with aiohttp; structlog, httpx and typer would draw with rich. No service needs that, and
the two take 11 MB of each one's memory.
"""

import os
import sys

os.environ["TYPER_USE_RICH"] = "0"
for _name in ("aiohttp", "rich"):
    sys.modules[_name] = None  # type: ignore[assignment] # as Python remembers what it did not find
