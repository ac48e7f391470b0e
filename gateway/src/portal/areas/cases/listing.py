"""Finding cases: search, filters, order, pages."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

from portico.casemanager.v1.case_resources_pb2 import Case
from portico.casemanager.v1.cases_pb2 import ListCasesRequest, ListCasesResponse
from portico.casemanager.v1.resources_pb2 import Company
from portico.casemanager.v1.value_lists_pb2 import ValueList
from starlette.responses import Response

from chassis.errors import ServiceError
from chassis.tasks import together
from portal.areas.cases import labels
from portal.areas.cases.sides import CASE_MANAGERS, STAFF, myself, side_of
from portal.core.companies import companies_to_choose
from portal.core.context import PageContext
from portal.core.i18n import N_
from portal.core.paging import first_row, numbered_ways
from portal.core.values import values_of

PAGE = 25
ORDERS = ("create_time desc", "family_name")
SCOPES = ("", "unit")
"""Whose cases a case manager looks at: their own, or their unit's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What is looked for, as it stands in the address; empty: everything."""

    path: str
    query: str = ""
    state: str = ""
    company: str = ""
    service: str = ""
    scope: str = ""
    order: str = ORDERS[0]

    @classmethod
    def of(cls, context: PageContext) -> "Chosen":
        """From the address; filters and orders that there are not are passed over."""
        side, order, state, scope = side_of(context), *map(context.query, ("order", "state", "scope"))
        return cls(
            path=side.path,
            query=context.query("query")[:100],
            state=state if state in labels.STATES else "",
            company=context.query("company") if side is STAFF else "",
            service=context.query("service")[:100],
            scope=scope if side is CASE_MANAGERS and scope in SCOPES else "",
            order=order if order in ORDERS else ORDERS[0],
        )

    @property
    def is_filtered(self) -> bool:
        """Whether it is less than everything."""
        return bool(self.query or self.state or self.folded_count)

    @property
    def folded_count(self) -> int:
        """How many of the filters that few need are used."""
        return sum(map(bool, (self.company, self.service)))

    def address(self, **changes: str) -> str:
        """The list with something changed, from its first page on."""
        asked = {**asdict(self), "order": self.order if self.order != ORDERS[0] else "", **changes}
        del asked["path"]
        query = urlencode({name: value for name, value in asked.items() if value})
        return f"{self.path}?{query}" if query else self.path

    def fields(self) -> dict[str, Any]:
        """The same for the request of the contract."""
        is_own = self.path == CASE_MANAGERS.path and not self.scope
        return {
            "query": self.query,
            "state": Case.State.Value(self.state) if self.state else None,
            "company_id": self.company,
            "service_type": self.service,
            "scope": ListCasesRequest.MINE if is_own else ListCasesRequest.UNIT,
            "order_by": self.order,
        }


async def show(context: PageContext) -> Response:
    """The table; where a page has nothing any more, the first one. A login without a profile begins at its own page."""
    chosen = Chosen.of(context)
    try:
        person, found, companies, values = await together(
            myself(context), _found(context, chosen), _companies(context, chosen), values_of(context)
        )
    except ServiceError as error:
        if error.reason != "CASE_MANAGER_NOT_FOUND":
            raise
        return context.redirect(side_of(context).home)
    if context.query("page") and not found.cases:
        return context.redirect(chosen.address())
    first = first_row(context, found)
    service_options = values.choices(ValueList.SERVICE_TYPES, chosen.service)
    return context.render(
        "cases/list.html",
        labels=labels,
        side=side_of(context),
        person=person,
        found=found,
        chosen=chosen,
        first=first,
        ways=numbered_ways(found, chosen.address, context.i18n, first=first, count=len(found.cases), page_size=PAGE),
        values=values,
        service_kind=ValueList.SERVICE_TYPES,
        service_options=[("", context.i18n(N_("any"))), *service_options[1:]],
        company_options=[("", context.i18n(N_("any"))), *((company.id, company.name) for company in companies)],
        state_options=_options([chosen.state], labels.STATE_FILTERS, context),
    )


async def _found(context: PageContext, chosen: Chosen) -> ListCasesResponse:
    return await context.services.casemanager.ListCases(
        ListCasesRequest(page_size=PAGE, page_token=context.query("page"), **chosen.fields())
    )


async def _companies(context: PageContext, chosen: Chosen) -> Sequence[Company]:
    """Those that staff can choose, with the one that is; others choose none."""
    return await companies_to_choose(context, chosen.company) if side_of(context) is STAFF else ()


def _options(
    chosen: Sequence[str], words: Mapping[str, str], context: PageContext
) -> list[tuple[str, str, bool, str | None]]:
    """Chips: the value, its words, whether it is chosen; nobody counts them."""
    return [(value, context.i18n(said), value in chosen, None) for value, said in words.items()]
