"""What was given up, and how operators put it back to work."""

from datetime import UTC, datetime
from uuid import UUID

from portico.notifications.v1 import dead_letters_pb2
from portico.notifications.v1 import resources_pb2 as pb
from portico.notifications.v1.dead_letters_pb2_grpc import DeadLettersInternalServiceServicer

from chassis.interceptor import Context
from chassis.pagination import PageTokens
from chassis.wire import timestamp
from notifications.dead_letters.deps import Deps
from notifications.dead_letters.storage import DeadLetter
from notifications.dead_letters.usecases import list_dead_letters, redrive_dead_letter

_PAGE = 50
_NEWEST_ID = UUID(int=2**128 - 1)
_NEWEST = datetime(9999, 12, 31, tzinfo=UTC)


class DeadLettersInternalServicer(DeadLettersInternalServiceServicer):
    """For the other services."""

    def __init__(self, deps: Deps, page_tokens: PageTokens) -> None:
        self._deps = deps
        self._pages = page_tokens

    async def ListDeadLetters(
        self, request: dead_letters_pb2.ListDeadLettersRequest, context: Context
    ) -> dead_letters_pb2.ListDeadLettersResponse:
        """What was given up in an organization, newest first."""
        size, bound_to = request.page_size or _PAGE, f"ListDeadLetters/{request.org_id}"
        before = (_NEWEST, _NEWEST_ID)
        if request.page_token:
            instant, last = self._pages.decode(request.page_token, bound_to=bound_to)
            before = (datetime.fromisoformat(str(instant)), UUID(str(last)))
        letters = await list_dead_letters(self._deps, org_id=UUID(request.org_id), before=before, limit=size + 1)
        page = letters[:size]
        more = ""
        if len(letters) > size:
            position = [page[-1].create_time.isoformat(), str(page[-1].id)]
            more = self._pages.encode(position, bound_to=bound_to)
        return dead_letters_pb2.ListDeadLettersResponse(dead_letters=map(_dead_letter, page), next_page_token=more)

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
