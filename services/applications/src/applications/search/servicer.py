"""Finding applications."""

from portico.applications.v1 import search_pb2 as pb
from portico.applications.v1.search_pb2_grpc import SearchServiceServicer

from applications.application.domain.application import Status
from applications.application.domain.link_state import LinkState
from applications.application.domain.names import name_query, number_query
from applications.application.wire import application_message
from applications.search.storage.search import Search, find, position_of
from applications.search.storage.statements import Sort
from applications.shared.deps import Deps
from chassis.call import current_call
from chassis.interceptor import Context

_PAGE = 50


class SearchServicer(SearchServiceServicer):
    """For staff."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def ListApplications(
        self, request: pb.ListApplicationsRequest, context: Context
    ) -> pb.ListApplicationsResponse:
        call, search, size, pages = (
            current_call(),
            _search_of(request),
            request.page_size or _PAGE,
            self._deps.page_tokens,
        )
        filters = (request.query, sorted(request.link_states), sorted(request.statuses), request.order_by)
        bound_to = f"applications {call.org_id} {filters}"
        after = pages.decode(request.page_token, bound_to=bound_to) if request.page_token else []
        if search is None:
            return pb.ListApplicationsResponse()
        now = self._deps.clock()
        found = await find(self._deps.database, search, org_id=call.org_id, now=now, after=after, limit=size + 1)
        page = pb.ListApplicationsResponse(applications=[application_message(each, now) for each in found[:size]])
        if len(found) > size:
            page.next_page_token = pages.encode(position_of(found[size - 1], search.sort), bound_to=bound_to)
        return page


def _search_of(request: pb.ListApplicationsRequest) -> Search | None:
    """What to look for; None when the text has no letter and no digit, so that nothing can be found."""
    text = number_query(request.query) or name_query(request.query)
    if request.query.strip() and text is None:
        return None
    column, _, direction = (request.order_by or "create_time desc").partition(" ")
    return Search(
        text=text,
        link_states=frozenset(map(LinkState, request.link_states)),
        statuses=frozenset(map(Status, request.statuses)),
        sort=Sort(column),
        descending=direction == "desc",
    )
