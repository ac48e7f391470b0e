"""What a service's process does without."""

import json
import subprocess
import sys

import pytest

from local_stack.topology import SERVICES

# Without settings it ends as soon as it is put together.
_LOADED = """
import contextlib, io, json, runpy, sys
sys.argv[1:] = ["serve"]
with contextlib.suppress(SystemExit), contextlib.redirect_stderr(io.StringIO()):
    runpy.run_module(sys.argv[0], run_name="__main__")
kept_out = {"aiohttp", "alembic", "cryptography", "greenlet", "pydantic", "pygments", "rich", "typer"}
print(json.dumps([name for name, module in sys.modules.items() if module and name in {*kept_out, "structlog"}]))
"""


@pytest.mark.parametrize("service", SERVICES)
def test_services_load_nothing_that_they_do_not_use(service: str) -> None:
    """P-15: what is installed for others, or for the command line, takes no memory of a service that serves."""
    code = f"import sys\nsys.argv[0] = {service!r}\n{_LOADED}"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env={}, text=True).stdout
    assert ["structlog"] == json.loads(printed)
