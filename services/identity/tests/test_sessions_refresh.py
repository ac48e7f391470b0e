"""Which refresh token brings about what, and who is found out."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from portico_errors.identity import RefreshTokenInvalid

from chassis.call import Role
from chassis.ids import new_id
from identity.accounts.domain import Method, Session
from identity.sessions.domain import LIVES, MAX_RENEWALS, REPEAT_GRACE, Refresh, refresh

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
FAMILY = LIVES[Role.FAMILY]
SESSION = Session(
    org_id=new_id(),
    id=new_id(),
    account_id=new_id(),
    method=Method.PASSWORD,
    generation=7,
    presented_generation=6,
    device="Firefox",
    address="192.0.2.1",
    create_time=NOON - timedelta(days=3),
    rotate_time=NOON,
    expire_time=NOON + timedelta(days=30),
)
FRESH = replace(SESSION, generation=0, presented_generation=-1)


def refreshed(
    session: Session, generation: int, *, after: timedelta = timedelta(), device: str = "Firefox"
) -> tuple[Refresh, Session]:
    """What a family's token brings about so long after the session's last rotation."""
    return refresh(session, generation=generation, device=device, life=FAMILY, now=session.rotate_time + after)


def test_current_token_rotates() -> None:
    """ID-05: the current refresh token makes way for its successor, and the session lives 30 days more."""
    now = NOON + timedelta(days=29)
    assert refreshed(SESSION, 7, after=timedelta(days=29)) == (
        Refresh.ROTATED,
        replace(
            SESSION,
            generation=8,
            presented_generation=7,
            rotate_time=now,
            expire_time=now + timedelta(days=30),
        ),
    )


@pytest.mark.parametrize("seconds", [0, 1, 20])
def test_previous_token_gets_the_same_successor(seconds: int) -> None:
    """ID-05: the token before the current one, within 20 seconds, gets the same successor and changes nothing."""
    assert refreshed(SESSION, 6, after=timedelta(seconds=seconds)) == (Refresh.REPEATED, SESSION)


@pytest.mark.parametrize(("after", "device"), [(20.000001, "Firefox"), (1, "Chrome")])
def test_previous_token_gets_another_successor_later(after: float, device: str) -> None:
    """CASE-A18: after 20 seconds, or from another device, the token before gets a new successor; the unused is void."""
    outcome, session = refreshed(SESSION, 6, after=timedelta(seconds=after), device=device)
    assert (Refresh.RENEWED, 8, 6) == (outcome, session.generation, session.presented_generation)
    assert Refresh.REUSED is refreshed(session, 7)[0]
    assert Refresh.ROTATED is refreshed(session, 8)[0]


def test_a_successor_is_renewed_five_times_at_most() -> None:
    """CASE-A18: five answers may be lost one after the other; the sixth time the token ends the session."""
    session = SESSION
    for _ in range(MAX_RENEWALS):
        outcome, session = refreshed(session, 6, after=timedelta(minutes=1))
        assert outcome is Refresh.RENEWED
    assert Refresh.ROTATED is refreshed(session, session.generation)[0]
    assert Refresh.REUSED is refreshed(session, 6, after=timedelta(minutes=1))[0]


@pytest.mark.parametrize("generation", [5, 0])
def test_older_token_ends_the_session(generation: int) -> None:
    """ID-05: a token older than the previous one ends the session."""
    assert refreshed(SESSION, generation) == (Refresh.REUSED, replace(SESSION, revoke_time=NOON))


@pytest.mark.parametrize("role", Role)
def test_a_session_ends_without_use_and_in_any_case(role: Role) -> None:
    """CASE-S13, ID-05: staff 12 hours and 7 days, case managers and specialists 7 and 30, families 30 and 90."""
    idle, whole = {
        Role.STAFF_ADMIN: (timedelta(hours=12), timedelta(days=7)),
        Role.STAFF: (timedelta(hours=12), timedelta(days=7)),
        Role.CASE_MANAGER: (timedelta(days=7), timedelta(days=30)),
        Role.SPECIALIST: (timedelta(days=7), timedelta(days=30)),
        Role.FAMILY: (timedelta(days=30), timedelta(days=90)),
    }[role]
    end = LIVES[role].end(create_time=NOON, now=NOON)
    session = replace(FRESH, create_time=NOON, expire_time=end)
    assert end == NOON + idle
    for token in (0, 1):
        with pytest.raises(RefreshTokenInvalid):
            refresh(replace(session, generation=1), generation=token, device="Firefox", life=LIVES[role], now=end)
    now = NOON
    while session.expire_time < NOON + whole:
        now += idle - timedelta(seconds=1)
        _, session = refresh(session, generation=session.generation, device="", life=LIVES[role], now=now)
    assert session.expire_time == NOON + whole


@pytest.mark.parametrize("generation", [5, 6, 7, 8])
def test_revoked_session_has_no_tokens(generation: int) -> None:
    """ID-06: no token of a revoked session is worth anything, not even the current one."""
    with pytest.raises(RefreshTokenInvalid):
        refreshed(replace(SESSION, revoke_time=NOON), generation)


def test_token_of_the_future_changes_nothing() -> None:
    """ID-05: a generation that was never handed out is refused, and the session lives on."""
    with pytest.raises(RefreshTokenInvalid):
        refreshed(SESSION, 8)


LATER = st.integers(21, 3600).map(lambda seconds: timedelta(seconds=seconds))


@given(st.lists(st.tuples(st.booleans(), LATER), max_size=40))
def test_a_thief_in_lockstep_is_found_out(turns: list[tuple[bool, timedelta]]) -> None:
    """CASE-A18: of two who hold one token, whoever refreshes when, the session ends at the second turn of either.

    Each goes on with what it got, as browsers and thieves do; no answer is lost.
    """
    session, held = FRESH, {True: 0, False: 0}
    moved: list[bool] = []
    for who, later in turns:
        moved.append(who)
        outcome, session = refreshed(session, held[who], after=later)
        if outcome is Refresh.REUSED:
            break
        held[who] = session.generation
    both_have_moved = len(set(moved)) == 2
    changes = sum(before is not after for before, after in pairwise(moved))
    assert session.revoke_time is not None or not both_have_moved or changes < 2


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 20)), max_size=40))
def test_tabs_are_never_taken_for_thieves(turns: list[tuple[int, int]]) -> None:
    """CASE-A18: tabs of one browser that refresh their token within 20 seconds get one successor."""
    session = FRESH
    for tabs, seconds in turns:
        shared = session.generation
        _, session = refreshed(session, shared, after=timedelta(minutes=15))
        for _ in range(tabs):
            assert refreshed(session, shared, after=timedelta(seconds=seconds)) == (Refresh.REPEATED, session)


@given(st.lists(st.timedeltas(timedelta(seconds=21), timedelta(days=1)), max_size=MAX_RENEWALS))
def test_a_phone_in_a_tunnel_comes_back(lost: list[timedelta]) -> None:
    """CASE-A18: whose answer was lost, up to five times, after 22 seconds, an hour or a day, gets a pair that works."""
    _, session = refreshed(FRESH, 0, after=timedelta(minutes=15))
    for later in lost:
        outcome, session = refreshed(session, 0, after=later)
        assert outcome is Refresh.RENEWED
    assert Refresh.ROTATED is refreshed(session, session.generation)[0]


class TwoHolders(RuleBasedStateMachine):
    """A person and a thief who copied one of the tokens, as time passes and answers get lost."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        self.session = FRESH
        self.person = self.thief = 0
        self.use_time: dict[int, datetime] = {}
        self.void: set[int] = set()

    @rule(seconds=st.integers(0, 60))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule()
    def copy(self) -> None:
        self.thief = self.person

    @rule(is_lost=st.booleans())
    def person_refreshes(self, *, is_lost: bool) -> None:
        successor = self._refresh(self.person)
        self.person = self.person if is_lost else successor

    @rule()
    def thief_refreshes(self) -> None:
        self.thief = self._refresh(self.thief)

    def _refresh(self, generation: int) -> int:
        before = self.session
        try:
            outcome, self.session = refresh(before, generation=generation, device="Firefox", life=FAMILY, now=self.now)
        except RefreshTokenInvalid:
            assert before.revoke_time is not None
            return generation
        match outcome:
            case Refresh.ROTATED:
                assert generation not in self.use_time, "a token rotates once"
                self.use_time[generation] = self.now
            case Refresh.REPEATED:
                assert self.now - self.session.rotate_time <= REPEAT_GRACE
            case Refresh.RENEWED:
                assert generation in self.use_time, "only what was used gets another successor"
                self.void.add(before.generation)
            case Refresh.REUSED:
                assert generation in self.use_time or generation in self.void, "only a used or void token ends it"
                return generation
        return self.session.generation

    @invariant()
    def nobody_is_ahead_of_the_session(self) -> None:
        assert max(self.person, self.thief) <= self.session.generation

    @invariant()
    def what_is_void_was_never_presented(self) -> None:
        assert not self.void & self.use_time.keys()
        assert self.session.generation == len(self.use_time) + len(self.void)


TwoHolders.TestCase.__doc__ = (
    """ID-05: whoever refreshes when, a token rotates once, and what is used up or void ends the session."""
)
TestTwoHolders = TwoHolders.TestCase
