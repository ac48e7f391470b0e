"""Signing in, staying signed in, and signing out."""

from uuid import UUID

from google.protobuf.empty_pb2 import Empty
from portico.identity.v1 import resources_pb2 as res
from portico.identity.v1 import (
    sessions_pb2,
)
from portico.identity.v1.sessions_pb2_grpc import SessionsServiceServicer

from chassis.call import current_call
from chassis.interceptor import Context
from chassis.wire import timestamp
from identity.accounts.domain import Session
from identity.sessions import usecases as sessions
from identity.sessions.deps import Deps
from identity.sessions.usecases import login
from identity.sessions.wire import sign_in_result, tokens_message


class SessionsServicer(SessionsServiceServicer):
    """For people."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def Login(self, request: sessions_pb2.LoginRequest, context: Context) -> res.SignInResult:
        return sign_in_result(
            await login(
                self._deps,
                current_call(),
                realm=request.realm,
                username=request.username,
                password=request.password,
                device_tokens=request.device_tokens,
            )
        )

    async def RefreshTokens(self, request: sessions_pb2.RefreshTokensRequest, context: Context) -> res.Tokens:
        return tokens_message(
            await sessions.refresh_tokens(self._deps, current_call(), refresh_token=request.refresh_token)
        )

    async def Logout(self, request: sessions_pb2.LogoutRequest, context: Context) -> Empty:
        await sessions.logout(self._deps, current_call())
        return Empty()

    async def ListMySessions(
        self, request: sessions_pb2.ListMySessionsRequest, context: Context
    ) -> sessions_pb2.ListMySessionsResponse:
        call = current_call()
        live = await sessions.list_my_sessions(self._deps, call)
        return sessions_pb2.ListMySessionsResponse(
            sessions=[_session(session, current=session.id == call.caller.session_id) for session in live]
        )

    async def RevokeMySession(self, request: sessions_pb2.RevokeMySessionRequest, context: Context) -> Empty:
        await sessions.revoke_my_session(self._deps, current_call(), session_id=UUID(request.session_id))
        return Empty()

    async def RevokeMyOtherSessions(
        self, request: sessions_pb2.RevokeMyOtherSessionsRequest, context: Context
    ) -> sessions_pb2.RevokeMyOtherSessionsResponse:
        count = await sessions.revoke_my_other_sessions(self._deps, current_call())
        return sessions_pb2.RevokeMyOtherSessionsResponse(revoked_count=count)

    async def GetJsonWebKeySet(
        self, request: sessions_pb2.GetJsonWebKeySetRequest, context: Context
    ) -> sessions_pb2.JsonWebKeySet:
        return sessions_pb2.JsonWebKeySet(
            keys=[
                res.JsonWebKey(kty="OKP", crv="Ed25519", x=key.x, kid=key.kid, alg="EdDSA", use="sig")
                for key in self._deps.signer.keys
            ]
        )


def _session(session: Session, *, current: bool) -> res.Session:
    return res.Session(
        id=str(session.id),
        device=session.device,
        address=session.address,
        create_time=timestamp(session.create_time),
        last_use_time=timestamp(session.rotate_time),
        current=current,
    )
