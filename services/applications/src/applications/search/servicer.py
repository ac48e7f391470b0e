"""Finding applications."""

from dataclasses import replace
from functools import partial

from portico.applications.v1 import resources_pb2 as res
from portico.applications.v1 import search_pb2 as pb
from portico.applications.v1.search_pb2_grpc import SearchServiceServicer

from applications.application.domain.application import Application
from applications.application.domain.link_state import LinkState
from applications.application.wire import application_message
from applications.search.domain import Attention
from applications.search.storage.counts import NOTHING, Count, count
from applications.search.storage.search import Search, find
from applications.search.storage.statements import KEYSETS, Sort
from applications.search.wire import search_of
from applications.shared.deps import Deps
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
        org_id, now, search = current_call().org_id, self._deps.clock(), search_of(request)
        column, _, direction = (request.order_by or "create_time desc").partition(" ")
        search = replace(search, sort=Sort(column), descending=direction == "desc")

        async def fetch(search: Search, position: tuple[Key, ...], limit: int) -> list[Application]:
            if search.finds_nothing:
                return []
            return await find(self._deps.database, search, org_id=org_id, now=now, after=position, limit=limit)

        page = await self._deps.pager.page(
            request,
            org_id,
            KEYSETS[search.sort],
            partial(fetch, search),
            fetch_before=partial(fetch, replace(search, descending=not search.descending)),
        )
        return pb.ListApplicationsResponse(
            applications=[application_message(each, now) for each in page.items],
            next_page_token=page.next_token,
            previous_page_token=page.previous_token,
        )

    async def CountLinkStates(self, request: pb.CountLinkStatesRequest, context: Context) -> pb.CountLinkStatesResponse:
        org_id, now, search = current_call().org_id, self._deps.clock(), search_of(request)
        counts = NOTHING if search.finds_nothing else await count(self._deps.database, search, org_id=org_id, now=now)
        return pb.CountLinkStatesResponse(
            found=_count_message(counts.found),
            link_states=[
                pb.LinkStateCount(
                    link_state=res.Guardian.LinkState.ValueType(state),
                    applications=_count_message(counts.states[state]),
                )
                for state in LinkState
            ],
            attentions=[
                pb.AttentionCount(
                    attention=pb.Attention.ValueType(attention.value),
                    applications=_count_message(counts.states[attention]),
                )
                for attention in Attention
            ],
        )


def _count_message(counted: Count) -> pb.ApplicationCount:
    return pb.ApplicationCount(count=counted.number, exceeded=counted.exceeded)
