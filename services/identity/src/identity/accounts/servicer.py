"""Accounts, for the people behind them and their colleagues."""

from uuid import UUID

from portico.identity.v1 import (
    accounts_pb2,
)
from portico.identity.v1 import resources_pb2 as res
from portico.identity.v1.accounts_pb2_grpc import AccountsInternalServiceServicer, AccountsServiceServicer

from chassis.call import current_call
from chassis.interceptor import Context
from identity.accounts import usecases as accounts
from identity.accounts.wire import account_message
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
        return accounts_pb2.BatchGetColleaguesResponse(
            colleagues=[res.Colleague(id=str(each.id), display_name=each.display_name) for each in found]
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
