"""Passwords: hashed with Argon2id and assessed with zxcvbn, off the event loop, a bounded number at once."""

import asyncio
import os
import re
import sys
import threading
import unicodedata
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TypeVar

from argon2 import PasswordHasher, Type, extract_parameters
from argon2.exceptions import VerifyMismatchError

from chassis import telemetry
from chassis.errors import Exhausted
from identity.domain.errors import PasswordWeak
from identity.domain.passwords import Assessment, PasswordPolicy, violations

T = TypeVar("T")

_ASSESSED = 50
"""Characters that zxcvbn looks at. Its time grows with the square of the length and with every l33t look-alike: 100 of
those took 3 s, 50 under 1 s. The rest can only make a password better."""

_SHORTEST_WORD = 3
"""Characters of a word about a person that is worth being taken out: shorter ones are in every second password."""

_COME_BACK = timedelta(seconds=1)
_in_hand = telemetry.METER.create_up_down_counter(
    "passwords.in_hand", unit="{password}", description="Passwords that are being hashed or assessed, or wait for it."
)


@dataclass(frozen=True, slots=True)
class Argon2Cost:
    """What a hash costs: `memory` in KiB, `passes` over it, `lanes` side by side."""

    memory: int
    passes: int
    lanes: int


class Passwords:
    """Hashes, verifies and judges passwords.

    `threads` run at once and `queue` wait; beyond that a call is refused at once with `Exhausted`, so that a storm of
    logins costs bounded memory and its tail does not wait for answers that nobody reads any more.
    """

    def __init__(self, *, cost: Argon2Cost, policy: PasswordPolicy, threads: int, queue: int) -> None:
        self._policy = policy
        self._cost = cost
        self._hasher = _hasher(cost)
        self._nobodys = {cost: self._hasher.hash(os.urandom(16))}
        """Hashes of nobody's password, one of each cost that was met: when the parameters change, old hashes stay."""
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="passwords", initializer=_step_back)
        self._most = threads + queue
        self._accepted = 0

    async def hash(self, password: str) -> str:
        """The password's hash, in the PHC string format."""
        return await self._run(partial(self._hasher.hash, _in_one_form(password).encode()))

    async def verify(self, password: str, password_hash: str | None) -> str | None:
        """The hash to keep from now on when the password is right, else None.

        It is a new one when the parameters have risen. Without a hash it is never right. Whatever is refused costs the
        same, one hash of each cost that was met: its time tells neither whether there is an account, nor how old it is.
        """
        return await self._run(partial(self._verified, _in_one_form(password).encode(), password_hash))

    async def check(self, password: str, *, personal: Iterable[str], field: str) -> None:
        """Raises `PasswordWeak` with every rule that the password breaks; `personal` are words about its owner."""
        judged = _in_one_form(password)  # which is what is hashed: its length counts, and what can be guessed of it
        assessment = await self._run(partial(_assess, judged, sorted(map(_in_one_form, personal))))
        broken = violations(judged, policy=self._policy, assessment=assessment, field=field)
        if broken:
            raise PasswordWeak(violations=broken)

    def _verified(self, password: bytes, password_hash: str | None) -> str | None:
        own = _cost_of(password_hash) if password_hash else None
        if own and own not in self._nobodys:
            self._nobodys[own] = _hasher(own).hash(os.urandom(16))
        if password_hash and self._matches(password_hash, password):
            return self._hasher.hash(password) if self._costs_less(password_hash) else password_hash
        for cost, nobodys in list(self._nobodys.items()):  # another thread may be adding one
            if cost != own:
                self._matches(nobodys, password)
        return None

    def _matches(self, password_hash: str, password: bytes) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except VerifyMismatchError:
            return False

    def _costs_less(self, password_hash: str) -> bool:
        # Not `check_needs_rehash`: two processes with different settings would rehash in turns.
        old = extract_parameters(password_hash)
        return old.memory_cost < self._cost.memory or old.time_cost < self._cost.passes or old.type is not Type.ID

    async def _run(self, work: Callable[[], T]) -> T:
        if self._accepted >= self._most:
            raise Exhausted(retry_after=_COME_BACK)
        self._accepted += 1
        _in_hand.add(1)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._accepted -= 1
            _in_hand.add(-1)


def _hasher(cost: Argon2Cost) -> PasswordHasher:
    return PasswordHasher(memory_cost=cost.memory, time_cost=cost.passes, parallelism=cost.lanes, type=Type.ID)


def _cost_of(password_hash: str) -> Argon2Cost:
    found = extract_parameters(password_hash)
    return Argon2Cost(memory=found.memory_cost, passes=found.time_cost, lanes=found.parallelism)


def _in_one_form(text: str) -> str:
    # The same letters arrive composed from one keyboard and decomposed from another (NIST SP 800-63B, 5.1.1.2).
    return unicodedata.normalize("NFKC", text)


def _assess(password: str, personal: list[str]) -> Assessment:
    looked_at = password[:_ASSESSED]
    score, dictionaries = _guessed(looked_at, personal)
    # zxcvbn lets three words about oneself pass, because there are three; here they count for nothing.
    words = sorted((word for word in personal if len(word) >= _SHORTEST_WORD), key=len, reverse=True)
    strange = re.sub("|".join(map(re.escape, words)), "", looked_at, flags=re.IGNORECASE) if words else looked_at
    strange_score, _ = _guessed(strange, [])
    return Assessment(
        score=min(score, strange_score),
        personal="user_inputs" in dictionaries or strange_score < score,
        common="passwords" in dictionaries,
    )


def _guessed(password: str, personal: list[str]) -> tuple[int, set[str]]:
    """The score, and the dictionaries in which parts of the password were found."""
    if not password:
        return 0, set()  # zxcvbn breaks on it
    # Its dictionaries take 12 MB, which a process that only signs people in does not need.
    from zxcvbn import zxcvbn

    result = zxcvbn(password, personal, max_length=_ASSESSED)
    return int(result["score"]), {part.get("dictionary_name", "") for part in result["sequence"]}


def _step_back() -> None:
    # On Linux a thread has a niceness of its own: the event loop answers cheap calls between two hashes.
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)
