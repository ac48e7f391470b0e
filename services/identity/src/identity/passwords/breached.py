"""Passwords that stand in published breaches: `breached.bin`, beside this file, which `python -m` of it makes anew.

The list is SecLists' `Passwords/Common-Credentials/10-million-password-list-top-1000000.txt` (Mark Burnett's, by how
often they were found; MIT licence). Kept is of each password the beginning of its hash, sorted, and no password: 80,000
of them take 320 kB. A password that was never breached is taken for one in 50,000 times.

`python -m identity.passwords.breached < LIST > breached.bin`
"""

import sys
from bisect import bisect_left
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from pathlib import Path

_KEPT_BYTES = 4
_LONG = 12
"""Characters that a password has unless it is configured otherwise: as long ones are kept from the whole list."""
_SHORT, _FIRST = 8, 100_000
"""Characters that a password has in any case: as short ones are kept when they are among the first."""


def is_breached(password: str) -> bool:
    """Whether the password, in NFKC, stands in the list; upper and lower case are the same."""
    hashes, sought = _hashes(), _hash(password)
    place = bisect_left(range(len(hashes) // _KEPT_BYTES), sought, key=lambda index: _at(hashes, index))
    return _at(hashes, place) == sought


def filter_of(passwords: Iterable[str]) -> bytes:
    """The bytes of `breached.bin` for a list, the most frequent one first."""
    kept = (
        password for place, password in enumerate(passwords) if len(password) >= (_SHORT if place < _FIRST else _LONG)
    )
    return b"".join(sorted(set(map(_hash, kept))))


@cache
def _hashes() -> bytes:
    return Path(__file__).with_suffix(".bin").read_bytes()


def _at(hashes: bytes, index: int) -> bytes:
    return hashes[index * _KEPT_BYTES : (index + 1) * _KEPT_BYTES]


def _hash(password: str) -> bytes:
    return sha256(password.lower().encode()).digest()[:_KEPT_BYTES]


if __name__ == "__main__":
    sys.stdout.buffer.write(filter_of(line.rstrip("\n") for line in sys.stdin))
