"""Where each role's tasks are, and how their pages begin."""

from collections.abc import Mapping

from chassis.call import Role
from portal.core.context import PageContext
from portal.core.organizations import show_organization

STAFF_BASE, CASE_MANAGERS_BASE, SPECIALISTS_BASE = "/tasks", "/cm/tasks", "/sp/tasks"
BASES = (STAFF_BASE, CASE_MANAGERS_BASE, SPECIALISTS_BASE)
BOOKINGS: Mapping[str, str] = {
    STAFF_BASE: "/staff/bookings",
    CASE_MANAGERS_BASE: "/cm/bookings",
    SPECIALISTS_BASE: "/sp/bookings",
}
"""Where the bookings are that tasks are about, by where the tasks are."""
_BASES = {Role.CASE_MANAGER: CASE_MANAGERS_BASE, Role.SPECIALIST: SPECIALISTS_BASE}


def base_of(context: PageContext) -> str:
    """Where the tasks of whoever is signed in are."""
    return _BASES.get(context.person.role, STAFF_BASE)


async def show_own_organization(context: PageContext) -> None:
    """Who is not of the staff sees whose page it is."""
    if context.person.role in _BASES:
        await show_organization(context, context.person.realm, context.person.organization)
