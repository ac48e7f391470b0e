"""Writes what protoc does not: the errors of each package as classes, and one stub for all that a service serves.

`portico_errors.<service>` has a class for each `ErrorReason`: the base class by its code, its message, its comment. It
imports `chassis.errors` only, so that a domain may raise them. `portico.<service>.v1.stub` has a typed client.
"""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

_BASES = {
    "INVALID_ARGUMENT": "InvalidArgument",
    "NOT_FOUND": "NotFound",
    "ALREADY_EXISTS": "AlreadyExists",
    "FAILED_PRECONDITION": "Conflict",
    "ABORTED": "Aborted",
    "PERMISSION_DENIED": "Denied",
    "UNAUTHENTICATED": "Unauthenticated",
    "RESOURCE_EXHAUSTED": "Exhausted",
    "UNAVAILABLE": "Unavailable",
}
_ERROR = '''class {name}({base}):
    """{comment}"""

    reason = "{reason}"
    message = "{message}"
'''
_REGISTRY = '''"""The errors of every service's contract. Made from the protos: do not edit."""

from collections.abc import Mapping

from chassis.errors import ServiceError
from portico_errors import {services}

BY_REASON: Mapping[tuple[str, str], type[ServiceError]] = {{
    (module.__name__.rpartition(".")[2], error.reason): error
    for module in ({services},)
    for error in vars(module).values()
    if isinstance(error, type) and error.__module__ == module.__name__
}}
"""The class of an error by the service that raised it and its reason, for those who call that service."""
'''
_STUB = '''"""All that {service} serves, over one channel. Made from the protos: do not edit."""

{imports}

class {name}Stub({bases}):
    """Every RPC of {service}."""

'''


def write_python(descriptor_set: Path, stubs: Path) -> None:
    """Write both beside protoc's stubs, from the descriptor set with comments."""
    sys.path.insert(0, str(stubs))
    from portico.options.v1 import options_pb2  # noqa: F401 it makes our options readable

    files = FileDescriptorSet.FromString(descriptor_set.read_bytes()).file
    packages: dict[str, list[FileDescriptorProto]] = {}
    for file in files:
        if file.package.startswith("portico.") and file.package != "portico.options.v1":
            packages.setdefault(file.package, []).append(file)
    errors = stubs / "portico_errors"
    errors.mkdir()
    (errors / "py.typed").touch()
    services = sorted(package.split(".")[1] for package in packages)
    (errors / "__init__.py").write_text(_REGISTRY.format(services=", ".join(services)))
    for package, of_package in packages.items():
        service = package.split(".")[1]
        classes = [error for file in of_package for error in _errors(file)]
        (errors / f"{service}.py").write_text(_module(service, classes))
        _write_stub(service, stubs / package.replace(".", "/"), of_package)


def _module(service: str, classes: list[Mapping[str, str]]) -> str:
    bases = ", ".join(sorted({error["base"] for error in classes}))
    body = "\n\n".join(_ERROR.format_map(error) for error in classes)
    return (
        f'"""Why {service} refuses. Made from the protos: do not edit."""\n\n'
        f"from chassis.errors import {bases}\n\n\n{body}"
    )


def _errors(file: FileDescriptorProto) -> Iterator[Mapping[str, str]]:
    from google.rpc import code_pb2
    from portico.options.v1 import options_pb2

    comments = {tuple(place.path): place.leading_comments.strip() for place in file.source_code_info.location}
    for at, enum in enumerate(file.enum_type):
        for index, value in enumerate(enum.value if enum.name == "ErrorReason" else ()):
            if value.number:
                case = value.options.Extensions[options_pb2.error]
                yield {
                    "name": value.name.title().replace("_", ""),
                    "base": _BASES[code_pb2.Code.Name(case.code)],
                    "comment": "\n    ".join(line.strip() for line in comments[5, at, 2, index].splitlines()),
                    "reason": value.name,
                    "message": case.message or case.example,
                }


def _write_stub(service: str, folder: Path, files: list[FileDescriptorProto]) -> None:
    served = [(Path(file.name).stem, each.name) for file in files for each in file.service]
    package = ".".join(folder.parts[-3:])
    for stem in {stem for stem, _ in served}:
        # gRPC's plugin imports the files of the messages alone; the service itself is what access rules are read from.
        with (folder / f"{stem}_pb2_grpc.py").open("a") as stubs:
            stubs.write(f"\nfrom {package} import {stem}_pb2 as _described\n")
    for suffix, ending in ((".py", "Stub"), (".pyi", "AsyncStub")):
        names = [f"{name}{ending}" for _, name in served]
        imports = "".join(
            f"from {package}.{stem}_pb2_grpc import {name}\n" for (stem, _), name in zip(served, names, strict=True)
        )
        text = _STUB.format(name=service.title(), service=service, imports=imports, bases=", ".join(names))
        if suffix == ".pyi":
            text = "import grpc\n" + text + "    def __init__(self, channel: grpc.aio.Channel) -> None: ...\n"
        else:
            # Its own `_pb2_grpc` imports a file of services only where a message of theirs stands in it.
            text = text.replace(imports, "".join(f"import {package}.{stem}_pb2\n" for stem in dict(served)) + imports)
            text += (
                "    def __init__(self, channel):\n"
                f"        for stub in {service.title()}Stub.__bases__:\n            stub.__init__(self, channel)\n"
            )
        (folder / f"stub{suffix}").write_text(text)
