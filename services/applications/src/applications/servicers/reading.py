"""Protobuf to domain; what protovalidate cannot say of a field is said here."""

import json
import unicodedata
from collections.abc import Iterable
from datetime import date
from typing import TypeVar
from uuid import UUID

from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct
from google.type.date_pb2 import Date
from portico.applications.v1 import applications_pb2, intake_pb2, search_pb2
from portico.applications.v1 import resources_pb2 as res

from applications.domain.application import Child, Status
from applications.domain.invitation import Method
from applications.domain.link_state import LinkState
from applications.domain.names import name_query, number_query
from applications.domain.submitting import Update
from applications.storage.search import Search
from applications.storage.search_statements import Sort
from applications.usecases.contacts import WrittenContacts
from applications.usecases.proofs import Proof, Token, TypedCode
from applications.usecases.submitting import WrittenGuardian
from chassis.errors import FieldViolation, InvalidArgument

T = TypeVar("T")

_PATCHABLE = ("given_name", "family_name", "email", "phone", "preferred_method", "language")


def optional_id(written: str) -> UUID | None:
    """A UUID, None for an empty field."""
    return UUID(written) if written else None


def optional_method(written: res.ContactMethod.ValueType) -> Method | None:
    """A method, None when unspecified."""
    return Method(written) if written else None


def guardians_of(request: intake_pb2.CreateApplicationRequest) -> list[WrittenGuardian]:
    """The guardians as written; raises InvalidArgument for a name that is none."""
    return [
        WrittenGuardian(
            given_name=_name(guardian.given_name, f"guardians[{index}].given_name"),
            family_name=_name(guardian.family_name, f"guardians[{index}].family_name"),
            contacts=WrittenContacts(path=f"guardians[{index}]", email=guardian.email, phone=guardian.phone),
            preferred_method=optional_method(guardian.preferred_method) or Method.EMAIL,
            language=guardian.language or None,
        )
        for index, guardian in enumerate(request.guardians)
    ]


def children_of(request: intake_pb2.CreateApplicationRequest) -> list[Child]:
    """The children; raises InvalidArgument for a name or a birth date that is none."""
    return [
        Child(
            given_name=_name(child.given_name, f"children[{index}].given_name"),
            family_name=_name(child.family_name, f"children[{index}].family_name", is_optional=True),
            birth_date=_day(child.birth_date, f"children[{index}].birth_date"),
        )
        for index, child in enumerate(request.children)
    ]


def answers_of(answers: Struct) -> str:
    """The answers as JSON; raises InvalidArgument for a number that JSON does not know."""
    try:
        return json.dumps(MessageToDict(answers), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except ValueError:
        raise _invalid("answers", "NUMBER_INVALID", "infinite and undefined numbers are no JSON.") from None


def update_of(request: applications_pb2.UpdateGuardianRequest) -> Update:
    """What to change; raises InvalidArgument for a field that cannot be changed, or not to this."""
    patch = request.guardian
    paths = _paths(request.update_mask) if request.HasField("update_mask") else _filled(patch)
    given = set(paths)
    return Update(
        guardian_id=UUID(request.guardian_id),
        given_name=_name(patch.given_name, "guardian.given_name") if "given_name" in given else None,
        family_name=_name(patch.family_name, "guardian.family_name") if "family_name" in given else None,
        email=patch.email if "email" in given else None,
        phone=patch.phone if "phone" in given else None,
        preferred_method=_chosen(optional_method(patch.preferred_method), "preferred_method")
        if "preferred_method" in given
        else None,
        language=_chosen(patch.language, "language") if "language" in given else None,
    )


def search_of(request: search_pb2.ListApplicationsRequest) -> Search | None:
    """What to look for; None when the text has no letter and no digit, so that nothing can be found."""
    text = number_query(request.query) or name_query(request.query)
    if request.query.strip() and text is None:
        return None
    column, _, direction = (request.order_by or "create_time desc").partition(" ")
    return Search(
        text=text,
        link_states=frozenset(map(LinkState, request.link_states)),
        statuses=frozenset(map(Status, request.statuses)),
        sort=Sort(column),
        descending=direction == "desc",
    )


def proof_of(proof: res.InvitationProof) -> Proof:
    """What somebody shows."""
    if proof.HasField("typed"):
        return TypedCode(code=proof.typed.code, number=proof.typed.application_number)
    return Token(proof.token)


def _paths(mask: FieldMask) -> Iterable[str]:
    for path in mask.paths:
        if path not in _PATCHABLE:
            raise _invalid("update_mask", "FIELD_UNKNOWN", f"{path!r} cannot be changed.")
    return mask.paths


def _filled(patch: applications_pb2.GuardianPatch) -> Iterable[str]:
    return [name for name in _PATCHABLE if getattr(patch, name)]


def _chosen(value: T | None, name: str) -> T:
    if not value:
        raise _invalid(f"guardian.{name}", "VALUE_MISSING", "choose one.")
    return value


def _name(written: str, field: str, *, is_optional: bool = False) -> str:
    name = written.strip()
    if not name and not is_optional:
        raise _invalid(field, "NAME_MISSING", "a name has a letter.")
    if any(unicodedata.category(letter) == "Cc" for letter in name):
        raise _invalid(field, "NAME_INVALID", "a name has no control characters.")
    return name


def _day(written: Date, field: str) -> date | None:
    if written == Date():
        return None
    try:
        return date(written.year, written.month, written.day)
    except ValueError:
        raise _invalid(field, "DATE_INVALID", "not a day of the calendar.") from None


def _invalid(field: str, reason: str, description: str) -> InvalidArgument:
    return InvalidArgument(
        f"{field}: {description}", violations=[FieldViolation(field=field, reason=reason, description=description)]
    )
