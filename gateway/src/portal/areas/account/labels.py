"""What a person reads for the kinds of devices."""

from collections.abc import Mapping

from portal.core.i18n import N_

DEVICE_KINDS: Mapping[str, str] = {
    "PHONE": N_("Phone"),
    "TABLET": N_("Tablet"),
    "COMPUTER": N_("Computer"),
    "PROGRAM": N_("A program"),
    "": N_("Unknown device"),
}
