"""The settings of the edge: where Envoy listens, whom it reaches, what it serves itself, and its limits."""

from pathlib import Path
from typing import Annotated, Self

from msgspec import Meta, Struct

DESCRIPTOR_SET = Path("protos/build/portico.binpb")


class Addresses(dict[str, str]):
    """`host:port` by name, written `identity=host:port,applications=host:port`."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads them; `ValueError` when one has no name or no address."""
        entries = [entry.strip().partition("=") for entry in text.split(",")]
        if not all(name and address for name, _, address in entries):
            raise ValueError("not like identity=host:port,applications=host:port")
        return cls({name: address for name, _, address in entries})


class EnvoySettings(Struct, frozen=True, kw_only=True):
    """With what Envoy's configuration is made. Addresses are `host:port`; times are in seconds."""

    listen: Annotated[str, Meta(description="Address and port of the one origin.")]
    admin: Annotated[
        str,
        Meta(
            description="Envoy's own pages, for operators only: `unix:/path`, a socket for its owner, or host and port "
            "inside the cluster."
        ),
    ]
    services: Annotated[
        Addresses,
        Meta(
            description="Each service with a public RPC, by the name in its certificate: "
            "`identity=host:port,applications=host:port`."
        ),
    ]
    portal_address: Annotated[
        str, Meta(description="Host and port of the portal, which serves everything that is not the API's.")
    ]
    tls_ca: Annotated[Path, Meta(description="PEM file of who signs the certificates of services, portal and gateway.")]
    tls_cert: Annotated[
        Path, Meta(description="PEM file of the certificate named `gateway`, which the services know us by.")
    ]
    tls_key: Annotated[Path, Meta(description="PEM file of that certificate's key.")]
    pages: Annotated[Path, Meta(description="Folder for the files that Envoy serves, which are written too.")]
    descriptor_set: Annotated[Path, Meta(description="What `python protos/build_stubs.py` wrote.")] = DESCRIPTOR_SET
    public_url: Annotated[
        str, Meta(description="Where people reach us. With https browsers are told never to come without.")
    ] = ""
    public_cert: Annotated[
        Path | None,
        Meta(
            description="PEM file of the chain for the name in the public URL; empty: plain HTTP, on a laptop or "
            "behind a proxy that ends TLS."
        ),
    ] = None
    public_cert_key: Annotated[Path | None, Meta(description="PEM file of that certificate's key.")] = None
    plain_listen: Annotated[str, Meta(description="Where plain HTTP is led to the public URL; empty: nowhere.")] = ""
    first_request_timeout: Annotated[
        float, Meta(gt=0, description="Seconds that a connection may stay that has said nothing at all.")
    ] = 10.0
    idle_timeout: Annotated[float, Meta(gt=0, description="Seconds that it may stay between two requests.")] = 60.0
    trusted_hops: Annotated[
        int,
        Meta(
            ge=0,
            description="Proxies of ours in front that add to `x-forwarded-for`; 0 takes the connection's address.",
        ),
    ] = 0
    timeout: Annotated[
        float,
        Meta(
            gt=0,
            description="Seconds that a service, or the portal, has for an answer; a gRPC client may ask for less.",
        ),
    ] = 15.0
    max_body_bytes: Annotated[
        int, Meta(ge=1, description="A larger JSON body is refused; gRPC messages are limited by the services.")
    ] = 1024 * 1024
    address_burst: Annotated[
        int,
        Meta(
            ge=1, description="Requests of one client address at once (an IPv6 one with its /64), as of a whole school."
        ),
    ] = 2000
    address_per_second: Annotated[int, Meta(ge=1, description="Requests that it gets back each second.")] = 200
    token_burst: Annotated[
        int, Meta(ge=1, description="Requests with one bearer token at once, from wherever they come.")
    ] = 1000
    token_per_second: Annotated[int, Meta(ge=1, description="Requests that it gets back each second.")] = 100
    otlp_endpoint: Annotated[
        str, Meta(description="Base URL of the OTLP/HTTP collector that gets the traces; empty: none are made.")
    ] = ""
    trace_ratio: Annotated[float, Meta(ge=0, le=1, description="Share of traces that start here and are recorded.")] = (
        1.0
    )
