"""What a service's process does without."""

import json
import subprocess
import sys

import pytest

from local_stack.topology import SERVICES

_LOADED = """
import contextlib, io, json, runpy, sys
sys.argv[1:] = ["settings"]
with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):
    runpy.run_module(sys.argv[0], run_name="__main__")
looked_for = {"aiohttp", "alembic", "rich", "structlog"}
print(json.dumps([name for name, module in sys.modules.items() if module and name in looked_for]))
"""


@pytest.mark.parametrize("service", SERVICES)
def test_services_load_nothing_that_they_do_not_use(service: str) -> None:
    """P-15: what is installed for others, or for a command of its own, takes no memory of a service."""
    code = f"import sys\nsys.argv[0] = {service!r}\n{_LOADED}"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout
    assert ["structlog"] == json.loads(printed)
