"""What reports about messages mean."""

import pytest

from applications.domain.delivery import Fate, Report, report_of
from applications.domain.timeline import Kind


@pytest.mark.parametrize(
    ("fate", "expected"),
    [
        (Fate.QUEUED, Report(kind=Kind.MESSAGE_QUEUED)),
        (Fate.SENT, Report(kind=Kind.MESSAGE_SENT, failure_reason="")),
        (Fate.DELIVERED, Report(kind=Kind.MESSAGE_DELIVERED, failure_reason="")),
        (Fate.RETRIED, Report(kind=Kind.MESSAGE_FAILED, detail="450 busy")),
        (Fate.FAILED, Report(kind=Kind.MESSAGE_FAILED, detail="450 busy", failure_reason="450 busy")),
        (Fate.SUPPRESSED, Report(kind=Kind.MESSAGE_FAILED, detail="450 busy", failure_reason="450 busy")),
        (Fate.SUPERSEDED, Report(kind=None)),
        (Fate.TOO_LATE, Report(kind=Kind.MESSAGE_FAILED, detail="TOO_LATE")),
    ],
)
def test_only_a_final_failure_makes_undeliverable(fate: Fate, expected: Report) -> None:
    """AP-03, AP-17: each report has its line, but a retry, a cancellation and the queue say nothing final."""
    assert report_of(fate, "450 busy") == expected


def test_a_failure_without_words_is_still_one() -> None:
    """AP-03: a provider that says nothing has refused all the same."""
    assert report_of(Fate.FAILED, "").failure_reason == "FAILED"
