"""Who is asking, as far as it decides what they see (CM-15)."""

from chassis.call import Call, Role

STAFF = frozenset({Role.STAFF_ADMIN, Role.STAFF})


def is_staff(call: Call) -> bool:
    """Whether the caller is of the organization's staff, who see everything of it."""
    return call.caller.role in STAFF
