"""What staff read for the values of the contract's enums."""

from collections.abc import Mapping

from portal.core.i18n import N_, NC_

STATUSES: Mapping[str, str] = {"ACTIVE": NC_("place or person", "Active"), "INACTIVE": N_("Inactive")}
