"""Whose time a page is about: that of a specialist whom staff look after, or of whoever is signed in."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, tzinfo
from typing import Any

from portico.casemanager.v1.schedule_resources_pb2 import Specialist
from portico_errors.casemanager import SpecialistNotFound

from portal.core.context import PageContext
from portal.core.i18n import zone_named
from portal.core.specialists import own_specialist, specialist_of
from portal.core.times import Times
from portal.core.zones import zone_words

OWN, STAFFS = "/sp", "/specialists/{specialist_id}"
"""Where the pages of one's own time begin, and those of somebody whom staff look after."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """A specialist, where the pages about their time begin, and whether it is their own."""

    specialist: Specialist
    base: str
    is_own: bool

    @property
    def zone(self) -> tzinfo:
        """The specialist's clock."""
        return zone_named(self.specialist.time_zone) or UTC

    def times(self, context: PageContext) -> Times:
        """How the reader reads instants on the specialist's clock."""
        return replace(context.times, zone=self.zone)

    def today(self, context: PageContext) -> date:
        """What day it is there."""
        return context.now.astimezone(self.zone).date()

    def shown(self, context: PageContext) -> dict[str, Any]:
        """What every template about somebody's time takes."""
        zone = zone_words(context.i18n.language, self.specialist.time_zone)
        return {"whose": self, "specialist": self.specialist, "zone": zone}


async def whose(context: PageContext) -> Whose:
    """The specialist of the address, else who is signed in; raises SpecialistNotFound."""
    if specialist_id := context.request.path_params.get("specialist_id"):
        specialist = await specialist_of(context, specialist_id)
        return Whose(specialist=specialist, base=base_of(context), is_own=False)
    own = await own_specialist(context)
    if own is None:
        raise SpecialistNotFound()
    return Whose(specialist=own, base=OWN, is_own=True)


async def specialist_id_of(context: PageContext) -> str:
    """The same where nobody reads who it is."""
    if specialist_id := context.request.path_params.get("specialist_id"):
        return str(specialist_id)
    return (await whose(context)).specialist.id


def base_of(context: PageContext) -> str:
    """Where the pages about this time begin."""
    specialist_id = context.request.path_params.get("specialist_id")
    return STAFFS.format(specialist_id=specialist_id) if specialist_id else OWN


def both(path: str) -> Sequence[str]:
    """The two addresses of a page about somebody's time."""
    return [base + path for base in (STAFFS, OWN)]
