"""Applications that are there: looking at one, and correcting a guardian's details."""

from collections.abc import Iterable
from typing import TypeVar
from uuid import UUID

from google.protobuf.field_mask_pb2 import FieldMask
from portico.applications.v1 import applications_pb2 as pb
from portico.applications.v1 import resources_pb2 as res
from portico.applications.v1.applications_pb2_grpc import (
    ApplicationsInternalServiceServicer,
    ApplicationsServiceServicer,
)
from portico.identity.v1.accounts_pb2 import GetStaffRequest

from applications.application.aggregate import Guardians, applications, load_application, source
from applications.application.contacts import correct
from applications.application.domain.application import Application, Status
from applications.application.domain.assignment import Assignee, assign
from applications.application.domain.status import SetStatus, set_status
from applications.application.domain.update import Update
from applications.application.wire import application_message, optional_method
from applications.shared.deps import Deps
from applications.shared.wire import invalid, name_of, words_of
from chassis.aggregate import Source
from chassis.call import current_call
from chassis.interceptor import Context

T = TypeVar("T")
_PATCHABLE = ("given_name", "family_name", "email", "phone", "preferred_method", "language")


class ApplicationsServicer(ApplicationsServiceServicer):
    """For staff."""

    def __init__(self, deps: Deps, guardians: Guardians) -> None:
        self._deps = deps
        self._guardians = guardians
        self._applications = applications(deps)

    async def GetApplication(self, request: pb.GetApplicationRequest, context: Context) -> res.Application:
        return await _get(self._deps, org_id=current_call().org_id, application_id=UUID(request.application_id))

    async def UpdateGuardian(self, request: pb.UpdateGuardianRequest, context: Context) -> res.Application:
        which = source(self._deps, current_call(), UUID(request.application_id))
        return await self._guardians.change(which, correct, _update_of(request))

    async def SetStatus(self, request: pb.SetStatusRequest, context: Context) -> res.Application:
        which = source(self._deps, current_call(), UUID(request.application_id))
        return await self._applications.change(which, set_status, _set_status_of(request))

    async def Assign(self, request: pb.AssignRequest, context: Context) -> res.Application:
        return await self._assign(UUID(request.application_id), request.assignee_id)

    async def Unassign(self, request: pb.UnassignRequest, context: Context) -> res.Application:
        return await self._assign(UUID(request.application_id), "")

    async def _assign(self, application_id: UUID, assignee_id: str) -> res.Application:
        call = current_call()

        async def load() -> tuple[Application, Assignee | None]:
            application = await load_application(self._deps, org_id=call.org_id, application_id=application_id)
            if not assignee_id:
                return application, None
            staff = GetStaffRequest(org_id=str(call.org_id), account_id=assignee_id)
            return application, Assignee(UUID(assignee_id), (await self._deps.identity.GetStaff(staff)).display_name)

        return await self._applications.change(Source(call, call.org_id, load), assign, None)


class ApplicationsInternalServicer(ApplicationsInternalServiceServicer):
    """For the other services."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def GetOrganizationApplication(
        self, request: pb.GetOrganizationApplicationRequest, context: Context
    ) -> res.Application:
        return await _get(self._deps, org_id=UUID(request.org_id), application_id=UUID(request.application_id))


async def _get(deps: Deps, *, org_id: UUID, application_id: UUID) -> res.Application:
    application = await load_application(deps, org_id=org_id, application_id=application_id)
    return application_message(application, deps.clock())


def _set_status_of(request: pb.SetStatusRequest) -> SetStatus:
    """The status to set; InvalidArgument unless it has words exactly when the family is asked for something."""
    status, words = Status(request.status), words_of(request.message)
    if status is Status.UPDATE_NEEDED and not words:
        raise invalid("message", "MESSAGE_MISSING", "say what is missing.")
    if status is not Status.UPDATE_NEEDED and words:
        raise invalid("message", "MESSAGE_NOT_EXPECTED", "only UPDATE_NEEDED is told to the family.")
    return SetStatus(status, words)


def _update_of(request: pb.UpdateGuardianRequest) -> Update:
    """What to change; InvalidArgument for a field that cannot be changed, or not to this."""
    patch = request.guardian
    paths = _paths(request.update_mask) or _filled(patch)
    given = set(paths)
    return Update(
        guardian_id=UUID(request.guardian_id),
        given_name=name_of(patch.given_name, "guardian.given_name") if "given_name" in given else None,
        family_name=name_of(patch.family_name, "guardian.family_name", is_optional=True)
        if "family_name" in given
        else None,
        email=patch.email if "email" in given else None,
        phone=patch.phone if "phone" in given else None,
        preferred_method=_chosen(optional_method(patch.preferred_method), "preferred_method")
        if "preferred_method" in given
        else None,
        language=_chosen(patch.language, "language") if "language" in given else None,
    )


def _paths(mask: FieldMask) -> Iterable[str]:
    for path in mask.paths:
        if path not in _PATCHABLE:
            raise invalid("update_mask", "FIELD_UNKNOWN", f"{path!r} cannot be changed.")
    return mask.paths


def _filled(patch: pb.GuardianPatch) -> Iterable[str]:
    return [name for name in _PATCHABLE if getattr(patch, name)]


def _chosen(value: T | None, name: str) -> T:
    if not value:
        raise invalid(f"guardian.{name}", "VALUE_MISSING", "choose one.")
    return value
