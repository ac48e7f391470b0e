"""Any bytes at all, at a service's port and through the gateway, get a status that means something."""

import asyncio

import pytest

from chassis.call import Role
from local_stack.health import serving
from local_stack.topology import SERVICES
from tests.chaos.mutations import block, mutants
from tests.chaos.seeds import SEEDS
from tests.e2e.doors import CONTRACT, PEERS, PUBLIC, RPCS, open_doors
from tests.e2e.filling import filled
from tests.e2e.signing import signer_of

MEANINGFUL = {
    "OK",
    "INVALID_ARGUMENT",
    "FAILED_PRECONDITION",
    "UNAUTHENTICATED",
    "PERMISSION_DENIED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "ABORTED",
    "RESOURCE_EXHAUSTED",
}
MAX_BYTES = 4 * 1024 * 1024


@pytest.fixture(scope="module")
async def doors(fuzzed):
    async with open_doors(fuzzed) as doors:
        yield doors


@pytest.fixture(scope="module")
async def ways(fuzzed, doors, tenant):
    """Sends bytes to an RPC as somebody who is let in, by every way that leads there; gives the answers."""
    signer = signer_of(fuzzed, tenant.agency.admin.tokens["accessToken"])
    tokens = {role: tenant.token(signer, role) for role in Role}

    async def sent(rpc, raw):
        token = tokens[Role(min(rpc.access.roles))] if rpc.access.roles else ""
        peer = next(peer for peer in PEERS if not rpc.access.services or peer in rpc.access.services)
        calls = [doors.as_peer(peer, rpc, raw, token)]
        if rpc.full_name in PUBLIC:
            calls.append(doors.through_gateway(rpc, raw, token))
        return await asyncio.gather(*calls)

    return sent


@pytest.fixture
def harm(fuzzed):
    """What has become of a service since the test began: that it is not ready any more, and the faults in its log."""
    logs = {service: fuzzed.data / "logs" / f"{service}.log" for service in SERVICES}
    before = {service: log.stat().st_size for service, log in logs.items()}

    def done_to(service):
        around = fuzzed.around
        is_ready = serving(around.addresses[service], service=service, client=around.certificates["gateway"])
        said = logs[service].read_bytes()[before[service] :].decode().splitlines()
        faults = [line for line in said if "rpc.failed" in line or "Traceback" in line]
        return faults if is_ready() else [f"{service} is not ready", *faults]

    return done_to


@pytest.mark.parametrize("rpc", RPCS.values(), ids=RPCS)
async def test_any_bytes(ways, tenant, harm, rpc):
    """GW-04: damaged messages get a status with a reason, never a fault, and the service stays as it was."""
    speaking_for = {
        "org_id": tenant.org_id,
        "actor_org_id": tenant.org_id,
        "actor_id": tenant.accounts[Role.STAFF_ADMIN],
    }
    good = filled(rpc, {**tenant.ids, **speaking_for})
    damaged = [one for seed in range(SEEDS) for one in mutants(good, rpc.request, seed)]
    answers = await asyncio.gather(*(ways(rpc, raw) for _, raw in damaged))
    assert [] == [
        (what, answer)
        for (what, _), both in zip(damaged, answers, strict=True)
        for answer in both
        if answer.code not in MEANINGFUL or (answer.code != "OK") != bool(answer.reason)
    ]
    assert [] == harm(rpc.owner)


ONE_OF_EACH = {service.descriptor.full_name: service.rpcs[0] for service in CONTRACT.services}


@pytest.mark.parametrize("rpc", ONE_OF_EACH.values(), ids=ONE_OF_EACH)
async def test_a_message_that_is_too_large(ways, harm, rpc):
    """GW-03: a message over 4 MiB is refused unread, and the service stays as it was."""
    answers = await ways(rpc, block(1000, bytes(MAX_BYTES)))
    assert {"RESOURCE_EXHAUSTED"} == {answer.code for answer in answers}
    assert [] == harm(rpc.owner)


@pytest.mark.parametrize("rpc", ONE_OF_EACH.values(), ids=ONE_OF_EACH)
async def test_metadata_that_is_too_large(doors, harm, rpc):
    """GW-03: metadata up to what the gateway lets through is read, more is refused, and the service stays as it was."""
    peer = next(peer for peer in PEERS if not rpc.access.services or peer in rpc.access.services)
    answers = [await doors.as_peer(peer, rpc, b"", "A" * size) for size in (17_000, 70_000, 100_000, 1_000_000)]
    expected = "UNAUTHENTICATED" if not rpc.access.anonymous else "INVALID_ARGUMENT"
    assert [expected] * 2 + ["RESOURCE_EXHAUSTED"] * 2 == [answer.code for answer in answers]
    assert [] == harm(rpc.owner)
