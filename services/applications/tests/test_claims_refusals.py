"""What the RPCs of applications say to those who show an invitation that is worth nothing."""

from datetime import timedelta

import pytest
from portico.applications.v1 import claims_pb2 as pb
from portico.applications.v1 import resources_pb2 as res

from chassis.errors import Conflict, Exhausted, InvalidArgument, NotFound
from chassis.secrets import typed_code
from services.applications.tests.world import World, as_family, as_visitor

PROOF = res.InvitationProof(token="no such token")


async def test_worthless_proofs_say_why_over_the_wire(grpc_stub, people, world: World) -> None:
    """AP-09: unknown, replaced, revoked, expired and used, each with its reason; a check says so without an error."""
    application = await world.submit()
    replaced = await world.secret()
    await world.invite(application)
    revoked = await world.secret()
    await world.revoke(application)
    await world.invite(application)
    expired = await world.secret()
    world.clock.advance(timedelta(days=14))
    family = as_family(people, world.an_account())
    for token, worth in (
        ("no such token", "UNKNOWN"),
        (replaced.token, "REPLACED"),
        (revoked.token, "REVOKED"),
        (expired.token, "EXPIRED"),
    ):
        proof = res.InvitationProof(token=token)
        checked = await grpc_stub.CheckInvitation(pb.CheckInvitationRequest(proof=proof), metadata=as_visitor())
        assert pb.CheckInvitationResponse.State.Name(checked.state) == worth
        assert bool(checked.organization_name) == bool(checked.time_zone) == (worth != "UNKNOWN")
        assert checked.HasField("organization") == (worth != "UNKNOWN")
        assert checked.HasField("expire_time") == (worth == "EXPIRED")
        for refused_rpc, request, metadata in (
            (grpc_stub.ClaimInvitation, pb.ClaimInvitationRequest(proof=proof), as_visitor()),
            (grpc_stub.AcceptInvitation, pb.AcceptInvitationRequest(proof=proof), family),
        ):
            with pytest.raises((NotFound, Conflict)) as refused:
                await refused_rpc(request, metadata=metadata)
            assert refused.value.reason == f"INVITATION_{worth}"
    await world.invite(application)
    proof = res.InvitationProof(token=(await world.secret()).token)
    await grpc_stub.AcceptInvitation(pb.AcceptInvitationRequest(proof=proof), metadata=family)
    another = as_family(people, world.an_account())
    with pytest.raises(Conflict) as used:
        await grpc_stub.AcceptInvitation(pb.AcceptInvitationRequest(proof=proof), metadata=another)
    assert used.value.reason == "INVITATION_USED"


async def test_codes_with_wrong_numbers_and_unknown_codes(grpc_stub, world: World) -> None:
    """AP-09: NUMBER_MISMATCH five times, then CODE_BLOCKED; ten unknown codes, then TOO_MANY_CODES and how long."""
    await world.submit()
    code = (await world.secret()).code
    for reason in ["NUMBER_MISMATCH"] * 5 + ["CODE_BLOCKED"]:
        with pytest.raises(Conflict) as refused:
            await grpc_stub.CheckInvitation(by_code(code, "A-2"), metadata=as_visitor())
        assert refused.value.reason == reason
    visitor = as_visitor()
    for _ in range(10):
        checked = await grpc_stub.CheckInvitation(by_code(typed_code(10), "A-1"), metadata=visitor)
        assert checked == pb.CheckInvitationResponse(state=pb.CheckInvitationResponse.UNKNOWN)
    with pytest.raises(Exhausted) as exhausted:
        await grpc_stub.CheckInvitation(by_code(code, "A-1"), metadata=visitor)
    assert exhausted.value.reason == "TOO_MANY_CODES"
    assert exhausted.value.retry_after == timedelta(hours=1)
    request = pb.ResendInvitationRequest(proof=by_code(code, "A-2").proof)
    with pytest.raises(Exhausted):
        await grpc_stub.ResendInvitation(request, metadata=visitor)


def by_code(code: str, number: str) -> pb.CheckInvitationRequest:
    typed = res.TypedCode(code=code, application_number=number)
    return pb.CheckInvitationRequest(proof=res.InvitationProof(typed=typed))


async def test_asking_for_a_new_one_never_tells(grpc_stub, world: World) -> None:
    """AP-10: unknown, live, wrong number, expired: the same empty answer."""
    await world.submit()
    secret = await world.secret()
    proofs = [
        PROOF,
        res.InvitationProof(token=secret.token),
        by_code(secret.code, "A-77").proof,
        by_code(typed_code(10), "A-1").proof,
    ]
    for step in (timedelta(), timedelta(days=14)):
        world.clock.advance(step)
        for proof in proofs:
            request = pb.ResendInvitationRequest(proof=proof)
            assert await grpc_stub.ResendInvitation(request, metadata=as_visitor()) == pb.ResendInvitationResponse()
    assert len(await world.messages()) == 2


async def test_a_proof_must_be_one(grpc_stub) -> None:
    """AP-09: an empty proof is the caller's mistake."""
    for proof in (res.InvitationProof(), res.InvitationProof(token=""), res.InvitationProof(token="x" * 129)):
        with pytest.raises(InvalidArgument):
            await grpc_stub.CheckInvitation(pb.CheckInvitationRequest(proof=proof), metadata=as_visitor())
