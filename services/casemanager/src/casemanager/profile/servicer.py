"""What case managers and specialists see and set of themselves."""

from dataclasses import replace

from portico.casemanager.v1 import profile_pb2 as pb
from portico.casemanager.v1 import resources_pb2 as res
from portico.casemanager.v1 import schedule_resources_pb2 as schedule
from portico.casemanager.v1.profile_pb2_grpc import ProfileServiceServicer

from casemanager.case_managers.domain import Written, update_case_manager
from casemanager.case_managers.usecases import change_case_manager, load_myself
from casemanager.case_managers.wire import own_message, written_texts
from casemanager.shared.deps import Deps
from casemanager.shared.organizations import organization_of
from casemanager.shared.patches import written_fields
from casemanager.specialists import wire as specialists
from casemanager.specialists.domain import update_specialist
from casemanager.specialists.usecases import change_specialist
from casemanager.specialists.usecases import load_myself as load_specialist
from chassis.call import current_call
from chassis.interceptor import Context

_KNOWN = ("phone", "mobile", "language", "time_zone")
"""What people write of themselves."""
_CONSENT = "promotions_consent"


class ProfileServicer(ProfileServiceServicer):
    """For case managers and specialists themselves."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def GetMyProfile(self, request: pb.GetMyProfileRequest, context: Context) -> res.CaseManager:
        return own_message(await load_myself(self._deps, current_call()), self._deps.clock())

    async def UpdateMyProfile(self, request: pb.UpdateMyProfileRequest, context: Context) -> res.CaseManager:
        call, deps = current_call(), self._deps
        myself = await load_myself(deps, call)
        organization = await organization_of(deps.database, call.org_id)
        written = _written(request, country=organization.country)
        await change_case_manager(deps, call, myself.id, update_case_manager, written)
        return own_message(await load_myself(deps, call), deps.clock())

    async def GetMySpecialistProfile(
        self, request: pb.GetMySpecialistProfileRequest, context: Context
    ) -> schedule.Specialist:
        return specialists.own_message(await load_specialist(self._deps, current_call()), self._deps.clock())

    async def UpdateMySpecialistProfile(
        self, request: pb.UpdateMySpecialistProfileRequest, context: Context
    ) -> schedule.Specialist:
        call, deps = current_call(), self._deps
        myself = await load_specialist(deps, call)
        organization = await organization_of(deps.database, call.org_id)
        written = specialists.written_specialist(
            request.profile, request.update_mask, country=organization.country, message="profile", known=_KNOWN
        )
        await change_specialist(deps, call, myself.id, update_specialist, replace(written, etag=request.etag))
        return specialists.own_message(await load_specialist(deps, call), deps.clock())


def _written(request: pb.UpdateMyProfileRequest, *, country: str) -> Written:
    """Raises ContactInvalid or TimeZoneInvalid."""
    written = written_fields(request.profile, request.update_mask, known=(*_KNOWN, _CONSENT))
    consent = written.pop(_CONSENT, None)
    texts = written_texts(written, country=country, message="profile")
    return Written(texts=texts, promotions_consent=consent, by_person=True, etag=request.etag)
