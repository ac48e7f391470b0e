"""How a case manager is made and changed: all that is constant about it, said once."""

from collections.abc import Callable

from portico.casemanager.v1 import resources_pb2 as res

from casemanager.case_managers.domain import CaseManager, Change
from casemanager.case_managers.events import events_of, tasks_of
from casemanager.case_managers.storage import ADD_CASE_MANAGER, SAVE_CASE_MANAGER, changed_params, new_params
from casemanager.case_managers.wire import case_manager_message
from casemanager.history.domain import HistoryEntry
from casemanager.history.storage import ENTRY, history
from casemanager.logins.storage import login_params, offer_params
from casemanager.shared.deps import Deps
from casemanager.shared.organizations import Organization
from casemanager.tasks.storage import beside_params
from chassis.aggregate import Act, Aggregate
from chassis.mapping import Params
from chassis.saves import Save, rows_of

CaseManagers = Aggregate[Change, res.CaseManager]


def new_case_managers(deps: Deps, organization: Organization) -> CaseManagers:
    """Case managers as staff enter them."""

    def params(change: Change, act: Act) -> Params:
        return {**new_params(change.person), **_history_params(deps, change, act)}

    return _case_managers(deps, organization, ADD_CASE_MANAGER, params)


def changed_case_managers(deps: Deps, organization: Organization) -> CaseManagers:
    """Changes of case managers who are there."""

    def params(change: Change, act: Act) -> Params:
        return {
            **changed_params(change.person),
            "left_company_id": change.left_company_id,
            **_login_params(change),
            **_task_params(change, act),
            **_history_params(deps, change, act),
        }

    return _case_managers(deps, organization, SAVE_CASE_MANAGER, params)


def _case_managers(
    deps: Deps, organization: Organization, save: Save, params: Callable[[Change, Act], Params]
) -> CaseManagers:
    return Aggregate(
        database=deps.database,
        clock=deps.clock,
        save=save,
        params=params,
        events=lambda change, act: events_of(deps, organization, change, act),
        answer=lambda change, now: case_manager_message(change.outcome, now),
        reply=res.CaseManager,
    )


def _login_params(change: Change) -> Params:
    person: CaseManager = change.person
    return {
        **login_params(person.id, person.login if change.commands_login else None),
        **offer_params(change.offer, None if change.link is None else change.link.token_hash),
    }


def _task_params(change: Change, act: Act) -> Params:
    opened, closed = tasks_of(change, act)
    return beside_params(opened=opened, changed=closed)


def _history_params(deps: Deps, change: Change, act: Act) -> Params:
    entries = []
    if change.kind is not None:
        entry = HistoryEntry(
            id=deps.ids(),
            person_id=change.person.id,
            event_time=act.now,
            kind=change.kind,
            actor_id=act.actor_id,
            by_person=change.by_person,
            detail=change.detail,
        )
        entries.append(ENTRY.params(entry))
    return rows_of(history, entries)
