"""What happens to files, as others hear of it: ids and states, no name."""

from collections.abc import Mapping, Sequence

from portico.casemanager.v1 import events_pb2
from portico.casemanager.v1 import paperwork_resources_pb2 as res

from casemanager.files.domain.states import State
from casemanager.paperwork.domain.decisions import Change
from casemanager.tasks.events import task_event
from chassis.aggregate import Act
from chassis.ids import Ids
from chassis.outbox import OutboxEvent

_VARIANTS: Mapping[State, str] = {
    State.CLEAN: "cleaned",
    State.QUARANTINED: "quarantined",
    State.DELETED: "deleted",
}


def events_of(change: Change, ids: Ids, act: Act) -> Sequence[OutboxEvent]:
    """What a change tells others: nothing when the file is in the state that it was in."""
    subjects = ["received"] if change.before is None else []
    if change.before is None or change.before.state is not change.file.state:
        subjects += [_VARIANTS[change.file.state]] if change.file.state in _VARIANTS else []
    tasks = (*change.tasks.opened, *change.tasks.changed)
    return [
        *(_event(change, subject, ids, act) for subject in subjects),
        *(task_event(task, event_id=ids(), now=act.now) for task in tasks),
    ]


def _event(change: Change, subject: str, ids: Ids, act: Act) -> OutboxEvent:
    file = change.file
    return OutboxEvent(
        id=ids(),
        org_id=file.org_id,
        subject=f"paperwork.{subject}",
        message=events_pb2.PaperworkEvent(
            version=file.version,
            paperwork_id=str(file.id),
            booking_id=str(file.booking_id),
            state=res.Paperwork.State.ValueType(file.state),
        ),
        aggregate_id=file.id,
        version=file.version,
        event_time=act.now,
    )
