"""What people read of reports."""

from collections.abc import Mapping

from portal.core.i18n import N_

KINDS: Mapping[str, str] = {
    "FINAL": N_("Final report"),
    "AMENDED": N_("Amended report"),
    "ADDENDUM": N_("Addendum"),
}
KINDS_EXPLAINED: Mapping[str, str] = {
    "FINAL": N_("The report itself."),
    "AMENDED": N_("It takes the place of an earlier version, which stays readable."),
    "ADDENDUM": N_("It is read beside the report."),
}
STATES: Mapping[str, str] = {
    "RECEIVED": N_("Waits to be checked for viruses"),
    "SCANNING": N_("Is being checked for viruses"),
    "CLEAN": N_("Ready to be read"),
    "QUARANTINED": N_("Held back"),
    "WITHDRAWN": N_("Withdrawn"),
}
RECIPIENTS: Mapping[str, str] = {
    "OWN_MANAGER": N_("Case manager"),
    "PARTY": N_("Party of the case"),
    "COMPANY": N_("Company"),
}
