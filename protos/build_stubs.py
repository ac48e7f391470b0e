"""Builds what the contract is used as: Python stubs, their types, and the descriptor set with comments.

`build/python` is what runs, with the errors and clients that `write_python` adds; `build/typings` has the types of the
common protos, whose wheel brings none; `build/portico.binpb` is what buf, Envoy and the OpenAPI document are made from.

One protoc call. protovalidate's wheel has no `.proto`, but carries its file descriptor: written into a descriptor set
with its well-known imports it serves protoc as a source.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from write_python import write_python

HERE = Path(__file__).parent
BUILD = HERE / "build"


def main() -> None:
    """Builds all of it; exits with protoc's code when a proto is wrong."""
    site_packages = Path(sysconfig.get_paths()["purelib"])
    stubs, typings = BUILD / "python", BUILD / "typings"
    for folder in (stubs, typings):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    dependencies = BUILD / "dependencies.binpb"
    dependencies.write_bytes(_validate_descriptors())
    sources = sorted(str(path.relative_to(HERE)) for path in HERE.glob("portico/**/*.proto"))
    _protoc(
        *(f"-I{HERE}", f"-I{site_packages}", f"--descriptor_set_in={dependencies}"),
        *("--include_imports", "--include_source_info", f"--descriptor_set_out={BUILD / 'portico.binpb'}"),
        *(f"--python_out={stubs}", f"--grpc_python_out={stubs}"),
        *(f"--mypy_out=quiet:{stubs}", f"--mypy_grpc_out=quiet:{stubs}"),
        *sources,
        # Our stubs import its module, and no wheel has it.
        "buf/validate/validate.proto",
    )
    common = [str(path.relative_to(site_packages)) for path in site_packages.glob("google/*/*.proto")]
    _protoc(f"-I{site_packages}", f"--mypy_out=quiet:{typings}", *sorted(common))
    write_python(BUILD / "portico.binpb", stubs)
    for package in stubs.rglob("portico/**/v1"):
        (package / "__init__.py").touch()
        (package / "py.typed").touch()


def _protoc(*arguments: str) -> None:
    plugins = (f"--plugin=protoc-gen-{name}={_program(f'protoc-gen-{name}')}" for name in ("mypy", "mypy_grpc"))
    code = subprocess.run(
        [sys.executable, "-m", "grpc_tools.protoc", *plugins, *arguments], cwd=HERE, check=False
    ).returncode
    if code:
        sys.exit(code)


def _program(name: str) -> str:
    """The path of a program that was installed beside this Python, wherever the environment keeps its scripts."""
    folders = [str(Path(sys.executable).parent), sysconfig.get_path("scripts")]
    found = shutil.which(name, path=os.pathsep.join(folders)) or shutil.which(name)
    if not found:
        sys.exit(f"{name} is not installed")
    return found


def _validate_descriptors() -> bytes:
    from google.protobuf import descriptor_pb2, duration_pb2, field_mask_pb2, timestamp_pb2
    from protovalidate._gen.buf.validate import validate_pb

    files = descriptor_pb2.FileDescriptorSet()
    for module in (descriptor_pb2, duration_pb2, timestamp_pb2, field_mask_pb2):
        module.DESCRIPTOR.CopyToProto(files.file.add())
    files.file.add().ParseFromString(validate_pb.desc().proto.to_binary())
    return files.SerializeToString()


if __name__ == "__main__":
    main()
