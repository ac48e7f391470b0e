"""The logins of an organization's people, as its administrators hand them out."""

from uuid import UUID

from portico.identity.v1 import (
    login_users_pb2,
)
from portico.identity.v1 import resources_pb2 as res
from portico.identity.v1.login_users_pb2_grpc import LoginUsersInternalServiceServicer, LoginUsersServiceServicer

from chassis.call import Role, current_call
from chassis.interceptor import Context
from identity.accounts.domain import NewLogin
from identity.accounts.wire import account_message
from identity.login_users import usecases as login_users
from identity.resets.deps import Deps


class LoginUsersServicer(LoginUsersServiceServicer):
    """For people."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def CreateLoginUser(self, request: login_users_pb2.CreateLoginUserRequest, context: Context) -> res.Account:
        return await login_users.create_login_user(
            self._deps, current_call(), login=_new_login(request), reply=account_message, reply_type=res.Account
        )


class LoginUsersInternalServicer(LoginUsersInternalServiceServicer):
    """For the other services."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def ProvisionAccount(self, request: login_users_pb2.ProvisionAccountRequest, context: Context) -> res.Account:
        return await login_users.provision_account(
            self._deps,
            current_call(),
            org_id=UUID(request.org_id),
            login=_new_login(request),
            reply=account_message,
            reply_type=res.Account,
        )


def _new_login(request: login_users_pb2.CreateLoginUserRequest | login_users_pb2.ProvisionAccountRequest) -> NewLogin:
    return NewLogin(
        role=Role(request.role), username=request.username, display_name=request.display_name, language=request.language
    )
