"""One origin: REST, gRPC and gRPC-Web for what is public, and no way to what is not."""

import json
import struct
from collections.abc import Mapping
from pathlib import Path

import grpc
import httpx
import pytest
from google.protobuf.message import Message
from msgspec.structs import replace
from portico.identity.v1 import resources_pb2, sessions_pb2
from portico.identity.v1.stub import IdentityStub

from gateway.config import EnvoySettings
from gateway.contract import Contract

from .neighbours import AnotherEdge, Context, Neighbour

CONTRACT = Contract.read(Path(__file__).parents[3] / "protos/build/portico.binpb")
WEB = {"content-type": "application/grpc-web+proto", "x-grpc-web": "1"}
LOGIN = "/portico.identity.v1.SessionsService/Login"


def frame(message: Message) -> bytes:
    """A message as gRPC-Web sends it: a flag, the length, the bytes."""
    data = message.SerializeToString()
    return struct.pack(">BI", 0, len(data)) + data


RESULT = resources_pb2.SignInResult(
    tokens=resources_pb2.Tokens(access_token="a token", account=resources_pb2.Account(username="ana@example.org"))
)


async def signed_in(_: Message, context: Context) -> Message:
    """What identity answers to a login."""
    return RESULT


async def test_rest_is_json_in_and_out(rest: httpx.AsyncClient, identity: Neighbour) -> None:
    """GW-01: a REST call arrives as the RPC's message, and its reply comes back as proto JSON."""
    identity.answers["Login"] = signed_in
    answer = await rest.post("/v1/auth/login", json={"realm": "family", "username": "ana@example.org"})

    assert (200, "application/json") == (answer.status_code, answer.headers["content-type"])
    tokens = answer.json()["tokens"]
    assert ("a token", "ana@example.org") == (tokens["accessToken"], tokens["account"]["username"])
    assert [sessions_pb2.LoginRequest(realm="family", username="ana@example.org")] == [
        call.request for call in identity.received
    ]


async def test_query_parameters_take_both_spellings_lists_and_blanks(
    rest: httpx.AsyncClient, services: Mapping[str, Neighbour]
) -> None:
    """GW-01: query parameters may be in either spelling, repeat for lists, and write a blank as plus."""
    services["applications"].forget()
    await rest.get("/v1/applications?page_size=3&pageToken=t&linkStates=INVITED&link_states=LINKED&orderBy=number+desc")

    [call] = services["applications"].received
    assert {
        "page_size": 3,
        "page_token": "t",
        "link_states": [3, 6],
        "order_by": "number desc",
    } == {field.name: value for field, value in call.request.ListFields()}


async def test_grpc_passes_on_the_same_port(channel: grpc.aio.Channel, identity: Neighbour) -> None:
    """GW-01: a gRPC client calls public services through the one origin."""
    identity.answers["Login"] = signed_in
    request = sessions_pb2.LoginRequest(realm="family")

    assert RESULT == await IdentityStub(channel).Login(request)
    assert [request] == [call.request for call in identity.received]


async def test_grpc_web_passes_on_the_same_port(rest: httpx.AsyncClient, identity: Neighbour) -> None:
    """GW-01: a gRPC-Web client calls public services through the one origin."""
    identity.answers["Login"] = signed_in
    answer = await rest.post(LOGIN, content=frame(sessions_pb2.LoginRequest(realm="family")), headers=WEB)

    assert (200, WEB["content-type"]) == (answer.status_code, answer.headers["content-type"])
    assert answer.content.startswith(frame(RESULT))
    assert b"grpc-status:0" in answer.content


HIDDEN = [
    *(rpc.full_name for service in CONTRACT.services if service.is_internal for rpc in service.rpcs),
    "grpc.health.v1.Health/Check",
    "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
    "portico.identity.v1.SessionsService/NoSuchMethod",
    "portico.nothing.v1.NothingService/Nothing",
]


