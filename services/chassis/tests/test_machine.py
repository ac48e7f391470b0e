"""State machines."""

from enum import Enum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Conflict
from chassis.machine import Machine

State = Enum("State", ["NEW", "OPEN", "CLOSED"])
Action = Enum("Action", ["BEGIN", "CLOSE", "REOPEN"])
MACHINES = st.dictionaries(st.tuples(st.sampled_from(State), st.sampled_from(Action)), st.sampled_from(State)).map(
    lambda steps: Machine(steps, Refused)
)


class Refused(Conflict):
    reason = "REFUSED"
    message = "No."


@given(MACHINES, st.sampled_from(State), st.sampled_from(Action))
def test_what_is_allowed_leads_on_and_nothing_else(machine, state, action):
    """OP-11: an action is allowed exactly where the table has a step, and leads where the table says."""
    steps = {(before, done): after for before, done, after in machine}
    if action in machine.allowed(state):
        assert steps[state, action] is machine.next(state, action)
    else:
        assert (state, action) not in steps
        with pytest.raises(Refused) as refused:
            machine.next(state, action)
        names = ",".join(allowed.name for allowed in machine.allowed(state))
        assert {"state": state.name, "allowed_actions": names} == refused.value.metadata


@given(MACHINES)
def test_the_diagram_has_an_arrow_for_each_step(machine):
    """OP-11: what is drawn is what holds."""
    head, *arrows = machine.mermaid().splitlines()
    assert "stateDiagram-v2" == head
    drawn = {f"{before.name} --> {after.name}: {action.name}" for before, action, after in machine}
    assert drawn == {arrow.strip() for arrow in arrows}


def test_a_refusal_says_what_is_possible():
    """OP-11: one action is, several are, and where nothing is allowed nothing is."""
    machine = Machine({(State.NEW, Action.BEGIN): State.OPEN}, Refused)
    with pytest.raises(Refused, match="CLOSE is not allowed in NEW; BEGIN is"):
        machine.next(State.NEW, Action.CLOSE)
    with pytest.raises(Refused, match="nothing is"):
        machine.next(State.OPEN, Action.CLOSE)
