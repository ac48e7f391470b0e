"""What people read for the values of the contract's enums."""

from collections.abc import Mapping

from portal.core.i18n import N_

KINDS: Mapping[str, str] = {"AVAILABLE": N_("Books at once"), "ON_DEMAND": N_("We ask first")}
KINDS_EXPLAINED: Mapping[str, str] = {
    "AVAILABLE": N_("Books at once: the request is a booking."),
    "ON_DEMAND": N_("We ask first: it is booked once the specialist has said yes."),
}
"""What a request of a time comes to, for whoever enters the times."""
COLORS: Mapping[str, str] = {"AVAILABLE": "ACTIVE", "ON_DEMAND": "PENDING"}
"""The states whose colours their badges have."""
EXCEPTIONS: Mapping[str, str] = {"CANCELLED": N_("Does not take place"), "CHANGED": N_("Other hours")}
