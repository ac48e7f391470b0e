"""What people do to tasks, and who may: the decisions (CM-11, CM-15)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from portico_errors.casemanager import AssigneeInvalid, TaskClosed, TaskDerived, TaskNotFound, TaskOfColleague

from casemanager.tasks.domain.changes import (
    Action,
    Held,
    NewTask,
    Reassignment,
    Reopening,
    Written,
    actions,
    complete,
    create,
    reassign,
    reopen,
    require_seen,
    update,
)
from casemanager.tasks.domain.task import (
    POOL,
    Actor,
    Assignee,
    AssigneeKind,
    Change,
    Happened,
    Kind,
    Person,
    State,
    Task,
    ended,
)
from chassis.ids import new_id

NOW = datetime(2026, 3, 3, 1, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
ORG, UNIT, OTHER_UNIT, COMPANY = new_id(), new_id(), new_id(), new_id()


def somebody(kind: AssigneeKind, unit: Any = None) -> Actor:
    return Actor(assignee=Assignee(kind, new_id()), account_id=new_id(), business_unit_id=unit)


ADA, BEN = (somebody(AssigneeKind.STAFF) for _ in range(2))
ANA, EVA, ZOE = (somebody(AssigneeKind.CASE_MANAGER, UNIT) for _ in range(3))
IDA, LEA = somebody(AssigneeKind.CASE_MANAGER, OTHER_UNIT), somebody(AssigneeKind.CASE_MANAGER)
RUI, LIU = (somebody(AssigneeKind.SPECIALIST) for _ in range(2))


def person(actor: Actor, **fields: Any) -> Person:
    company = COMPANY if actor.assignee.kind is AssigneeKind.CASE_MANAGER else None
    usual: dict[str, Any] = {"zone": "Australia/Sydney", "company_id": company}
    return Person(assignee=actor.assignee, business_unit_id=actor.business_unit_id, **{**usual, **fields})


IN_POOL = Person(assignee=POOL, zone="Australia/Sydney")


def task(kind: Kind = Kind.BY_HAND, holder: Actor | None = ANA, **fields: Any) -> Task:
    assignee, unit = (holder.assignee, holder.business_unit_id) if holder else (POOL, None)
    usual: dict[str, Any] = {"assignee": assignee, "business_unit_id": unit, "title": "Call back"}
    return Task(org_id=ORG, id=new_id(), kind=kind, due_time=NOW, create_time=NOW, **{**usual, **fields})


def names(found: Task, actor: Actor, now: datetime = NOW) -> list[str]:
    return [action.name for action in actions(found, actor, now)]


def test_who_sees_a_task() -> None:
    """CM-15: staff see all, case managers theirs and what is for others of their unit, specialists theirs."""
    for found, seen_by in (
        (task(), {ADA, ANA, EVA}),
        (task(holder=LEA), {ADA, LEA}),
        (task(holder=RUI), {ADA, RUI}),
        (task(holder=None), {ADA}),
        (task(holder=BEN), {ADA, BEN}),
        # What staff have to do for a booking of the unit is no business of its case managers.
        (task(Kind.ANSWER_REQUEST, holder=None, business_unit_id=UNIT), {ADA}),
    ):
        for actor in (ADA, ANA, EVA, IDA, LEA, RUI):
            if actor in seen_by:
                assert found == require_seen(found, actor)
            else:
                with pytest.raises(TaskNotFound):
                    require_seen(found, actor)


@pytest.mark.parametrize(
    ("found", "actor", "expected"),
    [
        (task(), ANA, ["COMPLETE", "UPDATE"]),
        (task(), EVA, ["TAKE_OVER"]),
        (task(), ADA, ["COMPLETE", "UPDATE", "REASSIGN", "TAKE_OVER"]),
        (task(holder=None), ADA, ["COMPLETE", "UPDATE", "REASSIGN", "TAKE_OVER"]),
        (task(holder=BEN), ADA, ["COMPLETE", "UPDATE", "REASSIGN", "TAKE_OVER"]),
        (task(holder=ADA), ADA, ["COMPLETE", "UPDATE", "REASSIGN"]),
        (task(Kind.UPLOAD_PAPERWORK), ANA, ["UPDATE"]),
        (task(Kind.UPLOAD_PAPERWORK), EVA, ["TAKE_OVER"]),
        (task(Kind.UPLOAD_PAPERWORK), ADA, ["COMPLETE", "UPDATE", "REASSIGN"]),
        (task(Kind.CHOOSE_OPTION), ADA, ["UPDATE", "REASSIGN"]),
        (task(Kind.READ_REPORT), ANA, ["COMPLETE", "UPDATE"]),
        (task(Kind.RECORD_OUTCOME, holder=RUI), RUI, ["UPDATE"]),
        (task(Kind.ENABLE_LOGIN, holder=None), ADA, ["COMPLETE", "UPDATE", "REASSIGN", "TAKE_OVER"]),
        (task(state=State.DONE, done_time=NOW), ANA, ["REOPEN"]),
        (task(state=State.DONE, done_time=NOW), EVA, []),
        (task(Kind.CHOOSE_OPTION, state=State.DONE, done_time=NOW), ADA, []),
        (task(state=State.DONE, done_time=NOW - timedelta(days=7)), ANA, []),
        (task(state=State.CANCELLED, done_time=NOW), ADA, []),
    ],
)
def test_what_somebody_can_do(found: Task, actor: Actor, expected: list[str]) -> None:
    """CM-11, CM-15: whose it is, its kind and its state say what can be done about a task."""
    assert expected == names(found, actor)


def changed(found: Task, actor: Actor, action: Action) -> Change:
    """What an action comes to, as plainly as it can be asked for."""
    match action:
        case Action.COMPLETE:
            return complete(found, actor, LATER)
        case Action.UPDATE:
            return update(found, Written(actor=actor, note="Soon"))
        case Action.REASSIGN:
            other = BEN if found.assignee != BEN.assignee else ADA
            local = {AssigneeKind.STAFF: other, AssigneeKind.CASE_MANAGER: ZOE, AssigneeKind.SPECIALIST: LIU}
            to = next(each for kind, each in local.items() if kind in found.rule.assignees)
            return reassign(Reassignment(Held(found, person(ANA)), person(to)), actor, LATER)
        case Action.TAKE_OVER:
            return reassign(Reassignment(Held(found, person(ANA)), person(actor)), actor, LATER)
        case Action.REOPEN:
            return reopen(Reopening(found, is_needed=True), actor, LATER)


HOLDERS = {
    AssigneeKind.POOL: None,
    AssigneeKind.STAFF: BEN,
    AssigneeKind.CASE_MANAGER: ANA,
    AssigneeKind.SPECIALIST: RUI,
}


def test_what_can_be_done_is_what_is_allowed() -> None:
    """CM-11: for each kind, state, holder and person, an action that is offered works, and another one is refused."""
    checked = 0
    for kind in Kind:
        for state in State:
            for assignee_kind, holder in HOLDERS.items():
                done_time = None if state is State.OPEN else NOW
                found = task(kind, holder, state=state, done_time=done_time)
                if assignee_kind not in found.rule.assignees:
                    continue
                for actor in (ADA, ANA, EVA, RUI):
                    offered = set(actions(found, actor, LATER))
                    for action in Action:
                        checked += 1
                        try:
                            change = changed(found, actor, action)
                        except (TaskClosed, TaskDerived, TaskOfColleague, AssigneeInvalid):
                            assert action not in offered, (kind, state, holder, actor, action)
                        else:
                            is_new = change.happened or change.task.note != found.note
                            assert action in offered or not is_new, (kind, state, holder, actor, action)
    assert 1000 < checked


def test_a_task_is_done_once() -> None:
    """CM-11: done by hand it says when and by whom, and stays so; a cancelled one is TASK_CLOSED."""
    first = complete(task(), ANA, LATER)
    done = first.task
    assert (State.DONE, LATER, ANA.account_id, 2) == (done.state, done.done_time, done.done_by, done.version)
    second = complete(done, ADA, LATER + timedelta(hours=1))
    assert replace(done, version=3) == second.task
    assert (Happened.COMPLETED, None) == (first.happened, second.happened)
    with pytest.raises(TaskClosed):
        complete(ended(task(), State.CANCELLED, actor_id=None, now=LATER), ANA, LATER)


def test_a_done_task_opens_again_for_seven_days() -> None:
    """CM-11: until the instant, by whom it is for or staff, and only while there is something left to do."""
    done = complete(task(), ANA, NOW).task
    reopened = reopen(Reopening(done, is_needed=True), ANA, NOW + timedelta(days=7) - timedelta(microseconds=1))
    assert (State.OPEN, None, None, 3) == (reopened.task.state, reopened.task.done_time, reopened.task.done_by, 3)
    assert Happened.OPENED is reopened.happened
    with pytest.raises(TaskClosed):
        reopen(Reopening(done, is_needed=True), ANA, NOW + timedelta(days=7))
    with pytest.raises(TaskDerived):
        reopen(Reopening(done, is_needed=False), ANA, LATER)
    with pytest.raises(TaskOfColleague):
        reopen(Reopening(done, is_needed=True), EVA, LATER)
    with pytest.raises(TaskClosed):
        reopen(Reopening(ended(task(), State.CANCELLED, actor_id=None, now=NOW), is_needed=True), ADA, LATER)
    assert reopen(Reopening(reopened.task, is_needed=True), ANA, LATER).happened is None


def test_what_is_written_of_a_task() -> None:
    """CM-11: of a derived one the title is fixed and its day is staff's to move; of a closed one nothing is written."""
    by_hand = update(task(), Written(actor=ANA, title="Call again", note="", due_time=LATER)).task
    assert ("Call again", "", LATER, 2) == (by_hand.title, by_hand.note, by_hand.due_time, by_hand.version)
    derived = task(Kind.READ_REPORT)
    assert "Ana is away" == update(derived, Written(actor=ANA, note="Ana is away")).task.note
    assert LATER == update(derived, Written(actor=ADA, due_time=LATER)).task.due_time
    for written in (Written(actor=ADA, title="Other"), Written(actor=ANA, due_time=LATER)):
        with pytest.raises(TaskDerived):
            update(derived, written)
    with pytest.raises(TaskClosed):
        update(complete(task(), ANA, NOW).task, Written(actor=ANA, note="Late"))
    with pytest.raises(TaskOfColleague):
        update(task(), Written(actor=EVA, note="Mine?"))


