"""A family that came in by one invitation is offered the others that wait for the same contact."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from portico.applications.v1 import resources_pb2 as res
from portico_errors.applications import InvitationUnknown

from applications.claims.storage.offers import FIND_OFFER, LIST_OFFERS
from applications.claims.storage.proofs import ShownInvitation
from applications.claims.usecases.claims import accept_shown
from applications.shared.deps import Deps
from chassis.call import Call

PROOF_LIFE = timedelta(days=1)
"""How long an acceptance proves its contact: a phone number may have another owner some day."""

_MAX_OFFERS = 20


async def list_offers(deps: Deps, call: Call) -> Sequence[ShownInvitation]:
    """What the signed-in family could accept as well, the one that ends first first; 20 at most."""
    now = deps.clock()
    return await deps.database.all(
        LIST_OFFERS, account_id=call.account_id, proven_after=now - PROOF_LIFE, now=now, limit=_MAX_OFFERS
    )


async def accept_offer(deps: Deps, call: Call, *, invitation_id: UUID) -> res.FamilyApplication:
    """Links the signed-in family's account to the guardian.

    Raises InvitationUnknown for what is not offered to it, InvitationExpired, -Used, -Revoked or -Replaced.
    """
    proven_after = deps.clock() - PROOF_LIFE
    shown = await deps.database.first(
        FIND_OFFER, account_id=call.account_id, proven_after=proven_after, invitation_id=invitation_id
    )
    if shown is None:
        raise InvitationUnknown()
    return await accept_shown(deps, call, shown)
