"""Whether the gateway lives, and whether everything behind it does."""

from collections.abc import Mapping

import grpc
import httpx
import pytest
from portico.casemanager.v1 import companies_pb2
from portico.casemanager.v1.stub import CasemanagerStub

from local_stack.certificates import Certificate

from .neighbours import Eventually, Neighbour


class Watch:
    """What a client sees of one service."""

    def __init__(self, rest: httpx.AsyncClient, eventually: Eventually) -> None:
        self._rest = rest
        self._eventually = eventually

    async def until(self, status: int) -> None:
        """Return when `/readyz` and a call both answer with the status."""

        async def both() -> bool:
            return {status} == {(await self._rest.get(path)).status_code for path in ("/readyz", "/v1/companies")}

        await self._eventually(both)


@pytest.fixture
def watch(rest: httpx.AsyncClient, eventually: Eventually) -> Watch:
    return Watch(rest, eventually)


@pytest.fixture
def casemanager(services: Mapping[str, Neighbour]) -> Neighbour:
    return services["casemanager"]


async def test_the_gateway_lives(rest: httpx.AsyncClient) -> None:
    """GW-06: `/healthz` answers while the gateway itself lives."""
    assert 200 == (await rest.get("/healthz")).status_code
    assert 200 == (await rest.head("/healthz")).status_code


async def test_readiness_follows_every_service(
    rest: httpx.AsyncClient, channel: grpc.aio.Channel, casemanager: Neighbour, watch: Watch
) -> None:
    """GW-06: when a service goes away, `/readyz` and its calls are 503 with `Retry-After`, until it returns."""
    await watch.until(200)
    await casemanager.stop()
    try:
        at_once = await rest.get("/v1/companies")
        await watch.until(503)
        answers = [at_once, await rest.get("/v1/companies"), await rest.get("/readyz")]
        call = CasemanagerStub(channel).ListCompanies(companies_pb2.ListCompaniesRequest())
        code, words = await call.code(), await call.details()
        others = [await rest.get("/v1/me"), await rest.get("/healthz")]
    finally:
        await casemanager.start()
        await watch.until(200)

    for answer in answers:
        assert (503, "1") == (answer.status_code, answer.headers["retry-after"])
        info, request = answer.json()["details"]
        assert "DEPENDENCY_UNAVAILABLE" == info["reason"]
        assert answer.headers["x-request-id"] == request["requestId"]
    assert (grpc.StatusCode.UNAVAILABLE, "Not available right now. Try again shortly.") == (code, words)
    assert [200, 200] == [answer.status_code for answer in others]


async def test_a_service_with_the_certificate_of_another_is_not_believed(
    rest: httpx.AsyncClient, certificates: Mapping[str, Certificate], casemanager: Neighbour, watch: Watch
) -> None:
    """GW-01: what answers at a service's address must show that service's name, whoever signed it."""
    stranger = Neighbour("casemanager", casemanager.address, certificates["notifications"])
    await casemanager.stop()
    await stranger.start()
    try:
        await watch.until(503)
    finally:
        await stranger.stop()
        await casemanager.start()
        await watch.until(200)

    assert [] == stranger.received
