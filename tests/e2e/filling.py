"""Requests that keep the field rules, made from the contract; ids come from a table, and an unknown one is refused."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from buf.validate import validate_pb2
from google.protobuf import message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from gateway.contract import Rpc

TEXT = "Quetzal"
"""What stands where any text would do."""
FITTING = {
    "ChangePendingUsernameRequest.username": "quetzal@example.org",
    "CaseManagerPatch.given_name": TEXT,
    "TaskPatch.title": TEXT,
}
"""What a service asks for beyond the field rules, and looks at before ids."""
PATTERNS = {
    "^[0-9a-fA-F]{64}$": "ab" * 32,
    "^[A-Z][A-Z0-9_]{1,63}$": "NO_SUCH_TEMPLATE",
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}$": "2036-12-24",
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})$": "2036-12-24T00:00:00Z",
}
ENDS = {"end_time": "2036-12-25T00:00:00Z"}
"""What comes after the beginning of a window."""
LOGIN_USERS = "portico/identity/v1/login_users.proto"
"""Where an account is one of the organization's own people; everywhere else it is a family's."""
KEYS = {"request_id"}
"""Ids that the caller makes up: they name nothing."""

Ids = Mapping[str, str]
"""By field: `application_id`, or `GuardianPatch.id` where the name alone says too little."""


class UnknownId(Exception):
    """A request has an id that the table does not know: say there whose object it names."""


def filled(rpc: Rpc, ids: Ids, *, naming: Collection[str] = ()) -> Message:
    """The RPC's request with all that its rules demand, and with every id of the table that it has a field for.

    Of a choice it takes the first, or the first that can carry an id of `naming`.
    """
    message = message_factory.GetMessageClass(rpc.request)()
    _fill(message, rpc.request, ids, naming)
    return message


def named_by(rpc: Rpc) -> list[str]:
    """The keys of all ids that its request can carry, at any depth."""
    return [_key(field) for field in _fields(rpc.request) if is_id(field) and field.name not in KEYS]


def is_id(field: FieldDescriptor) -> bool:
    """Whether the field names an object, by its name or by its rule."""
    rules = field.GetOptions().Extensions[validate_pb2.field]
    named = field.name in {"id", "reference", "supersedes"} or field.name.endswith(("_id", "_ids"))
    return field.type == FieldDescriptor.TYPE_STRING and (named or _text_rules(field, rules).uuid)


def _fields(message: Descriptor) -> Iterator[FieldDescriptor]:
    for field in message.fields:
        yield field
        if field.message_type is not None and field.message_type.full_name.startswith("portico."):
            yield from _fields(field.message_type)


def _key(field: FieldDescriptor) -> str:
    owner = field.containing_type
    if owner is not None and field.name == "account_id" and owner.file.name == LOGIN_USERS:
        return "LoginUser.account_id"
    return f"{owner.name}.id" if owner is not None and field.name == "id" else field.name


def _carries(field: FieldDescriptor, naming: Collection[str]) -> bool:
    """Whether it is one of these ids, or has a field for one at any depth."""
    inside = [] if field.message_type is None else _fields(field.message_type)
    return any(is_id(each) and _key(each) in naming for each in (field, *inside))


def _fill(message: Message, descriptor: Descriptor, ids: Ids, naming: Collection[str]) -> None:
    others = set[str]()
    for choice in descriptor.oneofs:
        chosen = next((field for field in choice.fields if _carries(field, naming)), choice.fields[0])
        others |= {field.name for field in choice.fields} - {chosen.name}
    for field in descriptor.fields:
        if field.name in others or field.name in KEYS:
            continue
        rules = field.GetOptions().Extensions[validate_pb2.field]
        if is_id(field):
            if _key(field) not in ids:
                raise UnknownId(field.full_name)
            _set(message, field, ids[_key(field)])
        elif field.message_type is not None:
            if rules.required or rules.repeated.min_items or field.containing_oneof is not None:
                inner = getattr(message, field.name)
                inner = inner.add() if field.is_repeated else inner
                inner.SetInParent()
                _fill(inner, field.message_type, ids, naming)
        elif (value := _scalar(field, rules)) is not None:
            _set(message, field, value)


def _set(message: Message, field: FieldDescriptor, value: Any) -> None:
    if field.is_repeated:
        getattr(message, field.name).append(value)
    else:
        setattr(message, field.name, value)


def _text_rules(field: FieldDescriptor, rules: validate_pb2.FieldRules) -> validate_pb2.StringRules:
    return rules.repeated.items.string if field.is_repeated else rules.string


def _scalar(field: FieldDescriptor, rules: validate_pb2.FieldRules) -> Any:
    """A value where the rules want one, else None."""
    if field.type == FieldDescriptor.TYPE_STRING:
        text = _text_rules(field, rules)
        if listed := getattr(text, "in"):
            return listed[-1]
        if text.pattern:
            return ENDS.get(field.name, PATTERNS[text.pattern])
        owner = field.containing_type
        fitting = FITTING.get(f"{owner.name}.{field.name}" if owner else "")
        return fitting or (TEXT if text.min_len else None)
    if field.type == FieldDescriptor.TYPE_INT64:
        return rules.int64.gte or None
    if field.type == FieldDescriptor.TYPE_INT32 and not field.is_repeated:
        return rules.int32.gte or None
    if field.type == FieldDescriptor.TYPE_ENUM:
        enum = rules.enum
        if listed := getattr(enum, "in"):
            return listed[0]
        return 1 if enum.not_in and not field.is_repeated else None
    return None
