"""Email addresses that look mistyped: one letter away from a mailbox provider that everybody uses."""

from functools import lru_cache

_USUAL = (
    *("gmail.com", "yahoo.com", "hotmail.com", "outlook.com", "icloud.com", "live.com", "msn.com", "aol.com"),
    *("comcast.net", "verizon.net", "att.net", "sbcglobal.net", "protonmail.com"),
)
"""Where families have their mail."""

_TRUE = frozenset({*_USUAL, "mail.com", "gmx.com", "ymail.com", "email.com", "me.com", "mac.com", "cox.net", "aim.com"})
"""Domains that exist and are near one of those."""


def meant_domain(address: str) -> str:
    """The domain that an address was probably meant to have; empty when nothing looks wrong.

    >>> meant_domain("ana@gmial.com"), meant_domain("ana@gmail.con"), meant_domain("ana@gmail.com")
    ('gmail.com', 'gmail.com', '')
    """
    return _meant(address.rpartition("@")[2])


@lru_cache(maxsize=4096)
def _meant(domain: str) -> str:
    if domain in _TRUE:
        return ""
    return next((usual for usual in _USUAL if _is_one_typo(domain, usual)), "")


def _is_one_typo(written: str, meant: str) -> bool:
    """Whether one insertion, deletion, substitution or transposition makes one of the other."""
    if abs(len(written) - len(meant)) > 1 or written == meant:
        return False
    shared = next(
        (i for i, (a, b) in enumerate(zip(written, meant, strict=False)) if a != b), min(len(written), len(meant))
    )
    rest, due = written[shared:], meant[shared:]
    swapped = rest[1:2] + rest[:1] + rest[2:]
    return due in {rest[1:], swapped} or rest == due[1:] or rest[1:] == due[1:]
