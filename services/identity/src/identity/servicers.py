"""protobuf ↔ domain, nothing else."""

from uuid import UUID

from google.protobuf.empty_pb2 import Empty
from portico.identity.v1 import resources_pb2 as res
from portico.identity.v1 import service_pb2 as pb
from portico.identity.v1.service_pb2_grpc import IdentityInternalServiceServicer, IdentityServiceServicer
from portico.options.v1 import options_pb2

from chassis.call import Role, current_call
from chassis.interceptor import Context
from chassis.wire import timestamp
from identity.accounts import usecases as accounts
from identity.accounts.domain import Account, NewLogin, Session
from identity.login_users import usecases as login_users
from identity.organizations import usecases as organizations
from identity.organizations.domain import Organization
from identity.organizations.events import organization_message
from identity.registrations import usecases as families
from identity.resets.deps import Ports
from identity.resets.usecases import passwords
from identity.resets.usecases import requests as resets
from identity.resets.usecases.requests import Forgotten, ForgottenPasswords
from identity.sessions import usecases as sessions
from identity.sessions.tokens import ContactTicket
from identity.sessions.usecases import SignedIn, login
from identity.shared.audit.usecases import Actor


class IdentityServicer(IdentityServiceServicer):
    """Accounts, sessions and passwords, for people."""

    def __init__(self, ports: Ports, forgotten_passwords: ForgottenPasswords) -> None:
        self._ports = ports
        self._forgotten_passwords = forgotten_passwords

    async def Login(self, request: pb.LoginRequest, context: Context) -> res.Tokens:
        return _tokens(
            await login(
                self._ports, current_call(), realm=request.realm, username=request.username, password=request.password
            )
        )

    async def RefreshTokens(self, request: pb.RefreshTokensRequest, context: Context) -> res.Tokens:
        return _tokens(await sessions.refresh_tokens(self._ports, current_call(), refresh_token=request.refresh_token))

    async def Logout(self, request: pb.LogoutRequest, context: Context) -> Empty:
        await sessions.logout(self._ports, current_call())
        return Empty()

    async def GetMyAccount(self, request: pb.GetMyAccountRequest, context: Context) -> res.Account:
        return _account(*await accounts.my_account(self._ports, current_call()))

    async def ListMySessions(self, request: pb.ListMySessionsRequest, context: Context) -> pb.ListMySessionsResponse:
        call = current_call()
        live = await sessions.list_my_sessions(self._ports, call)
        return pb.ListMySessionsResponse(
            sessions=[_session(session, current=session.id == call.caller.session_id) for session in live]
        )

    async def RevokeMySession(self, request: pb.RevokeMySessionRequest, context: Context) -> Empty:
        await sessions.revoke_my_session(self._ports, current_call(), session_id=UUID(request.session_id))
        return Empty()

    async def RevokeMyOtherSessions(
        self, request: pb.RevokeMyOtherSessionsRequest, context: Context
    ) -> pb.RevokeMyOtherSessionsResponse:
        count = await sessions.revoke_my_other_sessions(self._ports, current_call())
        return pb.RevokeMyOtherSessionsResponse(revoked_count=count)

    async def ForgotPassword(self, request: pb.ForgotPasswordRequest, context: Context) -> pb.ForgotPasswordResponse:
        self._forgotten_passwords.ask(Forgotten(call=current_call(), realm=request.realm, username=request.username))
        return pb.ForgotPasswordResponse()

    async def ResetPassword(self, request: pb.ResetPasswordRequest, context: Context) -> Empty:
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

    async def ChangePassword(self, request: pb.ChangePasswordRequest, context: Context) -> Empty:
        await passwords.change_my_password(
            self._ports, current_call(), current_password=request.current_password, new_password=request.new_password
        )
        return Empty()

    async def ActivateAccount(self, request: pb.ActivateAccountRequest, context: Context) -> Empty:
        await passwords.activate_account(self._ports, current_call(), token=request.token, password=request.password)
        return Empty()

    async def RegisterFamily(self, request: pb.RegisterFamilyRequest, context: Context) -> res.Tokens:
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

    async def CreateLoginUser(self, request: pb.CreateLoginUserRequest, context: Context) -> res.Account:
        return await login_users.create_login_user(
            self._ports, current_call(), login=_new_login(request), reply=_account, reply_type=res.Account
        )

    async def BatchGetColleagues(
        self, request: pb.BatchGetColleaguesRequest, context: Context
    ) -> pb.BatchGetColleaguesResponse:
        found = await accounts.colleagues(self._ports, current_call(), account_ids=[*map(UUID, request.account_ids)])
        return pb.BatchGetColleaguesResponse(
            colleagues=[res.Colleague(id=str(each.id), display_name=each.display_name) for each in found]
        )

    async def GetOrganization(self, request: pb.GetOrganizationRequest, context: Context) -> res.Organization:
        return organization_message(await organizations.get_organization(self._ports, slug=request.slug))

    async def GetJsonWebKeySet(self, request: pb.GetJsonWebKeySetRequest, context: Context) -> pb.JsonWebKeySet:
        return pb.JsonWebKeySet(
            keys=[
                res.JsonWebKey(kty="OKP", crv="Ed25519", x=key.x, kid=key.kid, alg="EdDSA", use="sig")
                for key in self._ports.signer.keys
            ]
        )


class IdentityInternalServicer(IdentityInternalServiceServicer):
    """What the other services ask of identity."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def IssueContactTicket(
        self, request: pb.IssueContactTicketRequest, context: Context
    ) -> pb.IssueContactTicketResponse:
        ticket = ContactTicket(contact=request.contact, display_name=request.display_name, language=request.language)
        signed, expires_at = await families.issue_contact_ticket(self._ports, ticket=ticket)
        return pb.IssueContactTicketResponse(contact_ticket=signed, expire_time=timestamp(expires_at))

    async def LookUpFamily(self, request: pb.LookUpFamilyRequest, context: Context) -> pb.LookUpFamilyResponse:
        return pb.LookUpFamilyResponse(exists=await accounts.family_exists(self._ports, username=request.username))

    async def GetFamilyAccount(self, request: pb.GetFamilyAccountRequest, context: Context) -> res.Account:
        return _account(*await accounts.family_account(self._ports, account_id=UUID(request.account_id)))

    async def SendFamilyPasswordReset(self, request: pb.SendFamilyPasswordResetRequest, context: Context) -> Empty:
        actor = Actor(account_id=UUID(request.actor_id), org_id=UUID(request.actor_org_id))
        await resets.send_family_password_reset(
            self._ports, current_call(), account_id=UUID(request.account_id), actor=actor
        )
        return Empty()

    async def ProvisionAccount(self, request: pb.ProvisionAccountRequest, context: Context) -> res.Account:
        return await login_users.provision_account(
            self._ports,
            current_call(),
            org_id=UUID(request.org_id),
            login=_new_login(request),
            reply=_account,
            reply_type=res.Account,
        )


def _new_login(request: pb.CreateLoginUserRequest | pb.ProvisionAccountRequest) -> NewLogin:
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
