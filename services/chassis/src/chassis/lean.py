"""Imported first in a service's process: keeps out what libraries do only because they can.

PyJWT would sign with `cryptography`, nats-py would speak WebSocket with aiohttp, httpx and typer would draw with rich
and pygments, structlog looks for greenlets. No service needs that, and it takes 20 MB of each one's memory.

gRPC would look after its threads when the process forks, and that aborts the child at times. Identity forks only to
start another program (uvloop does so with `fork`).
"""

import os
import sys

os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "0"
os.environ["TYPER_USE_RICH"] = "0"
for _name in ("aiohttp", "cryptography", "greenlet", "pygments", "rich"):
    sys.modules[_name] = None  # type: ignore[assignment] # as Python remembers what it did not find
