"""Times of staff's own, for which no availability is needed: typed, and as they stand in an address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from google.protobuf.timestamp_pb2 import Timestamp
from portico.casemanager.v1.bookings_pb2 import TimeChoice
from portico.casemanager.v1.schedule_resources_pb2 import IN_PERSON, TELEHEALTH, Place, Specialist
from portico.casemanager.v1.specialists_pb2 import ListSpecialistsRequest

from chassis.errors import FieldViolation, InvalidArgument
from chassis.tasks import together
from chassis.wire import timestamp
from portal.core.context import PageContext
from portal.core.forms import day_of
from portal.core.i18n import N_, I18n, zone_named
from portal.core.places import all_places
from portal.core.slot_search import AT_A_DISTANCE
from portal.core.specialists import called

MIN_MINUTES, MAX_MINUTES = 10, 480
_MAX_SPECIALISTS = 200
_SPACE = "~"
"""Between the parts of an own time in the address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTime:
    """A time of staff's own, as a slot is shown; `key` is how it stands in the address."""

    key: str
    specialist: Specialist
    place: Place | None
    start_time: Timestamp
    end_time: Timestamp
    time_zone: str

    @property
    def specialist_name(self) -> str:
        """Who."""
        return called(self.specialist)

    @property
    def place_name(self) -> str:
        """Where; empty for telehealth."""
        return self.place.name if self.place else ""

    @property
    def minutes(self) -> int:
        """How long."""
        return (self.end_time.seconds - self.start_time.seconds) // 60

    def choice(self, outside_reason: str) -> TimeChoice:
        """What a service is asked for; the reason is needed where the specialist has no availability."""
        return TimeChoice(
            specialist_id=self.specialist.id,
            place_id=self.place.id if self.place else "",
            mode=IN_PERSON if self.place else TELEHEALTH,
            start_time=self.start_time,
            minutes=self.minutes,
            outside_availability_reason=outside_reason,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """Who and where an own time can be: the active specialists and places, by id."""

    specialists: Mapping[str, Specialist]
    places: Mapping[str, Place]

    def specialist_options(self, i18n: I18n) -> list[tuple[str, str]]:
        """What can be selected as who."""
        return [("", i18n(N_("please choose"))), *((each.id, called(each)) for each in self.specialists.values())]

    def place_options(self, i18n: I18n) -> list[tuple[str, str]]:
        """What can be selected as where."""
        return [(AT_A_DISTANCE, i18n(N_("Telehealth"))), *((place.id, place.name) for place in self.places.values())]

    def own_time(self, key: str) -> OwnTime | None:
        """The time with this key; None where it names nobody, nowhere or no time."""
        parts = key.split(_SPACE)
        specialist = self.specialists.get(parts[0])
        if len(parts) != 4 or specialist is None or not (parts[1] == AT_A_DISTANCE or parts[1] in self.places):
            return None
        place = self.places.get(parts[1])
        try:
            start, minutes = datetime.fromisoformat(parts[2]), int(parts[3])
        except ValueError:
            return None
        if start.tzinfo is not None or not MIN_MINUTES <= minutes <= MAX_MINUTES or not 2000 <= start.year <= 2199:
            return None
        zone = place.time_zone if place else specialist.time_zone
        begin = start.replace(tzinfo=zone_named(zone) or UTC).astimezone(UTC)
        return OwnTime(
            key=key,
            specialist=specialist,
            place=place,
            start_time=timestamp(begin),
            end_time=timestamp(begin + timedelta(minutes=minutes)),
            time_zone=zone,
        )

    def typed(self, said: Callable[[str], str]) -> OwnTime:
        """The time that a form `said`, field by field; InvalidArgument with its field for what is none."""
        day = day_of(said("day"), "day")
        try:
            clock = time.fromisoformat(said("clock")).replace(tzinfo=None)
        except ValueError:
            raise _refusal("clock", "CLOCK_INVALID") from None
        minutes = said("minutes")
        local = datetime.combine(date(day.year, day.month, day.day), clock)
        key = _SPACE.join((said("specialist"), said("place"), f"{local:%Y-%m-%dT%H:%M}", minutes))
        found = self.own_time(key) if minutes.isdecimal() and len(minutes) < 4 else None
        if found is None:
            raise _refusal("minutes", "NUMBER_OUT_OF_RANGE")
        return found


async def choices_of(context: PageContext) -> Choices:
    """Whom and where staff can choose."""
    request = ListSpecialistsRequest(page_size=_MAX_SPECIALISTS, account_status=Specialist.ACTIVE)
    found, places = await together(context.services.casemanager.ListSpecialists(request), all_places(context))
    return Choices(
        specialists={each.id: each for each in found.specialists},
        places={each.id: each for each in places if each.status == Place.ACTIVE},
    )


def _refusal(name: str, reason: str) -> InvalidArgument:
    return InvalidArgument(violations=[FieldViolation(name, reason, "is missing or wrong.")])
