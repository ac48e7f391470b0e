"""Who is next: the networks take turns, so that a storm from one of them delays only itself."""

import asyncio
from collections import OrderedDict, deque
from datetime import timedelta

from chassis.errors import Exhausted

_RETRY_AFTER = timedelta(seconds=1)


class Turns:
    """So many places, given to the networks in turn and within a network in order; `give_back` after use."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._lines: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        """Who waits, by network; the first network is next."""

    async def take(self, network: str) -> None:
        """Wait for a place; Exhausted when somebody else had to have the place in line."""
        if self._free:
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._lines.setdefault(network, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._leave(network, turn)
            elif turn.exception() is None:  # the place came at the very moment
                self.give_back()
            raise

    def give_back(self) -> None:
        """Let the next one have the place."""
        if not self._lines:
            self._free += 1
            return
        network, line = self._lines.popitem(last=False)
        line.popleft().set_result(None)
        if line:
            self._lines[network] = line

    def make_room(self, network: str) -> None:
        """Send the last one of the longest line away; Exhausted when that is this network's own, or no longer."""
        longest = max(self._lines, key=lambda name: len(self._lines[name]), default="")
        if len(self._lines.get(longest, ())) <= len(self._lines.get(network, ())) + 1:
            raise Exhausted(retry_after=_RETRY_AFTER)
        turn = self._lines[longest][-1]
        self._leave(longest, turn)
        turn.set_exception(Exhausted(retry_after=_RETRY_AFTER))

    def _leave(self, network: str, turn: asyncio.Future[None]) -> None:
        line = self._lines[network]
        line.remove(turn)
        if not line:
            del self._lines[network]
