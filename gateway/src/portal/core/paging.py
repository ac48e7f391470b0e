"""The ways from one page of a list to those beside it, and where a page stands that says from which row on it is."""

from collections.abc import Callable
from typing import Protocol

from portal.core.context import PageContext
from portal.core.i18n import N_, I18n

Address = Callable[..., str]
"""The list with something changed: `address(page=…)` is the list at a page."""


class Paged(Protocol):
    """A page of a list that leads both ways; a token is empty where there is nothing more."""

    next_page_token: str
    previous_page_token: str


def ways(found: Paged, address: Address, i18n: I18n) -> list[tuple[str, str]]:
    """Addresses and their words: to the page before and to the next one."""
    tokens = ((found.previous_page_token, N_("Previous page")), (found.next_page_token, N_("Next page")))
    return [(address(page=token), i18n(words)) for token, words in tokens if token]


def forward_ways(context: PageContext, next_page_token: str, address: Address) -> list[tuple[str, str]]:
    """The same where a list leads forwards only: back to the first page, and to the next one."""
    first = [(address(), context.i18n(N_("First page")))] if context.query("page") else []
    after = [(address(page=next_page_token), context.i18n(N_("Next page")))] if next_page_token else []
    return first + after


def first_row(context: PageContext, found: Paged) -> int:
    """The place of the page's first row, as the link that led here says it."""
    written = context.query("first")
    return int(written) if found.previous_page_token and written.isdecimal() and len(written) < 10 else 1


def numbered_ways(
    found: Paged, address: Address, i18n: I18n, *, first: int, count: int, page_size: int
) -> list[tuple[str, str]]:
    """As `ways`, with the place of its first row in each address; the first page is always a whole one."""
    ways = []
    if found.previous_page_token:
        before = first - page_size
        at = address(page=found.previous_page_token, first=str(before)) if before > 1 else address()
        ways.append((at, i18n(N_("Previous page"))))
    if found.next_page_token:
        ways.append((address(page=found.next_page_token, first=str(first + count)), i18n(N_("Next page"))))
    return ways
