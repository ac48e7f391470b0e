"""Staff find applications: search, filters, sort, pages; the table's rows say what comes next."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from portico.applications.v1.resources_pb2 import Application, Guardian
from portico.applications.v1.search_pb2 import ListApplicationsRequest
from starlette.responses import Response

from portal.areas.staff import labels
from portal.areas.staff.failures import code, why
from portal.areas.staff.guardian_actions import allowed_actions
from portal.core.context import PageContext
from portal.core.i18n import N_

PAGE = 25
ORDERS = ("create_time desc", "create_time", "number", "number desc", "family_name", "family_name desc")
LINK_STATES = ("NOT_INVITED", "INVITED", "EXPIRED", "UNDELIVERABLE", "NO_CONTACT", "LINKED")
ASSIGNED = {"": N_("anybody"), "me": N_("me"), "nobody": N_("nobody")}
STATUSES = ("ACTIVE", "UPDATE_NEEDED", "UNDER_REVIEW", "ENROLLED", "CLOSED")


async def show(context: PageContext) -> Response:
    """The table; unknown filters and orders in the address are passed over."""
    many = context.request.query_params.getlist
    query = context.query("query")[:100]
    order = context.query("order") if context.query("order") in ORDERS else ORDERS[0]
    chosen = {
        "query": query,
        "state": [state for state in LINK_STATES if state in many("state")],
        "status": [status for status in STATUSES if status in many("status")],
        "assigned": [whose for whose in ASSIGNED if whose and whose == context.query("assigned")],
        "order": order,
    }
    found = await context.services.applications.ListApplications(
        ListApplicationsRequest(
            page_size=PAGE,
            page_token=context.query("page"),
            query=query,
            link_states=[Guardian.LinkState.Value(state) for state in chosen["state"]],
            statuses=[Application.Status.Value(status) for status in chosen["status"]],
            assignee_id=context.person.account_id if chosen["assigned"] == ["me"] else "",
            unassigned=chosen["assigned"] == ["nobody"],
            order_by=order,
        )
    )

    def address(**changes: str) -> str:
        """The list with something changed, from its first page on."""
        return f"{context.request.url.path}?{urlencode({**chosen, **changes}, doseq=True)}"

    return context.render(
        "staff/applications.html",
        labels=labels,
        why=why,
        code=code,
        allowed_actions=allowed_actions,
        found=found,
        chosen=chosen,
        state_options=_options(chosen["state"], labels.FILTERS, context),
        status_options=_options(chosen["status"], labels.STATUSES, context),
        assigned_options=_options(chosen["assigned"] or [""], ASSIGNED, context),
        is_first_page=not context.query("page"),
        is_filtered=any(chosen[name] for name in ("query", "state", "status", "assigned")),
        address=address,
    )


def _options(
    chosen: Sequence[str], words: Mapping[str, str], context: PageContext
) -> list[tuple[str, str, bool, None]]:
    """Chips: the value, its words, whether it is chosen, and no count, as nobody counts them yet."""
    return [(value, context.i18n(said), value in chosen, None) for value, said in words.items()]
