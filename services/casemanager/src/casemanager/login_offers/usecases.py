"""Offers of a login: their links, and the answers of who holds one (CM-04)."""

from dataclasses import dataclass, replace
from enum import IntEnum
from functools import partial
from uuid import UUID

from portico_errors.casemanager import OfferUnknown, UsernameTaken

from casemanager.case_manager_logins.domain import AnswerOffer, answer_offer
from casemanager.case_manager_logins.usecases import token_hash
from casemanager.case_managers.domain import CaseManager
from casemanager.case_managers.usecases import change_from, load_case_manager
from casemanager.logins.domain import Answer
from casemanager.logins.storage import FIND_OFFER, FoundOffer
from casemanager.settings.usecases import settings_of
from casemanager.shared.deps import Deps
from casemanager.shared.organizations import Organization, organization_of
from casemanager.tasks.domain.due import Calendar
from chassis.aggregate import Source
from chassis.call import Call
from chassis.secrets import org_of


class OfferState(IntEnum):
    """What an offer is worth; the numbers are the contract's."""

    OPEN = 1
    ACCEPTED = 2
    DECLINED = 3
    EXPIRED = 4
    REPLACED = 5
    ENABLED = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownOffer:
    """An offer as who holds its link sees it."""

    state: OfferState
    person: CaseManager
    organization: Organization


async def check_offer(deps: Deps, token: str) -> ShownOffer:
    """What the offer of a link is worth; raises OfferUnknown."""
    org_id, found = await _found(deps, token)
    person = await load_case_manager(deps, org_id, found.person_id)
    return ShownOffer(
        state=_state(person, found.offer_id, deps),
        person=person,
        organization=await organization_of(deps.database, org_id),
    )


async def answer(deps: Deps, call: Call, token: str, answer_: Answer) -> ShownOffer:
    """Takes an answer; raises OfferUnknown, OfferExpired, OfferReplaced or OfferAnswered.

    A yes that would give a login at once, but whose address somebody else has, becomes staff's task.
    """
    org_id, found = await _found(deps, token)
    settings, organization = await settings_of(deps.database, org_id), await organization_of(deps.database, org_id)
    command = AnswerOffer(
        offer_id=found.offer_id,
        answer=answer_,
        enables=settings.enable_on_yes,
        task_id=deps.ids(),
        calendar=Calendar(zone=organization.time_zone, holidays=frozenset(settings.holidays)),
    )
    source = Source(call, org_id, partial(load_case_manager, deps, org_id, found.person_id))
    try:
        await change_from(deps, source, answer_offer, command)
    except UsernameTaken:
        await change_from(deps, source, answer_offer, replace(command, enables=False))
    return await check_offer(deps, token)


async def _found(deps: Deps, token: str) -> tuple[UUID, FoundOffer]:
    try:
        org_id = org_of(token)
    except ValueError:
        raise OfferUnknown() from None
    found = await deps.database.first(FIND_OFFER, org_id=org_id, token_hash=token_hash(deps, token))
    if found is None:
        raise OfferUnknown()
    return org_id, found


def _state(person: CaseManager, offer_id: UUID, deps: Deps) -> OfferState:
    current = person.offer
    if person.login is not None:
        return OfferState.ENABLED
    if current is None or current.id != offer_id:
        return OfferState.REPLACED
    if current.answer is not None:
        return OfferState.ACCEPTED if current.answer is Answer.YES else OfferState.DECLINED
    return OfferState.EXPIRED if deps.clock() >= current.expire_time or not person.is_active else OfferState.OPEN
