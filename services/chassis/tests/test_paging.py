"""Page tokens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.paging import PageTokenInvalid, PageTokens

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