def new_for(actor: Actor, whom: Person) -> Task:
    new = NewTask(org_id=ORG, id=new_id(), title="Call", note="", due_date=date(2026, 3, 5), case_id=None, actor=actor)
    return create(whom, new, NOW).task


def test_for_whom_somebody_writes_something_down() -> None:
    """CM-11, CM-15: for whom they see: staff all in service, case managers their unit, specialists themselves."""
    for actor, whom in (
        *((ADA, each) for each in (person(ADA), IN_POOL, person(BEN), person(ANA), person(RUI))),
        *((ANA, each) for each in (person(ANA), person(EVA))),
        (LEA, person(LEA)),
        (RUI, person(RUI)),
    ):
        made = new_for(actor, whom)
        assert (whom.assignee, whom.business_unit_id, actor.account_id) == (
            made.assignee,
            made.business_unit_id,
            made.created_by,
        )
        # 17:00 of 5 March in Sydney.
        assert (Kind.BY_HAND, State.OPEN, datetime(2026, 3, 5, 6, tzinfo=UTC)) == (made.kind, made.state, made.due_time)
    for actor, whom in (
        (ADA, person(ANA, is_active=False)),
        *((ANA, each) for each in (IN_POOL, person(ADA), person(IDA), person(RUI), person(EVA, is_active=False))),
        (LEA, person(ANA)),
        (RUI, person(somebody(AssigneeKind.SPECIALIST))),
    ):
        with pytest.raises(AssigneeInvalid):
            new_for(actor, whom)


