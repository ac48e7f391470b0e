"""How often one network may call an anonymous RPC: token buckets, kept in the process."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

MAX_BUCKETS = 50_000
"""About 13 MB; the one that was not used for longest goes first."""


@dataclass(frozen=True, slots=True)
class Bound:
    """`burst` calls at once, and one more after each `interval`, in nanoseconds."""

    burst: int
    interval: int


class Buckets:
    """The buckets of a process by RPC and network; with a `factor` of 10 each holds, and gets back, ten times as much.

    A bucket is one instant: when it will be full again, which each call puts off by what its token takes to come back
    (GCRA, ITU-T I.371). So nothing has to fill buckets, and one that is forgotten is a full one.

    >>> buckets = Buckets(factor=1, clock=lambda: 0)
    >>> once_a_second = Bound(burst=1, interval=1_000_000_000)
    >>> buckets.take("Login", "203.0.113.7/32", once_a_second)
    datetime.timedelta(0)
    >>> buckets.take("Login", "203.0.113.7/32", once_a_second)
    datetime.timedelta(seconds=1)
    """

    def __init__(self, factor: float, clock: Callable[[], int] = time.monotonic_ns) -> None:
        self._factor = factor
        self._clock = clock
        self._full_times: OrderedDict[tuple[str, str], int] = OrderedDict()

    def __len__(self) -> int:
        return len(self._full_times)

    def take(self, rpc: str, network: str, bound: Bound) -> timedelta:
        """Takes a token and returns zero; when there is none, returns the time until there is one."""
        key, now = (rpc, network), self._clock()
        full_time = max(now, self._full_times.get(key, now)) + round(bound.interval / self._factor)
        missing = full_time - now - bound.burst * bound.interval
        if missing > 0:
            self._full_times.move_to_end(key)
            return timedelta(microseconds=-(-missing // 1000))  # rounded up: who comes then is let in
        self._full_times[key] = full_time
        self._full_times.move_to_end(key)
        if len(self._full_times) > MAX_BUCKETS:
            self._full_times.popitem(last=False)
        return timedelta()
