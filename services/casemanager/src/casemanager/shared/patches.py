"""What a PATCH asks for, by field."""

from collections.abc import Collection
from typing import Any

from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message

from chassis.errors import FieldViolation, InvalidArgument


def written_fields(patch: Message, mask: FieldMask, *, known: Collection[str]) -> dict[str, Any]:
    """The fields of the mask, or without one those that are not empty; InvalidArgument for an unknown one."""
    unknown = [path for path in mask.paths if path not in known]
    if unknown:
        raise InvalidArgument(
            violations=[
                FieldViolation("update_mask", "FIELD_UNKNOWN", f"{path!r} cannot be changed") for path in unknown
            ]
        )
    written = {field.name for field, _ in patch.ListFields()}
    return {path: getattr(patch, path) for path in mask.paths or [name for name in known if name in written]}
