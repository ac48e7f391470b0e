"""The base part stands alone, because the tests of a single service install nothing else."""

import subprocess
import sys

BASE = ["certificates", "files", "nats", "ports", "postgres", "processes", "secrets"]
# What only the extra `stack` brings.
ABSENT = [
    "envoy",
    "gateway",
    "grpc",
    "httpx",
    "identity",
    "mail_devel",
    "portal",
    "portico",
    "rich",
    "starlette",
    "typer",
    "uvicorn",
]


def test_the_base_part_needs_nothing_of_the_extra() -> None:
    """OP-02: each service passes its own tests with only what it declares."""
    blocked = f"import sys; sys.modules.update(dict.fromkeys({ABSENT}))"
    imports = "; ".join(f"import local_stack.{module}" for module in BASE)
    subprocess.run([sys.executable, "-c", f"{blocked}; {imports}"], check=True)
