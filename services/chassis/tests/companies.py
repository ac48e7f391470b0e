"""A servicer that does what the name of a company says: what the tests of the interceptor call."""

import asyncio
from datetime import timedelta

from portico.casemanager.v1 import companies_pb2
from portico.casemanager.v1.companies_pb2_grpc import CompaniesInternalServiceServicer, CompaniesServiceServicer
from portico.casemanager.v1.resources_pb2 import Company

from chassis.call import Call, current_call
from chassis.errors import AlreadyExists, FieldViolation


class NameTaken(AlreadyExists):
    reason = "COMPANY_NAME_TAKEN"
    message = "A company with this name exists."


class Companies(CompaniesServiceServicer, CompaniesInternalServiceServicer):
    """Does what the name of the company says."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.released = asyncio.Event()
        self.left = 0

    async def CreateCompany(self, request, context):
        self.calls.append(current_call())
        match request.name:
            case "taken":
                raise NameTaken(
                    metadata={"name": request.name},
                    retry_after=timedelta(seconds=7),
                    violations=[
                        FieldViolation(field="name", reason="TAKEN", description="taken", localized={"es": "ocupado"})
                    ],
                )
            case "broken":
                raise RuntimeError("the secret recipe")
            case "slow":
                try:
                    await self.released.wait()
                except asyncio.CancelledError:
                    self.left += 1
                    raise
        return Company(name=request.name)

    async def GetCompany(self, request, context):
        return Company(id=request.company_id)

    async def ListCompanies(self, request, context):
        return companies_pb2.ListCompaniesResponse()

    async def UpdateCompany(self, request, context):
        return Company(id=request.company_id)

    DeactivateCompany = ActivateCompany = UpdateCompany

    async def GetOrganizationCompany(self, request, context):
        return Company(id=request.company_id)


def create(name: str, **fields: str) -> companies_pb2.CreateCompanyRequest:
    return companies_pb2.CreateCompanyRequest(name=name, **fields)
