"""Envoy's configuration, made from the contract: `render(EnvoySettings(…))` gives the YAML.

Envoy reads the files that it serves itself when it starts, so call `write_pages` with the same settings before.
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from chassis.streams import MAX_STREAM_SECONDS
from gateway import styles
from gateway.config import EnvoySettings
from gateway.contract import Contract, Service
from gateway.pages import pages
from gateway.refusals import DOMAIN, OTHERS, PLAIN, REFUSALS, UNAVAILABLE

SECURITY_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
}
"""On every answer that does not say otherwise itself."""
HTTPS_HEADERS = {"strict-transport-security": "max-age=31536000; includeSubDomains"}
"""Where people reach us by https, besides."""

PORTAL_BODY_BYTES = 1024 * 1024
"""A form of the portal is smaller than this, also one with a file (`portal.core.forms`)."""

PORTAL_UPLOAD_BYTES = 1025 * 1024 * 1024
"""A form with files of a booking (`portal.core.uploads`), which the portal reads while it comes."""


def write_pages(settings: EnvoySettings) -> None:
    """Write what Envoy serves itself, to where the settings say; to be done before Envoy starts."""
    settings.pages.mkdir(parents=True, exist_ok=True)
    for page in pages(settings.descriptor_set.read_bytes()):
        (settings.pages / page.file).write_bytes(page.content)


class ServiceAddressMissing(Exception):
    """A service with public RPCs has no address in the settings."""


class PublicUrlMissing(Exception):
    """A certificate or a redirect needs a public URL with https, and the settings have none."""


def render(settings: EnvoySettings) -> str:
    """The configuration as YAML for `envoy --config-path`; all paths in it are absolute.

    Raises ServiceAddressMissing, PublicUrlMissing, or OSError when the descriptor set cannot be read.
    """
    is_https = settings.public_url.startswith("https://")
    if (settings.public_cert or settings.plain_listen) and not is_https:
        raise PublicUrlMissing("TLS, and the redirect to it, need a public URL that begins with https://.")
    public = Contract.read(settings.descriptor_set).public_services
    owners = sorted({service.owner for service in public})
    missing = [owner for owner in owners if owner not in settings.services]
    if missing:
        raise ServiceAddressMissing(f"No address for {', '.join(missing)}.")
    environment = Environment(
        loader=PackageLoader("gateway", "."),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        # YAML is not: there every value goes through `tojson`.
        autoescape=select_autoescape(["html.j2"], default=False),
    )
    environment.filters["socket_address"] = _socket_address
    environment.filters["collector_address"] = _collector_address
    environment.filters["urlsplit"] = urlsplit
    environment.filters["absolute"] = lambda path: str(path.resolve())
    return environment.get_template("envoy.yaml.j2").render(
        settings=settings,
        public=public,
        pages=pages(settings.descriptor_set.read_bytes()),
        rest_prefixes=_rest_prefixes(public),
        streamed=[
            (rpc, route) for service in public for rpc in service.rpcs if rpc.stream.seconds for route in rpc.routes
        ],
        upstreams={owner: settings.services[owner] for owner in owners} | {"portal": settings.portal_address},
        unavailable=UNAVAILABLE,
        refusals=[*(("EQ", refusal) for refusal in REFUSALS), *(("GE", refusal) for refusal in OTHERS)],
        domain=DOMAIN,
        plain_refusal=PLAIN,
        security_headers=SECURITY_HEADERS | (HTTPS_HEADERS if is_https else {}),
        portal_body_bytes=PORTAL_BODY_BYTES,
        portal_upload_bytes=PORTAL_UPLOAD_BYTES,
        max_stream_seconds=MAX_STREAM_SECONDS,
        style=styles.style,
        policy=styles.policy,
    )


def _rest_prefixes(public: Iterable[Service]) -> list[str]:
    """How the path of a REST request begins."""
    return sorted(
        {f"/{route.path.split('/')[1]}/" for service in public for rpc in service.rpcs for route in rpc.routes}
    )


def _socket_address(address: str) -> dict[str, object]:
    if address.startswith("unix:"):
        return {"pipe": {"path": address.removeprefix("unix:"), "mode": 0o600}}
    host, _, port = address.rpartition(":")
    return {"socket_address": {"address": host.strip("[]"), "port_value": int(port)}}


def _collector_address(endpoint: str) -> dict[str, object]:
    url = urlsplit(endpoint)
    if url.scheme != "http" or not url.hostname:
        raise ValueError(f"{endpoint} is no address of a collector beside the gateway: it looks like http://host:4318.")
    return {"socket_address": {"address": url.hostname, "port_value": url.port or 80}}
