"""The ledger's streams through a real Envoy: files in, lines and events out, and what ends them."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from msgspec.structs import replace

from chassis.call import Role
from chassis.server import Server, server_credentials
from chassis.testing.eventually import eventually
from chassis.testing.grpc import TestPeople, interceptor_for
from gateway import openapi
from gateway.config import Addresses
from gateway.contract import Contract
from gateway.envoy import write_pages
from services.chassis.examples.ledger.contract import DESCRIPTORS
from services.chassis.examples.ledger.contract import ledger_pb2 as pb
from services.chassis.examples.ledger.servicer import Entries

from .neighbours import envoy

LEDGER = str(uuid4())
UPLOAD = f"/v1/ledgers/{LEDGER}/vouchers/slip.pdf"
EXPORT = f"/v1/ledgers/{LEDGER}/entries"


class Constant(Entries):
    """Ten thousand entries without a database; counts who still reads."""

    def __init__(self) -> None:
        self.reading = 0
        self.goes_on = asyncio.Event()
        self.goes_on.set()

    async def ExportEntries(self, request, context):
        self.reading += 1
        try:
            for number in range(10_000):
                if number:
                    await self.goes_on.wait()
                yield pb.Entry(id=str(number), amount=number, details="x" * 100)
        finally:
            self.reading -= 1


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def entries(people, certificates, ports) -> AsyncIterator[tuple[Constant, Server, str]]:
    own = certificates["ledger"]
    servicer, server = Constant(), Server(interceptor_for(people, service="ledger"))
    server.add(servicer)
    credentials = server_credentials(ca=own.authority, cert=own.certificate, key=own.key)
    address = f"127.0.0.1:{ports.take()}"
    await server.start(address, credentials)
    await server.set_ready(True)
    yield servicer, server, address
    await server.drain(0)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def edge_of_ledger(settings, entries, ports, tmp_path_factory):
    pages = tmp_path_factory.mktemp("ledger")
    own = replace(
        settings,
        listen=f"127.0.0.1:{ports.take()}",
        admin=f"127.0.0.1:{ports.take()}",
        services=Addresses({"ledger": entries[2]}),
        descriptor_set=DESCRIPTORS,
        pages=pages,
    )
    write_pages(own)
    child = envoy(own, tmp_path_factory.mktemp("envoy"))
    await asyncio.to_thread(child.start)
    async with httpx.AsyncClient(base_url=f"http://{own.listen}") as client:
        yield client
    await asyncio.to_thread(child.stop)


@pytest.fixture
def ledger(entries):
    return entries[0]


@pytest.fixture
def bearer(people: TestPeople) -> dict[str, str]:
    return {"authorization": dict(people.metadata(Role.STAFF, org_id=uuid4()))["authorization"]}


async def pieces(count: int, size: int = 65536) -> AsyncIterator[bytes]:
    for number in range(count):
        yield bytes([number % 256]) * size


async def test_a_file_goes_in(edge_of_ledger, bearer):
    """GW-05: a file of any type streams in; its name stands in the path, its type in the header."""
    digest = hashlib.sha256()
    async for piece in pieces(40):
        digest.update(piece)
    headers = {**bearer, "content-type": "application/pdf"}
    answer = await edge_of_ledger.post(UPLOAD, content=pieces(40), headers=headers)
    assert {
        "name": "slip.pdf",
        "contentType": "application/pdf",
        "size": str(40 * 65536),
        "sha256": digest.hexdigest(),
    } == answer.json()


async def test_a_file_that_is_too_large_is_refused(edge_of_ledger, bearer):
    """GW-03: what says that it is too large is refused unread, and what does not is counted as it comes."""
    reader, writer = await asyncio.open_connection(edge_of_ledger.base_url.host, edge_of_ledger.base_url.port)
    writer.write(f"POST {UPLOAD} HTTP/1.1\r\nhost: portico\r\ncontent-length: 8388609\r\n\r\n".encode())
    assert b"HTTP/1.1 413 Payload Too Large\r\n" == await reader.readline()
    writer.close()
    counted = await edge_of_ledger.post(UPLOAD, content=pieces(140), headers=bearer)
    assert (400, "STREAM_TOO_LARGE") == (counted.status_code, counted.json()["details"][0]["reason"])


async def test_a_file_brings_no_header_that_confuses_a_service(edge_of_ledger, bearer):
    """GW-03: what is refused of JSON's requests is refused of files, too."""
    answer = await edge_of_ledger.post(UPLOAD, content=b"x", headers={**bearer, "grpc-encoding": "gzip"})
    assert 400 == answer.status_code


