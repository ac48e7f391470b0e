"""Networks take turns."""

import asyncio
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Exhausted
from identity.passwords.turns import Turns


async def served(turns: Turns, waiting: list[str], places: int) -> list[str]:
    """In which order those who wait get the places, one at a time; `places` are taken at first."""
    order: list[str] = []

    async def one(network: str) -> None:
        await turns.take(network)
        order.append(network)

    for _ in range(places):
        await turns.take("")
    tasks = [asyncio.create_task(one(network)) for network in waiting]
    await asyncio.sleep(0)
    for _ in waiting:
        turns.give_back()
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    return order


@given(st.lists(st.sampled_from("abc"), max_size=30), st.integers(1, 4))
def test_networks_take_turns(waiting: list[str], places: int) -> None:
    """CASE-S1: between two turns of one network each other one that waits has its turn."""
    order = asyncio.run(served(Turns(places), waiting, places))
    left = Counter(waiting)
    assert Counter(order) == left
    for turn, network in enumerate(order):
        left[network] -= 1
        next_turn = next((later for later in range(turn + 1, len(order)) if order[later] == network), None)
        if next_turn is not None:
            between = Counter(order[turn + 1 : next_turn])
            assert all(between[other] == 1 for other in left if other != network and left[other] > 0)
            assert max(between.values(), default=1) == 1


async def waits(turns: Turns, network: str) -> "asyncio.Task[None]":
    task = asyncio.create_task(turns.take(network))
    await asyncio.sleep(0)
    return task


async def test_the_longest_line_makes_room() -> None:
    """CASE-S1: when there is no room, the last of the longest line goes, for a network that has fewer waiting."""
    turns = Turns(1)
    await turns.take("storm")
    storm = [await waits(turns, "storm") for _ in range(4)]
    turns.make_room("victim")
    victim = await waits(turns, "victim")
    assert [False, False, False, True] == [task.done() for task in storm]
    with pytest.raises(Exhausted):
        await storm[-1]
    for crowded in ("storm", "neighbour"):
        if crowded == "neighbour":
            await waits(turns, "neighbour")
            await waits(turns, "neighbour")
        with pytest.raises(Exhausted):
            turns.make_room(crowded)
    turns.give_back()
    turns.give_back()
    await asyncio.wait([victim, storm[0]])
    assert [True, False, False] == [task.done() for task in storm[:3]]


async def test_who_leaves_takes_no_place_along() -> None:
    """CASE-S1: a caller that gives up leaves the line, or hands on the place that came at that moment."""
    turns = Turns(1)
    await turns.take("a")
    leaving, staying = await waits(turns, "a"), await waits(turns, "a")
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    turns.give_back()
    staying.cancel()  # which has the place, and does not know it yet
    await asyncio.gather(staying, return_exceptions=True)
    async with asyncio.timeout(1):
        await turns.take("b")
