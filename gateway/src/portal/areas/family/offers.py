"""What else waits for a family that came in by an invitation: with one button it is theirs."""

from collections.abc import Sequence
from uuid import UUID, uuid5

from portico.applications.v1.claims_pb2 import AcceptOfferRequest, ListOffersRequest, Offer
from starlette.responses import Response

from chassis.errors import DeadlineExceeded, InvalidArgument, ServiceError, Unavailable
from portal.core.context import PageContext

MAX_OFFERS = 20
_ENDED = frozenset(
    {"INVITATION_UNKNOWN", "INVITATION_EXPIRED", "INVITATION_USED", "INVITATION_REVOKED", "INVITATION_REPLACED"}
)


async def offers_of(context: PageContext) -> Sequence[Offer]:
    """What waits; nothing while it cannot be asked for: the page is worth showing without."""
    try:
        return (await context.services.applications.ListOffers(ListOffersRequest())).offers
    except (Unavailable, DeadlineExceeded):
        return []


async def accept(context: PageContext) -> Response:
    """Takes up those that the form names, one after the other; what is no longer valid is passed over and told."""
    invitation_ids = context.form["invitation_ids"].split()[:MAX_OFFERS]
    accepted = [
        application_id
        for invitation_id in invitation_ids
        if (application_id := await _accept(context, invitation_id)) is not None
    ]
    flash = "offers-accepted" if len(accepted) == len(invitation_ids) else "offers-ended"
    return context.redirect(f"/applications/{accepted[0]}" if len(accepted) == 1 else "/applications", flash=flash)


async def _accept(context: PageContext, invitation_id: str) -> str | None:
    """The application; None for an invitation that is no longer valid."""
    # Each call has a request id of its own that is the same when the form is sent twice.
    request_id = str(uuid5(_uuid(context.form["request_id"]), invitation_id))
    request = AcceptOfferRequest(request_id=request_id, invitation_id=invitation_id)
    try:
        return (await context.services.applications.AcceptOffer(request)).id
    except ServiceError as error:
        if error.reason not in _ENDED:
            raise
        return None


def _uuid(written: str) -> UUID:
    try:
        return UUID(written)
    except ValueError:
        raise InvalidArgument() from None
