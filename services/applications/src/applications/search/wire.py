"""What to look for, as requests say it."""

from portico.applications.v1.batch_requests_pb2 import ApplicationFilter
from portico.applications.v1.search_pb2 import CountLinkStatesRequest, ListApplicationsRequest

from applications.application.domain.application import Status
from applications.application.domain.link_state import LinkState
from applications.search.domain import Attention
from applications.search.storage.search import Search, text_of
from applications.shared.wire import invalid, optional_id


def search_of(
    request: ListApplicationsRequest | CountLinkStatesRequest | ApplicationFilter, *, path: str = ""
) -> Search:
    """The search; `path` is where the request stands in a larger one. InvalidArgument for what contradicts itself."""
    if request.assignee_id and request.unassigned:
        raise invalid(f"{path}unassigned", "VALUE_CONTRADICTED", "an assignee is asked for, too.")
    return Search(
        text=text_of(request.query),
        link_states=frozenset(map(LinkState, request.link_states)),
        attentions=frozenset(map(Attention, request.attentions)),
        statuses=frozenset(map(Status, request.statuses)),
        assignee_id=optional_id(request.assignee_id),
        is_unassigned=request.unassigned,
    )
