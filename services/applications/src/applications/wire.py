"""Methods on the wire."""

from portico.applications.v1.resources_pb2 import ContactMethod

from applications.domain.invitation import Method


def contact_method(method: Method | None) -> ContactMethod.ValueType:
    """The contract's word for a method: the numbers are the same, and none is unspecified."""
    return ContactMethod.ValueType(method or 0)
