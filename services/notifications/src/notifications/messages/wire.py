"""A message on the wire."""

from portico.notifications.v1 import resources_pb2 as pb

from chassis.wire import timestamp
from notifications.messages.domain import Message, State


def message_of(message: Message) -> pb.Message:
    """A message as staff see it."""
    return pb.Message(
        id=str(message.id),
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
        # While it is SENDING, `due_time` is the end of the lease: no attempt is planned for it.
        next_attempt_time=None if message.state is State.SENDING else timestamp(message.due_time),
        subject=message.subject,
        text=message.text,
        segment_count=message.segment_count,
    )
