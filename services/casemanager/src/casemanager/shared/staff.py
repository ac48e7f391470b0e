"""Members of the staff, whom identity knows."""

from uuid import UUID

from portico.identity.v1.accounts_pb2 import GetStaffRequest
from portico_errors import identity as theirs
from portico_errors.casemanager import StaffNotFound

from casemanager.shared.deps import Deps


async def check_staff(deps: Deps, org_id: UUID, staff_id: UUID | None) -> None:
    """That somebody who is to look after something is of the organization's staff; raises StaffNotFound."""
    if staff_id is None:
        return
    try:
        await deps.identity.GetStaff(GetStaffRequest(org_id=str(org_id), account_id=str(staff_id)))
    except theirs.AccountNotFound:
        raise StaffNotFound() from None
