"""A request by the field rules of the contract, and the text in it that PostgreSQL cannot keep."""

from collections.abc import Callable, Mapping

import protovalidate
from google.protobuf.message import DecodeError, Message

from chassis.errors import FieldViolation, InvalidArgument
from chassis.wire import unreadable_fields

_validator = protovalidate.Validator()


def parsed(parse: Callable[[bytes], Message], raw: bytes) -> Message | InvalidArgument:
    """The message, or what is wrong with its bytes: gRPC would answer INTERNAL, and they are the caller's fault."""
    try:
        return parse(raw)
    except DecodeError:
        return InvalidArgument(
            "The bytes are not a message of this RPC.", violations=unreadable_fields(parse(b""), raw)
        )


def validated(request: Message | InvalidArgument) -> Message:
    """The request, unless it breaks a rule; raises InvalidArgument."""
    if isinstance(request, InvalidArgument):
        raise request
    violations = _validator.collect_violations(request)
    if violations:
        raise InvalidArgument(violations=[_violation(violation) for violation in violations])
    return request


def fields_with_nul(message: Message, prefix: str = "") -> list[str]:
    """The paths of the fields whose text has a NUL."""
    found: list[str] = []
    for field, value in message.ListFields():
        items = (
            value.items() if isinstance(value, Mapping) else enumerate(value) if field.is_repeated else [("", value)]
        )
        for key, one in items:
            path = f"{prefix}{field.name}[{key}]" if field.is_repeated else f"{prefix}{field.name}"
            if isinstance(one, Message):
                found += fields_with_nul(one, f"{path}.")
            elif isinstance(one, str) and "\0" in one:
                found.append(path)
    return found


def _violation(violation: protovalidate.Violation) -> FieldViolation:
    path = ""
    for element in violation.proto.field.elements if violation.proto.field else ():
        path += f".{element.field_name}" if path else element.field_name
        subscript = element.subscript
        if subscript is not None:
            path += f"[{subscript.value}]"
    return FieldViolation(
        field=path,
        reason=violation.proto.rule_id.replace(".", "_").upper(),
        description=violation.proto.message or "breaks a rule",
    )
