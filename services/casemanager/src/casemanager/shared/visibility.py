"""Who is asking, and which records they see (CM-15): said once, as the condition of the statements that read."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from enum import Enum
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, bindparam, literal_column

from chassis.call import Call, Role

IsInService = Callable[[Call], Awaitable[bool]]
"""Whether a caller sees anything: nobody does who is out of service, whatever their token says."""
STAFF = frozenset({Role.STAFF_ADMIN, Role.STAFF})


def is_staff(call: Call) -> bool:
    """Whether the caller is of the organization's staff, who see everything of it."""
    return call.caller.role in STAFF


class Sight(Enum):
    """How far somebody sees among an organization's records of a kind."""

    NOTHING = "nothing"
    OWN = "own"
    """Those of the person."""
    UNIT = "unit"
    """Those of the person's unit."""
    EVERYTHING = "everything"


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who looks: `person_id` is the case manager's; their unit is that of now, None: they see their own alone."""

    sight: Sight
    person_id: UUID | None = None
    business_unit_id: UUID | None = None

    @property
    def of_own(self) -> "Viewer":
        """The same person, who looks at what is theirs, and may be changed by them."""
        return replace(self, sight=Sight.OWN) if self.sight is Sight.UNIT else self

    def owns(self, owner_id: UUID | None) -> bool:
        """Whether they may change what belongs to this person."""
        return self.sight is Sight.EVERYTHING or (self.person_id is not None and self.person_id == owner_id)

    def params(self) -> dict[str, object]:
        """The parameters of `visible`."""
        match self.sight:
            case Sight.OWN:
                return {"viewer_id": self.person_id}
            case Sight.UNIT:
                return {"viewer_unit_id": self.business_unit_id}
        return {}


STAFF_VIEWER = Viewer(sight=Sight.EVERYTHING)
NOBODY = Viewer(sight=Sight.NOTHING)
"""Whoever is out of service, or has a login without a profile: they see nothing, whatever their token says."""


def case_manager_viewer(person_id: UUID, business_unit_id: UUID | None) -> Viewer:
    """A case manager, who sees as far as their unit; without one their own."""
    sight = Sight.OWN if business_unit_id is None else Sight.UNIT
    return Viewer(sight=sight, person_id=person_id, business_unit_id=business_unit_id)


def visible(
    sight: Sight, *, owner: ColumnElement[UUID], unit: ColumnElement[UUID] | ColumnElement[UUID | None]
) -> ColumnElement[bool]:
    """Which rows somebody with this sight sees; `owner` is whose a row is, `unit` the unit that reads it.

    Never both in one condition: "mine or my unit's" by OR reads every row of the organization. Where a person's own
    may be of another unit, a list unites the two.
    """
    match sight:
        case Sight.OWN:
            return owner == bindparam("viewer_id", type_=Uuid)
        case Sight.UNIT:
            return unit == bindparam("viewer_unit_id", type_=Uuid)
        case Sight.EVERYTHING:
            return literal_column("true")
    return literal_column("false")
