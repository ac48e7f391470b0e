"""Three hundred logins as people and strangers type them, beside a model of who must get in."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

import pytest
from portico.identity.v1.sessions_pb2 import LoginRequest
from portico.identity.v1.stub import IdentityStub
from portico_errors import BY_REASON
from portico_errors.identity import LoginFailed

from chassis.clients import open_channel
from chassis.interceptor import Limits
from chassis.testing.grpc import TestPeople, as_service, serving
from identity.app import servicers
from identity.reminders.usecases import Reminders
from identity.resets.usecases.passwords import activate_account
from identity.resets.usecases.requests import ForgottenPasswords
from services.identity.tests.world import BETTER, GOOD, STRANGER, World

LOGINS = 300
QUARTER = timedelta(minutes=15)
NETWORKS = ("192.0.2.7", "198.51.100.4", "2001:db8::1", "2001:db8:0:1::1", "203.0.113.9", "203.0.113.10")

WAYS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "upper case": str.upper,
    "blanks": lambda username: f"  {username}\t",
    "full width": lambda username: "".join(
        chr(ord(c) + 0xFEE0) if c.isascii() and c.isalnum() else c for c in username
    ),
    "national": lambda username: username.removeprefix("+1"),
    "with signs": lambda username: f"({username[2:5]}) {username[5:8]}-{username[8:]}",
    "dashes": lambda username: f"{username[:2]}‑{username[2:5]}–{username[5:8]}—{username[8:]}",
}
"""CASE-S16, CASE-A6, CASE-A8: how one username is typed; the last three are a phone number's."""
NOBODY = ("nobody@example.org", "+12135550199", "555-0123", "111-111-1111", "ａnna@", "ana@exa​mple.org", "\u202e")
"""Usernames of nobody, some of which can be none at all."""


@dataclass
class Line:
    """The failures of one source, as ID-10 says it."""

    limit: int
    times: list[datetime] = field(default_factory=list)
    lock_time: datetime | None = None

    def is_locked(self, now: datetime) -> bool:
        return self.lock_time is not None and now < self.lock_time + QUARTER

    def fail(self, now: datetime) -> None:
        self.times = [time for time in self.times if time > now - QUARTER] + [now]
        if len(self.times) >= self.limit:
            self.lock_time, self.times = now, []


@dataclass
class Model:
    """Who must get in, by account and source."""

    lines: dict[tuple[str, str], Line] = field(default_factory=dict)

    def lines_of(self, account: str, source: str, *, is_known: bool) -> Iterator[Line]:
        yield self.lines.setdefault((account, source), Line(10))
        if not is_known:
            yield self.lines.setdefault((account, "everybody"), Line(50))

    def expects(self, account: str, source: str, now: datetime, *, is_known: bool, is_right: bool) -> bool:
        """Whether the login succeeds, and what it leaves behind."""
        lines = list(self.lines_of(account, source, is_known=is_known))
        if any(line.is_locked(now) for line in lines):
            own, *_ = lines
            if not own.is_locked(now):
                own.fail(now)
            return False
        if is_right:
            del self.lines[account, source]
        else:
            for line in lines:
                line.fail(now)
        return is_right


def network(address: str) -> str:
    return address.rpartition("::")[0] if ":" in address else address


@pytest.fixture
async def identity(world: World, people: TestPeople) -> AsyncIterator[IdentityStub]:
    """The service behind the production interceptor, with the clock of the test."""
    parts = servicers(world.deps, ForgottenPasswords(world.deps), Reminders(world.deps))
    async with serving(*parts, people=people, service="identity", limits=Limits(anonymous_bound_factor=100)) as address:
        channel = open_channel(address, server="", credentials=None, errors=BY_REASON)
        yield IdentityStub(channel)
        await channel.close()


async def people_of(world: World) -> list[str]:
    usernames = ["anna@example.org", "ben@example.org", "+12135550101", "+12135550102"]
    for username in usernames:
        _, token = await world.invited(username)
        await activate_account(world.deps, STRANGER, token=token, password=BETTER)
    return usernames


@pytest.mark.parametrize("seed", range(2))
async def test_three_hundred_logins_end_as_the_rules_say(world: World, identity: IdentityStub, seed: int) -> None:
    """CASE-S1, CASE-S16, CASE-A6, ID-04, ID-10: whoever types what from where, exactly the right ones get in."""
    random, model = Random(seed), Model()
    people, devices = await people_of(world), dict[str, str]()
    let_in = 0
    for _ in range(LOGINS):
        world.clock.advance(timedelta(seconds=random.choice((0, 1, 5, 30, 200))))
        person = random.choice((*people, people[0], people[0], people[2], None))
        ways = list(WAYS.values())[: 7 if person and person.startswith("+") else 4]
        typed = random.choice(ways)(person) if person else random.choice(NOBODY)
        is_right, address = random.random() < 0.35, random.choice(NETWORKS)
        device = devices.get(person or "", "") if random.random() < 0.3 else ""
        expected = person is not None and model.expects(
            person,
            "device" if device else network(address),
            world.clock(),
            is_known=bool(device),
            is_right=is_right,
        )
        strangers = [token for owner, token in devices.items() if owner != person]
        try:
            request = LoginRequest(
                realm=world.organization.slug,
                username=typed,
                password=BETTER if is_right else GOOD,
                device_tokens=[device] if device else strangers[:1],
            )
            metadata = (*as_service("gateway"), ("x-portico-client-address", address))
            tokens = (await identity.Login(request, metadata=metadata)).tokens
        except LoginFailed:
            assert not expected, (typed, address, device)
        else:
            assert expected, (typed, address, device)
            let_in += 1
            assert tokens.account.username == person
            devices.setdefault(str(person), tokens.device_token)
    assert LOGINS // 10 < let_in < LOGINS // 2
