"""The case managers of a company, one of whom is its main contact."""

from collections.abc import Sequence
from dataclasses import dataclass

from portico.casemanager.v1.case_managers_pb2 import GetCaseManagerRequest, ListCaseManagersRequest
from portico.casemanager.v1.resources_pb2 import CaseManager, Company

from chassis.errors import NotFound
from chassis.text import full_name
from portal.core.context import PageContext
from portal.core.i18n import N_

MAX_PEOPLE = 1000
"""How many a company's form offers, by family name."""
_PAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacts:
    """Who can be chosen, as value and words; `contact` is who is chosen now, `has_more`: not everybody stands here."""

    options: Sequence[tuple[str, str]]
    contact: CaseManager | None
    has_more: bool


async def active_people(context: PageContext, company_id: str) -> Sequence[CaseManager]:
    """The case managers of a company who are in service, by family name, and at most one more than are offered."""
    found: list[CaseManager] = []
    request = ListCaseManagersRequest(
        page_size=_PAGE, company_id=company_id, account_status=CaseManager.ACTIVE, order_by="family_name"
    )
    while True:
        page = await context.services.casemanager.ListCaseManagers(request)
        found += page.case_managers
        if not page.next_page_token or len(found) > MAX_PEOPLE:
            return found
        request.page_token = page.next_page_token


async def contacts_of(context: PageContext, company: Company, people: Sequence[CaseManager]) -> Contacts:
    """Nobody, these people, and who is chosen where they are none of them: out of service, or beyond those offered."""
    offered = {person.id: person for person in people[:MAX_PEOPLE]}
    contact = offered.get(company.main_contact_id) or await _person(context, company.main_contact_id)
    others = [contact] if contact and contact.id not in offered else []
    options = [(person.id, _words(context, person)) for person in (*others, *offered.values())]
    return Contacts(
        options=[("", context.i18n(N_("nobody"))), *options], contact=contact, has_more=len(people) > MAX_PEOPLE
    )


async def _person(context: PageContext, person_id: str) -> CaseManager | None:
    if not person_id:
        return None
    try:
        return await context.services.casemanager.GetCaseManager(GetCaseManagerRequest(case_manager_id=person_id))
    except NotFound:
        return None


def _words(context: PageContext, person: CaseManager) -> str:
    name = full_name(person.given_name, person.family_name)
    if person.account_status == CaseManager.ACTIVE:
        return name
    return context.i18n(N_("%(name)s (inactive)")) % {"name": name}
