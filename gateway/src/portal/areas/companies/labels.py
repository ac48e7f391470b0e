"""What staff read for the values of the contract's enums."""

from collections.abc import Mapping

from portal.core.i18n import N_, NC_

STATUSES: Mapping[str, str] = {"ACTIVE": N_("Active"), "INACTIVE": NC_("company", "Inactive")}
ANY_STATUS: Mapping[str, str] = {"": N_("any"), **STATUSES}
