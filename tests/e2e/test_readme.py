"""The README's story, word by word."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from local_stack.demo import Login
from local_stack.screen import write_summary
from tests.e2e.people import ADMIN_PASSWORD

README = Path(__file__).parents[2] / "README.md"


@pytest.fixture
def newcomer(stack, agency, tmp_path):
    """A folder in which `make run` would run: the environment, and what the stack says of itself."""
    login = Login(role="STAFF_ADMIN", realm=agency.slug, username=agency.username, password=ADMIN_PASSWORD)
    (tmp_path / ".local").mkdir()
    write_summary(tmp_path / ".local" / "stack.json", stack, [login])
    (tmp_path / ".venv").symlink_to(sys.prefix)
    return tmp_path


def test_the_story_with_curl(newcomer):
    """OP-01, NT-02: whoever copies the README's commands gets from signing in to the timeline without an error."""
    commands = re.findall(r"```sh\n(.*?)```", README.read_text(), re.DOTALL)
    script = "\n".join(["set -euo pipefail", *commands])
    done = subprocess.run(["bash", "-c", script], cwd=newcomer, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    timeline = json.loads(done.stdout.splitlines()[-1])
    kinds = [entry["kind"] for entry in reversed(timeline["entries"])]
    told = ["SUBMITTED", "INVITED", "LINK_FETCHED", "OPENED", "ACCEPTED"]
    told += ["UNLINKED", "UNLINK_UNDONE", "UNLINKED", "CONTACT_CHANGED", "INVITED"]
    assert told == [kind for kind in kinds if not kind.startswith("MESSAGE_")]
    assert "Lucía" in done.stdout
    assert "solicitud" in done.stdout
