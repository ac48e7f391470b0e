"""What was given up, and how operators put it back to work."""

from functools import partial
from uuid import UUID

from portico.notifications.v1 import dead_letters_pb2
from portico.notifications.v1 import resources_pb2 as pb
from portico.notifications.v1.dead_letters_pb2_grpc import DeadLettersInternalServiceServicer

from chassis.interceptor import Context
from chassis.wire import timestamp
from notifications.dead_letters.deps import Deps
from notifications.dead_letters.storage import DEAD_LETTERS_BY_AGE, DeadLetter
from notifications.dead_letters.usecases import list_dead_letters, redrive_dead_letter


class DeadLettersInternalServicer(DeadLettersInternalServiceServicer):
    """For the other services."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def ListDeadLetters(
        self, request: dead_letters_pb2.ListDeadLettersRequest, context: Context
    ) -> dead_letters_pb2.ListDeadLettersResponse:
        """What was given up in an organization, newest first."""
        org_id = UUID(request.org_id)
        fetch = partial(list_dead_letters, self._deps, org_id)
        page = await self._deps.pager.page(request, org_id, DEAD_LETTERS_BY_AGE, fetch)
        return dead_letters_pb2.ListDeadLettersResponse(
            dead_letters=map(_dead_letter, page.items), next_page_token=page.next_token
        )

    async def RedriveDeadLetter(
        self, request: dead_letters_pb2.RedriveDeadLetterRequest, context: Context
    ) -> pb.DeadLetter:
        """Puts a message or an event back to work."""
        letter = await redrive_dead_letter(
            self._deps, org_id=UUID(request.org_id), letter_id=UUID(request.dead_letter_id)
        )
        return _dead_letter(letter)


def _dead_letter(letter: DeadLetter) -> pb.DeadLetter:
    return pb.DeadLetter(
        id=str(letter.id),
        source=letter.source,
        reason=letter.reason,
        create_time=timestamp(letter.create_time),
        redrive_time=timestamp(letter.redrive_time),
    )
