"""Loading the versions of a booking's report, and the people whom they are for."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from uuid import UUID

from portico_errors.casemanager import BookingNotFound

from casemanager.bookings.domain.booking import Seen
from casemanager.bookings.usecases import with_staff
from casemanager.paperwork.storage import LIST_FILES
from casemanager.reports.domain.report import Around, Person, Report, Shelf
from casemanager.reports.storage import LIST_OF_BOOKING, LOAD_CASE_OF_BOOKING, LOAD_PEOPLE
from casemanager.shared.deps import Deps


async def load_shelf(deps: Deps, seen: Seen, account_id: UUID | None, *, is_administrator: bool = False) -> Shelf:
    """All versions of a booking's report, and what its case says of who gets them."""
    booking, database = seen.booking, deps.database
    where = {"org_id": booking.org_id, "booking_id": booking.id}
    reports = await database.all(LIST_OF_BOOKING, **where, account_id=account_id)
    paperwork = await database.all(LIST_FILES, **where)
    found = await database.first(LOAD_CASE_OF_BOOKING, **where)
    if found is None:
        raise BookingNotFound()
    case, report_email = found
    parties = (party.case_manager_id for party in case.parties)
    people = await load_people(deps, booking.org_id, (booking.case_manager_id, *parties, *readers(reports)))
    around = Around(
        company_file_number=case.company_file_number, report_email=report_email, parties=case.parties, people=people
    )
    return Shelf(seen=seen, reports=reports, around=around, paperwork=paperwork, is_administrator=is_administrator)


def readers(reports: Iterable[Report]) -> Iterable[UUID | None]:
    """The case managers among the recipients."""
    return (each.case_manager_id for report in reports for each in report.recipients)


async def with_stand_ins(deps: Deps, shelf: Shelf) -> Shelf:
    """The same for a change of a version: with who is told of it in the place of somebody out of service."""
    if all(person.is_active for person in shelf.around.people.values()):
        return shelf
    return replace(shelf, seen=await with_staff(deps, shelf.seen))


async def load_people(deps: Deps, org_id: UUID, ids: Iterable[UUID | None]) -> Mapping[UUID, Person]:
    """Case managers by their ids."""
    person_ids = sorted({each for each in ids if each})
    found = await deps.database.all(LOAD_PEOPLE, org_id=org_id, person_ids=person_ids)
    return {person.id: person for person in found}
