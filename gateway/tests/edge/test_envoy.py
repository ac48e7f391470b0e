"""The configuration before any Envoy reads it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from msgspec.structs import asdict, replace
from typer.testing import CliRunner

from gateway.__main__ import app
from gateway.config import EnvoySettings
from gateway.contract import Contract
from gateway.envoy import ServiceAddressMissing, render
from gateway.pages import pages


def test_there_is_a_route_for_every_public_rpc_and_for_no_other(settings: EnvoySettings, contract: Contract) -> None:
    """GW-01: the routes are the public RPCs, one by one."""
    public = {f"/{rpc.full_name}" for service in contract.public_services for rpc in service.rpcs}

    by_path = {route["match"].get("path"): route["route"]["cluster"] for route in routes(settings) if "route" in route}
    assert "portal" == by_path.pop(None)
    assert public == by_path.keys()


def test_the_cookie_is_the_portals(settings: EnvoySettings) -> None:
    """GW-07: every route but the portal's drops the cookie, so that no service gets a session of the pages."""
    keeping = {
        route["route"]["cluster"]
        for route in routes(settings)
        if "route" in route and "cookie" not in route.get("request_headers_to_remove", ())
    }

    assert {"portal"} == keeping


def test_nothing_is_retried_by_envoy(settings: EnvoySettings) -> None:
    """GW-03: no route has a retry policy: only clients know their request ids."""
    assert "retry_policy" not in render(settings)


def test_a_service_without_an_address_is_named(settings: EnvoySettings) -> None:
    """GW-01: settings that forget a service are refused before Envoy starts."""
    addresses = {name: address for name, address in settings.services.items() if name != "identity"}

    with pytest.raises(ServiceAddressMissing, match="identity"):
        render(replace(settings, services=addresses))


def test_values_cannot_break_out_of_the_yaml(settings: EnvoySettings) -> None:
    """GW-01: a path with quotes and line ends stays one value."""
    odd = Path('/a "b"\n c: [')
    context = cluster(replace(settings, tls_ca=odd), "identity")["transport_socket"]["typed_config"]

    assert str(odd) == context["common_tls_context"]["validation_context"]["trusted_ca"]["filename"]


def test_each_neighbour_must_show_its_own_name(settings: EnvoySettings) -> None:
    """GW-01: the certificate of every service, and of the portal, is checked for its name."""
    for name in [*settings.services, "portal"]:
        validation = cluster(settings, name)["transport_socket"]["typed_config"]["common_tls_context"]
        [san] = validation["validation_context"]["match_typed_subject_alt_names"]
        assert {"san_type": "DNS", "matcher": {"exact": name}} == san


def test_the_command_writes_what_the_function_renders(
    settings: EnvoySettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GW-01: `python -m gateway envoy` writes the configuration, and the files that Envoy serves."""
    wanted = replace(settings, pages=tmp_path, idle_timeout=7.5, token_burst=12)
    chosen = {**asdict(wanted), "services": ",".join("=".join(entry) for entry in settings.services.items())}
    for name, value in chosen.items():
        if value is not None:
            monkeypatch.setenv(f"PORTICO_{name.upper()}", str(value))
    result = CliRunner().invoke(app, ["envoy", "--out", str(tmp_path / "envoy.yaml")])

    assert (0, "") == (result.exit_code, result.output)
    assert render(wanted) == (tmp_path / "envoy.yaml").read_text()
    for page in pages(settings.descriptor_set.read_bytes()):
        assert page.content == (tmp_path / page.file).read_bytes()


@pytest.mark.parametrize("text", ["identity", "identity=", "=host:1", "identity=host:1,"])
def test_services_without_a_name_or_an_address_are_refused(
    settings: EnvoySettings, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """OP-03: a wrong setting names itself and ends the command with 78."""
    for name, value in {**asdict(settings), "services": text}.items():
        if value is not None:
            monkeypatch.setenv(f"PORTICO_{name.upper()}", str(value))
    result = CliRunner().invoke(app, ["envoy"])

    assert 78 == result.exit_code
    assert "PORTICO_SERVICES: not like identity=host:port" in result.stderr


def routes(settings: EnvoySettings) -> list[Mapping[str, Any]]:
    """The routes of the one virtual host."""
    [listener] = yaml.safe_load(render(settings))["static_resources"]["listeners"]
    manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
    found: list[Mapping[str, Any]] = manager["route_config"]["virtual_hosts"][0]["routes"]
    return found


def cluster(settings: EnvoySettings, name: str) -> Mapping[str, Any]:
    """One upstream."""
    clusters: list[Mapping[str, Any]] = yaml.safe_load(render(settings))["static_resources"]["clusters"]
    return next(cluster for cluster in clusters if cluster["name"] == name)
