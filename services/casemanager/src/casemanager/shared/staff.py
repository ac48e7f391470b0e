"""Members of the staff, whom identity knows."""

from uuid import UUID

from portico.identity.v1.accounts_pb2 import GetStaffRequest
from portico_errors import identity as theirs
from portico_errors.casemanager import StaffNotFound

from casemanager.shared.deps import Deps
from casemanager.shared.people import Contact
from chassis import telemetry
from chassis.errors import ServiceError

_log = telemetry.logger(__name__)


async def staff_contact(deps: Deps, org_id: UUID, staff_id: UUID | None) -> Contact | None:
    """Where somebody of the staff is written to; None: nobody, they have left, or identity cannot be asked now.

    For what staff find on their pages as well: nothing waits for it.
    """
    try:
        return await check_staff(deps, org_id, staff_id)
    except ServiceError as error:
        _log.warning("staff.not_told", error=error.reason)
        return None


async def check_staff(deps: Deps, org_id: UUID, staff_id: UUID | None) -> Contact | None:
    """That somebody who is to look after something is of the organization's staff, and who; raises StaffNotFound."""
    if staff_id is None:
        return None
    try:
        found = await deps.identity.GetStaff(GetStaffRequest(org_id=str(org_id), account_id=str(staff_id)))
    except theirs.AccountNotFound:
        raise StaffNotFound() from None
    return Contact(name=found.display_name, email=found.email, language=found.language)
