"""HEAD at the API's addresses."""

import httpx
from google.protobuf.message import Message
from portico.identity.v1 import resources_pb2

from .neighbours import Context, Neighbour


async def test_head_is_get_without_the_body(rest: httpx.AsyncClient, identity: Neighbour) -> None:
    """CASE-M11: HEAD of a GET route has its status and headers, reaches the RPC, and has no body."""

    async def sunrise(_: Message, context: Context) -> Message:
        return resources_pb2.Organization(slug="sunrise", name="Sunrise " * 1000)

    identity.answers["GetOrganization"] = sunrise
    path = "/v1/organizations/sunrise"
    got = await rest.get(path, headers={"accept-encoding": "identity"})
    head = await rest.head(path, headers={"accept-encoding": "gzip"})
    missing = await rest.head("/v1/nothing")
    keys = await rest.head("/.well-known/jwks.json")
    after = await rest.get(path)

    assert (200, b"") == (head.status_code, head.content)
    for name in ("content-type", "content-length"):
        assert got.headers[name] == head.headers[name]
    assert (404, b"") == (missing.status_code, missing.content)
    assert (200, b"") == (keys.status_code, keys.content)
    assert got.json() == after.json()
    assert ["GetOrganization", "GetOrganization", "GetJsonWebKeySet", "GetOrganization"] == [
        call.rpc for call in identity.received
    ]
