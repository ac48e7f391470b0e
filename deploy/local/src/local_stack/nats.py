"""A real NATS with JetStream from a wheel, with TLS and a user per service."""

import json
import socket
import sysconfig
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from local_stack.files import write_private
from local_stack.ports import LOOPBACK, Ports
from local_stack.processes import Child, Program

REVOCATIONS = "REVOCATIONS"
ANYBODY = "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class NatsUser:
    """Somebody who may connect, and the subjects that they may publish and subscribe; None: all subjects."""

    name: str
    password: str
    """Of characters that need no quoting in a URL: nats-py takes them as they stand there."""
    publish: Sequence[str] | None = None
    subscribe: Sequence[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NatsTls:
    """The server's certificate chain and key: PEM files."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Nats:
    """A NATS server that was started here."""

    port: int
    scheme: str
    child: Child
    passwords: dict[str, str] = field(repr=False)

    def url(self, user: str = ANYBODY) -> str:
        """`tls://user:password@host:port`, or `nats://…` without TLS."""
        return f"{self.scheme}://{user}:{self.passwords[user]}@{LOOPBACK}:{self.port}"

    def stop(self) -> None:
        """End the server."""
        self.child.stop()


def service_user(service: str, password: str, *, streams: Sequence[str]) -> NatsUser:
    """A service's user: publishes its own subjects, keeps its own streams, reads the others by its own durable.

    Everybody may read the revocations by a consumer that lives as long as the process.
    """
    consumer = "$JS.API.CONSUMER"
    own_streams = [f"$JS.API.STREAM.{verb}.{stream}" for verb in ("CREATE", "UPDATE") for stream in streams]
    own_durable = [
        f"{consumer}.CREATE.*.{service}",
        f"{consumer}.CREATE.*.{service}.>",
        f"{consumer}.DURABLE.CREATE.*.{service}",
        f"{consumer}.INFO.*.{service}",
        f"{consumer}.MSG.NEXT.*.{service}",
        f"$JS.ACK.*.{service}.>",
    ]
    revocations = [
        f"{consumer}.CREATE.{REVOCATIONS}",  # how a consumer without a name is made
        *(f"{consumer}.{verb}.{REVOCATIONS}.>" for verb in ("CREATE", "INFO", "MSG.NEXT", "DELETE")),
        f"$JS.ACK.{REVOCATIONS}.>",
        "$JS.FC.>",
    ]
    lookups = ["$JS.API.INFO", "$JS.API.STREAM.NAMES", "$JS.API.STREAM.INFO.*"]
    return NatsUser(
        name=service,
        password=password,
        publish=[f"portico.*.{service}.>", *lookups, *own_streams, *own_durable, *revocations],
        subscribe=[f"_INBOX_{service}.>"],
    )


def prepare_nats(
    data: Path, *, port: int, users: Sequence[NatsUser] = (), tls: NatsTls | None = None, log: Path | None = None
) -> Nats:
    """Write the configuration; the server is not started yet (`child.start()`)."""
    accounts = users or [NatsUser(name=ANYBODY, password=ANYBODY)]
    configuration: dict[str, object] = {
        "listen": f"{LOOPBACK}:{port}",
        # An acknowledged message is on the disk: the outbox forgets it after the acknowledgement.
        "jetstream": {"store_dir": str(data / "jetstream"), "sync_interval": "always"},
        "authorization": {"users": [_user_entry(user) for user in accounts]},
    }
    if tls is not None:
        configuration["tls"] = {"cert_file": str(tls.certificate), "key_file": str(tls.key), "timeout": 5}
    path = data / "nats.conf"
    write_private(path, json.dumps(configuration, indent=2).encode("utf-8"))
    program = Program(
        name="nats",
        command=[str(Path(sysconfig.get_path("scripts"), "nats-server")), "--config", str(path)],
        log=log or data / "nats.log",
        is_ready=_greets(port),
    )
    return Nats(
        port=port,
        scheme="nats" if tls is None else "tls",
        child=Child(program),
        passwords={user.name: user.password for user in accounts},
    )


def start_nats(
    data: Path,
    users: Sequence[NatsUser] = (),
    tls: NatsTls | None = None,
    *,
    port: int | None = None,
    log: Path | None = None,
) -> Nats:
    """Start a NATS server whose streams live in `data`, on any free port unless one is given.

    Without users there is one, `test`, that may do everything (for the tests of a single service).
    """
    server = prepare_nats(data.resolve(), port=port or Ports().take(), users=users, tls=tls, log=log)
    server.child.start()
    return server


def _user_entry(user: NatsUser) -> dict[str, object]:
    allowed = {"publish": user.publish, "subscribe": user.subscribe}
    permissions = {verb: {"allow": list(subjects)} for verb, subjects in allowed.items() if subjects is not None}
    return {"user": user.name, "password": user.password, "permissions": permissions}


def _greets(port: int) -> Callable[[], bool]:
    """The server's first line says whether JetStream is on; it comes before TLS begins."""

    def ready() -> bool:
        with suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=2) as connection:
            return b'"jetstream":true' in connection.makefile("rb").readline()
        return False

    return ready
