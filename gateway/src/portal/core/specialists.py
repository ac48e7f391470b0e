"""Who is booked: what several pages say of them."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from portico.casemanager.v1.schedule_resources_pb2 import AppointmentMode, Specialist
from portico.casemanager.v1.specialists_pb2 import GetSpecialistRequest, ListSpecialistsRequest

from chassis.errors import ServiceError
from chassis.text import full_name
from portal.core.context import PageContext
from portal.core.i18n import N_, NC_, I18n

MODES: Mapping[str, str] = {"IN_PERSON": N_("In person"), "TELEHEALTH": N_("Telehealth")}
"""How an appointment is held."""
ACCOUNT_STATUSES: Mapping[str, str] = {"ACTIVE": NC_("place or person", "Active"), "INACTIVE": N_("Inactive")}
MAX_ASKED = 1000
"""How many specialists are looked at for what can be chosen; a specialty that only others have is not offered."""
_PAGE = 200


@dataclass(frozen=True, slots=True)
class InTheWay:
    """The numbers of bookings that keep something from being done, and how many more there are."""

    numbers: Sequence[str]
    more_count: int

    @classmethod
    def of(cls, error: ServiceError) -> "InTheWay":
        """As a refusal (BOOKINGS_IN_THE_WAY) names them."""
        numbers = list(filter(None, error.metadata.get("booking_numbers", "").split(",")))
        count = error.metadata.get("count", "")
        return cls(numbers, max(0, int(count) - len(numbers)) if count.isdecimal() else 0)


async def specialist_of(context: PageContext, specialist_id: str) -> Specialist:
    """One of them; raises SpecialistNotFound."""
    return await context.services.casemanager.GetSpecialist(GetSpecialistRequest(specialist_id=specialist_id))


async def own_specialist(context: PageContext) -> Specialist | None:
    """Who is signed in; None for a login to which no active specialist belongs."""
    found = await context.services.casemanager.ListSpecialists(ListSpecialistsRequest(page_size=1))
    return next(iter(found.specialists), None)


async def known_specialties(context: PageContext, chosen: str) -> Set[str]:
    """The specialties of active specialists, those too that are no longer offered; what is `chosen` is among them."""
    found = {*filter(None, (chosen,))}
    request = ListSpecialistsRequest(page_size=_PAGE, account_status=Specialist.ACTIVE)
    for _ in range(MAX_ASKED // _PAGE):
        page = await context.services.casemanager.ListSpecialists(request)
        found.update(specialty for each in page.specialists for specialty in each.specialties)
        if not page.next_page_token:
            break
        request.page_token = page.next_page_token
    return found


def called(specialist: Specialist) -> str:
    """Title and names.

    >>> called(Specialist(title="Dr", given_name="Rui", family_name="Zhang"))
    'Dr Rui Zhang'
    """
    return f"{specialist.title} {full_name(specialist.given_name, specialist.family_name)}".strip()


def mode_words(mode: AppointmentMode.ValueType, i18n: I18n) -> str:
    """How an appointment is held; the number of a mode that is newer than we are."""
    value = AppointmentMode.DESCRIPTOR.values_by_number.get(mode)
    return i18n(MODES.get(value.name, value.name)) if value else str(mode)
