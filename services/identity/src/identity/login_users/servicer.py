"""The logins of an organization's people, as its administrators and casemanager hand them out."""

from dataclasses import replace
from functools import partial
from uuid import UUID

from portico.identity.v1 import login_users_pb2 as pb
from portico.identity.v1 import resources_pb2 as res
from portico.identity.v1.login_users_pb2_grpc import LoginUsersInternalServiceServicer, LoginUsersServiceServicer

from chassis.call import Role, current_call
from chassis.interceptor import Context
from identity.accounts.domain import NewLogin
from identity.login_users import domain
from identity.login_users import usecases as login_users
from identity.login_users.domain import State
from identity.login_users.storage import BY_KEY
from identity.login_users.usecases import Lookup, Wanted
from identity.login_users.wire import login_user_message
from identity.organizations.usecases import organization_of
from identity.resets.deps import Deps

OnOne = (
    pb.SendLoginUserPasswordResetRequest
    | pb.ResendActivationRequest
    | pb.ChangePendingUsernameRequest
    | pb.DisableLoginUserRequest
    | pb.EnableLoginUserRequest
    | pb.UnlockLoginUserRequest
    | pb.RevokeLoginUserSessionsRequest
    | pb.SetLoginUserRoleRequest
)


class LoginUsersServicer(LoginUsersServiceServicer):
    """For administrators."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def ListLoginUsers(self, request: pb.ListLoginUsersRequest, context: Context) -> pb.ListLoginUsersResponse:
        organization, now = await organization_of(self._deps, current_call().org_id), self._deps.clock()
        wanted = Wanted(roles=[*map(Role, request.roles)], states=[*map(State, request.states)], typed=request.query)
        fetch = partial(login_users.list_login_users, self._deps, organization, wanted)
        page = await self._deps.pager.page(
            request,
            organization.org_id,
            BY_KEY,
            partial(fetch, is_back=False),
            fetch_before=partial(fetch, is_back=True),
        )
        return pb.ListLoginUsersResponse(
            login_users=[login_user_message(each.user, organization, now) for each in page.items],
            next_page_token=page.next_token,
            previous_page_token=page.previous_token,
        )

    async def GetLoginUser(self, request: pb.GetLoginUserRequest, context: Context) -> pb.LoginUser:
        user, organization = await login_users.get_login_user(self._deps, current_call(), UUID(request.account_id))
        return login_user_message(user, organization, self._deps.clock())

    async def CreateLoginUser(self, request: pb.CreateLoginUserRequest, context: Context) -> res.Account:
        return await login_users.create_login_user(self._deps, current_call(), _new_login(request))

    async def SendLoginUserPasswordReset(
        self, request: pb.SendLoginUserPasswordResetRequest, context: Context
    ) -> res.Account:
        return await login_users.send_password_reset(self._deps, current_call(), _lookup(request))

    async def ResendActivation(self, request: pb.ResendActivationRequest, context: Context) -> res.Account:
        decide = domain.resend_activation
        return await login_users.send_activation(self._deps, current_call(), _lookup(request), decide)

    async def ChangePendingUsername(self, request: pb.ChangePendingUsernameRequest, context: Context) -> res.Account:
        return await login_users.change_username(self._deps, current_call(), _lookup(request), request.username)

    async def DisableLoginUser(self, request: pb.DisableLoginUserRequest, context: Context) -> res.Account:
        return await login_users.change(self._deps, current_call(), _lookup(request), domain.disable, None)

    async def EnableLoginUser(self, request: pb.EnableLoginUserRequest, context: Context) -> res.Account:
        return await login_users.send_activation(self._deps, current_call(), _lookup(request), domain.enable)

    async def UnlockLoginUser(self, request: pb.UnlockLoginUserRequest, context: Context) -> res.Account:
        return await login_users.change(self._deps, current_call(), _lookup(request), domain.unlock, None)

    async def RevokeLoginUserSessions(
        self, request: pb.RevokeLoginUserSessionsRequest, context: Context
    ) -> res.Account:
        return await login_users.change(self._deps, current_call(), _lookup(request), domain.revoke_sessions, None)

    async def SetLoginUserRole(self, request: pb.SetLoginUserRoleRequest, context: Context) -> res.Account:
        role = Role(request.role)
        return await login_users.change(self._deps, current_call(), _lookup(request), domain.set_role, role)


class LoginUsersInternalServicer(LoginUsersInternalServiceServicer):
    """For casemanager."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def ProvisionAccount(self, request: pb.ProvisionAccountRequest, context: Context) -> res.Account:
        return await login_users.provision_account(
            self._deps, current_call(), UUID(request.org_id), _new_login(request)
        )

    async def DisableAccount(self, request: pb.DisableAccountRequest, context: Context) -> res.Account:
        decide, lookup = domain.disable_provisioned, _of_person(request)
        return await login_users.change(self._deps, current_call(), lookup, decide, request.generation)

    async def ResendAccountActivation(
        self, request: pb.ResendAccountActivationRequest, context: Context
    ) -> res.Account:
        decide, lookup = domain.resend_activation, _of_person(request)
        return await login_users.send_activation(self._deps, current_call(), lookup, decide)

    async def SendAccountPasswordReset(
        self, request: pb.SendAccountPasswordResetRequest, context: Context
    ) -> res.Account:
        return await login_users.send_password_reset(self._deps, current_call(), _of_person(request))


def _lookup(request: OnOne) -> Lookup:
    return login_users.by_id(current_call().org_id, UUID(request.account_id))


def _of_person(
    request: pb.DisableAccountRequest | pb.ResendAccountActivationRequest | pb.SendAccountPasswordResetRequest,
) -> Lookup:
    return login_users.of_person(UUID(request.org_id), UUID(request.person_id))


def _new_login(request: pb.CreateLoginUserRequest | pb.ProvisionAccountRequest) -> NewLogin:
    login = NewLogin(
        role=Role(request.role), username=request.username, display_name=request.display_name, language=request.language
    )
    if isinstance(request, pb.ProvisionAccountRequest):
        return replace(login, person_id=UUID(request.person_id), generation=request.generation)
    return login
