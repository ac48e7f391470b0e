"""The ledger's stubs, made of `ledger.proto` when they are first imported: nobody ships an example."""

import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
PROTOS = Path(__file__).parents[4] / "protos"

_built = tempfile.TemporaryDirectory(prefix="ledger-")
DESCRIPTORS = Path(_built.name) / "ledger.binpb"
"""The descriptor set, as Envoy and the OpenAPI document want it."""
_PROTO = "portico/ledger/v1/ledger.proto"

subprocess.run(  # noqa: S603 all of it is ours
    [
        *(sys.executable, "-m", "grpc_tools.protoc"),
        *(f"-I{HERE}", f"-I{PROTOS}", f"-I{sysconfig.get_path('purelib')}"),
        *(f"--descriptor_set_in={PROTOS / 'build/dependencies.binpb'}",),
        *("--include_imports", "--include_source_info", f"--descriptor_set_out={DESCRIPTORS}"),
        *(f"--python_out={_built.name}", f"--grpc_python_out={_built.name}", _PROTO),
    ],
    check=True,
)
sys.path.append(_built.name)

from portico.ledger.v1 import ledger_pb2, ledger_pb2_grpc  # type: ignore[import-untyped] # noqa: E402 they are there from now on

EntriesServiceStub = ledger_pb2_grpc.EntriesServiceStub

__all__ = ["DESCRIPTORS", "EntriesServiceStub", "ledger_pb2", "ledger_pb2_grpc"]
