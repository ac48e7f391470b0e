"""Which applications a batch is about, as the list and other pages ask for it: `/staff/batches/new?…`.

`application` once for each; or `everything=1` with the search of the list (`query`, `link_state`, `status`,
`attention`, `assignee`, `unassigned`); or `source`, the batch whose rows are meant, with `outcome` for some of them.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from portico.applications.v1.batch_requests_pb2 import ApplicationFilter, ApplicationIds, BatchSource
from portico.applications.v1.batch_resources_pb2 import BatchRow
from portico.applications.v1.resources_pb2 import Application, Guardian
from portico.applications.v1.search_pb2 import ApplicationCount, Attention, CountLinkStatesRequest

from chassis.errors import DeadlineExceeded, Unavailable
from portal.core.context import PageContext
from portal.core.forms import Form

FIELDS = (
    *("kind", "application", "everything", "query", "link_state", "status", "attention", "assignee", "unassigned"),
    *("source", "outcome", "next"),
)


def fields_of(context: PageContext) -> dict[str, str]:
    """What was sent, or stands in the address: a line for each value."""
    query = context.request.query_params
    found = {name: context.form[name] or "\n".join(query.getlist(name)) for name in FIELDS}
    return {name: value for name, value in found.items() if value}


def is_empty(form: Form) -> bool:
    """Whether nothing is chosen."""
    return not (form["application"] or form["everything"] or form["source"])


async def count_of(context: PageContext) -> ApplicationCount | None:
    """How many applications are chosen; None for those of a batch, and while nobody can count those of a search."""
    form = context.form
    if form["source"]:
        return None
    if not form["everything"]:
        return ApplicationCount(count=len(set(form.all("application"))))
    matching = selection_of(form)["matching"]
    request = CountLinkStatesRequest(**{field.name: value for field, value in matching.ListFields()})
    try:
        return (await context.services.applications.CountLinkStates(request)).found
    except (Unavailable, DeadlineExceeded):
        return None


def selection_of(form: Form) -> Mapping[str, Any]:
    """The same as the contract says it; what it does not know is passed over."""
    if form["everything"]:
        matching = ApplicationFilter(
            query=form["query"][:100],
            link_states=_values(form, "link_state", Guardian.LinkState.items()),
            statuses=_values(form, "status", Application.Status.items()),
            attentions=_values(form, "attention", Attention.items()),
            assignee_id=form["assignee"],
            unassigned=bool(form["unassigned"]),
        )
        return {"matching": matching}
    if form["source"]:
        outcomes = _values(form, "outcome", BatchRow.Outcome.items())
        return {"source": BatchSource(batch_id=form["source"], outcomes=outcomes)}
    return {"applications": ApplicationIds(ids=form.all("application"))}


def _values(form: Form, name: str, items: Iterable[tuple[str, Any]]) -> list[Any]:
    numbers = dict(items)
    return [numbers[each] for each in form.all(name) if numbers.get(each)]
