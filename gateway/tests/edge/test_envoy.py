"""The configuration before any Envoy reads it."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from gateway.__main__ import app
from gateway.contract import Contract
from gateway.envoy import EnvoySettings, ServiceAddressMissing, render
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
    context = cluster(replace(settings, authority=odd), "identity")["transport_socket"]["typed_config"]

    assert str(odd) == context["common_tls_context"]["validation_context"]["trusted_ca"]["filename"]


def test_each_neighbour_must_show_its_own_name(settings: EnvoySettings) -> None:
    """GW-01: the certificate of every service, and of the portal, is checked for its name."""
    for name in [*settings.services, "portal"]:
        validation = cluster(settings, name)["transport_socket"]["typed_config"]["common_tls_context"]
        [san] = validation["validation_context"]["match_typed_subject_alt_names"]
        assert {"san_type": "DNS", "matcher": {"exact": name}} == san


def test_the_command_writes_what_the_function_renders(settings: EnvoySettings, tmp_path: Path) -> None:
    """GW-01: `python -m gateway envoy` writes the configuration, and the files that Envoy serves."""
    options = {
        "listen": settings.listen,
        "admin": settings.admin,
        "portal": settings.portal,
        "authority": settings.authority,
        "certificate": settings.certificate,
        "key": settings.key,
        "pages": tmp_path,
        "timeout": settings.timeout.total_seconds(),
        "max-body-bytes": settings.max_body_bytes,
        "descriptors": settings.descriptor_set,
        "out": tmp_path / "envoy.yaml",
    }
    arguments = [part for name, value in options.items() for part in (f"--{name}", str(value))]
    services = [part for name, address in settings.services.items() for part in ("--service", f"{name}={address}")]
    result = CliRunner().invoke(app, ["envoy", *arguments, *services])

    assert (0, "") == (result.exit_code, result.output)
    assert render(replace(settings, pages=tmp_path)) == (tmp_path / "envoy.yaml").read_text()
    for page in pages(settings.descriptor_set.read_bytes()):
        assert page.content == (tmp_path / page.file).read_bytes()


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
