"""Whether somebody sees anything at all."""

from casemanager.case_managers.usecases import viewer_of
from casemanager.shared.deps import Deps
from casemanager.shared.visibility import Sight
from casemanager.specialists.usecases import NOBODY, own_specialist_id
from chassis.call import Call, Role


async def is_in_service(deps: Deps, call: Call) -> bool:
    """Whether the caller is of the staff, or a case manager or specialist who is active, whose login is on (CM-15)."""
    if call.caller.role is Role.SPECIALIST:
        return await own_specialist_id(deps, call) != NOBODY
    return (await viewer_of(deps, call)).sight is not Sight.NOTHING
