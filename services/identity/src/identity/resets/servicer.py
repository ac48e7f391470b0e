"""Passwords: the first one, another one, and a new one for who forgot it."""

from datetime import timedelta
from uuid import UUID

from google.protobuf.duration_pb2 import Duration
from google.protobuf.empty_pb2 import Empty
from portico.identity.v1 import resets_pb2 as pb
from portico.identity.v1 import resources_pb2 as res
from portico.identity.v1.resets_pb2_grpc import ResetsInternalServiceServicer, ResetsServiceServicer

from chassis.call import current_call
from chassis.interceptor import Context
from identity.resets.deps import Deps
from identity.resets.domain import RESET_LIFE
from identity.resets.usecases import passwords
from identity.resets.usecases import requests as resets
from identity.resets.usecases.requests import Forgotten, ForgottenPasswords
from identity.shared.audit.usecases import Actor

SECOND = timedelta(seconds=1)


class ResetsServicer(ResetsServiceServicer):
    """For people."""

    def __init__(self, deps: Deps, forgotten_passwords: ForgottenPasswords) -> None:
        self._deps = deps
        self._forgotten_passwords = forgotten_passwords

    async def ForgotPassword(self, request: pb.ForgotPasswordRequest, context: Context) -> pb.ForgotPasswordResponse:
        self._forgotten_passwords.ask(Forgotten(call=current_call(), realm=request.realm, username=request.username))
        return pb.ForgotPasswordResponse(proof_life=Duration(seconds=RESET_LIFE // SECOND))

    async def CheckReset(self, request: pb.CheckResetRequest, context: Context) -> pb.CheckResetResponse:
        status, masked = await passwords.check_reset(self._deps, token=request.token)
        return pb.CheckResetResponse(status=pb.CheckResetResponse.Status.ValueType(status), masked_username=masked)

    async def ResetPassword(self, request: pb.ResetPasswordRequest, context: Context) -> res.SignInResult:
        call, password = current_call(), request.new_password
        if request.WhichOneof("proof") == "token":
            return await passwords.reset_with_link(self._deps, call, token=request.token, new_password=password)
        return await passwords.reset_with_code(
            self._deps,
            call,
            typed=request.code,
            new_password=password,
            device_tokens=request.device_tokens,
            family_proof=request.family_proof if request.HasField("family_proof") else None,
        )

    async def ChangePassword(self, request: pb.ChangePasswordRequest, context: Context) -> Empty:
        return await passwords.change_my_password(
            self._deps, current_call(), current_password=request.current_password, new_password=request.new_password
        )

    async def ActivateAccount(self, request: pb.ActivateAccountRequest, context: Context) -> res.SignInResult:
        return await passwords.activate_account(
            self._deps, current_call(), token=request.token, password=request.password
        )


class ResetsInternalServicer(ResetsInternalServiceServicer):
    """For the other services."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def SendFamilyPasswordReset(self, request: pb.SendFamilyPasswordResetRequest, context: Context) -> Empty:
        actor = Actor(account_id=UUID(request.actor_id), org_id=UUID(request.actor_org_id))
        await resets.send_family_password_reset(
            self._deps, current_call(), account_id=UUID(request.account_id), actor=actor
        )
        return Empty()
