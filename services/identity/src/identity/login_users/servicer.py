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
from identity.login_users.usecases import create_login_user, provision_account
from identity.resets.deps import Deps


class LoginUsersServicer(LoginUsersServiceServicer):
    """For people."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def CreateLoginUser(self, request: login_users_pb2.CreateLoginUserRequest, context: Context) -> res.Account:
        return await create_login_user(self._deps, current_call(), _new_login(request))


class LoginUsersInternalServicer(LoginUsersInternalServiceServicer):
    """For the other services."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def ProvisionAccount(self, request: login_users_pb2.ProvisionAccountRequest, context: Context) -> res.Account:
        return await provision_account(self._deps, current_call(), UUID(request.org_id), _new_login(request))


def _new_login(request: login_users_pb2.CreateLoginUserRequest | login_users_pb2.ProvisionAccountRequest) -> NewLogin:
    return NewLogin(
        role=Role(request.role), username=request.username, display_name=request.display_name, language=request.language
    )
