"""What people read for the values of the contract's enums."""

from collections.abc import Mapping

from portal.core.i18n import N_

STATES: Mapping[str, str] = {"OPEN": N_("Open case"), "CLOSED": N_("Closed case")}
STATE_FILTERS: Mapping[str, str] = {"": N_("any"), **STATES}
ROLES: Mapping[str, str] = {
    "REPORT_RECIPIENT": N_("Gets the report"),
    "SOLICITOR": N_("Solicitor"),
    "OTHER": N_("Somebody else"),
}
"""What a party has to do with a case."""
