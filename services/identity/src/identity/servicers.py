"""protobuf ↔ domain, nothing else."""

from collections.abc import Sequence
from uuid import UUID

from google.protobuf.empty_pb2 import Empty
from portico.identity.v1 import (
    accounts_pb2,
    login_users_pb2,
    organizations_pb2,
    registrations_pb2,
    resets_pb2,
    sessions_pb2,
)
from portico.identity.v1 import resources_pb2 as res
from portico.identity.v1.accounts_pb2_grpc import AccountsInternalServiceServicer, AccountsServiceServicer
from portico.identity.v1.login_users_pb2_grpc import LoginUsersInternalServiceServicer, LoginUsersServiceServicer
from portico.identity.v1.organizations_pb2_grpc import OrganizationsServiceServicer
from portico.identity.v1.registrations_pb2_grpc import (
    RegistrationsInternalServiceServicer,
    RegistrationsServiceServicer,
)
from portico.identity.v1.resets_pb2_grpc import ResetsInternalServiceServicer, ResetsServiceServicer
from portico.identity.v1.sessions_pb2_grpc import SessionsServiceServicer
from portico.options.v1 import options_pb2

from chassis.call import Role, current_call
from chassis.interceptor import Context
from chassis.wire import timestamp
from identity.domain.accounts import Account, NewLogin
from identity.domain.organizations import Organization
from identity.domain.sessions import Session
from identity.tokens import ContactTicket
from identity.usecases import accounts, families, organizations, passwords, resets, sessions
from identity.usecases.auditing import Actor
from identity.usecases.login import SignedIn, login
from identity.usecases.ports import Ports
from identity.usecases.resets import Forgotten, ForgottenPasswords
from identity.wire import organization_message


class SessionsServicer(SessionsServiceServicer):
    """Signing in, staying signed in, and signing out."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def Login(self, request: sessions_pb2.LoginRequest, context: Context) -> res.Tokens:
        return _tokens(
            await login(
                self._ports, current_call(), realm=request.realm, username=request.username, password=request.password
            )
        )

    async def RefreshTokens(self, request: sessions_pb2.RefreshTokensRequest, context: Context) -> res.Tokens:
        return _tokens(await sessions.refresh_tokens(self._ports, current_call(), refresh_token=request.refresh_token))

    async def Logout(self, request: sessions_pb2.LogoutRequest, context: Context) -> Empty:
        await sessions.logout(self._ports, current_call())
        return Empty()

    async def ListMySessions(
        self, request: sessions_pb2.ListMySessionsRequest, context: Context
    ) -> sessions_pb2.ListMySessionsResponse:
        call = current_call()
        live = await sessions.list_my_sessions(self._ports, call)
        return sessions_pb2.ListMySessionsResponse(
            sessions=[_session(session, current=session.id == call.caller.session_id) for session in live]
        )

    async def RevokeMySession(self, request: sessions_pb2.RevokeMySessionRequest, context: Context) -> Empty:
        await sessions.revoke_my_session(self._ports, current_call(), session_id=UUID(request.session_id))
        return Empty()

    async def RevokeMyOtherSessions(
        self, request: sessions_pb2.RevokeMyOtherSessionsRequest, context: Context
    ) -> sessions_pb2.RevokeMyOtherSessionsResponse:
        count = await sessions.revoke_my_other_sessions(self._ports, current_call())
        return sessions_pb2.RevokeMyOtherSessionsResponse(revoked_count=count)

    async def GetJsonWebKeySet(
        self, request: sessions_pb2.GetJsonWebKeySetRequest, context: Context
    ) -> sessions_pb2.JsonWebKeySet:
        return sessions_pb2.JsonWebKeySet(
            keys=[
                res.JsonWebKey(kty="OKP", crv="Ed25519", x=key.x, kid=key.kid, alg="EdDSA", use="sig")
                for key in self._ports.signer.keys
            ]
        )


class AccountsServicer(AccountsServiceServicer):
    """Accounts, for the people behind them and their colleagues."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def GetMyAccount(self, request: accounts_pb2.GetMyAccountRequest, context: Context) -> res.Account:
        return _account(*await accounts.my_account(self._ports, current_call()))

    async def BatchGetColleagues(
        self, request: accounts_pb2.BatchGetColleaguesRequest, context: Context
    ) -> accounts_pb2.BatchGetColleaguesResponse:
        found = await accounts.colleagues(self._ports, current_call(), account_ids=[*map(UUID, request.account_ids)])
        return accounts_pb2.BatchGetColleaguesResponse(
            colleagues=[res.Colleague(id=str(each.id), display_name=each.display_name) for each in found]
        )


