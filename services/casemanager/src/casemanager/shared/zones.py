"""Time zones as people choose them."""

from functools import cache
from zoneinfo import available_timezones

from portico_errors.casemanager import TimeZoneInvalid

from chassis.errors import FieldViolation

_zones = cache(available_timezones)


def checked_zone(name: str, *, field: str) -> str:
    """The IANA name of a zone, or nothing; raises TimeZoneInvalid."""
    zone = name.strip()
    if zone and zone not in _zones():
        text, spanish = "Choose a time zone of the list.", "Elija una zona horaria de la lista."
        raise TimeZoneInvalid(violations=[FieldViolation(field, "TIME_ZONE_INVALID", text, localized={"es": spanish})])
    return zone
