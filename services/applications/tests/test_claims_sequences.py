"""Any order of typed codes from several addresses, against a model that only keeps instants."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from applications.claims.usecases.claims import check_invitation
from applications.claims.usecases.proofs import TypedCode
from applications.shared.deps import Deps
from chassis.networks import NEIGHBOURHOOD, network_of
from chassis.testing import FakeClock
from services.applications.tests.neighbours import FakeIdentity
from services.applications.tests.tries import NUMBER, WRONG_NUMBER, answers, fill, network_hash, unknown
from services.applications.tests.world import Secret, World, an_address, visitor

HOUR = timedelta(hours=1)


class Typed(StrEnum):
    """What somebody types."""

    UNKNOWN = "an unknown code"
    WRONG = "a code with a wrong number"
    RIGHT = "a code with its number"


@dataclass
class Reference:
    """The rule, as simply as it can be said: one after the other, with lists of instants."""

    times: defaultdict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    wrong_numbers: int = 0

    def answer(self, typed: Typed, address: str, now: datetime) -> str:
        mine, neighbours = (self._recent(address, now), self._recent(network_of(address, NEIGHBOURHOOD), now))
        is_dead = self.wrong_numbers >= 5
        is_refused = len(mine) >= 100 or len(neighbours) >= 1000
        is_guessing, opens = len(mine) >= 10, typed is Typed.RIGHT and not is_dead
        if len(mine) < 100 and (typed is Typed.UNKNOWN or (is_guessing and not opens)):
            mine.append(now)
            if len(neighbours) < 1000:
                neighbours.append(now)
        if is_refused or (is_guessing and not opens):
            return "TooManyCodes"
        if typed is Typed.UNKNOWN:
            return "UNKNOWN"
        if is_dead:
            return "CodeBlocked"
        if typed is Typed.WRONG:
            self.wrong_numbers += 1
            return "NumberMismatch"
        return "VALID"

    def _recent(self, origin: str, now: datetime) -> list[datetime]:
        self.times[origin] = [time for time in self.times[origin] if time > now - HOUR]
        return self.times[origin]


def typed_by(secret: Secret, typed: Typed) -> TypedCode:
    match typed:
        case Typed.UNKNOWN:
            return unknown()
        case Typed.WRONG:
            return secret.typed(WRONG_NUMBER)
        case Typed.RIGHT:
            return secret.typed(NUMBER)


BURSTS = st.lists(
    st.tuples(
        *(st.sampled_from(range(3)), st.sampled_from(Typed), st.integers(min_value=1, max_value=8)),
        st.sampled_from([timedelta(), timedelta(minutes=25)]),
    ),
    max_size=10,
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(bursts=BURSTS)
async def test_any_order_of_tries_from_several_addresses(
    deps: Deps, clock: FakeClock, identity: FakeIdentity, bursts: list[tuple[int, Typed, int, timedelta]]
) -> None:
    """CASE-A21, AP-09: from an address that is nearly full, its neighbour and elsewhere: each try's answer."""
    world = await World.with_organization(deps, clock, identity)
    await world.submit()
    secret, network = await world.secret(), an_address().rpartition(".")[0]
    addresses = [f"{network}.1", f"{network}.2", an_address()]
    neighbourhood = network_of(addresses[0], NEIGHBOURHOOD)
    reference = Reference()
    for origin, origin_hash, counted in (
        (addresses[0], deps.hashes("address", network_of(addresses[0])), 94),
        (neighbourhood, network_hash(world, addresses[0]), 990),
    ):
        reference.times[origin] = [clock()] * counted
        await fill(world, origin_hash, counted)
    for which, typed, times, passed in bursts:
        clock.advance(passed)
        for _ in range(times):
            expected = reference.answer(typed, addresses[which], clock())
            told = check_invitation(deps, visitor(addresses[which]), typed_by(secret, typed))
            assert {expected: 1} == await answers(told)
