"""Finding applications."""

from portico.applications.v1 import search_pb2 as pb
from portico.applications.v1.search_pb2_grpc import SearchServiceServicer

from applications.application.domain.application import Application, Status
from applications.application.domain.link_state import LinkState
from applications.application.wire import application_message
from applications.search.storage.search import Search, find, text_of
from applications.search.storage.statements import KEYSETS, Sort
from applications.shared.deps import Deps
from applications.shared.wire import invalid, optional_id
from chassis.call import current_call
from chassis.interceptor import Context
from chassis.pagination import Key


class SearchServicer(SearchServiceServicer):
    """For staff."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def ListApplications(
        self, request: pb.ListApplicationsRequest, context: Context
    ) -> pb.ListApplicationsResponse:
        org_id, now, search = current_call().org_id, self._deps.clock(), _search_of(request)
        finds_nothing = search.text is not None and not search.text.kinds  # no letter and no digit

        async def fetch(after: tuple[Key, ...], limit: int) -> list[Application]:
            if finds_nothing:
                return []
            return await find(self._deps.database, search, org_id=org_id, now=now, after=after, limit=limit)

        page = await self._deps.pager.page(request, org_id, KEYSETS[search.sort], fetch)
        return pb.ListApplicationsResponse(
            applications=[application_message(each, now) for each in page.items], next_page_token=page.next_token
        )


def _search_of(request: pb.ListApplicationsRequest) -> Search:
    """What to look for."""
    if request.assignee_id and request.unassigned:
        raise invalid("unassigned", "VALUE_CONTRADICTED", "an assignee is asked for, too.")
    column, _, direction = (request.order_by or "create_time desc").partition(" ")
    return Search(
        text=text_of(request.query),
        link_states=frozenset(map(LinkState, request.link_states)),
        statuses=frozenset(map(Status, request.statuses)),
        assignee_id=optional_id(request.assignee_id),
        is_unassigned=request.unassigned,
        sort=Sort(column),
        descending=direction == "desc",
    )
