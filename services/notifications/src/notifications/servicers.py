"""Protobuf ↔ use cases, nothing else."""

from datetime import UTC, datetime
from uuid import UUID

from portico.notifications.v1 import resources_pb2 as pb
from portico.notifications.v1 import service_pb2 as rpc
from portico.notifications.v1.service_pb2_grpc import NotificationsInternalServiceServicer, NotificationsServiceServicer

from chassis.call import current_call
from chassis.interceptor import Context
from chassis.paging import PageTokens
from chassis.wire import timestamp
from notifications.dead_letters.deps import Ports
from notifications.dead_letters.storage import DeadLetter
from notifications.dead_letters.usecases import list_dead_letters, redrive_dead_letter
from notifications.messages.domain import Message, State
from notifications.messages.usecases import get_message, list_messages
from notifications.requests.messages import request_of
from notifications.requests.usecases import send_message

_PAGE = 50
_NEWEST_ID = UUID(int=2**128 - 1)
_NEWEST = datetime(9999, 12, 31, tzinfo=UTC)


class NotificationsServicer(NotificationsServiceServicer):
    """What staff see of the messages of their organization."""

    def __init__(self, ports: Ports, pages: PageTokens) -> None:
        self._ports = ports
        self._pages = pages

    async def ListMessages(self, request: rpc.ListMessagesRequest, context: Context) -> rpc.ListMessagesResponse:
        """The messages of the caller's organization, newest first."""
        org_id, size = current_call().org_id, request.page_size or _PAGE
        bound_to = f"ListMessages/{org_id}/{request.reference}/{sorted(request.states)}"
        before = _NEWEST_ID
        if request.page_token:
            [last] = self._pages.decode(request.page_token, bound_to=bound_to)
            before = UUID(str(last))
        messages = await list_messages(
            self._ports,
            org_id=org_id,
            reference=request.reference,
            states=[State(state) for state in request.states],
            before=before,
            most=size + 1,
        )
        page = messages[:size]
        more = self._pages.encode([str(page[-1].message_id)], bound_to=bound_to) if len(messages) > size else ""
        return rpc.ListMessagesResponse(messages=map(_message, page), next_page_token=more)

    async def GetMessage(self, request: rpc.GetMessageRequest, context: Context) -> pb.Message:
        """One message of the caller's organization."""
        message_id = UUID(request.message_id)
        return _message(await get_message(self._ports, org_id=current_call().org_id, message_id=message_id))


class NotificationsInternalServicer(NotificationsInternalServiceServicer):
    """What the other services and the platform's operators ask of notifications."""

    def __init__(self, ports: Ports, pages: PageTokens) -> None:
        self._ports = ports
        self._pages = pages

    async def SendMessage(self, request: rpc.SendMessageRequest, context: Context) -> pb.Message:
        """Stores a message for the calling service."""
        org_id, asker = UUID(request.org_id), current_call().caller.service
        message_id = await send_message(
            self._ports, self._ports.database, org_id=org_id, request=request_of(request.message, asker=asker)
        )
        return _message(await get_message(self._ports, org_id=org_id, message_id=message_id))

    async def ListDeadLetters(
        self, request: rpc.ListDeadLettersRequest, context: Context
    ) -> rpc.ListDeadLettersResponse:
        """What was given up in an organization, newest first."""
        size, bound_to = request.page_size or _PAGE, f"ListDeadLetters/{request.org_id}"
        before = (_NEWEST, _NEWEST_ID)
        if request.page_token:
            instant, last = self._pages.decode(request.page_token, bound_to=bound_to)
            before = (datetime.fromisoformat(str(instant)), UUID(str(last)))
        letters = await list_dead_letters(self._ports, org_id=UUID(request.org_id), before=before, most=size + 1)
        page = letters[:size]
        more = ""
        if len(letters) > size:
            position = [page[-1].create_time.isoformat(), str(page[-1].letter_id)]
            more = self._pages.encode(position, bound_to=bound_to)
        return rpc.ListDeadLettersResponse(dead_letters=map(_dead_letter, page), next_page_token=more)

    async def RedriveDeadLetter(self, request: rpc.RedriveDeadLetterRequest, context: Context) -> pb.DeadLetter:
        """Puts a message or an event back to work."""
        letter = await redrive_dead_letter(
            self._ports, org_id=UUID(request.org_id), letter_id=UUID(request.dead_letter_id)
        )
        return _dead_letter(letter)


def _message(message: Message) -> pb.Message:
    return pb.Message(
        id=str(message.message_id),
        template=message.template,
        template_version=message.template_version,
        recipient=pb.Recipient(
            channel=pb.Channel.ValueType(message.channel), address=message.address, language=message.language
        ),
        reference=message.reference,
        state=pb.Message.State.ValueType(message.state),
        failure_reason=message.failure_reason,
        attempt_count=message.attempt_count,
        create_time=timestamp(message.create_time),
        send_time=timestamp(message.send_time),
        # While it is SENDING, `due_at` is the end of the lease: no attempt is planned for it.
        next_attempt_time=None if message.state is State.SENDING else timestamp(message.due_at),
        subject=message.subject,
        text=message.text,
        segment_count=message.segment_count,
    )


def _dead_letter(letter: DeadLetter) -> pb.DeadLetter:
    return pb.DeadLetter(
        id=str(letter.letter_id),
        source=letter.source,
        reason=letter.reason,
        create_time=timestamp(letter.create_time),
        redrive_time=timestamp(letter.redrive_time),
    )
