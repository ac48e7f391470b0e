"""Incoming events → use cases."""

from portico.notifications.v1.events_pb2 import MessageRequest

from chassis.consumer import Consumers
from chassis.db import Executor
from chassis.envelope import Incoming
from notifications.requests import usecases
from notifications.requests.deps import Deps
from notifications.requests.messages import request_of

STREAMS = ("IDENTITY", "APPLICATIONS", "CASEMANAGER")


def register(consumers: Consumers, deps: Deps) -> None:
    """Each `notification.requested` of the other services becomes one message, in the transaction of its inbox row."""

    async def requested(event: MessageRequest, incoming: Incoming, tx: Executor) -> None:
        requester = incoming.subject.split(".")[2]  # portico.<org>.<service>.notification.requested
        await usecases.send_message(deps, tx, org_id=incoming.org_id, request=request_of(event, requester=requester))

    for stream in STREAMS:
        consumers.every(stream, MessageRequest, requested)