async def test_a_body_that_drips_is_cut_off(another_edge, settings):
    """GW-03: whoever sends a body too slowly is told so, though nothing limits an upload as a whole."""
    async with another_edge(replace(settings, timeout=0.5)) as (client, _):
        reader, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
        head = ("POST /v1/auth/login HTTP/1.1", "host: portico", "content-type: application/json", "content-length: 99")
        writer.write("\r\n".join((*head, "", "{")).encode())
        assert (await reader.readline()).startswith((b"HTTP/1.1 408", b"HTTP/1.1 504"))
        writer.close()


async def test_other_routes_still_take_json_alone(rest):
    """GW-04: a body that is no JSON is refused where no file is taken."""
    assert (
        415 == (await rest.post("/v1/applications", content=b"x", headers={"content-type": "text/plain"})).status_code
    )


async def test_lines_come_out(edge_of_ledger, bearer):
    """GW-05: a stream of the service is a line of JSON for each message."""
    answer = await edge_of_ledger.get(EXPORT, headers=bearer)
    lines = answer.text.splitlines()
    assert (200, 10_000) == (answer.status_code, len(lines))
    assert {"id": "9999", "amount": 9999, "details": "x" * 100} == json.loads(lines[-1])


async def test_events_come_out_as_they_happen(edge_of_ledger, ledger, bearer):
    """GW-05: whoever accepts events gets one for each message, before the next one is there."""
    ledger.goes_on.clear()
    headers = {**bearer, "accept": "text/event-stream"}
    async with edge_of_ledger.stream("GET", EXPORT, headers=headers) as answer:
        lines = answer.aiter_lines()
        assert "text/event-stream" == answer.headers["content-type"].partition(";")[0]
        first = await anext(lines)
        assert {"id": "0", "amount": 0, "details": "x" * 100} == json.loads(first.removeprefix("data: "))
        ledger.goes_on.set()
        events = [line async for line in lines if line]
    assert 9_999 == len(events)


async def test_a_reader_that_leaves_ends_the_stream(edge_of_ledger, ledger, bearer):
    """GW-05: when a client closes its connection, the service stops."""
    ledger.goes_on.clear()
    async with edge_of_ledger.stream("GET", EXPORT, headers=bearer) as answer:
        await anext(answer.aiter_bytes())
        assert 1 == ledger.reading
    await eventually(lambda: not ledger.reading)
    ledger.goes_on.set()


async def test_a_refusal_before_the_first_message_has_the_usual_form(edge_of_ledger):
    """GW-04: a stream that may not begin answers as any call does."""
    answer = await edge_of_ledger.get(EXPORT)
    assert (401, "CREDENTIALS_MISSING") == (answer.status_code, answer.json()["details"][0]["reason"])


def test_the_document_says_file_and_events():
    """GW-02: a body of bytes and a stream of events stand in the OpenAPI document."""
    document: Any = openapi.build(Contract.read(DESCRIPTORS))
    paths = document["paths"]
    upload = paths["/v1/ledgers/{ledger_id}/vouchers/{name}"]["post"]
    assert {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}} == upload["requestBody"][
        "content"
    ]
    export = paths["/v1/ledgers/{ledger_id}/entries"]["get"]
    assert {"application/json", "text/event-stream"} == set(export["responses"]["200"]["content"])
