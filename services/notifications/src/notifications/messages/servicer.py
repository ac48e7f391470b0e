"""What staff see of the messages of their organization."""

from datetime import UTC, datetime
from uuid import UUID

from portico.notifications.v1 import messages_pb2
from portico.notifications.v1 import resources_pb2 as pb
from portico.notifications.v1.messages_pb2_grpc import MessagesServiceServicer

from chassis.call import current_call
from chassis.interceptor import Context
from chassis.pagination import PageTokens
from notifications.messages.domain import State
from notifications.messages.usecases import get_message, list_messages
from notifications.messages.wire import message_of
from notifications.shared.deps import Deps

_PAGE = 50
_NEWEST_ID = UUID(int=2**128 - 1)
_NEWEST = datetime(9999, 12, 31, tzinfo=UTC)


class MessagesServicer(MessagesServiceServicer):
    """For staff."""

    def __init__(self, deps: Deps, page_tokens: PageTokens) -> None:
        self._deps = deps
        self._pages = page_tokens

    async def ListMessages(
        self, request: messages_pb2.ListMessagesRequest, context: Context
    ) -> messages_pb2.ListMessagesResponse:
        """The messages of the caller's organization, newest first."""
        org_id, size = current_call().org_id, request.page_size or _PAGE
        bound_to = f"ListMessages/{org_id}/{request.reference}/{sorted(request.states)}"
        before = _NEWEST_ID
        if request.page_token:
            [last] = self._pages.decode(request.page_token, bound_to=bound_to)
            before = UUID(str(last))
        messages = await list_messages(
            self._deps,
            org_id=org_id,
            reference=request.reference,
            states=[State(state) for state in request.states],
            before=before,
            limit=size + 1,
        )
        page = messages[:size]
        more = self._pages.encode([str(page[-1].id)], bound_to=bound_to) if len(messages) > size else ""
        return messages_pb2.ListMessagesResponse(messages=map(message_of, page), next_page_token=more)

    async def GetMessage(self, request: messages_pb2.GetMessageRequest, context: Context) -> pb.Message:
        """One message of the caller's organization."""
        message_id = UUID(request.message_id)
        return message_of(await get_message(self._deps, org_id=current_call().org_id, message_id=message_id))
