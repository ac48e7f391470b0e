"""Envoy's configuration, made from the contract: `render(EnvoySettings(…))` gives the YAML.

Envoy reads the files that it serves itself when it starts, so call `write_pages` with the same settings before.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from gateway import styles
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

PORTAL_BODY_BYTES = 64 * 1024
"""A form of the portal is smaller than this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """So many requests at once, and so many more each second."""

    burst: int
    per_second: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvoySettings:
    """Where Envoy listens, whom it reaches, and what it serves itself. Addresses are `host:port`."""

    listen: str
    admin: str
    """Envoy's own pages, for operators only: `unix:/path`, a socket for its owner, or an address inside the cluster."""
    services: Mapping[str, str]
    """Address of every service that has a public RPC, by the name in its certificate: `{"identity": "…:…", …}`."""
    portal: str
    """Address of the portal, which serves everything that is not the API's; its certificate is named `portal`."""
    authority: Path
    """PEM: who signs the certificates of the services, the portal's and ours."""
    certificate: Path
    """PEM: the certificate named `gateway`, which the services know us by."""
    key: Path
    descriptor_set: Path
    """`protos/build/portico.binpb`."""
    pages: Path
    """Folder of what Envoy serves from files (`gateway.pages`); `write_pages` writes them."""
    public_url: str = ""
    """Where people reach us. With https, also behind a proxy of ours, browsers are told never to come without."""
    tls_certificate: Path | None = None
    """PEM: the chain for the name in `public_url`; None: plain HTTP, on a laptop or behind a proxy that ends TLS."""
    tls_key: Path | None = None
    plain: str = ""
    """Where plain HTTP is led to `public_url`; empty: nowhere."""
    first_request: timedelta = timedelta(seconds=10)
    """How long a connection may stay that has said nothing at all."""
    idle: timedelta = timedelta(seconds=60)
    """How long it may stay between two requests."""
    trusted_hops: int = 0
    """How many proxies of ours stand in front and add to `x-forwarded-for`; 0 takes the address of the connection."""
    timeout: timedelta = timedelta(seconds=15)
    """How long a service, or the portal, has for an answer; a gRPC client may ask for less."""
    max_body_bytes: int = 1024 * 1024
    """A larger JSON body is refused; gRPC messages are limited by the services."""
    address_rate: Rate = Rate(burst=2000, per_second=200)
    """Of one client address, an IPv6 one with its /64: that of a school where all open a page at once."""
    token_rate: Rate = Rate(burst=1000, per_second=100)
    """Of one bearer token, from wherever it comes."""
    otlp_endpoint: str = ""
    """Base URL of the OTLP/HTTP collector that gets the traces; empty: none are made."""
    trace_ratio: float = 1.0
    """Share of the traces that start here and are recorded; the services go by it."""


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
    if (settings.tls_certificate or settings.plain) and not is_https:
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
        api_prefixes=_api_prefixes(public),
        upstreams={owner: settings.services[owner] for owner in owners} | {"portal": settings.portal},
        unavailable=UNAVAILABLE,
        refusals=[*(("EQ", refusal) for refusal in REFUSALS), *(("GE", refusal) for refusal in OTHERS)],
        domain=DOMAIN,
        plain_refusal=PLAIN,
        security_headers=SECURITY_HEADERS | (HTTPS_HEADERS if is_https else {}),
        portal_body_bytes=PORTAL_BODY_BYTES,
        style=styles.style,
        policy=styles.policy,
    )


def _api_prefixes(public: Iterable[Service]) -> list[str]:
    """How the path of an API client's request begins: REST's first segments, and the packages of gRPC."""
    rest = {f"/{route.path.split('/')[1]}/" for service in public for rpc in service.rpcs for route in rpc.routes}
    return [*sorted(rest), "/portico.", "/grpc."]


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
