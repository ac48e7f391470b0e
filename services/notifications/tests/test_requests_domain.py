"""Which text messages are too many, and where they may go."""

from dataclasses import replace

import pytest
from portico_errors.notifications import RecipientLimitReached, RegionNotAllowed

from notifications.requests.domain import MAX_TEXTS_IN_BURST, MAX_TEXTS_IN_DAY, SentTexts, text_refusal

NOTHING = SentTexts(in_burst=0, in_day=0, about=0)


@pytest.mark.parametrize(
    ("region", "regions", "expected"),
    [
        ("US", {"US"}, type(None)),
        ("US", {"DO", "CA"}, RegionNotAllowed),
        ("PR", {"US"}, type(None)),
        ("PR", {"MX"}, RegionNotAllowed),
        ("DO", {"US", "DO"}, type(None)),
        ("", {"US"}, RegionNotAllowed),
    ],
)
def test_texts_go_where_they_are_allowed(region: str, regions: set[str], expected: type) -> None:
    """CASE-S8, NT-10: to the countries that are allowed, and to no others."""
    own = replace(NOTHING, countries=tuple(regions))
    assert expected is type(text_refusal(region, NOTHING, regions)) is type(text_refusal(region, own, set()))


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (SentTexts(MAX_TEXTS_IN_BURST - 1, MAX_TEXTS_IN_DAY - 1, MAX_TEXTS_IN_DAY - 1), type(None)),
        (SentTexts(in_burst=MAX_TEXTS_IN_BURST, in_day=MAX_TEXTS_IN_BURST, about=0), RecipientLimitReached),
        (SentTexts(in_burst=0, in_day=MAX_TEXTS_IN_DAY, about=0), RecipientLimitReached),
        (SentTexts(in_burst=0, in_day=0, about=MAX_TEXTS_IN_DAY), RecipientLimitReached),
    ],
)
def test_texts_are_limited(sent: SentTexts, expected: type) -> None:
    """CASE-S8, NT-10: per phone within ten minutes and a day, and about one thing within a day."""
    assert expected is type(text_refusal("US", sent, {"US"}))
