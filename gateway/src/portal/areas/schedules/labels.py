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
HINDRANCES: Mapping[str, str] = {
    "SPECIALIST_INACTIVE": N_("The specialist is inactive."),
    "OTHER_SPECIALTY": N_("The specialist has another specialty."),
    "OTHER_LANGUAGE": N_("The specialist does not speak the language."),
    "NO_AVAILABILITY": N_("No times are entered for then."),
    "EXCEPTION": N_("On this date the times are left out, or at other hours."),
    "BETWEEN_SLOTS": N_("No appointment begins then: they follow each other within the times that are entered."),
    "OTHER_PLACE": N_("The specialist is at another place then."),
    "OTHER_STATE": N_("The place is in another state."),
    "OTHER_MODE": N_("It is in person, or by telehealth, unlike what is asked for."),
    "OTHER_KIND": N_("It is booked in another way."),
    "OTHER_SERVICE_TYPE": N_("These times are for other services."),
    "PAST": N_("It is over."),
    "TOO_SOON": N_("It is too soon: these times need more notice."),
    "TOO_FAR": N_("It is further ahead than can be booked."),
    "HELD": N_("It is held for an offer."),
    "CONFIRMED": N_("It is booked."),
    "BLOCKED": N_("The specialist has time off."),
}
"""What is in the way of a time."""
