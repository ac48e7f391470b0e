"""What is written of a place: the fields of the forms of a new one and of a change."""

from collections.abc import Mapping
from typing import Any

from portico.casemanager.v1.places_pb2 import PlacePatch

from portal.core.context import PageContext
from portal.core.forms import Form
from portal.core.i18n import zone_named
from portal.core.zones import zone_choices

FIELDS = ("name", "address", "state", "time_zone", "directions")
ABOUT: Mapping[str, str] = {
    "PLACE_NAME_TAKEN": "name",
    "TIME_ZONE_INVALID": "time_zone",
    "TIME_ZONE_IN_USE": "time_zone",
    "CONCURRENT_CHANGE": "",
    "INVALID_REQUEST": "",
}
"""The refusals that the form can mend, each with the field that it is about where it names none."""


def patch_of(form: Form) -> PlacePatch:
    """What was typed."""
    return PlacePatch(**{name: form[name] for name in FIELDS})


def choices(context: PageContext) -> dict[str, Any]:
    """The time zones, those of the organization's country first."""
    home = zone_named(context.person.time_zone)
    return {"zones": zone_choices(context.i18n, home, context.form["time_zone"])}
