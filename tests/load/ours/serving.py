"""A server as a service has it: the production interceptor, real tokens, mutual TLS, telemetry without a collector."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from nacl.signing import VerifyKey

from chassis import base64url, telemetry
from chassis.clock import utc_now
from chassis.interceptor import Interceptor, Limits, peer_name
from chassis.revocations import Revocations
from chassis.secrets import KeyedHash
from chassis.server import Server, server_credentials
from chassis.settings import ProcessSettings
from chassis.testing.grpc import ISSUER
from chassis.tokens import TokenVerifier

KEY = b"\0" * 32


@asynccontextmanager
async def serving(
    service: str,
    tls: Mapping[str, str],
    jwk: Mapping[str, str],
    *servicers: object,
) -> AsyncIterator[str]:
    """Serves these, and yields `host:port`. `jwk` verifies access tokens; no session has been revoked."""

    async def keys() -> Mapping[str, VerifyKey]:
        return {jwk["kid"]: VerifyKey(base64url.decoded(jwk["x"]))}

    ca, cert, key = (Path(tls[name]) for name in ("ca", "cert", "key"))
    settings = ProcessSettings(tls_ca=ca, tls_cert=cert, tls_key=key, identity_address="")
    with telemetry.configured(service, settings):
        verifier = TokenVerifier(issuer=ISSUER, fetch_keys=keys, revocations=Revocations(utc_now), clock=utc_now)
        interceptor = Interceptor(
            service=service, peer=peer_name, verifier=verifier, hashes=KeyedHash(KEY), limits=Limits()
        )
        server = Server(interceptor)
        for servicer in servicers:
            server.add(servicer)
        port = await server.start("127.0.0.1:0", server_credentials(ca=ca, cert=cert, key=key))
        await server.set_ready(True)
        yield f"127.0.0.1:{port}"
        await server.drain(0)
