"""What reports about messages mean."""

import pytest

from applications.application.domain.timeline import Kind
from applications.deliveries.domain import DeliveryStatus, Report, report_of


@pytest.mark.parametrize(
    ("fate", "expected"),
    [
        (DeliveryStatus.QUEUED, Report(kind=Kind.MESSAGE_QUEUED, failure_reason="")),
        (DeliveryStatus.SENT, Report(kind=Kind.MESSAGE_SENT, failure_reason="")),
        (DeliveryStatus.DELIVERED, Report(kind=Kind.MESSAGE_DELIVERED, failure_reason="")),
        (DeliveryStatus.RETRIED, Report(kind=Kind.MESSAGE_FAILED, detail="450 busy")),
        (DeliveryStatus.FAILED, Report(kind=Kind.MESSAGE_FAILED, detail="450 busy", failure_reason="450 busy")),
        (DeliveryStatus.SUPPRESSED, Report(kind=Kind.MESSAGE_FAILED, detail="450 busy", failure_reason="450 busy")),
        (DeliveryStatus.SUPERSEDED, Report(kind=None)),
        (DeliveryStatus.TOO_LATE, Report(kind=Kind.MESSAGE_FAILED, detail="TOO_LATE", failure_reason="TOO_LATE")),
    ],
)
def test_only_a_final_failure_makes_undeliverable(fate: DeliveryStatus, expected: Report) -> None:
    """AP-03, AP-17: each report has its line; a retry says nothing final, and what is queued anew may still arrive."""
    assert report_of(fate, "450 busy") == expected


def test_a_failure_without_words_is_still_one() -> None:
    """AP-03: a provider that says nothing has refused all the same."""
    assert report_of(DeliveryStatus.FAILED, "").failure_reason == "FAILED"
