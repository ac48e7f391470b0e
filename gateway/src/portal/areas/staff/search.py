"""Staff find applications: search, filters, sort, pages, rows chosen together; the rows say what comes next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from portico.applications.v1.resources_pb2 import Application, Guardian
from portico.applications.v1.search_pb2 import (
    ApplicationCount,
    Attention,
    CountLinkStatesRequest,
    CountLinkStatesResponse,
    ListApplicationsRequest,
    ListApplicationsResponse,
)
from starlette.responses import Response

from chassis.errors import DeadlineExceeded, Unavailable
from portal.areas.staff import labels
from portal.areas.staff.guardian_actions import allowed_actions
from portal.core.context import PageContext
from portal.core.failures import code, why
from portal.core.i18n import N_, I18n
from portal.core.labels import choice
from portal.core.paging import first_row, numbered_ways

LIST = "/staff/applications"
PAGE = 25
ORDERS = ("create_time desc", "create_time", "number", "number desc", "family_name", "family_name desc")
LINK_STATES = ("LINKED", "INVITED", "EXPIRED", "UNDELIVERABLE", "NOT_INVITED", "NO_CONTACT")
ATTENTIONS = ("INVITED_LONG_AGO", "HELP_REQUESTED")
ASSIGNED = {"": N_("anybody"), "me": N_("me"), "nobody": N_("nobody")}
STATUSES = ("ACTIVE", "UPDATE_NEEDED", "UNDER_REVIEW", "ENROLLED", "CLOSED")
SELECTED = ("page", "all")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What is looked for, as it stands in the address; `states` are link states and attentions."""

    query: str = ""
    states: Sequence[str] = ()
    statuses: Sequence[str] = ()
    assigned: str = ""
    order: str = ORDERS[0]

    @classmethod
    def of(cls, context: PageContext) -> "Chosen":
        """From the address; filters and orders that there are not are passed over."""
        many = context.request.query_params.getlist
        return cls(
            query=context.query("query")[:100],
            states=[state for state in (*LINK_STATES, *ATTENTIONS) if state in many("state")],
            statuses=[status for status in STATUSES if status in many("status")],
            assigned=context.query("assigned") if context.query("assigned") in ASSIGNED else "",
            order=context.query("order") if context.query("order") in ORDERS else ORDERS[0],
        )

    @property
    def attentions(self) -> list[str]:
        """Those of `states` that are no link states."""
        return [state for state in self.states if state in ATTENTIONS]

    @property
    def is_filtered(self) -> bool:
        """Whether it is less than all applications."""
        return bool(self.query or self.states or self.statuses or self.assigned)

    def address(self, **changes: str) -> str:
        """The list with something changed, from its first page on."""
        said = {"query": self.query, "state": self.states, "status": self.statuses, "order": self.order}
        said |= {"assigned": self.assigned} if self.assigned else {}
        return f"{LIST}?{urlencode({**said, **changes}, doseq=True)}"

    def fields(self, context: PageContext) -> list[tuple[str, str]]:
        """The same as a form tells it to the pages of batches."""
        return [
            ("query", self.query),
            *(("link_state", state) for state in self.states if state in LINK_STATES),
            *(("attention", attention) for attention in self.attentions),
            *(("status", status) for status in self.statuses),
            ("assignee", context.person.account_id if self.assigned == "me" else ""),
            ("unassigned", "1" if self.assigned == "nobody" else ""),
        ]


ASSIGNED_TO_ME = Chosen(assigned="me")


async def show(context: PageContext) -> Response:
    """The table; where a page has nothing any more, the first one."""
    chosen = Chosen.of(context)
    found = await _found(context, chosen)
    counts = await counted(context, chosen)
    if context.query("page") and not found.applications:
        return context.redirect(chosen.address())
    first, numbers = first_row(context, found), sums(counts, context.i18n)
    return context.render(
        "staff/applications.html",
        labels=labels,
        why=why,
        code=code,
        allowed_actions=allowed_actions,
        found=found,
        chosen=chosen,
        total=said(counts.found, context.i18n) if counts else "",
        count=counts.found.count if counts else 0,
        first=first,
        ways=numbered_ways(
            found, chosen.address, context.i18n, first=first, count=len(found.applications), page_size=PAGE
        ),
        selected=context.query("selected") if context.query("selected") in SELECTED else "",
        state_options=_options(chosen.states, labels.FILTERS, context, numbers),
        attention_options=_options(chosen.states, labels.ATTENTIONS, context, numbers),
        status_options=_options(chosen.statuses, labels.STATUSES, context),
        assigned_options=_options([chosen.assigned], ASSIGNED, context),
        this_page={"page": context.query("page"), "first": str(first)} if context.query("page") else {},
    )


async def counted(context: PageContext, chosen: Chosen) -> CountLinkStatesResponse | None:
    """How many there are; None when they cannot be counted now: the list is worth showing without."""
    link_states, attentions = _states(chosen)
    request = CountLinkStatesRequest(
        query=chosen.query,
        link_states=link_states,
        attentions=attentions,
        statuses=map(Application.Status.Value, chosen.statuses),
        assignee_id=context.person.account_id if chosen.assigned == "me" else "",
        unassigned=chosen.assigned == "nobody",
    )
    try:
        return await context.services.applications.CountLinkStates(request)
    except (Unavailable, DeadlineExceeded):
        return None


def said(count: ApplicationCount, i18n: I18n) -> str:
    """`1,234`, `more than 10,000`."""
    number = i18n.number(count.count)
    return i18n(N_("more than %(count)s")) % {"count": number} if count.exceeded else number


async def _found(context: PageContext, chosen: Chosen) -> ListApplicationsResponse:
    link_states, attentions = _states(chosen)
    return await context.services.applications.ListApplications(
        ListApplicationsRequest(
            page_size=PAGE,
            page_token=context.query("page"),
            query=chosen.query,
            link_states=link_states,
            attentions=attentions,
            statuses=map(Application.Status.Value, chosen.statuses),
            assignee_id=context.person.account_id if chosen.assigned == "me" else "",
            unassigned=chosen.assigned == "nobody",
            order_by=chosen.order,
        )
    )


def _states(chosen: Chosen) -> tuple[list[Guardian.LinkState.ValueType], list[Attention.ValueType]]:
    return (
        [Guardian.LinkState.Value(state) for state in chosen.states if state in LINK_STATES],
        [Attention.Value(attention) for attention in chosen.attentions],
    )


def sums(counts: CountLinkStatesResponse | None, i18n: I18n) -> dict[str, str]:
    """By link state and attention, each as few letters as can be; nothing where nobody counted."""
    if counts is None:
        return {}
    named = [(choice(each, "link_state"), each.applications) for each in counts.link_states]
    named += [(choice(each, "attention"), each.applications) for each in counts.attentions]
    return {name: i18n.number(count.count) + ("+" if count.exceeded else "") for name, count in named}


def _options(
    chosen: Sequence[str], words: Mapping[str, str], context: PageContext, sums: Mapping[str, str] | None = None
) -> list[tuple[str, str, bool, str | None]]:
    """Chips: the value, its words, whether it is chosen, and how many there are."""
    return [(value, context.i18n(said), value in chosen, (sums or {}).get(value)) for value, said in words.items()]
