"""How the other services ask for a message whose answer they need at once."""

from uuid import UUID

from portico.notifications.v1 import requests_pb2
from portico.notifications.v1 import resources_pb2 as pb
from portico.notifications.v1.requests_pb2_grpc import RequestsInternalServiceServicer

from chassis.call import current_call
from chassis.interceptor import Context
from notifications.messages.usecases import get_message
from notifications.messages.wire import message_of
from notifications.requests.deps import Deps
from notifications.requests.messages import request_of
from notifications.requests.usecases.single import render_message, send_message
from notifications.shared.domain import Channel


class RequestsInternalServicer(RequestsInternalServiceServicer):
    """For the other services."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def SendMessage(self, request: requests_pb2.SendMessageRequest, context: Context) -> pb.Message:
        """Stores a message for the calling service."""
        org_id, requester = UUID(request.org_id), current_call().caller.service
        message_id = await send_message(
            self._deps, self._deps.database, org_id=org_id, request=request_of(request.message, requester=requester)
        )
        return message_of(await get_message(self._deps, org_id=org_id, message_id=message_id))

    async def RenderMessage(
        self, request: requests_pb2.RenderMessageRequest, context: Context
    ) -> requests_pb2.RenderMessageResponse:
        """A message as it would be sent."""
        preview = await render_message(
            self._deps,
            org_id=UUID(request.org_id),
            template=request.template,
            channel=Channel(request.channel),
            language=request.language,
            values=dict(request.values),
        )
        return requests_pb2.RenderMessageResponse(
            subject=preview.subject, text=preview.text, segment_count=preview.segment_count
        )
