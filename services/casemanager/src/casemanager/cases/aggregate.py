"""How a case is made and changed: all that is constant about it, said once."""

from collections.abc import Callable

from portico.casemanager.v1 import case_resources_pb2 as res

from casemanager.cases.domain import Case, CaseFile
from casemanager.cases.storage import ADD_CASE, SAVE_CASE, changed_params, new_params
from casemanager.cases.wire import case_message
from casemanager.shared.deps import Deps
from chassis.aggregate import Aggregate
from chassis.db import Executor
from chassis.mapping import Params
from chassis.saves import Save

Cases = Aggregate[CaseFile, res.Case]


def new_cases(deps: Deps) -> Cases:
    """Cases as they are opened."""
    return _cases(deps, deps.database, ADD_CASE, new_params)


def changed_cases(deps: Deps, executor: Executor) -> Cases:
    """Changes of cases that are there, on the database or in a transaction."""
    return _cases(deps, executor, SAVE_CASE, changed_params)


def _cases(deps: Deps, executor: Executor, save: Save, params: Callable[[Case], Params]) -> Cases:
    return Aggregate(
        database=executor,
        clock=deps.clock,
        save=save,
        params=lambda file, _: params(file.case),
        events=lambda *_: [],
        answer=lambda file, _: case_message(file, may_change=True),
        reply=res.Case,
    )
