"""How a specialist is made and changed: all that is constant about it, said once."""

from collections.abc import Callable
from datetime import datetime

from portico.casemanager.v1 import schedule_resources_pb2 as res
from psycopg.types.range import TimestamptzRange

from casemanager.shared.deps import Deps
from casemanager.specialists.domain import Change
from casemanager.specialists.events import specialist_event
from casemanager.specialists.storage import (
    ADD_SPECIALIST,
    SAVE_DEACTIVATED,
    SAVE_SPECIALIST,
    changed_params,
    new_params,
)
from casemanager.specialists.wire import specialist_message
from chassis.aggregate import Act, Aggregate
from chassis.db import Executor
from chassis.mapping import Params
from chassis.saves import Save

Specialists = Aggregate[Change, res.Specialist]


def new_specialists(deps: Deps) -> Specialists:
    """Specialists as staff enter them."""
    return _specialists(deps, deps.database, ADD_SPECIALIST, lambda change, _: new_params(change.specialist))


def changed_specialists(deps: Deps) -> Specialists:
    """Changes of specialists who are there."""
    return _specialists(deps, deps.database, SAVE_SPECIALIST, lambda change, _: changed_params(change))


def deactivated_specialists(deps: Deps, tx: Executor) -> Specialists:
    """Deactivations, in a transaction in which nobody else takes the specialist's time."""

    def params(change: Change, act: Act) -> Params:
        return {**changed_params(change), "ahead": from_now(act.now)}

    return _specialists(deps, tx, SAVE_DEACTIVATED, params)


def from_now(now: datetime) -> TimestamptzRange:
    """All the time that lies ahead."""
    return TimestamptzRange(now, None)


def _specialists(deps: Deps, database: Executor, save: Save, params: Callable[[Change, Act], Params]) -> Specialists:
    return Aggregate(
        database=database,
        clock=deps.clock,
        save=save,
        params=params,
        events=lambda change, _: [specialist_event(change.specialist, event_id=deps.ids())],
        answer=lambda change, now: specialist_message(change.specialist, now),
        reply=res.Specialist,
    )
