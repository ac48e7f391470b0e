"""What staff see of the messages of their organization."""

from functools import partial
from uuid import UUID

from portico.notifications.v1 import messages_pb2
from portico.notifications.v1 import resources_pb2 as pb
from portico.notifications.v1.messages_pb2_grpc import MessagesServiceServicer

from chassis.call import current_call
from chassis.interceptor import Context
from notifications.messages.domain import State
from notifications.messages.storage import MESSAGES_BY_AGE
from notifications.messages.usecases import get_message, list_messages
from notifications.messages.wire import message_of
from notifications.shared.deps import Deps


class MessagesServicer(MessagesServiceServicer):
    """For staff."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def ListMessages(
        self, request: messages_pb2.ListMessagesRequest, context: Context
    ) -> messages_pb2.ListMessagesResponse:
        """The messages of the caller's organization, newest first."""
        org_id, states = current_call().org_id, [State(state) for state in request.states]
        fetch = partial(list_messages, self._deps, org_id, request.reference, states)
        page = await self._deps.pager.page(request, org_id, MESSAGES_BY_AGE, fetch)
        return messages_pb2.ListMessagesResponse(messages=map(message_of, page.items), next_page_token=page.next_token)

    async def GetMessage(self, request: messages_pb2.GetMessageRequest, context: Context) -> pb.Message:
        """One message of the caller's organization."""
        message_id = UUID(request.message_id)
        return message_of(await get_message(self._deps, org_id=current_call().org_id, message_id=message_id))
