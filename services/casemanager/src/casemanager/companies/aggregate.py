"""How a company is changed: all that is constant about it, said once."""

from portico.casemanager.v1 import resources_pb2 as res

from casemanager.companies.domain import Company
from casemanager.companies.events import company_created
from casemanager.companies.storage import COMPANY, SAVE_COMPANY
from casemanager.companies.wire import company_message
from casemanager.shared.deps import Deps
from chassis.aggregate import Aggregate

Companies = Aggregate[Company, res.Company]


def companies(deps: Deps) -> Companies:
    """Companies as staff enter them."""
    return Aggregate(
        database=deps.database,
        clock=deps.clock,
        save=SAVE_COMPANY,
        params=lambda company, _: COMPANY.params(company),
        events=lambda company, _: [company_created(company, event_id=deps.ids())],
        answer=lambda company, _: company_message(company),
        reply=res.Company,
    )
