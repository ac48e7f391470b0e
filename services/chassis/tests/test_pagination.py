"""Pages, and their tokens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.pagination import NEWEST, Key, Keyset, Page, Pager, PageTokenInvalid, PageTokens

TOKENS = PageTokens(b"k" * 32)


@given(st.lists(st.integers() | st.text(), max_size=4), st.text())
def test_token_returns_the_position(position, bound_to):
    """A token gives back where its page ended, to the list that made it."""
    assert TOKENS.decode(TOKENS.encode(position, bound_to=bound_to), bound_to=bound_to) == position


@given(st.text(max_size=80))
def test_invented_token(text):
    """A token that nobody made is refused, whatever it looks like."""
    with pytest.raises(PageTokenInvalid):
        TOKENS.decode(text, bound_to="list")


def test_token_of_another_list():
    """A stale token, from another filter or key, is refused with PAGE_TOKEN_INVALID."""
    token = TOKENS.encode(["Diaz", 7], bound_to="applications?query=di")
    for tokens, bound_to in ((TOKENS, "applications?query=da"), (PageTokens(b"x" * 32), "applications?query=di")):
        with pytest.raises(PageTokenInvalid) as refused:
            tokens.decode(token, bound_to=bound_to)
        assert refused.value.reason == "PAGE_TOKEN_INVALID"


@dataclass
class Request:
    page_size: int = 0
    page_token: str = ""
    filter: str = ""

    def SerializeToString(self, *, deterministic=False):
        assert deterministic
        return repr((self.page_size, self.page_token, self.filter)).encode()


MOMENTS = st.datetimes(timezones=st.just(UTC))
BY_TIME = Keyset(first=NEWEST, of=lambda item: item)
PAGER = Pager(TOKENS)


def listed(items):
    """Newest first, as a statement would."""

    async def fetch(before, limit):
        return [item for item in sorted(items, reverse=True) if item < before][:limit]

    return fetch


@given(st.sets(st.tuples(MOMENTS, st.uuids()), max_size=12), st.integers(min_value=1, max_value=13))
async def test_the_pages_are_the_list(items, size):
    """OP-11: page after page gives each item once, in order; only the last page, of any size, has no token."""
    seen: list[object] = []
    token, more = "", True
    while more:
        page = await PAGER.page(Request(size, token), "us", BY_TIME, listed(items))
        seen += page.items
        token, more = page.next_token, bool(page.next_token)
        assert (len(page.items) == size) or not more
    assert sorted(items, reverse=True) == seen


def listed_back(items):
    """The nearest first, as the statement in the other direction would."""

    async def fetch_before(position, limit):
        return [item for item in sorted(items) if item > position][:limit]

    return fetch_before


@given(st.sets(st.tuples(MOMENTS, st.uuids()), max_size=12), st.integers(min_value=1, max_value=13))
async def test_the_way_back_is_the_way_there(items, size):
    """AP-02, U15: from the last page back to the first come the same pages; only the first has no token before it."""

    async def page_of(token):
        request = Request(size, token)
        return await PAGER.page(request, "us", BY_TIME, listed(items), fetch_before=listed_back(items))

    forwards = [await page_of("")]
    while forwards[-1].next_token:
        forwards.append(await page_of(forwards[-1].next_token))
    back, page = [forwards[-1].items], forwards[-1]
    while page.previous_token:
        page = await page_of(page.previous_token)
        assert page.next_token
        back.append(page.items)
    assert [page.items for page in forwards] == back[::-1]
    assert [""] == [page.previous_token for page in forwards if page is forwards[0]]


async def test_what_is_gone_before_a_position():
    """U15: when all that stood before has gone meanwhile the page is empty, and leads nowhere."""
    items = {(datetime(2026, 1, day, tzinfo=UTC), UUID(int=day)) for day in (1, 2, 3)}
    first = await PAGER.page(Request(2), "us", BY_TIME, listed(items), fetch_before=listed_back(items))
    second = await PAGER.page(
        Request(2, first.next_token), "us", BY_TIME, listed(items), fetch_before=listed_back(items)
    )
    request = Request(2, second.previous_token)
    assert Page([], "") == await PAGER.page(request, "us", BY_TIME, listed({}), fetch_before=listed_back({}))


@pytest.mark.parametrize(("keys"), [("Diaz", 7), (7, "t2026"), ("", UUID(int=1)), (datetime(2026, 1, 2, tzinfo=UTC),)])
async def test_keys_come_back_as_they_were(keys):
    """OP-11: text, numbers, instants and ids are told apart, also where the first position says nothing."""
    seen = []

    async def fetch(after, limit):
        seen.append(after)
        return [None, None]

    keyset: Keyset[None, tuple[Key, ...]] = Keyset(first=(), of=lambda _: keys)
    page = await PAGER.page(Request(1), "us", keyset, fetch)
    await PAGER.page(Request(1, page.next_token), "us", keyset, fetch)
    assert [(), keys] == seen


@pytest.mark.parametrize(
    ("request_", "owner", "first"),
    [
        (Request(1, filter="other"), "us", NEWEST),
        (Request(1), "others", NEWEST),
        (Request(1), "us", ("",)),
    ],
)
async def test_a_token_belongs_to_request_owner_and_order(request_, owner, first):
    """OP-11: another filter, another owner and another release's order are refused; another page size is not."""
    items = {(datetime(2026, 1, day, tzinfo=UTC), UUID(int=day)) for day in (1, 2, 3)}
    token = (await PAGER.page(Request(1), "us", BY_TIME, listed(items))).next_token
    assert 2 == len((await PAGER.page(Request(2, token), "us", BY_TIME, listed(items))).items)
    request_.page_token = token
    with pytest.raises(PageTokenInvalid):
        await PAGER.page(request_, owner, Keyset(first=first, of=lambda item: item), listed(items))


async def test_the_usual_size():
    """OP-11: who names no size gets the usual one."""
    items = {(datetime(2026, 1, 1, tzinfo=UTC), UUID(int=number)) for number in range(60)}
    assert 50 == len((await PAGER.page(Request(), "us", BY_TIME, listed(items))).items)
    assert 3 == len((await PAGER.page(Request(), "us", BY_TIME, listed(items), usual_size=3)).items)


async def test_a_walk_goes_on_where_it_says():
    """OP-11: a list that is looked for may have short and empty pages with a next one, and ends where it says so."""

    async def fetch(after: tuple[int], limit: int) -> tuple[list[int], tuple[int] | None]:
        seen = range(after[0] + 1, min(after[0] + 4, 10))
        return [number for number in seen if number > 5][:limit], (seen[-1],) if seen[-1] < 9 else None

    pages: list[Sequence[int]] = []
    request = Request()
    while not pages or request.page_token:
        page = await PAGER.walk(request, "us", (0,), fetch)
        pages.append(page.items)
        request = Request(page_token=page.next_token)
    assert [[], [6], [7, 8, 9]] == pages
    token = (await PAGER.walk(Request(), "us", (0,), fetch)).next_token
    for request_, owner, first in ((Request(0, token, "other"), "us", (0,)), (Request(0, token), "them", (0,))):
        with pytest.raises(PageTokenInvalid):
            await PAGER.walk(request_, owner, first, fetch)
