"""The settings stand in the READMEs as the code has them."""

from importlib import import_module
from pathlib import Path

import pytest

from chassis.settings import Settings, documented
from gateway.config import EnvoySettings
from portal.config import PortalSettings

ROOT = Path(__file__).parents[2]
SERVICES = ROOT / "services"
COMMON = {row for row in documented(Settings).splitlines() if row.startswith("| `")}


def rows_in(readme: Path) -> set[str]:
    return {line for line in readme.read_text(encoding="utf-8").splitlines() if line.startswith("| `PORTICO_")}


@pytest.mark.parametrize("service", ["identity", "applications", "notifications", "casemanager"])
def test_the_readme_of_a_service_documents_its_own_settings(service):
    """OP-03: a service's README has a row for each setting of its own, as `settings` prints it, and no other."""
    own = set(documented(import_module(f"{service}.app").definition.settings).splitlines()[2:])
    assert own - COMMON == rows_in(SERVICES / service / "README.md")


def test_the_readme_of_the_portal_documents_its_own_settings():
    """OP-03: so does the portal's, which has no database and no broker."""
    assert set(documented(PortalSettings).splitlines()[2:]) - COMMON == rows_in(ROOT / "gateway/src/portal/README.md")


def test_the_readme_of_the_gateway_documents_the_settings_of_envoy():
    """OP-03: so does the gateway's, all of them, because no process of ours shares them."""
    assert documented(EnvoySettings) in (ROOT / "gateway/README.md").read_text(encoding="utf-8")


def test_the_readme_of_the_chassis_documents_the_common_settings():
    """OP-03: the chassis' README has a row for each setting that every service has."""
    assert rows_in(SERVICES / "chassis" / "README.md") == COMMON
