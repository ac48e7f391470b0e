"""What people read for the values of the contract's enums."""

from collections.abc import Mapping

from portal.core.i18n import N_
from portal.core.slot_search import SLOT_COLORS, SLOT_KINDS

KINDS = SLOT_KINDS
KINDS_EXPLAINED: Mapping[str, str] = {
    "AVAILABLE": N_("Books at once: the request is a booking."),
    "ON_DEMAND": N_("We ask first: it is booked once the specialist has said yes."),
}
"""What a request of a time comes to, for whoever enters the times."""
COLORS = SLOT_COLORS
EXCEPTIONS: Mapping[str, str] = {"CANCELLED": N_("Does not take place"), "CHANGED": N_("Other hours")}
