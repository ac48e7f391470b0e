"""Builds the stubs whenever the package is built, so that none is ever committed."""

import subprocess
import sys
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class StubsHook(BuildHookInterface[Any]):
    """Runs `build_stubs.py` in the environment of the build."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 (hatchling's signature)
        """Writes `build/python`; fails the build when protoc does."""
        subprocess.run([sys.executable, "build_stubs.py"], cwd=self.root, check=True)
