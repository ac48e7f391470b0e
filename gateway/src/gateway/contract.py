"""The contract as the descriptor set tells it: services, their RPCs with our options, messages, comments.

The only reader of `protos/build/portico.binpb`: Envoy's routes, the OpenAPI document and the contract tests use it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path

# Importing the stubs is what makes their options readable.
from buf.validate import validate_pb2 as _rules  # noqa: F401
from google.api import annotations_pb2
from google.protobuf.descriptor import Descriptor, EnumDescriptor, MethodDescriptor, ServiceDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet, MethodOptions
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import Message
from google.rpc import code_pb2
from portico.options.v1 import options_pb2

INTERNAL_SUFFIX = "InternalService"
OPTIONS = "portico.options.v1"
"""The package of our own options."""


class Verb(StrEnum):
    """The HTTP methods that a route can have, as `google.api.HttpRule` and OpenAPI name them."""

    GET = "get"
    PUT = "put"
    POST = "post"
    DELETE = "delete"
    PATCH = "patch"


@dataclass(frozen=True, slots=True)
class Route:
    """One HTTP binding of an RPC; `body` is `*`, the name of a field, or empty."""

    verb: Verb
    path: str
    body: str

    @property
    def variables(self) -> list[str]:
        """The fields of the request that the path carries."""
        return re.findall(r"\{([^}=]+)", self.path)

    @property
    def pattern(self) -> str:
        """A regular expression of RE2 for the path, without its query."""
        return re.sub(r"\\\{[^/]+?\\\}", "[^/]+", re.escape(self.path))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """An error reason: its gRPC code, an example of its message, and what it means."""

    name: str
    code: int
    example: str
    comment: str
    retry_seconds: int = 0


@dataclass(frozen=True)
class Rpc:
    """One RPC with all that its options say."""

    descriptor: MethodDescriptor
    comment: str

    @property
    def name(self) -> str:
        """`Login`."""
        return self.descriptor.name

    @property
    def full_name(self) -> str:
        """`portico.identity.v1.SessionsService/Login`, as gRPC's path has it."""
        return f"{self.descriptor.containing_service.full_name}/{self.descriptor.name}"

    @property
    def package(self) -> str:
        """`portico.identity.v1`."""
        return self.descriptor.containing_service.file.package

    @property
    def owner(self) -> str:
        """The service of the house that serves it: `identity`."""
        return owner_of(self.package)

    @property
    def request(self) -> Descriptor:
        """The message that it takes."""
        return self.descriptor.input_type

    @property
    def reply(self) -> Descriptor:
        """The message that it answers with."""
        return self.descriptor.output_type

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        """Its HTTP bindings, the main one first; none for internal RPCs."""
        if not self._options.HasExtension(annotations_pb2.http):
            return ()
        rule = self._options.Extensions[annotations_pb2.http]
        return tuple(
            Route(verb, getattr(binding, verb.value), binding.body)
            for binding in (rule, *rule.additional_bindings)
            for verb in Verb
            if binding.HasField(verb.value)
        )

    @property
    def access(self) -> options_pb2.Access:
        """Who may call it: what it says itself, else its service; empty when the proto does not say."""
        if self._options.HasExtension(options_pb2.access):
            return self._options.Extensions[options_pb2.access]
        return self.descriptor.containing_service.GetOptions().Extensions[options_pb2.default_access]

    @property
    def bound(self) -> options_pb2.Bound:
        """How often one network may call it; empty when the proto does not say."""
        return self._options.Extensions[options_pb2.bound]

    @property
    def stream(self) -> options_pb2.Stream:
        """How long it may last and how large it may be; empty for an RPC of one message each way."""
        return self._options.Extensions[options_pb2.stream]

    @property
    def takes_stream(self) -> bool:
        """Whether a client sends many messages: over REST a file, in pieces."""
        return self.descriptor.client_streaming

    @property
    def gives_stream(self) -> bool:
        """Whether it answers with many messages: over REST a line or an event for each."""
        return self.descriptor.server_streaming

    @property
    def gives_file(self) -> bool:
        """Whether its replies are pieces of a file of one of the types in `stream.media_types`."""
        return self.reply.full_name == "google.api.HttpBody"

    @property
    def reasons(self) -> tuple[str, ...]:
        """The full names of its error reasons; a neighbour's may be among them: `portico.identity.v1.LOGIN_FAILED`."""
        named: Iterable[str] = self._options.Extensions[options_pb2.reasons]
        return tuple(name if "." in name else f"{self.package}.{name}" for name in named)

    @property
    def repeatable(self) -> str:
        """Why it takes no `request_id`; empty when it is not said."""
        return self._options.Extensions[options_pb2.repeatable]

    @property
    def only_reads(self) -> bool:
        """Whether it changes nothing."""
        return self._options.idempotency_level == MethodOptions.NO_SIDE_EFFECTS

    @cached_property
    def _options(self) -> MethodOptions:
        return self.descriptor.GetOptions()


