"""How many calls a network's bucket lets through."""

from collections import Counter
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from chassis.buckets import MAX_BUCKETS, Bound, Buckets

NONE = timedelta()
BOUNDS = st.builds(Bound, burst=st.integers(1, 20), interval=st.integers(1, 10_000_000_000))


class Clock:
    """Nanoseconds that stand still until a test moves them."""

    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        return self.now


@given(BOUNDS, st.integers(1, 5), st.lists(st.integers(0, 30_000_000_000), max_size=80))
def test_no_window_lets_more_through(bound: Bound, factor: int, pauses: list[int]) -> None:
    """CASE-S1: between any two moments pass at most a burst and what came back meanwhile, times the factor."""
    clock = Clock()
    buckets, passed = Buckets(factor, clock), []
    for pause in pauses:
        clock.now += pause
        if buckets.take("Login", "net", bound) == NONE:
            passed.append(clock.now)

    cost = round(bound.interval / factor)
    for first, begin in enumerate(passed):
        for count, end in enumerate(passed[first:], start=1):
            assert count * cost <= bound.burst * bound.interval + (end - begin)


@given(BOUNDS, st.lists(st.integers(0, 1_000_000_000), max_size=80))
def test_who_waits_as_told_is_let_in(bound: Bound, pauses: list[int]) -> None:
    """CASE-S1: the time that a refusal names is exact, to the microsecond, and refused calls do not make it longer."""
    clock = Clock()
    buckets = Buckets(1, clock)
    for pause in pauses:
        clock.now += pause
        wait = buckets.take("Login", "net", bound)
        if wait:
            assert wait == buckets.take("Login", "net", bound)
            nanoseconds = wait // timedelta(microseconds=1) * 1000
            clock.now += max(0, nanoseconds - 1000)
            assert buckets.take("Login", "net", bound) > NONE
            clock.now += min(1000, nanoseconds)
            assert NONE == buckets.take("Login", "net", bound)


def test_each_rpc_and_network_has_a_bucket_of_its_own() -> None:
    """CASE-S1: who used up one bucket has the others, and takes nothing from anybody else."""
    buckets, bound = Buckets(1, Clock()), Bound(burst=2, interval=1_000_000_000)
    asked = [(rpc, network) for rpc in ("Login", "ForgotPassword") for network in ("a", "b")] * 3

    let_in = Counter(key for key in asked if buckets.take(*key, bound) == NONE)

    assert dict.fromkeys(asked, 2) == let_in


def test_the_longest_unused_bucket_goes_first() -> None:
    """CASE-S1: more networks than fit take no more memory, and none that keeps asking gets a new bucket by it."""
    buckets, bound = Buckets(1, Clock()), Bound(burst=1, interval=1_000_000_000)
    for network in ("storm", "quiet"):
        buckets.take("Login", network, bound)
    for number in range(MAX_BUCKETS):
        buckets.take("Login", f"net {number}", bound)
        assert buckets.take("Login", "storm", bound) > NONE

    assert MAX_BUCKETS == len(buckets)
    assert NONE == buckets.take("Login", "quiet", bound)
