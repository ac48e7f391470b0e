"""How a company is made and changed: all that is constant about it, said once."""

from collections.abc import Callable

from portico.casemanager.v1 import resources_pb2 as res

from casemanager.companies.domain import Company
from casemanager.companies.events import company_event
from casemanager.companies.storage import ADD_COMPANY, SAVE_COMPANY, company_params, new_company_params
from casemanager.companies.wire import company_message
from casemanager.shared.deps import Deps
from chassis.aggregate import Aggregate
from chassis.mapping import Params
from chassis.saves import Save

Companies = Aggregate[Company, res.Company]


def new_companies(deps: Deps) -> Companies:
    """Companies as staff enter them."""
    return _companies(deps, ADD_COMPANY, new_company_params)


def changed_companies(deps: Deps) -> Companies:
    """Changes of companies that are there."""
    return _companies(deps, SAVE_COMPANY, company_params)


def _companies(deps: Deps, save: Save, params: Callable[[Company], Params]) -> Companies:
    return Aggregate(
        database=deps.database,
        clock=deps.clock,
        save=save,
        params=lambda company, _: params(company),
        events=lambda company, _: [company_event(company, event_id=deps.ids())],
        answer=lambda company, _: company_message(company),
        reply=res.Company,
    )