def test_a_task_goes_to_somebody_else() -> None:
    """CM-11: its due time stays; a unit's case managers take it over, and staff give it to whom it may be for."""
    held = Held(task(Kind.UPLOAD_PAPERWORK), person(ANA))
    for actor, whom in ((EVA, EVA), (ADA, EVA), (ADA, IDA)):
        given = reassign(Reassignment(held, person(whom)), actor, LATER)
        assert (whom.assignee, held.task.due_time, Happened.REASSIGNED) == (
            given.task.assignee,
            given.task.due_time,
            given.happened,
        )
    for actor, to in (
        (EVA, person(IDA)),
        (ANA, person(EVA)),
        (RUI, person(RUI)),
        (ADA, person(ADA)),
        (ADA, IN_POOL),
        (ADA, person(EVA, is_active=False)),
        # What is asked of one company's people is not another one's to read.
        (ADA, person(EVA, company_id=new_id())),
    ):
        with pytest.raises(AssigneeInvalid):
            reassign(Reassignment(held, to), actor, LATER)
    assert reassign(Reassignment(held, person(ANA)), ANA, LATER).happened is None
    with pytest.raises(TaskClosed):
        reassign(Reassignment(Held(complete(task(), ANA, NOW).task, person(ANA)), person(EVA)), ADA, LATER)


def test_whose_unit_reads_a_task_that_was_given_away() -> None:
    """CM-15: what belongs to a booking stays with the booking's unit, anything else is read where it goes."""
    booked = task(Kind.REBOOK, booking_id=new_id())
    assert UNIT == reassign(Reassignment(Held(booked, person(ANA)), person(IDA)), ADA, LATER).task.business_unit_id
    by_hand = Held(task(), person(ANA))
    assert OTHER_UNIT == reassign(Reassignment(by_hand, person(IDA)), ADA, LATER).task.business_unit_id
    assert reassign(Reassignment(by_hand, IN_POOL), ADA, LATER).task.business_unit_id is None
