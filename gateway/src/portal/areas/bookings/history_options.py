"""What the history can be narrowed to: companies and their units, who booked, who was booked, and where."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Never

from portico.casemanager.v1.case_managers_pb2 import GetCaseManagerRequest, ListCaseManagersRequest
from portico.casemanager.v1.resources_pb2 import BusinessUnit, CaseManager
from portico.casemanager.v1.schedule_resources_pb2 import Specialist
from portico.casemanager.v1.specialists_pb2 import ListSpecialistsRequest

from chassis.errors import NotFound
from chassis.tasks import together
from chassis.text import full_name
from portal.areas.bookings.sides import SPECIALISTS, STAFF, side_of
from portal.core.companies import companies_to_choose, units_of
from portal.core.context import PageContext
from portal.core.i18n import N_
from portal.core.places import all_places
from portal.core.specialists import called, specialist_of

MAX_PEOPLE = 200
"""How many a filter offers; whoever else it is can be searched for by name."""

Choices = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Values with their words, any first; where a side has nothing to choose nothing else is there."""

    companies: Choices
    units: Sequence[BusinessUnit]
    managers: Choices
    specialists: Choices
    places: Choices


async def options_of(context: PageContext, *, company: str, manager: str, specialist: str) -> Options:
    """What this person can choose, with what is chosen."""
    side, any_ = side_of(context), ("", context.i18n(N_("any")))
    is_staff = side is STAFF
    companies, units, managers, specialists, places = await together(
        companies_to_choose(context, company) if is_staff else _none(),
        _units(context, company) if is_staff and company else _none(),
        _managers(context, company, manager) if is_staff else _none(),
        _specialists(context, specialist) if side is not SPECIALISTS else _none(),
        all_places(context),
    )
    return Options(
        companies=[any_, *((each.id, each.name) for each in companies)],
        units=units,
        managers=[any_, *((each.id, full_name(each.given_name, each.family_name)) for each in managers)],
        specialists=[any_, *((each.id, called(each)) for each in specialists)],
        places=[any_, *((each.id, each.name) for each in places)],
    )


async def _none() -> Sequence[Never]:
    return ()


async def _units(context: PageContext, company: str) -> Sequence[BusinessUnit]:
    with suppress(NotFound):  # nothing is found either, and the list says so
        return await units_of(context, company)
    return ()


async def _managers(context: PageContext, company: str, chosen: str) -> Sequence[CaseManager]:
    """Those of the company, or of any."""
    request = ListCaseManagersRequest(page_size=MAX_PEOPLE, company_id=company, order_by="family_name")
    found = (await context.services.casemanager.ListCaseManagers(request)).case_managers
    if chosen and chosen not in {each.id for each in found}:
        with suppress(NotFound):
            one = GetCaseManagerRequest(case_manager_id=chosen)
            return [await context.services.casemanager.GetCaseManager(one), *found]
    return found


async def _specialists(context: PageContext, chosen: str) -> Sequence[Specialist]:
    found = (
        await context.services.casemanager.ListSpecialists(ListSpecialistsRequest(page_size=MAX_PEOPLE))
    ).specialists
    if chosen and chosen not in {each.id for each in found}:
        with suppress(NotFound):
            return [await specialist_of(context, chosen), *found]
    return found
