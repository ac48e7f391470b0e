"""Passwords: the first one, another one, and a new one for who forgot it."""

from uuid import UUID

from google.protobuf.empty_pb2 import Empty
from portico.identity.v1 import (
    resets_pb2,
)
from portico.identity.v1.resets_pb2_grpc import ResetsInternalServiceServicer, ResetsServiceServicer

from chassis.call import current_call
from chassis.interceptor import Context
from identity.resets.deps import Deps
from identity.resets.usecases import passwords
from identity.resets.usecases import requests as resets
from identity.resets.usecases.requests import Forgotten, ForgottenPasswords
from identity.shared.audit.usecases import Actor


class ResetsServicer(ResetsServiceServicer):
    """For people."""

    def __init__(self, deps: Deps, forgotten_passwords: ForgottenPasswords) -> None:
        self._deps = deps
        self._forgotten_passwords = forgotten_passwords

    async def ForgotPassword(
        self, request: resets_pb2.ForgotPasswordRequest, context: Context
    ) -> resets_pb2.ForgotPasswordResponse:
        self._forgotten_passwords.ask(Forgotten(call=current_call(), realm=request.realm, username=request.username))
        return resets_pb2.ForgotPasswordResponse()

    async def ResetPassword(self, request: resets_pb2.ResetPasswordRequest, context: Context) -> Empty:
        match request.WhichOneof("proof"):
            case "token":
                await passwords.reset_with_link(
                    self._deps, current_call(), token=request.token, new_password=request.new_password
                )
            case _:
                await passwords.reset_with_code(
                    self._deps,
                    current_call(),
                    realm=request.code.realm,
                    username=request.code.username,
                    code=request.code.code,
                    new_password=request.new_password,
                )
        return Empty()

    async def ChangePassword(self, request: resets_pb2.ChangePasswordRequest, context: Context) -> Empty:
        await passwords.change_my_password(
            self._deps, current_call(), current_password=request.current_password, new_password=request.new_password
        )
        return Empty()

    async def ActivateAccount(self, request: resets_pb2.ActivateAccountRequest, context: Context) -> Empty:
        await passwords.activate_account(self._deps, current_call(), token=request.token, password=request.password)
        return Empty()


class ResetsInternalServicer(ResetsInternalServiceServicer):
    """For the other services."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def SendFamilyPasswordReset(
        self, request: resets_pb2.SendFamilyPasswordResetRequest, context: Context
    ) -> Empty:
        actor = Actor(account_id=UUID(request.actor_id), org_id=UUID(request.actor_org_id))
        await resets.send_family_password_reset(
            self._deps, current_call(), account_id=UUID(request.account_id), actor=actor
        )
        return Empty()
