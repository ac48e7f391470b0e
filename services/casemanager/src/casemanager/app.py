"""The composition root of casemanager: the only place that knows all its features."""

from collections.abc import Sequence

from casemanager.companies.aggregate import companies
from casemanager.companies.servicer import CompaniesInternalServicer, CompaniesServicer
from casemanager.config import CaseManagerSettings
from casemanager.shared.deps import Deps
from chassis.context import ServiceContext
from chassis.pagination import Pager, PageTokens
from chassis.service import ServiceDefinition


async def build(context: ServiceContext[CaseManagerSettings]) -> None:
    """Puts the service together."""
    deps = Deps(
        database=await context.database(),
        clock=context.clock,
        ids=context.ids,
        pager=Pager(PageTokens(context.settings.hash_key.reveal())),
    )
    context.publishes("CASEMANAGER", aggregates=("company", "notification"))
    context.serve(*servicers(deps))


def servicers(deps: Deps) -> Sequence[object]:
    """One for each gRPC service."""
    return [CompaniesServicer(deps, companies(deps)), CompaniesInternalServicer(deps)]


definition = ServiceDefinition(name="casemanager", settings=CaseManagerSettings, build=build)