@pytest.mark.parametrize("name", HIDDEN)
async def test_what_is_not_public_cannot_be_reached(
    name: str, rest: httpx.AsyncClient, channel: grpc.aio.Channel, services: Mapping[str, Neighbour]
) -> None:
    """GW-01: internal services, and whatever else a service has, are reached neither by REST nor gRPC nor gRPC-Web."""
    for neighbour in services.values():
        neighbour.forget()
    call = channel.unary_unary(f"/{name}", request_serializer=bytes, response_deserializer=bytes)(b"")
    web = await rest.post(f"/{name}", content=struct.pack(">BI", 0, 0), headers=WEB)
    by_json = [await rest.request(verb, f"/{name}", json={}) for verb in ("GET", "POST")]

    assert grpc.StatusCode.UNIMPLEMENTED == await call.code()
    assert "There is nothing at this address for this method." == await call.details()
    assert ("12", b"") == (web.headers["grpc-status"], web.content)
    assert [404, 404] == [answer.status_code for answer in by_json]
    assert [] == [call for neighbour in services.values() for call in neighbour.received]


async def test_headers_of_ours_cannot_be_sent_by_clients(
    rest: httpx.AsyncClient, channel: grpc.aio.Channel, identity: Neighbour
) -> None:
    """GW-01: `x-portico-…` headers of clients are dropped; the address that services see is the connection's."""
    forged = {"x-portico-client-address": "6.6.6.6", "X-Portico-Service": "identity", "x-forwarded-for": "6.6.6.6"}
    await rest.post("/v1/auth/login", json={}, headers=forged)
    await rest.post(LOGIN, content=frame(sessions_pb2.LoginRequest()), headers=WEB | forged)
    metadata = [(name.lower(), value) for name, value in forged.items()]
    await IdentityStub(channel).Login(sessions_pb2.LoginRequest(), metadata=metadata)

    assert 3 == len(identity.received)
    for call in identity.received:
        ours = {name: value for name, value in call.metadata.items() if name.startswith("x-portico-")}
        assert {"x-portico-client-address": "127.0.0.1"} == ours
        assert "6.6.6.6" not in call.metadata.values()


async def test_an_underscore_is_no_way_around(rest: httpx.AsyncClient, identity: Neighbour) -> None:
    """GW-01: a header with an underscore is refused: some servers would read it as one of ours."""
    answer = await rest.get("/v1/me", headers={"x_portico_client_address": "6.6.6.6"})

    assert (400, "INVALID_REQUEST") == (answer.status_code, answer.json()["details"][0]["reason"])
    assert [] == identity.received


async def test_what_services_need_to_know_of_a_call_passes_and_nothing_else(
    rest: httpx.AsyncClient, identity: Neighbour
) -> None:
    """GW-01: token, language, user agent and trace reach the service; cookies and binary metadata do not."""
    passing = {
        "authorization": "Bearer a.b.c",
        "accept-language": "es",
        "user-agent": "Telephone/1",
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    }
    dropped = {"cookie": "session=secret", "noise-bin": "not base64!", "x-envoy-original-path": "/i/secret"}
    await rest.get("/v1/me", headers=passing | dropped)

    [call] = identity.received
    assert passing.items() <= call.metadata.items()
    assert dropped.keys().isdisjoint(call.metadata)


async def test_behind_a_proxy_of_ours_the_address_is_what_it_says(
    another_edge: AnotherEdge, settings: EnvoySettings, identity: Neighbour
) -> None:
    """GW-01: with one trusted hop the client's address is the last that `x-forwarded-for` names, none before."""
    async with another_edge(replace(settings, trusted_hops=1)) as (client, _):
        await client.get("/v1/me", headers={"x-forwarded-for": "6.6.6.6, 203.0.113.7"})

    assert "203.0.113.7" == identity.received[0].metadata["x-portico-client-address"]


async def test_the_access_log_names_the_rpc_and_nothing_secret(
    another_edge: AnotherEdge, settings: EnvoySettings
) -> None:
    """GW-04: a line per request with request id, RPC or `portal`, and status, but no path, query, token or address."""
    async with another_edge(settings) as (client, log):
        answer = await client.post("/v1/auth/login?realm=s3cret", json={}, headers={"authorization": "Bearer s3cret"})
        for path in (
            "/i/s3cret",
            "/v1/me/sessions/s3cret?s3cret=s3cret",
            "/portico.identity.v1.SessionsService/s3cret",
        ):
            await client.get(path, headers={"cookie": "s3cret", "user-agent": "s3cret"})
        await client.get("/healthz")

    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    assert 4 == len(lines)
    assert {
        "request_id": answer.headers["x-request-id"],
        "route": "portico.identity.v1.SessionsService/Login",
        "status": 200,
    }.items() <= lines[0].items()
    assert "portal" == lines[1]["route"]
    assert "s3cret" not in log.read_text()
    assert "127.0.0.1" not in json.dumps(lines)
