"""Offers of a login: how staff make them, and how whoever holds the link looks and answers."""

from portico.casemanager.v1 import case_manager_logins_pb2
from portico.casemanager.v1 import resources_pb2 as res
from portico.casemanager.v1.login_offers_pb2 import (
    AnswerLoginOfferRequest,
    CheckLoginOfferRequest,
    CheckLoginOfferResponse,
)

from services.casemanager.tests.world import World, token_in

YES, NO = AnswerLoginOfferRequest.YES, AnswerLoginOfferRequest.NO


async def offer(world: World, person: res.CaseManager, reason: str = "") -> res.CaseManager:
    """Offers the person a login; who they are then."""
    request = case_manager_logins_pb2.OfferCaseManagerLoginRequest(case_manager_id=person.id, reason=reason)
    answer: res.CaseManager = await world.stub.OfferCaseManagerLogin(request, metadata=world.staff)
    return answer


async def newest_token(world: World) -> str:
    """Of the link in the offer that went out last."""
    return token_in((await world.offers())[-1])


async def answer(world: World, token: str, said: AnswerLoginOfferRequest.Answer.ValueType) -> CheckLoginOfferResponse:
    """Presses one of the buttons behind the link."""
    response: CheckLoginOfferResponse = await world.stub.AnswerLoginOffer(
        AnswerLoginOfferRequest(token=token, answer=said)
    )
    return response


async def check(world: World, token: str) -> str:
    """Opens the link; what the offer is worth, by name."""
    found = await world.stub.CheckLoginOffer(CheckLoginOfferRequest(token=token))
    return CheckLoginOfferResponse.State.Name(found.state)
