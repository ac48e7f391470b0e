"""What is read of the times that somebody chooses, and of the case that an appointment is asked for."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    SmallInteger,
    Uuid,
    and_,
    any_,
    bindparam,
    func,
    literal,
    select,
)

from casemanager.availabilities.domain.availability import Availability
from casemanager.availabilities.storage import AVAILABILITY, IS_THERE, availabilities
from casemanager.bookings.domain.booking import People
from casemanager.bookings.storage.load import ORG_ID, PEOPLE, people_columns
from casemanager.case_managers.storage import case_managers
from casemanager.cases.domain import State as CaseState
from casemanager.cases.storage import cases
from casemanager.companies.domain import Status as CompanyStatus
from casemanager.companies.storage import companies
from casemanager.places.domain import Place
from casemanager.places.storage import PLACE, places
from casemanager.slots.storage import FITS
from casemanager.specialists.domain import Specialist
from casemanager.specialists.storage import IS_ACTIVE, SPECIALIST, specialists
from chassis.db import Statement, statement
from chassis.readers import reader


@dataclass(frozen=True, slots=True)
class FoundAvailability:
    """An availability that is there, of an active specialist, and its place; `fits`: the search finds its slots."""

    availability: Availability
    specialist: Specialist
    place: Place | None
    fits: bool


_specialist_ids = bindparam("specialist_ids", type_=ARRAY(Uuid))
_of_specialist = (specialists.c.org_id == availabilities.c.org_id) & (
    specialists.c.id == availabilities.c.specialist_id
)
_at_place = (places.c.org_id == availabilities.c.org_id) & (places.c.id == availabilities.c.place_id)
_place_reader = PLACE.reader("place_").unless_null("place_id")


def _availabilities(which: ColumnElement[bool]) -> Statement[FoundAvailability]:
    return statement(
        select(
            *AVAILABILITY.columns("availability_"),
            *SPECIALIST.columns("specialist_"),
            *PLACE.columns("place_"),
            func.coalesce(and_(*FITS.values()), False).label("fits"),
        )
        .select_from(availabilities.join(specialists, _of_specialist).outerjoin(places, _at_place))
        .where(*IS_THERE, specialists.c.org_id == ORG_ID, IS_ACTIVE, which),
        into=reader(
            FoundAvailability,
            availability=AVAILABILITY.reader("availability_"),
            specialist=SPECIALIST.reader("specialist_"),
            place=_place_reader,
        ),
    )


FIND_AVAILABILITIES = _availabilities(availabilities.c.id == any_(bindparam("availability_ids", type_=ARRAY(Uuid))))
"""Those of these availabilities that give slots; with the filters of the search, as LIST_AVAILABILITIES_OF."""
LIST_AVAILABILITIES_OF = _availabilities(specialists.c.id == any_(_specialist_ids))
"""All that give slots of these specialists."""
LIST_ACTIVE_SPECIALISTS = statement(
    select(*SPECIALIST.columns()).where(
        specialists.c.org_id == ORG_ID, specialists.c.id == any_(_specialist_ids), IS_ACTIVE
    ),
    into=SPECIALIST.reader(),
)
LIST_CHOSEN_PLACES = statement(
    select(*PLACE.columns()).where(
        places.c.org_id == ORG_ID, places.c.id == any_(bindparam("place_ids", type_=ARRAY(Uuid)))
    ),
    into=PLACE.reader(),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedCase:
    """A case for which something is asked, and the case manager of it or another one of its company."""

    case_id: UUID
    company_id: UUID
    owner_id: UUID
    service_type: str
    is_open: bool
    company_is_active: bool
    company_staff_id: UUID | None
    manager_id: UUID
    manager_company_id: UUID
    manager_staff_id: UUID | None
    people: People


_manager_id = bindparam("case_manager_id", type_=Uuid)
LOAD_ASKED = statement(
    select(
        cases.c.id.label("case_id"),
        cases.c.company_id,
        cases.c.case_manager_id.label("owner_id"),
        cases.c.service_type,
        (cases.c.state == literal(CaseState.OPEN, SmallInteger)).label("is_open"),
        (companies.c.status == literal(CompanyStatus.ACTIVE, SmallInteger)).label("company_is_active"),
        companies.c.responsible_staff_id.label("company_staff_id"),
        case_managers.c.id.label("manager_id"),
        case_managers.c.company_id.label("manager_company_id"),
        case_managers.c.responsible_staff_id.label("manager_staff_id"),
        *people_columns,
    )
    .select_from(
        cases.join(companies, (companies.c.org_id == cases.c.org_id) & (companies.c.id == cases.c.company_id)).join(
            case_managers,
            (case_managers.c.org_id == cases.c.org_id)
            & (case_managers.c.id == func.coalesce(_manager_id, cases.c.case_manager_id)),
        )
    )
    .where(cases.c.org_id == ORG_ID, cases.c.id == bindparam("case_id", type_=Uuid)),
    into=reader(AskedCase, people=PEOPLE),
)
"""A case with its company, and its case manager or the one of this id."""
