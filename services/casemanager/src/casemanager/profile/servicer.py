"""What a case manager sees and sets of themselves."""

from portico.casemanager.v1 import profile_pb2 as pb
from portico.casemanager.v1 import resources_pb2 as res
from portico.casemanager.v1.profile_pb2_grpc import ProfileServiceServicer

from casemanager.case_managers.domain import Written, update_case_manager
from casemanager.case_managers.usecases import change_case_manager, load_myself
from casemanager.case_managers.wire import own_message, written_texts
from casemanager.shared.deps import Deps
from casemanager.shared.organizations import organization_of
from casemanager.shared.patches import written_fields
from chassis.call import current_call
from chassis.interceptor import Context

_KNOWN = ("phone", "mobile", "language", "time_zone")
"""What a case manager writes of themselves."""


class ProfileServicer(ProfileServiceServicer):
    """For case managers themselves."""

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


def _written(request: pb.UpdateMyProfileRequest, *, country: str) -> Written:
    """Raises ContactInvalid or TimeZoneInvalid."""
    written = written_fields(request.profile, request.update_mask, known=_KNOWN)
    return Written(texts=written_texts(written, country=country, message="profile"), by_person=True)
