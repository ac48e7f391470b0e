"""What the contract says of each RPC, read once at start from the descriptors."""

from collections.abc import Sequence
from dataclasses import dataclass

from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pool import Default
from portico.options.v1 import options_pb2

from chassis.buckets import Bound
from chassis.call import Caller, Role
from chassis.errors import Denied, Unauthenticated
from chassis.streams import MAX_STREAM_SECONDS, StreamRule

_MINUTE = 60_000_000_000
"""In nanoseconds."""


class ContractBroken(Exception):
    """The contract does not say what it must; the service does not start."""


@dataclass(frozen=True, slots=True)
class MethodRule:
    """Who may call one RPC, how often when it is anybody, and whether it knows repeated calls.

    `anonymous`, `roles` and `services` mirror `portico.options.v1.Access`; exactly one of them is set.
    """

    name: str
    """`portico.identity.v1.SessionsService/Login`, without the leading slash."""
    anonymous: bool
    roles: frozenset[Role]
    services: frozenset[str]
    bound: Bound | None
    """Of each network, as the gateway and the portal state it; set exactly when `anonymous` is."""
    takes_request_id: bool
    stream: StreamRule | None
    """Set exactly when messages stream in a direction."""

    @property
    def verifies_person(self) -> bool:
        """Whether a bearer token is looked at: anonymous RPCs ignore it, so that a stale one does no harm."""
        return not self.anonymous

    def admit(self, caller: Caller) -> None:
        """Raises `Unauthenticated` or `Denied` unless the caller may call."""
        if self.anonymous:
            return
        if self.services:
            if caller.service not in self.services:
                raise Denied("This is for other services.")
            return
        if caller.role is None:
            raise Unauthenticated()
        if caller.role not in self.roles:
            raise Denied()


def rules_of(service: str) -> dict[str, MethodRule]:
    """The rules of a service's RPCs by method name.

    `ContractBroken` when one of them has no access rule, or is anonymous and names no bound. An RPC's own `access`
    replaces the service's `default_access` whole.

    `service` is the full name: `portico.identity.v1.SessionsService`.
    """
    descriptor = Default().FindServiceByName(service)
    methods: Sequence[MethodDescriptor] = descriptor.methods
    return {method.name: _rule(service, method) for method in methods}


def access_of(method: MethodDescriptor) -> options_pb2.Access:
    """Who may call an RPC: what it says itself, else what its service says; empty with neither."""
    own = method.GetOptions()
    if own.HasExtension(options_pb2.access):
        return own.Extensions[options_pb2.access]
    return method.containing_service.GetOptions().Extensions[options_pb2.default_access]


def _rule(service: str, method: MethodDescriptor) -> MethodRule:
    access = access_of(method)
    rule = MethodRule(
        name=f"{service}/{method.name}",
        anonymous=access.anonymous,
        roles=frozenset(Role(role) for role in access.roles),
        services=frozenset(access.services),
        bound=_bound(method),
        takes_request_id="request_id" in method.input_type.fields_by_name,
        stream=_stream(f"{service}/{method.name}", method),
    )
    if sum(map(bool, (rule.anonymous, rule.roles, rule.services))) != 1:
        raise ContractBroken(f"{rule.name} must say who may call it: anonymous, roles or services")
    if rule.anonymous != bool(rule.bound):
        raise ContractBroken(f"{rule.name} must name its `bound` if it is anonymous, and none otherwise")
    return rule


def _bound(method: MethodDescriptor) -> Bound | None:
    said = method.GetOptions().Extensions[options_pb2.bound]
    if not (said.burst and said.per_minute):
        return None
    return Bound(burst=said.burst, interval=_MINUTE // said.per_minute)


def _stream(name: str, method: MethodDescriptor) -> StreamRule | None:
    said = method.GetOptions().Extensions[options_pb2.stream]
    reads, writes = method.client_streaming, method.server_streaming
    if bool(said.seconds) != (reads or writes) or bool(said.bytes) != reads or said.seconds > MAX_STREAM_SECONDS:
        raise ContractBroken(
            f"{name} must name its `stream` if it is one: {MAX_STREAM_SECONDS} seconds at most, and a client's bytes"
        )
    return StreamRule(reads, writes, said.seconds, said.bytes) if reads or writes else None
