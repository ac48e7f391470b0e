"""How many text messages a phone may get, and where they may go: NT-10. Pure: what was sent is handed in."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import timedelta

from portico_errors.notifications import RecipientLimitReached, RegionNotAllowed

BURST = timedelta(minutes=10)
DAY = timedelta(days=1)
MAX_TEXTS_IN_BURST = 5
"""To one phone: a family with four children is invited four times at once."""
MAX_TEXTS_IN_DAY = 20
"""To one phone, and about one thing."""


_TERRITORIES = frozenset({"AS", "GU", "MP", "PR", "VI"})
"""They have a region code of their own, and belong to the numbers of the US."""

Refusal = RecipientLimitReached | RegionNotAllowed


@dataclass(frozen=True, slots=True)
class SentTexts:
    """How many texts an organization sent: to a phone within BURST and within DAY, about a reference within DAY.

    `countries` are the organization's own; of families those of all organizations.
    """

    in_burst: int
    in_day: int
    about: int
    countries: tuple[str, ...] = ()


def text_refusal(region: str, sent: SentTexts, regions: Collection[str]) -> Refusal | None:
    """Why no further text goes to a phone of this country now; None when one does.

    `regions` are those that are allowed beside the organization's own country.
    """
    allowed = {*regions, *sent.countries}
    if region not in (allowed | _TERRITORIES if "US" in allowed else allowed):
        return RegionNotAllowed(f"No text messages are sent to {region or 'such numbers'}.")
    if sent.in_burst >= MAX_TEXTS_IN_BURST:
        return RecipientLimitReached(f"This phone was sent {sent.in_burst} text messages within 10 minutes.")
    if sent.in_day >= MAX_TEXTS_IN_DAY or sent.about >= MAX_TEXTS_IN_DAY:
        return RecipientLimitReached(f"{max(sent.in_day, sent.about)} text messages were sent within a day.")
    return None


class TextCounts:
    """The texts that are asked for together: each counts against those that come after it."""

    def __init__(self, regions: Collection[str]) -> None:
        """`regions` are those that are allowed beside the organization's own country."""
        self._regions = regions
        self._to_phone: Counter[str] = Counter()
        self._about: Counter[str] = Counter()

    def refusal(self, region: str, phone: str, reference: str, sent: SentTexts) -> Refusal | None:
        """Why this one is not sent, when so many were sent before; None when it is, and is counted."""
        together = self._to_phone[phone]
        sent = replace(
            sent,
            in_burst=sent.in_burst + together,
            in_day=sent.in_day + together,
            about=sent.about + self._about[reference],
        )
        refusal = text_refusal(region, sent, self._regions)
        if refusal is None:
            self._to_phone[phone] += 1
            self._about[reference] += 1
        return refusal
