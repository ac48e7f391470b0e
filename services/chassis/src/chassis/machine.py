"""State machines as tables; pure, so that a domain may have one.

>>> from enum import Enum
>>> class State(Enum):
...     OPEN = 1
...     CLOSED = 2
>>> class Action(Enum):
...     CLOSE = 1
...     REOPEN = 2
>>> from chassis.errors import Conflict
>>> class ActionNotAllowed(Conflict):
...     reason = "ACTION_NOT_ALLOWED"
...     message = "Not now."
>>> door = Machine(
...     {(State.OPEN, Action.CLOSE): State.CLOSED, (State.CLOSED, Action.REOPEN): State.OPEN}, ActionNotAllowed
... )
>>> door.next(State.OPEN, Action.CLOSE)
<State.CLOSED: 2>
>>> door.allowed(State.OPEN)
(<Action.CLOSE: 1>,)
>>> door.next(State.OPEN, Action.REOPEN)
Traceback (most recent call last):
chassis.machine.ActionNotAllowed: ACTION_NOT_ALLOWED: REOPEN is not allowed in OPEN; CLOSE is.
>>> print(door.mermaid())
stateDiagram-v2
    OPEN --> CLOSED: CLOSE
    CLOSED --> OPEN: REOPEN
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

from chassis.errors import ServiceError

State = TypeVar("State", bound=Enum)
Action = TypeVar("Action", bound=Enum)


@dataclass(frozen=True, slots=True)
class Machine(Generic[State, Action]):
    """Which action leads from which state to which; the order of the table is the order in which actions are offered.

    `not_allowed` is raised for the others, with the metadata `state` and `allowed_actions` (names, with commas).
    """

    steps: Mapping[tuple[State, Action], State]
    not_allowed: type[ServiceError]

    def next(self, state: State, action: Action) -> State:
        """The state after the action; raises `not_allowed`."""
        after = self.steps.get((state, action))
        if after is None:
            names = [allowed.name for allowed in self.allowed(state)]
            fit = f"{', '.join(names)} {'is' if len(names) == 1 else 'are'}" if names else "nothing is"
            raise self.not_allowed(
                f"{action.name} is not allowed in {state.name}; {fit}.",
                metadata={"state": state.name, "allowed_actions": ",".join(names)},
            )
        return after

    def allowed(self, state: State) -> tuple[Action, ...]:
        """What can be done in this state."""
        return tuple(action for before, action in self.steps if before is state)

    def __iter__(self) -> Iterator[tuple[State, Action, State]]:
        return ((before, action, after) for (before, action), after in self.steps.items())

    def mermaid(self) -> str:
        """The machine as a diagram for a README."""
        arrows = [f"    {before.name} --> {after.name}: {action.name}" for before, action, after in self]
        return "\n".join(["stateDiagram-v2", *arrows])
