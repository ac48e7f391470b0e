"""Phone numbers change hands: what the holder of a code has to say, too, before an old number opens an account."""

from portico.applications.v1.families_pb2 import CheckFamilyKnowledgeRequest, NumberAndChild
from portico.identity.v1 import resets_pb2 as pb
from portico_errors.identity import FamilyProofBlocked, FamilyProofNeeded, FamilyProofWrong

from chassis.call import Call
from identity.accounts.domain import Account
from identity.resets.deps import Deps
from identity.resets.domain import FAMILY_PROOF_WINDOW, MAX_FAMILY_PROOFS
from identity.resets.storage import COUNT_CODE_TRY, FORGET_CODE_TRIES
from identity.shared.audit.domain import Action
from identity.shared.audit.usecases import audit_refusal


async def require_family_proof(deps: Deps, call: Call, account: Account, proof: pb.FamilyProof | None) -> None:
    """Raises `FamilyProofNeeded`, `-Wrong` or `-Blocked` unless the proof is true of an application of the account.

    An account without applications has nothing to hide: it is asked the same, and any answer will do. When applications
    cannot be asked, nobody gets in.
    """
    if proof is None:
        raise FamilyProofNeeded()
    request = CheckFamilyKnowledgeRequest(account_id=str(account.id))
    if proof.HasField("birth_date"):
        request.birth_date.CopyFrom(proof.birth_date)
    else:
        said = proof.application_and_child
        request.number_and_child.CopyFrom(
            NumberAndChild(application_number=said.application_number, child_family_name=said.child_family_name)
        )
    known = await deps.applications.CheckFamilyKnowledge(request)
    key_hash = deps.hashes("family-proof", account.id.bytes)
    # Counted before it is answered, so that many at once learn no more than three one after the other.
    tries = await deps.database.first(
        COUNT_CODE_TRY, org_id=account.org_id, key_hash=key_hash, now=deps.clock(), window=FAMILY_PROOF_WINDOW
    )
    if (tries or 0) > MAX_FAMILY_PROOFS:
        raise FamilyProofBlocked()
    if known.has_links and not known.matches:
        await audit_refusal(deps, call, Action.RESET_REFUSED, org_id=account.org_id, subject=account.id)
        raise FamilyProofWrong()
    await deps.database.run(FORGET_CODE_TRIES, org_id=account.org_id, key_hashes=[key_hash])
