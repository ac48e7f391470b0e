"""What somebody who holds an invitation does with it."""

from uuid import UUID

from portico.applications.v1 import claims_pb2 as pb
from portico.applications.v1 import resources_pb2 as res
from portico.applications.v1.claims_pb2_grpc import ClaimsServiceServicer

from applications.application.domain.invitation import InvitationStatus
from applications.application.wire import organization_profile
from applications.claims.storage.proofs import ShownInvitation
from applications.claims.usecases.claims import (
    Checked,
    accept_invitation,
    check_invitation,
    claim_invitation,
    resend_invitation,
)
from applications.claims.usecases.offers import accept_offer, list_offers
from applications.claims.usecases.proofs import Proof, Token, TypedCode
from applications.shared.deps import Deps
from chassis.call import current_call
from chassis.contacts import mask
from chassis.interceptor import Context
from chassis.wire import timestamp


class ClaimsServicer(ClaimsServiceServicer):
    """For families, signed in or not."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def CheckInvitation(self, request: pb.CheckInvitationRequest, context: Context) -> pb.CheckInvitationResponse:
        return _checked_message(await check_invitation(self._deps, current_call(), _proof_of(request.proof)))

    async def ClaimInvitation(self, request: pb.ClaimInvitationRequest, context: Context) -> pb.ClaimInvitationResponse:
        ticket = await claim_invitation(self._deps, current_call(), _proof_of(request.proof))
        return pb.ClaimInvitationResponse(contact_ticket=ticket.contact_ticket, expire_time=ticket.expire_time)

    async def AcceptInvitation(self, request: pb.AcceptInvitationRequest, context: Context) -> res.FamilyApplication:
        return await accept_invitation(self._deps, current_call(), _proof_of(request.proof))

    async def ResendInvitation(
        self, request: pb.ResendInvitationRequest, context: Context
    ) -> pb.ResendInvitationResponse:
        await resend_invitation(self._deps, current_call(), _proof_of(request.proof))
        return pb.ResendInvitationResponse()

    async def ListOffers(self, request: pb.ListOffersRequest, context: Context) -> pb.ListOffersResponse:
        return pb.ListOffersResponse(offers=map(_offer_message, await list_offers(self._deps, current_call())))

    async def AcceptOffer(self, request: pb.AcceptOfferRequest, context: Context) -> res.FamilyApplication:
        return await accept_offer(self._deps, current_call(), invitation_id=UUID(request.invitation_id))


def _proof_of(proof: res.InvitationProof) -> Proof:
    """What somebody shows."""
    if proof.HasField("typed"):
        return TypedCode(code=proof.typed.code, number=proof.typed.application_number)
    return Token(proof.token)


def _offer_message(shown: ShownInvitation) -> pb.Offer:
    """An invitation that waits for its family."""
    return pb.Offer(
        invitation_id=str(shown.invitation.id),
        organization_name=shown.organization_name,
        application_number=shown.number,
        masked_contact=mask(shown.invitation.contact),
        expire_time=timestamp(shown.invitation.expire_time),
        time_zone=shown.time_zone,
    )


def _checked_message(checked: Checked) -> pb.CheckInvitationResponse:
    """What an invitation is worth."""
    answer = pb.CheckInvitationResponse(state=pb.CheckInvitationResponse.State.ValueType(checked.invitation_status))
    shown = checked.shown
    if shown is not None:
        answer.organization_name = shown.organization_name
        answer.organization.CopyFrom(organization_profile(shown.organization_name, shown.profile))
        answer.application_number = shown.number
        answer.masked_contact = mask(shown.invitation.contact)
        answer.account_exists = checked.account_exists
        answer.language = shown.language
        answer.time_zone = shown.time_zone
        if checked.invitation_status in {InvitationStatus.VALID, InvitationStatus.EXPIRED}:
            answer.expire_time.CopyFrom(timestamp(shown.invitation.expire_time))
    return answer
