"""The process in which passwords are hashed and assessed:
`python -m identity.passwords.hasher MEMORY PASSES LANES THREADS`.

Questions come as lines of JSON, `[number, work, argument, …]`, and answers go as `[number, result, error]`, as soon as
each is found. It ends with its input, and so with identity, however that ends.

Nothing of the chassis is imported here, which would take 70 MB.
"""

import json
import os
import re
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import IO

from argon2 import PasswordHasher, Type, extract_parameters
from argon2.exceptions import VerifyMismatchError

_NICENESS = 10
"""Who answers calls goes first; and still there is a tenth of a core for passwords when others take all of them."""
_ASSESSED = 50
"""Characters that zxcvbn looks at. Its time grows with the square of the length and with every l33t look-alike: 100 of
those took 3 s, 50 under 1 s. The rest can only make a password better."""

_MIN_WORD_LENGTH = 3
"""Characters of a word about a person that is worth being taken out: shorter ones are in every second password."""


@dataclass(frozen=True, slots=True)
class Argon2Cost:
    """What a hash costs: `memory` in KiB, `passes` over it, `lanes` side by side."""

    memory: int
    passes: int
    lanes: int


class Hasher:
    """Hashes with Argon2id, and verifies so that time tells nothing."""

    def __init__(self, cost: Argon2Cost) -> None:
        self._cost = cost
        self._hasher = _hasher(cost)
        self._nobodys: dict[Argon2Cost, str] = {}
        """Hashes of nobody's password, one of each cost that was met: when the parameters change, old hashes stay."""

    def hash(self, password: str) -> str:
        """The password's hash, in the PHC string format."""
        return self._hasher.hash(password)

    def verify(self, password: str, password_hash: str | None) -> str | None:
        """The hash to keep from now on, or None; `Passwords.verify` says more."""
        own = cost_of(password_hash) if password_hash else None
        for met in (self._cost, own):
            if met and met not in self._nobodys:
                self._nobodys[met] = _hasher(met).hash(os.urandom(16))
        if password_hash and self._matches(password_hash, password):
            return self._hasher.hash(password) if self._costs_less(password_hash) else password_hash
        for cost, nobodys in list(self._nobodys.items()):  # another thread may be adding one
            if cost != own:
                self._matches(nobodys, password)
        return None

    def _matches(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except VerifyMismatchError:
            return False

    def _costs_less(self, password_hash: str) -> bool:
        # Not `check_needs_rehash`: two processes with different settings would rehash in turns.
        old = extract_parameters(password_hash)
        return old.memory_cost < self._cost.memory or old.time_cost < self._cost.passes or old.type is not Type.ID


def cost_of(password_hash: str) -> Argon2Cost:
    """What a hash cost."""
    found = extract_parameters(password_hash)
    return Argon2Cost(memory=found.memory_cost, passes=found.time_cost, lanes=found.parallelism)


def assess(password: str, personal: Sequence[str]) -> dict[str, int | bool]:
    """What zxcvbn and the list say of a password, as the fields of `domain.Assessment`."""
    # Like zxcvbn's dictionaries, it is not needed where people only sign in.
    from identity.passwords.breached import is_breached

    assessed = password[:_ASSESSED]
    score, dictionaries = _guessed(assessed, personal)
    # zxcvbn lets three words about oneself pass, because there are three; here they count for nothing.
    words = sorted((word for word in personal if len(word) >= _MIN_WORD_LENGTH), key=len, reverse=True)
    strange = re.sub("|".join(map(re.escape, words)), "", assessed, flags=re.IGNORECASE) if words else assessed
    strange_score, _ = _guessed(strange, [])
    return {
        "score": min(score, strange_score),
        "personal": "user_inputs" in dictionaries or strange_score < score,
        "common": "passwords" in dictionaries,
        "breached": is_breached(password),
    }


def _guessed(password: str, personal: Sequence[str]) -> tuple[int, set[str]]:
    """The score, and the dictionaries in which parts of the password were found."""
    if not password:
        return 0, set()  # zxcvbn breaks on it
    # Its dictionaries take 12 MB, which are not needed where people only sign in.
    from zxcvbn import zxcvbn

    result = zxcvbn(password, personal, max_length=_ASSESSED)
    return int(result["score"]), {part.get("dictionary_name", "") for part in result["sequence"]}


def _hasher(cost: Argon2Cost) -> PasswordHasher:
    return PasswordHasher(memory_cost=cost.memory, time_cost=cost.passes, parallelism=cost.lanes, type=Type.ID)


def _serve(questions: IO[bytes], answers: IO[bytes], cost: Argon2Cost, threads: int) -> None:
    hasher = Hasher(cost)
    work: dict[str, Callable[..., object]] = {"hash": hasher.hash, "verify": hasher.verify, "assess": assess}

    def answer(question: bytes) -> None:
        number, name, *arguments = json.loads(question)
        try:
            found = [number, work[name](*arguments), None]
        except Exception as error:  # noqa: BLE001 whatever it is, one question's fault must not end the others
            found = [number, None, type(error).__name__]  # and no more than that: its words may hold a password
        answers.write(json.dumps(found).encode() + b"\n")  # one write, so that the threads' lines do not mix

    with ThreadPoolExecutor(threads) as pool:
        for question in questions:
            pool.submit(answer, question)


def main() -> None:
    """Answer until the input ends."""
    memory, passes, lanes, threads = map(int, sys.argv[1:])
    os.nice(_NICENESS)
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0) as answers:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints must not come between the answers
        _serve(sys.stdin.buffer, answers, Argon2Cost(memory, passes, lanes), threads)


if __name__ == "__main__":
    main()
