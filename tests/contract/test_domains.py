"""The domains are pure: they import the standard library, domains of their service, and pure modules of the chassis."""

import ast
import sys
from pathlib import Path

import pytest

SERVICES = Path(__file__).parents[2] / "services"
PURE = {
    "chassis.call",
    "chassis.errors",
    "chassis.etags",
    "chassis.machine",
    "chassis.name_search",
    "chassis.quiet_hours",
    "chassis.text",
}
SHARED = ("bookings", "names", "people", "settings")
"""Of a service's `shared`, what is pure as well."""
DOMAINS = sorted(path for pattern in ("domain.py", "domain/*.py") for path in SERVICES.glob(f"*/src/**/{pattern}"))


def imported_by(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return names | {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}


@pytest.mark.parametrize("path", DOMAINS, ids=lambda path: str(path.relative_to(SERVICES)))
def test_a_domain_imports_nothing_that_does_anything(path):
    """A decision needs no clock, no database and no wire: its module imports none."""
    service = path.relative_to(SERVICES).parts[0]
    foreign = {
        name
        for name in imported_by(path)
        if name.partition(".")[0] not in sys.stdlib_module_names
        and not (name.startswith(f"{service}.") and "domain" in name.split("."))
        and name not in PURE | {f"portico_errors.{service}", *(f"{service}.shared.{shared}" for shared in SHARED)}
    }
    assert foreign == set()
