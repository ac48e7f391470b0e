"""The answers to offers of a login, by who holds the link."""

from portico.casemanager.v1 import login_offers_pb2 as pb
from portico.casemanager.v1.login_offers_pb2_grpc import LoginOffersServiceServicer

from casemanager.login_offers.usecases import OfferState, ShownOffer, answer, check_offer
from casemanager.logins.domain import Answer
from casemanager.shared.deps import Deps
from chassis.call import current_call
from chassis.contacts import mask
from chassis.interceptor import Context
from chassis.wire import timestamp


class LoginOffersServicer(LoginOffersServiceServicer):
    """For strangers."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def CheckLoginOffer(self, request: pb.CheckLoginOfferRequest, context: Context) -> pb.CheckLoginOfferResponse:
        return _offer_message(await check_offer(self._deps, request.token))

    async def AnswerLoginOffer(
        self, request: pb.AnswerLoginOfferRequest, context: Context
    ) -> pb.CheckLoginOfferResponse:
        return _offer_message(await answer(self._deps, current_call(), request.token, Answer(request.answer)))


def _offer_message(shown: ShownOffer) -> pb.CheckLoginOfferResponse:
    person, organization = shown.person, shown.organization
    made = None if shown.state is OfferState.REPLACED else person.offer
    return pb.CheckLoginOfferResponse(
        state=pb.CheckLoginOfferResponse.State.ValueType(shown.state),
        realm=organization.slug,
        organization_name=organization.name,
        given_name=person.given_name or person.family_name,
        masked_email=mask(made.email) if made else "",
        expire_time=timestamp(made.expire_time) if made else None,
        time_zone=person.time_zone or organization.time_zone,
        language=person.language,
    )
