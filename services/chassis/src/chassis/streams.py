"""Streams: how many run at once, what ends one, and what passes through it.

A stream lives in one task, the handler's, and whatever happens to it happens there: its time is over, its session ends,
its client leaves, the process stops. A servicer reads with `async for` and writes with `yield`; while it waits at a
`yield`, what befalls the message on its way is raised at that `yield`, so that `finally`, `async with` and
`asyncio.timeout` mean in it what they mean everywhere.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from types import TracebackType
from typing import Any
from uuid import UUID

import grpc
from google.protobuf.message import Message

from chassis.call import RequestKey, current_call, set_current_call
from chassis.errors import Exhausted, FieldViolation, InvalidArgument, ServiceError, Unavailable
from chassis.validation import validated

AT_ONCE = 32
"""Streams of a process; each holds a task, a few messages, and perhaps a connection of the database."""
OF_ONE_PERSON = 4
MAX_STREAM_SECONDS = 600
"""Seconds; a connection is kept for longer than that after it has told its client to make a new one (`server.py`)."""
_RETRY_AFTER = timedelta(seconds=1)


class StreamEnded(Unavailable):
    """The process ends, or the stream has lasted as long as it may."""

    reason = "STREAM_ENDED"
    message = "The stream ends here. Begin again after its last message."


class StreamTooLarge(InvalidArgument):
    """More bytes than the RPC takes in one stream."""

    reason = "STREAM_TOO_LARGE"
    message = "That is more than can be sent at once."


@dataclass(frozen=True, slots=True)
class StreamRule:
    """What the contract says of one streaming RPC; `seconds` and `max_bytes` mirror `portico.options.v1.Stream`."""

    reads: bool
    writes: bool
    seconds: float
    max_bytes: int


class Streams:
    """The streams that a process serves right now."""

    def __init__(self, *, at_once: int = AT_ONCE, of_one_person: int = OF_ONE_PERSON) -> None:
        self._at_once = at_once
        self._of_one_person = of_one_person
        self._running: set[Stream] = set()
        self._of: Counter[UUID | None] = Counter()

    def __len__(self) -> int:
        return len(self._running)

    def end_all(self) -> None:
        """End each of them with `StreamEnded`: the process stops, and another one goes on."""
        for stream in list(self._running):
            stream.end(StreamEnded(retry_after=_RETRY_AFTER))

    def admit(self, stream: Stream) -> None:
        """Count it in; Exhausted when there are too many already, of all or of its person."""
        is_over = stream.whose is not None and self._of[stream.whose] >= self._of_one_person
        if is_over or len(self._running) >= self._at_once:
            raise Exhausted(retry_after=_RETRY_AFTER)
        self._running.add(stream)
        self._of[stream.whose] += 1

    def leave(self, stream: Stream) -> None:
        """Count it out."""
        self._running.discard(stream)
        self._of[stream.whose] -= 1
        if not self._of[stream.whose]:
            del self._of[stream.whose]


class Stream:
    """One of them, around the block that serves it; whatever ends it from outside is raised from that block."""

    __slots__ = ("_before", "_endings", "_error", "_streams", "_task", "_timers", "whose")

    def __init__(self, streams: Streams, whose: UUID | None, *, endings: Mapping[type[ServiceError], float]) -> None:
        """`whose` stream it is, None: a service's own; `endings`: after how many seconds it ends with which error."""
        self.whose = whose
        self._streams = streams
        self._endings = endings
        self._error: ServiceError | None = None

    def end(self, error: ServiceError) -> None:
        """End it with this error, unless it ends already."""
        if self._error is None:
            self._error = error
            self._task.cancel()

    def __enter__(self) -> Stream:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("Only a task can be cancelled.")
        self._task, self._before = task, task.cancelling()
        self._streams.admit(self)
        loop = asyncio.get_running_loop()
        self._timers = [loop.call_later(seconds, self.end, error()) for error, seconds in self._endings.items()]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for timer in self._timers:
            timer.cancel()
        self._streams.leave(self)
        # As in `deadline`: more cancellations than ours are not for us to take back.
        if self._error is not None and self._task.uncancel() <= self._before and kind is asyncio.CancelledError:
            raise self._error from error


class Requests(AsyncIterator[Message]):
    """What a client sends, each message by the rules of the contract; InvalidArgument names its place in the stream.

    The first message names the request id. When the last one was read, the call knows its request key, which covers all
    of them: `current_call().request`.
    """

    def __init__(
        self,
        context: grpc.aio.ServicerContext[Any, Any],
        *,
        key: Callable[[str, bytes], RequestKey] | None,
        max_bytes: int,
    ) -> None:
        self._context = context
        self._key = key
        self._left = max_bytes
        self._count = 0
        self._request_id = ""
        self._digest = hashlib.sha256()

    def __aiter__(self) -> Requests:
        return self

    async def __anext__(self) -> Message:
        read = await self._context.read()
        if read is grpc.aio.EOF:
            if self._key is not None and self._request_id:
                key = self._key(self._request_id, self._digest.digest())
                set_current_call(replace(current_call(), request=key))
            raise StopAsyncIteration
        try:
            message = validated(read)
        except InvalidArgument as error:
            raise InvalidArgument(error.message, violations=[self._placed(each) for each in error.violations]) from None
        self._left -= message.ByteSize()
        if self._left < 0:
            raise StreamTooLarge()
        if self._key is not None:
            if not self._count:
                self._request_id = message.request_id  # type: ignore[attr-defined] # the rule says that it has one
            written = message.SerializeToString(deterministic=True)
            self._digest.update(len(written).to_bytes(8, "big") + written)  # or two messages could read as one
        self._count += 1
        return message

    def _placed(self, violation: FieldViolation) -> FieldViolation:
        return replace(violation, field=f"[{self._count}].{violation.field}")


async def write_each(responses: AsyncGenerator[Message, None], context: grpc.aio.ServicerContext[Any, Any]) -> None:
    """Write what a servicer yields; an error or a cancellation meanwhile is raised at its `yield`."""
    try:
        message = await anext(responses)
        while True:
            try:
                await context.write(message)
            except BaseException as error:  # noqa: BLE001 it is handed on, a cancellation too
                message = await responses.athrow(error)
            else:
                message = await anext(responses)
    except StopAsyncIteration:
        return
    finally:
        await responses.aclose()