@dataclass(frozen=True)
class Service:
    """One service and its RPCs, in the order of the proto."""

    descriptor: ServiceDescriptor
    comment: str
    rpcs: tuple[Rpc, ...]

    @property
    def owner(self) -> str:
        """The service of the house that serves it: `identity` for `portico.identity.v1.SessionsService`."""
        return owner_of(self.descriptor.file.package)

    @property
    def is_internal(self) -> bool:
        """Whether it is for the other services only, and never reachable through the gateway."""
        return self.descriptor.name.endswith(INTERNAL_SUFFIX)


def owner_of(package: str) -> str:
    """The service of the house that a proto package belongs to: `identity` for `portico.identity.v1`."""
    return package.split(".")[1]


class Contract:
    """Everything that the descriptor set says."""

    def __init__(self, descriptors: FileDescriptorSet) -> None:
        pool = DescriptorPool()
        for file in descriptors.file:
            pool.Add(file)
        self._comments = dict(_comments(descriptors.file))
        ours = [pool.FindFileByName(file.name) for file in descriptors.file if file.package.startswith("portico.")]
        self._enums = {enum.full_name: enum for file in ours for enum in file.enum_types_by_name.values()}
        self._pool = pool
        self.packages = sorted({file.package for file in ours if file.package != OPTIONS})
        self.services = tuple(self._service(service) for file in ours for service in file.services_by_name.values())
        self.messages = tuple(message for file in ours for message in _with_nested(file.message_types_by_name.values()))
        self.enums = (*self._enums.values(), *(enum for message in self.messages for enum in message.enum_types))

    @classmethod
    def read(cls, descriptor_set: Path) -> "Contract":
        """Read a descriptor set that protoc wrote with imports and source information."""
        return cls(FileDescriptorSet.FromString(descriptor_set.read_bytes()))

    @property
    def public_services(self) -> tuple[Service, ...]:
        """The services that clients may reach."""
        return tuple(service for service in self.services if not service.is_internal)

    def comment(self, full_name: str) -> str:
        """What the proto says above a service, RPC, message, field, enum or value; empty when it says nothing."""
        return self._comments.get(full_name, "")

    def message(self, full_name: str) -> Descriptor:
        """Any message of the set, Google's too; KeyError when there is none."""
        return self._pool.FindMessageTypeByName(full_name)

    def reasons(self, package: str) -> Mapping[str, Reason]:
        """The error reasons of a package by name; those of OPTIONS are the common ones."""
        common = package == OPTIONS
        enum = self._enums[f"{package}.{'CommonErrorReason' if common else 'ErrorReason'}"]
        return {reason.name: reason for reason in self._reasons(enum)}

    def reason(self, full_name: str) -> Reason:
        """The reason with this full name; KeyError when its package has none such."""
        package, _, name = full_name.rpartition(".")
        return self.reasons(package)[name]

    def _reasons(self, enum: EnumDescriptor) -> Iterator[Reason]:
        for value in enum.values:
            if value.number:
                case = value.GetOptions().Extensions[options_pb2.error]
                yield Reason(
                    name=value.name,
                    code=case.code,
                    example=case.example,
                    comment=self.comment(f"{enum.full_name}.{value.name}"),
                    retry_seconds=case.retry.retry_delay.seconds,
                )

    def _service(self, service: ServiceDescriptor) -> Service:
        rpcs = (Rpc(method, self.comment(method.full_name)) for method in service.methods)
        return Service(service, self.comment(service.full_name), tuple(rpcs))


def code_name(code: int) -> str:
    """`NOT_FOUND` for 5."""
    return code_pb2.Code.DESCRIPTOR.values_by_number[code].name


def _with_nested(messages: Iterable[Descriptor]) -> Iterator[Descriptor]:
    for message in messages:
        yield message
        yield from _with_nested(message.nested_types)


_DECLARATIONS = {"message_type", "nested_type", "field", "oneof_decl", "enum_type", "value", "service", "method"}


def _comments(files: Iterable[FileDescriptorProto]) -> Iterator[tuple[str, str]]:
    for file in files:
        for place in file.source_code_info.location:
            full_name = _declaration(file, place.path)
            if full_name and place.leading_comments:
                yield full_name, "\n".join(line.strip() for line in place.leading_comments.strip().splitlines())


def _declaration(file: FileDescriptorProto, path: Sequence[int]) -> str | None:
    """The full name of what stands at a path: pairs of a field of descriptor.proto and an index (`Location.path`)."""
    if len(path) % 2:
        return None
    element: Message = file
    names = [file.package]
    for number, index in zip(path[::2], path[1::2], strict=True):
        field = element.DESCRIPTOR.fields_by_number[number].name
        if field not in _DECLARATIONS:
            return None
        element = getattr(element, field)[index]
        names.append(getattr(element, "name"))  # noqa: B009 - every declaration has one; Message does not know
    return ".".join(names)
