"""The three sides from which bookings are seen: case managers', staff's, and specialists'."""

from __future__ import annotations

from dataclasses import dataclass

from portico.casemanager.v1.booking_resources_pb2 import Booking
from portico.casemanager.v1.profile_pb2 import GetMyProfileRequest
from portico.casemanager.v1.resources_pb2 import CaseManager

from chassis.call import Role
from chassis.tasks import together
from portal.core.context import PageContext
from portal.core.organizations import show_organization


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Where its pages begin and for whom they are; where a new booking and a case are, empty where there are none."""

    path: str
    roles: frozenset[Role]
    request: str = ""
    cases: str = ""
    history: str


CASE_MANAGERS = Side(
    path="/cm/bookings",
    roles=frozenset({Role.CASE_MANAGER}),
    request="/cm/request",
    cases="/cm/cases",
    history="/cm/history",
)
STAFF = Side(
    path="/staff/bookings",
    roles=frozenset({Role.STAFF_ADMIN, Role.STAFF}),
    request="/staff/request",
    cases="/staff/cases",
    history="/staff/history",
)
SPECIALISTS = Side(path="/sp/bookings", roles=frozenset({Role.SPECIALIST}), history="/sp/history")
_BY_ROLE = {Role.CASE_MANAGER: CASE_MANAGERS, Role.SPECIALIST: SPECIALISTS}


def side_of(context: PageContext) -> Side:
    """The side of the person who is signed in."""
    return _BY_ROLE.get(context.person.role, STAFF)


async def show_own_organization(context: PageContext) -> None:
    """Who is not of the staff sees whose page it is."""
    if side_of(context) is not STAFF:
        await show_organization(context, context.person.realm, context.person.organization)


async def myself(context: PageContext) -> CaseManager | None:
    """The case manager who is signed in; None for others. The page is from now on their organization's."""
    if side_of(context) is not CASE_MANAGERS:
        await show_own_organization(context)
        return None
    _, person = await together(
        show_own_organization(context), context.services.casemanager.GetMyProfile(GetMyProfileRequest())
    )
    return person


def rebook_address(booking: Booking, side: Side, person: CaseManager | None) -> str:
    """Where what is over is booked again, by staff or whose it was; empty for others, and for what is not over."""
    is_over = booking.state in {Booking.DECLINED, Booking.CANCELLED, Booking.EXPIRED, Booking.NOT_ATTENDED}
    is_theirs = side is STAFF or (person is not None and person.id == booking.case_manager_id)
    return f"{side.request}?case={booking.case_id}&rebook={booking.id}" if is_over and is_theirs else ""
