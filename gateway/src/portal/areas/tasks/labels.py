"""What staff read for the values of the contract's enums."""

from collections.abc import Mapping

from portal.core.i18n import N_

TITLES: Mapping[str, str] = {"ENABLE_LOGIN": N_("Enable the login of %(name)s")}
REASONS: Mapping[str, str] = {"ENABLE_LOGIN": N_("Said yes to the offer of a login.")}
"""Why there is something to do."""
STATES: Mapping[str, str] = {"OPEN": N_("Open"), "DONE": N_("Done"), "CANCELLED": N_("No longer needed")}
