"""A real S3 from a wheel, for `make run` and the tests of files: SeaweedFS, all its parts in one process."""

import json
import socket
import sysconfig
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from local_stack.files import write_private
from local_stack.ports import LOOPBACK, Ports, is_listening
from local_stack.processes import Child, Program

_KEY = "portico"
_FILER = "filer.port"
_PARTS = ("master", "volume", "filer", "s3")
_OFF = ("-master.telemetry=false", "-s3.port.iceberg=0", "-s3.port.lance=0", "-s3.iam=false")


@dataclass(frozen=True, slots=True)
class Seaweed:
    """An S3 of our own."""

    port: int
    filer_port: int
    """Where one may look at everything that it keeps, by plain HTTP."""
    secret: str
    child: Child

    def url(self, folder: str) -> str:
        """The setting of a service that keeps its files in a folder of the one bucket.

        The bucket is made at the first write; each one more would take volumes of its own, of which there are few.
        """
        query = {
            "endpoint": f"http://{LOOPBACK}:{self.port}",
            "region": "us-east-1",
            "access_key_id": _KEY,
            "secret_access_key": self.secret,
        }
        return f"s3://portico/{folder}?{urlencode(query)}"

    def stop(self) -> None:
        """End the server."""
        self.child.stop()


def start_seaweed(data: Path) -> Seaweed:
    """Start a server that keeps everything in `data`, on free ports."""
    seaweed = prepare_seaweed(data, ports=Ports(), secret="not-secret-here", log=data / "seaweed.log")  # noqa: S106
    seaweed.child.start()
    return seaweed


def prepare_seaweed(data: Path, *, ports: Ports, secret: str, log: Path) -> Seaweed:
    """A server that keeps everything in `data`, not started yet; `secret` is the key of its one user."""
    http = {part: ports.take() for part in _PARTS}
    configuration = data / "s3.json"
    identity = {
        "name": _KEY,
        "credentials": [{"accessKey": _KEY, "secretKey": secret}],
        "actions": ["Admin", "Read", "List", "Write"],
    }
    write_private(configuration, json.dumps({"identities": [identity]}).encode("ascii"))
    write_private(data / _FILER, str(http["filer"]).encode("ascii"))
    (data / "objects").mkdir(parents=True, exist_ok=True)
    program = Program(
        name="seaweed",
        command=[
            str(Path(sysconfig.get_path("scripts"), "weed")),
            "server",
            f"-dir={data / 'objects'}",
            *(f"-{name}={LOOPBACK}" for name in ("ip", "ip.bind")),
            *(f"-{part}.port={port}" for part, port in http.items()),
            *(f"-{part}.port.grpc={ports.take()}" for part in _PARTS),
            "-filer",
            "-s3",
            f"-s3.config={configuration}",
            "-master.volumeSizeLimitMB=64",
            "-volume.max=20",
            *_OFF,
        ],
        log=log,
        is_ready=lambda: _answers(http["s3"]),
        stop_seconds=2,
    )
    return Seaweed(port=http["s3"], filer_port=http["filer"], secret=secret, child=Child(program))


def running_filer(data: Path) -> int | None:
    """The port of the filer that another process runs on `data`; None when there is none."""
    with suppress(FileNotFoundError):
        port = int((data / _FILER).read_text(encoding="ascii"))
        return port if is_listening(port) else None
    return None


def _answers(port: int) -> bool:
    """Whether it refuses who has no key: it knows its keys before it listens."""
    with suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=2) as connection:
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        return b" 403 " in connection.makefile("rb").readline()
    return False
