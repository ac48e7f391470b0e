"""The statements that read what slots are computed from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Date,
    SmallInteger,
    Text,
    Uuid,
    any_,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import array

from casemanager.availabilities.domain.availability import Availability
from casemanager.availabilities.storage import AVAILABILITY, IS_THERE, availabilities
from casemanager.places.storage import places
from casemanager.slots.domain import Reason
from casemanager.specialists.domain import Specialist
from casemanager.specialists.storage import IS_ACTIVE, SPECIALIST, specialists
from chassis.db import statement
from chassis.readers import reader


@dataclass(frozen=True, slots=True)
class Offered:
    """An availability, whose it is, and the name of its place; empty: it has none."""

    specialist: Specialist
    availability: Availability
    place_name: str


ORG_ID = bindparam("org_id", type_=Uuid)
_ids, _place_ids = (bindparam(name, type_=ARRAY(Uuid)) for name in ("specialist_ids", "place_ids"))
_specialty, _language, _state, _service_type = (
    bindparam(name, type_=Text) for name in ("specialty", "language", "state", "service_type")
)
_mode, _kind = (bindparam(name, type_=SmallInteger) for name in ("mode", "kind"))
_at_place = (places.c.org_id == availabilities.c.org_id) & (places.c.id == availabilities.c.place_id)
_of_specialist = (specialists.c.org_id == availabilities.c.org_id) & (
    specialists.c.id == availabilities.c.specialist_id
)
# Each parameter None: whatever it is.
FITS = {
    Reason.OTHER_SPECIALTY: or_(_specialty.is_(None), _specialty == any_(specialists.c.specialties)),
    Reason.OTHER_LANGUAGE: or_(_language.is_(None), _language == any_(specialists.c.languages)),
    Reason.OTHER_PLACE: or_(_place_ids.is_(None), availabilities.c.place_id == any_(_place_ids)),
    Reason.OTHER_STATE: or_(_state.is_(None), func.lower(places.c.state) == func.lower(_state)),
    Reason.OTHER_MODE: or_(_mode.is_(None), availabilities.c.mode == _mode),
    Reason.OTHER_KIND: or_(_kind.is_(None), availabilities.c.kind == _kind),
    Reason.OTHER_SERVICE_TYPE: or_(
        _service_type.is_(None),
        func.cardinality(availabilities.c.service_types) == 0,
        _service_type == any_(availabilities.c.service_types),
    ),
}
"""What has to fit of an availability, its specialist and its place, by what is in the way where it does not."""
_theirs = (
    *IS_THERE,
    specialists.c.org_id == ORG_ID,
    IS_ACTIVE,
    availabilities.c.end_date >= bindparam("from_date", type_=Date),
    availabilities.c.start_date <= bindparam("to_date", type_=Date),
    or_(_ids.is_(None), specialists.c.id == any_(_ids)),
)
_wanted = (*_theirs, *FITS.values())
ANYTHING: Mapping[str, object] = dict.fromkeys(
    ("specialist_ids", "specialty", "place_ids", "state", "mode", "language", "kind", "service_type")
)
"""The filters of LIST_OFFERED that ask for nothing in particular."""
_joined = availabilities.join(specialists, _of_specialist).outerjoin(places, _at_place)
_batch = (
    select(specialists.c.id)
    .select_from(_joined)
    .where(*_wanted, specialists.c.id > bindparam("after_id", type_=Uuid))
    .group_by(specialists.c.id)
    .order_by(specialists.c.id)
    .limit(bindparam("limit", type_=BigInteger))
)
_OFFERED = (
    *SPECIALIST.columns("specialist_"),
    *AVAILABILITY.columns("availability_"),
    func.coalesce(places.c.name, "").label("place_name"),
)
OFFERED = reader(
    Offered,
    specialist=SPECIALIST.reader("specialist_"),
    availability=AVAILABILITY.reader("availability_"),
    place_name="place_name",
)
LIST_OFFERED = statement(
    select(*_OFFERED).select_from(_joined).where(*_wanted, specialists.c.id.in_(_batch)).order_by(specialists.c.id),
    into=OFFERED,
)
"""The availabilities that are wanted, of the next so many active specialists after one who have any; by specialist."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An availability that could give a time, and what of it is not as it is wanted."""

    offered: Offered
    misfits: tuple[Reason, ...]


def _misfits(numbers: Sequence[int]) -> tuple[Reason, ...]:
    return tuple(map(Reason, numbers))


LIST_CANDIDATES = statement(
    select(
        *_OFFERED,
        func.array_remove(
            array([case((fits, None), else_=literal(reason.value, SmallInteger)) for reason, fits in FITS.items()]),
            None,
            type_=ARRAY(SmallInteger),
        ).label("misfits"),
    )
    .select_from(_joined)
    .where(*_theirs)
    .order_by(availabilities.c.id),
    into=reader(Candidate, offered=OFFERED, misfits=reader(_misfits, "misfits")),
)
"""The availabilities of these specialists, the active ones, with what of each does not fit."""

COUNT_PLACES = statement(
    select(func.count()).where(places.c.org_id == ORG_ID, places.c.id == any_(_place_ids)), into=int
)
"""How many of these places are the organization's."""

LIST_FIRST_SPECIALISTS = statement(
    select(specialists.c.id)
    .where(specialists.c.org_id == ORG_ID, IS_ACTIVE)
    .order_by(specialists.c.sort_name, specialists.c.id)
    .limit(bindparam("limit", type_=BigInteger)),
    into=UUID,
)
"""The first active ones by name."""

LIST_CALENDAR_SPECIALISTS = statement(
    select(*SPECIALIST.columns())
    .where(specialists.c.org_id == ORG_ID, specialists.c.id == any_(_ids))
    .order_by(specialists.c.id),
    into=SPECIALIST.reader(),
)
"""Those of these specialists who are the organization's, active or not."""
