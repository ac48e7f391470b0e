"""Accounts, for the people behind them and their colleagues."""

from functools import partial
from uuid import UUID

from google.protobuf.empty_pb2 import Empty
from portico.identity.v1 import (
    accounts_pb2,
)
from portico.identity.v1 import resources_pb2 as res
from portico.identity.v1.accounts_pb2_grpc import AccountsInternalServiceServicer, AccountsServiceServicer

from chassis.call import current_call
from chassis.interceptor import Context
from identity.accounts import usecases as accounts
from identity.accounts.storage import COLLEAGUES_BY_NAME
from identity.accounts.wire import account_message, colleague_message
from identity.organizations.deps import Deps


class AccountsServicer(AccountsServiceServicer):
    """For people."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def GetMyAccount(self, request: accounts_pb2.GetMyAccountRequest, context: Context) -> res.Account:
        return account_message(*await accounts.my_account(self._deps, current_call()))

    async def BatchGetColleagues(
        self, request: accounts_pb2.BatchGetColleaguesRequest, context: Context
    ) -> accounts_pb2.BatchGetColleaguesResponse:
        found = await accounts.colleagues(self._deps, current_call(), account_ids=[*map(UUID, request.account_ids)])
        return accounts_pb2.BatchGetColleaguesResponse(colleagues=map(colleague_message, found))

    async def ListColleagues(
        self, request: accounts_pb2.ListColleaguesRequest, context: Context
    ) -> accounts_pb2.ListColleaguesResponse:
        org_id = current_call().org_id
        fetch = partial(accounts.active_staff, self._deps, org_id)
        page = await self._deps.pager.page(request, org_id, COLLEAGUES_BY_NAME, fetch)
        return accounts_pb2.ListColleaguesResponse(
            colleagues=map(colleague_message, page.items), next_page_token=page.next_token
        )


class AccountsInternalServicer(AccountsInternalServiceServicer):
    """For the other services."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def LookUpFamily(
        self, request: accounts_pb2.LookUpFamilyRequest, context: Context
    ) -> accounts_pb2.LookUpFamilyResponse:
        return accounts_pb2.LookUpFamilyResponse(
            exists=await accounts.family_exists(self._deps, username=request.username)
        )

    async def GetFamilyAccount(self, request: accounts_pb2.GetFamilyAccountRequest, context: Context) -> res.Account:
        return account_message(*await accounts.family_account(self._deps, account_id=UUID(request.account_id)))

    async def NoteFamilyContact(self, request: accounts_pb2.NoteFamilyContactRequest, context: Context) -> Empty:
        account_id = UUID(request.account_id)
        await accounts.note_family_contact(self._deps, account_id=account_id, contact=request.contact)
        return Empty()

    async def GetStaff(self, request: accounts_pb2.GetStaffRequest, context: Context) -> res.Colleague:
        org_id, account_id = UUID(request.org_id), UUID(request.account_id)
        account = await accounts.staff(self._deps, org_id=org_id, account_id=account_id)
        return res.Colleague(
            id=str(account.id), display_name=account.display_name, email=account.username, language=account.language
        )
