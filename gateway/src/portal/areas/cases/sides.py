"""The two sides from which cases are seen: staff see all of them, case managers their own and their unit's."""

from dataclasses import dataclass

from portico.casemanager.v1.profile_pb2 import GetMyProfileRequest
from portico.casemanager.v1.resources_pb2 import CaseManager

from chassis.call import Role
from chassis.tasks import together
from portal.core.context import PageContext
from portal.core.organizations import show_organization


@dataclass(frozen=True, slots=True)
class Side:
    """Where its pages begin, for whom they are, where it begins itself, and its list of bookings."""

    path: str
    roles: frozenset[Role]
    home: str
    bookings: str

    def bookings_of(self, case_id: str) -> str:
        """All bookings of a case that somebody on this side sees, also those of colleagues."""
        return f"{self.bookings}case={case_id}"


STAFF = Side("/staff/cases", frozenset({Role.STAFF_ADMIN, Role.STAFF}), "/staff", "/staff/bookings/list?")
CASE_MANAGERS = Side("/cm/cases", frozenset({Role.CASE_MANAGER}), "/cm", "/cm/bookings?scope=unit&")


def side_of(context: PageContext) -> Side:
    """The side of the person who is signed in."""
    return CASE_MANAGERS if context.person.role is Role.CASE_MANAGER else STAFF


async def myself(context: PageContext) -> CaseManager | None:
    """The case manager who is signed in; None for staff. The page is from now on a case manager's organization's."""
    if side_of(context) is STAFF:
        return None
    _, person = await together(
        show_organization(context, context.person.realm, context.person.organization),
        context.services.casemanager.GetMyProfile(GetMyProfileRequest()),
    )
    return person
