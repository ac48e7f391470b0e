"""Applications coming in."""

import json
from datetime import date, timedelta

from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct
from google.type.date_pb2 import Date
from portico.applications.v1 import intake_pb2 as pb
from portico.applications.v1 import resources_pb2 as res
from portico.applications.v1.intake_pb2_grpc import IntakeServiceServicer

from applications.application.contacts import WrittenContacts
from applications.application.domain.application import Child
from applications.application.domain.invitation import Method
from applications.application.wire import application_message, optional_method
from applications.intake.usecases import WrittenGuardian, create_application, find_duplicates
from applications.shared.deps import Deps
from applications.shared.wire import invalid, name_of
from chassis.call import current_call
from chassis.interceptor import Context

_Written = pb.CreateApplicationRequest | pb.FindDuplicatesRequest
FIRST_BIRTH_DATE = date(1900, 1, 1)


class IntakeServicer(IntakeServiceServicer):
    """For staff."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def CreateApplication(self, request: pb.CreateApplicationRequest, context: Context) -> res.Application:
        return await create_application(
            self._deps,
            current_call(),
            guardians=_guardians_of(request),
            children=_children_of(request, self._deps.clock().date()),
            answers=_answers_of(request.answers),
        )

    async def FindDuplicates(self, request: pb.FindDuplicatesRequest, context: Context) -> pb.FindDuplicatesResponse:
        now = self._deps.clock()
        found = await find_duplicates(
            self._deps,
            current_call().org_id,
            guardians=_guardians_of(request),
            children=_children_of(request, now.date()),
        )
        return pb.FindDuplicatesResponse(applications=[application_message(each, now) for each in found])


def _guardians_of(request: _Written) -> list[WrittenGuardian]:
    """The guardians as written; InvalidArgument for a invalid name."""
    return [
        WrittenGuardian(
            given_name=name_of(guardian.given_name, f"guardians[{index}].given_name"),
            family_name=name_of(guardian.family_name, f"guardians[{index}].family_name", is_optional=True),
            contacts=WrittenContacts(path=f"guardians[{index}]", email=guardian.email, phone=guardian.phone),
            preferred_method=optional_method(guardian.preferred_method) or Method.EMAIL,
            language=guardian.language or None,
        )
        for index, guardian in enumerate(request.guardians)
    ]


def _children_of(request: _Written, today: date) -> list[Child]:
    """The children; InvalidArgument for an invalid name or birth date."""
    return [
        Child(
            given_name=name_of(child.given_name, f"children[{index}].given_name"),
            family_name=name_of(child.family_name, f"children[{index}].family_name", is_optional=True),
            birth_date=_birth_date(child.birth_date, f"children[{index}].birth_date", today),
        )
        for index, child in enumerate(request.children)
    ]


def _answers_of(answers: Struct) -> str:
    """The answers as JSON; InvalidArgument for a number that JSON does not know."""
    try:
        return json.dumps(MessageToDict(answers), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except ValueError:
        raise invalid("answers", "NUMBER_INVALID", "infinite and undefined numbers are no JSON.") from None


def _birth_date(written: Date, field: str, today: date) -> date | None:
    """The day, None for an empty field; `today` is UTC's, and somewhere it is tomorrow already."""
    if written == Date():
        return None
    try:
        day = date(written.year, written.month, written.day)
    except ValueError:
        raise invalid(field, "DATE_INVALID", "not a day of the calendar.") from None
    if not FIRST_BIRTH_DATE <= day <= today + timedelta(days=1):
        raise invalid(field, "DATE_OUT_OF_RANGE", "no birth date of somebody who lives.")
    return day