class AccountsInternalServicer(AccountsInternalServiceServicer):
    """What the other services ask about accounts."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def LookUpFamily(
        self, request: accounts_pb2.LookUpFamilyRequest, context: Context
    ) -> accounts_pb2.LookUpFamilyResponse:
        return accounts_pb2.LookUpFamilyResponse(
            exists=await accounts.family_exists(self._ports, username=request.username)
        )

    async def GetFamilyAccount(self, request: accounts_pb2.GetFamilyAccountRequest, context: Context) -> res.Account:
        return _account(*await accounts.family_account(self._ports, account_id=UUID(request.account_id)))


class ResetsServicer(ResetsServiceServicer):
    """Passwords: the first one, another one, and a new one for who forgot it."""

    def __init__(self, ports: Ports, forgotten_passwords: ForgottenPasswords) -> None:
        self._ports = ports
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
                    self._ports, current_call(), token=request.token, new_password=request.new_password
                )
            case _:
                await passwords.reset_with_code(
                    self._ports,
                    current_call(),
                    realm=request.code.realm,
                    username=request.code.username,
                    code=request.code.code,
                    new_password=request.new_password,
                )
        return Empty()

    async def ChangePassword(self, request: resets_pb2.ChangePasswordRequest, context: Context) -> Empty:
        await passwords.change_my_password(
            self._ports, current_call(), current_password=request.current_password, new_password=request.new_password
        )
        return Empty()

    async def ActivateAccount(self, request: resets_pb2.ActivateAccountRequest, context: Context) -> Empty:
        await passwords.activate_account(self._ports, current_call(), token=request.token, password=request.password)
        return Empty()


class ResetsInternalServicer(ResetsInternalServiceServicer):
    """What the other services ask about passwords."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def SendFamilyPasswordReset(
        self, request: resets_pb2.SendFamilyPasswordResetRequest, context: Context
    ) -> Empty:
        actor = Actor(account_id=UUID(request.actor_id), org_id=UUID(request.actor_org_id))
        await resets.send_family_password_reset(
            self._ports, current_call(), account_id=UUID(request.account_id), actor=actor
        )
        return Empty()


class RegistrationsServicer(RegistrationsServiceServicer):
    """Families making an account of their own."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def RegisterFamily(self, request: registrations_pb2.RegisterFamilyRequest, context: Context) -> res.Tokens:
        return _tokens(
            await families.register_family(
                self._ports,
                current_call(),
                contact_ticket=request.contact_ticket,
                password=request.password,
                display_name=request.display_name,
                language=request.language,
            )
        )


class RegistrationsInternalServicer(RegistrationsInternalServiceServicer):
    """How another service vouches for a family's contact."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def IssueContactTicket(
        self, request: registrations_pb2.IssueContactTicketRequest, context: Context
    ) -> registrations_pb2.IssueContactTicketResponse:
        ticket = ContactTicket(contact=request.contact, display_name=request.display_name, language=request.language)
        signed, expires_at = await families.issue_contact_ticket(self._ports, ticket=ticket)
        return registrations_pb2.IssueContactTicketResponse(contact_ticket=signed, expire_time=timestamp(expires_at))


class LoginUsersServicer(LoginUsersServiceServicer):
    """The logins of an organization's people, as its administrators hand them out."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def CreateLoginUser(self, request: login_users_pb2.CreateLoginUserRequest, context: Context) -> res.Account:
        return await accounts.create_login_user(
            self._ports, current_call(), login=_new_login(request), reply=_account, reply_type=res.Account
        )


class LoginUsersInternalServicer(LoginUsersInternalServiceServicer):
    """The logins that casemanager hands out."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def ProvisionAccount(self, request: login_users_pb2.ProvisionAccountRequest, context: Context) -> res.Account:
        return await accounts.provision_account(
            self._ports,
            current_call(),
            org_id=UUID(request.org_id),
            login=_new_login(request),
            reply=_account,
            reply_type=res.Account,
        )


class OrganizationsServicer(OrganizationsServiceServicer):
    """Organizations, for the pages on which their people sign in."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def GetOrganization(
        self, request: organizations_pb2.GetOrganizationRequest, context: Context
    ) -> res.Organization:
        return organization_message(await organizations.get_organization(self._ports, slug=request.slug))


def servicers(ports: Ports, forgotten_passwords: ForgottenPasswords) -> Sequence[object]:
    """One for each gRPC service of identity."""
    return [
        SessionsServicer(ports),
        AccountsServicer(ports),
        AccountsInternalServicer(ports),
        ResetsServicer(ports, forgotten_passwords),
        ResetsInternalServicer(ports),
        RegistrationsServicer(ports),
        RegistrationsInternalServicer(ports),
        LoginUsersServicer(ports),
        LoginUsersInternalServicer(ports),
        OrganizationsServicer(ports),
    ]


def _new_login(request: login_users_pb2.CreateLoginUserRequest | login_users_pb2.ProvisionAccountRequest) -> NewLogin:
    return NewLogin(
        role=Role(request.role), username=request.username, display_name=request.display_name, language=request.language
    )


def _tokens(signed_in: SignedIn) -> res.Tokens:
    return res.Tokens(
        access_token=signed_in.access_token,
        access_expire_time=timestamp(signed_in.access_expires_at),
        refresh_token=signed_in.refresh_token,
        refresh_expire_time=timestamp(signed_in.refresh_expires_at),
        account=_account(signed_in.account, signed_in.organization),
    )


def _account(account: Account, organization: Organization) -> res.Account:
    return res.Account(
        id=str(account.id),
        realm=organization.slug,
        role=options_pb2.Role.ValueType(account.role),
        username=account.username,
        display_name=account.display_name,
        language=account.language,
        status=res.Account.Status.ValueType(account.status),
        create_time=timestamp(account.created_at),
        activate_time=timestamp(account.activated_at),
        last_login_time=timestamp(account.last_login_at),
    )


def _session(session: Session, *, current: bool) -> res.Session:
    return res.Session(
        id=str(session.id),
        device=session.device,
        address=session.address,
        create_time=timestamp(session.created_at),
        last_use_time=timestamp(session.rotated_at),
        current=current,
    )
