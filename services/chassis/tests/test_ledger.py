"""The example service decides as its README says."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.examples.ledger import domain
from services.chassis.examples.ledger.domain import LEDGER_MACHINE, Ledger, LedgerState, book, close

NEW = Ledger(
    org_id=UUID(int=1),
    id=UUID(int=2),
    name="cash",
    state=LedgerState.OPEN,
    balance=0,
    version=1,
    labels={},
    open_time=datetime(2026, 1, 2, tzinfo=UTC),
)


@given(st.lists(st.integers(min_value=-100, max_value=100)))
def test_a_balance_is_the_sum_and_never_below_nothing(amounts):
    """OP-11: what there is not cannot be taken, and changes nothing."""
    ledger, booked = NEW, 0
    for amount in amounts:
        if booked + amount < 0:
            with pytest.raises(domain.NotEnough):
                book(ledger, amount)
        else:
            booked += amount
            ledger = book(ledger, amount)
        assert booked == ledger.balance


def test_a_closed_ledger_takes_nothing():
    """OP-11: what the state does not allow is refused with what it allows."""
    closed = close(NEW)
    with pytest.raises(domain.LedgerActionNotAllowed) as refused:
        book(closed, 1)
    assert {"state": "CLOSED", "allowed_actions": ""} == refused.value.metadata


def test_the_readme_shows_the_machine():
    """OP-02: the diagram is drawn from the table."""
    readme = Path(domain.__file__).with_name("README.md").read_text(encoding="utf-8")
    assert f"```mermaid\n{LEDGER_MACHINE.mermaid()}\n```" in readme
