"""What keeps a stack whole that somebody looks at: a part that ends is started again."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from local_stack.parts import Parts
from local_stack.processes import StartFailed

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
CALM_SECONDS = 60.0
"""A part that has run for so long begins with the first pause again."""


@dataclass(slots=True)
class _Fall:
    """How it goes with a part that has ended at least once."""

    times: int = 0
    waits: bool = False
    """For `since`, to be started; else it was started then."""
    since: float = 0.0
    is_back: bool = False


class Keeper:
    """Starts parts again, after pauses that grow while they keep ending; `say` hears of each end and return."""

    def __init__(
        self, parts: Parts, say: Callable[[str], None], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._parts, self._say, self._clock = parts, say, clock
        self._falls: dict[str, _Fall] = {}

    def look(self) -> None:
        """Do what is due now; to be called again and again."""
        for name in self._parts:
            if not self._parts[name].is_running:
                self._raise(name, self._falls.setdefault(name, _Fall()))
            elif (fall := self._falls.get(name)) is not None:
                self._welcome(name, fall)

    def _raise(self, name: str, fall: _Fall) -> None:
        now = self._clock()
        if not fall.waits:
            pause = min(FIRST_PAUSE * 2**fall.times, LONGEST_PAUSE)
            fall.times, fall.waits, fall.since, fall.is_back = fall.times + 1, True, now + pause, False
            log = self._parts[name].program.log
            self._say(f"{name} has ended, and is started again in {pause:g} s; its log is {log}.")
        elif now >= fall.since:
            fall.waits, fall.since = False, now
            try:
                self._parts.again(name)
            except StartFailed as problem:
                self._say(str(problem))

    def _welcome(self, name: str, fall: _Fall) -> None:
        if not fall.is_back and self._parts[name].program.is_ready():
            fall.is_back = True
            self._say(f"{name} is back.")
        if fall.is_back and self._clock() - fall.since > CALM_SECONDS:
            del self._falls[name]
