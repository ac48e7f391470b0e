"""The settings of casemanager: those that every service has, in `chassis.settings`."""

from chassis.settings import Settings


class CaseManagerSettings(Settings, frozen=True, kw_only=True):
    """Nothing beside the common settings."""
