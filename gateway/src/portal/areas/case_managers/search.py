"""Staff find case managers: search, filters, sort, pages."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

from portico.casemanager.v1.case_managers_pb2 import ListCaseManagersRequest, ListCaseManagersResponse
from portico.casemanager.v1.resources_pb2 import BusinessUnit, CaseManager, Company, Login
from portico.casemanager.v1.value_lists_pb2 import ValueList
from portico.identity.v1.resources_pb2 import Colleague
from starlette.responses import Response

from chassis.errors import DeadlineExceeded, NotFound, Unavailable
from chassis.tasks import together
from portal.areas.case_managers import labels
from portal.areas.case_managers.companies import companies_of, company_of, unit_names
from portal.core.colleagues import all_colleagues
from portal.core.companies import units_of
from portal.core.context import PageContext
from portal.core.forms import Form
from portal.core.i18n import N_
from portal.core.paging import first_row, numbered_ways
from portal.core.person_logins import LOGIN_STATUSES
from portal.core.values import values_of

LIST = "/case-managers"
PAGE = 25
ORDERS = ("create_time desc", "family_name", "company_name", "email", "login_status")
MAX_COMPANIES = 200
"""How many companies the filter offers; all can be searched for by their names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What is looked for, as it stands in the address; empty: everybody."""

    query: str = ""
    company: str = ""
    unit: str = ""
    account: str = ""
    login: Sequence[str] = ()
    verified: str = ""
    responsible: str = ""
    state: str = ""
    order: str = ORDERS[0]

    @classmethod
    def of(cls, context: PageContext) -> "Chosen":
        """From the address; filters and orders that there are not are passed over."""
        many, order = context.request.query_params.getlist("login"), context.query("order")
        account, verified = context.query("account"), context.query("verified")
        return cls(
            query=context.query("query")[:100],
            company=context.query("company"),
            unit=context.query("unit") if context.query("company") else "",
            account=account if account in labels.ACCOUNTS else "",
            login=[status for status in LOGIN_STATUSES if status in many],
            verified=verified if verified in labels.VERIFIED else "",
            responsible=context.query("responsible"),
            state=context.query("state")[:40],
            order=order if order in ORDERS else ORDERS[0],
        )

    @property
    def is_filtered(self) -> bool:
        """Whether it is less than everybody."""
        return any(value for name, value in asdict(self).items() if name != "order")

    @property
    def folded_count(self) -> int:
        """How many of the filters that few need are used."""
        return sum(map(bool, (self.company, self.account, self.verified, self.responsible, self.state)))

    def address(self, **changes: str) -> str:
        """The list with something changed, from its first page on."""
        asked = {**asdict(self), "order": self.order if self.order != ORDERS[0] else "", **changes}
        query = urlencode({name: value for name, value in asked.items() if value}, doseq=True)
        return f"{LIST}?{query}" if query else LIST

    def fields(self) -> dict[str, Any]:
        """The same for the request of the contract."""
        return {
            "query": self.query,
            "company_id": self.company,
            "business_unit_id": self.unit,
            "account_status": CaseManager.AccountStatus.Value(self.account) if self.account else None,
            "login_statuses": [Login.Status.Value(status) for status in self.login],
            "contact_verified": self.verified == "yes" if self.verified else None,
            "responsible_staff_id": self.responsible,
            "state": self.state,
            "order_by": self.order,
        }


async def show(context: PageContext) -> Response:
    """The table; where a page has nothing any more, the first one."""
    chosen = Chosen.of(context)
    context.form = Form({"state": chosen.state})
    (found, values), companies, units, colleagues = await together(
        together(_found(context, chosen), values_of(context)),
        _companies(context, chosen),
        _units(context, chosen),
        _colleagues(context),
    )
    if context.query("page") and not found.case_managers:
        return context.redirect(chosen.address())
    first = first_row(context, found)
    return context.render(
        "case_managers/list.html",
        labels=labels,
        login_statuses=LOGIN_STATUSES,
        position_of=lambda person: values.words(ValueList.POSITIONS, person.position),
        found=found,
        chosen=chosen,
        first=first,
        ways=numbered_ways(
            found, chosen.address, context.i18n, first=first, count=len(found.case_managers), page_size=PAGE
        ),
        units=units,
        unit_names=await unit_names(
            context, (person.company_id for person in found.case_managers if person.business_unit_id)
        ),
        company_options=[("", context.i18n(N_("any"))), *((company.id, company.name) for company in companies)],
        responsible_options=_responsible(context, chosen, colleagues),
        login_options=_options(chosen.login, LOGIN_STATUSES, context),
        account_options=_options([chosen.account], labels.ACCOUNTS, context),
        verified_options=_options([chosen.verified], labels.VERIFIED, context),
    )


async def _found(context: PageContext, chosen: Chosen) -> ListCaseManagersResponse:
    return await context.services.casemanager.ListCaseManagers(
        ListCaseManagersRequest(page_size=PAGE, page_token=context.query("page"), **chosen.fields())
    )


async def _companies(context: PageContext, chosen: Chosen) -> Sequence[Company]:
    """Those that can be chosen, with the one that is."""
    found = await companies_of(context, limit=MAX_COMPANIES)
    if not chosen.company or chosen.company in {company.id for company in found}:
        return found
    try:
        return [await company_of(context, chosen.company), *found]
    except NotFound:  # nothing is found either, and the list says so
        return found


async def _units(context: PageContext, chosen: Chosen) -> Sequence[BusinessUnit]:
    return await units_of(context, chosen.company) if chosen.company else ()


async def _colleagues(context: PageContext) -> Sequence[Colleague]:
    """Nobody while they cannot be asked for: the list is worth showing without."""
    try:
        return await all_colleagues(context)
    except (Unavailable, DeadlineExceeded):
        return ()


def _responsible(context: PageContext, chosen: Chosen, colleagues: Sequence[Colleague]) -> list[tuple[str, str]]:
    others = [(each.id, each.display_name) for each in colleagues if each.id != context.account_id]
    options = [("", context.i18n(N_("anybody"))), (context.account_id, context.i18n(N_("myself"))), *others]
    is_known = chosen.responsible in dict(options)
    return options if is_known else [*options, (chosen.responsible, context.i18n(N_("a former colleague")))]


def _options(
    chosen: Sequence[str], words: Mapping[str, str], context: PageContext
) -> list[tuple[str, str, bool, str | None]]:
    """Chips: the value, its words, whether it is chosen; nobody counts them."""
    return [(value, context.i18n(said), value in chosen, None) for value, said in words.items()]
