"""The secrets of offers: made here, and known in the clear nowhere else."""

from uuid import UUID

from casemanager.case_manager_logins.domain import NewOffer
from casemanager.case_managers.domain import OfferLink
from casemanager.shared.deps import Deps
from chassis.secrets import opaque_token


def new_offer(deps: Deps, org_id: UUID, *, reason: str) -> NewOffer:
    """An offer with a link that nobody has seen."""
    token = opaque_token(org_id)
    sealed = deps.sealer.seal({"link": f"{deps.public_url}/offer/{token}"})
    return NewOffer(id=deps.ids(), link=OfferLink(token_hash=token_hash(deps, token), sealed=sealed), reason=reason)


def token_hash(deps: Deps, token: str) -> bytes:
    """What an offer's link is known by."""
    return deps.hashes("login offer", token)
