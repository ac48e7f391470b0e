"""A silent call over a connection that a client keeps alive."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from portico.casemanager.v1.companies_pb2 import GetOrganizationCompanyRequest
from portico.casemanager.v1.companies_pb2_grpc import CompaniesInternalServiceServicer
from portico.casemanager.v1.resources_pb2 import Company
from portico.casemanager.v1.stub import CasemanagerStub

from chassis import clients, server
from chassis.testing import eventually
from chassis.testing.grpc import as_service, serving

FASTER = 30
"""Then a client pings once a second; more often gRPC does not let it."""
HURRIED = {"grpc.keepalive_time_ms", "grpc.http2.min_ping_interval_without_data_ms"}
PREFACE, HEADER, PING, ACK = 24, 9, 6, 1


def hurried(options):
    """The same options in a world that goes faster."""
    return [(name, value // FASTER if name in HURRIED else value) for name, value in options]


class Silent(CompaniesInternalServiceServicer):
    """Answers when it is let."""

    def __init__(self) -> None:
        self.released = asyncio.Event()

    async def GetOrganizationCompany(self, request, context):
        await self.released.wait()
        return Company(id=request.company_id)


class Wire:
    """Passes the bytes of connections on to a server, and counts the pings of its clients (RFC 9113, 6.7)."""

    def __init__(self) -> None:
        self.connections = self.pings = 0

    @asynccontextmanager
    async def to(self, address: str) -> AsyncIterator[str]:
        """Where to connect in place of the address."""
        host, _, port = address.partition(":")

        async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.connections += 1
            server_reader, server_writer = await asyncio.open_connection(host, int(port))
            await asyncio.gather(self._frames(reader, server_writer), _bytes(server_reader, writer))

        async with await asyncio.start_server(pass_on, "127.0.0.1", 0) as listening:
            yield f"127.0.0.1:{listening.sockets[0].getsockname()[1]}"

    async def _frames(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        try:
            target.write(await source.readexactly(PREFACE))
            while True:
                header = await source.readexactly(HEADER)
                self.pings += header[3] == PING and not header[4] & ACK
                target.write(header + await source.readexactly(int.from_bytes(header[:3])))
        except (asyncio.IncompleteReadError, ConnectionError):
            target.close()


async def _bytes(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while piece := await source.read(65536):
        target.write(piece)
    target.close()


async def test_a_client_that_pings_is_not_refused(people, monkeypatch: pytest.MonkeyPatch) -> None:
    """OP-06: the server takes our clients' pings as often as they come, and a long silent call keeps its connection."""
    # The client pings on where it would soon fall silent, and the server forgives less.
    monkeypatch.setattr(clients, "OPTIONS", [*hurried(clients.OPTIONS), ("grpc.http2.max_pings_without_data", 0)])
    monkeypatch.setattr(server, "OPTIONS", [*hurried(server.OPTIONS), ("grpc.http2.max_ping_strikes", 1)])
    silent, wire = Silent(), Wire()
    request = GetOrganizationCompanyRequest(org_id=str(uuid4()), company_id=str(uuid4()))
    async with (
        serving(silent, people=people) as address,
        wire.to(address) as wired,
        clients.open_channel(wired, server="", credentials=None) as channel,
    ):
        stub = CasemanagerStub(channel)
        call = stub.GetOrganizationCompany(request, metadata=as_service("applications"), timeout=20)
        answer = asyncio.ensure_future(call)
        await eventually(lambda: wire.pings >= 4 or wire.connections > 1, timeout=15)
        silent.released.set()
        assert request.company_id == (await answer).id
    assert 1 == wire.connections
