"""A task on the wire, and what is written of one."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from google.protobuf.field_mask_pb2 import FieldMask
from portico.casemanager.v1 import resources_pb2 as res
from portico.casemanager.v1 import tasks_pb2 as pb

from casemanager.shared.patches import written_fields
from casemanager.tasks.domain.changes import actions
from casemanager.tasks.domain.task import Actor, AssigneeKind, PersonName, Task
from chassis.errors import FieldViolation, InvalidArgument
from chassis.text import visible_name
from chassis.wire import timestamp

_KNOWN = ("title", "note", "due_date")
_MAX_AHEAD = timedelta(days=731)
_WORDS = {
    "TITLE_MISSING": ("Say what is to be done.", "Escriba qué hay que hacer."),
    "TITLE_INVALID": (
        "This has nothing that can be seen, or hidden characters.",
        "No tiene nada visible o tiene caracteres ocultos.",
    ),
    "DATE_INVALID": ("This date does not exist.", "Esta fecha no existe."),
    "DATE_OUT_OF_BOUNDS": (
        "Choose a day from today on, at most two years ahead.",
        "Elija un día a partir de hoy, como máximo dentro de dos años.",
    ),
}


def task_message(task: Task, actor: Actor, now: datetime, names: Mapping[UUID, PersonName] | None = None) -> res.Task:
    """A task as somebody sees it who acts on it; with the names that are known, that of a booking's by booking."""
    known = names or {}
    about = known.get(task.case_manager_id) if task.case_manager_id else None
    booked = known.get(task.booking_id) if task.booking_id else None
    whose = known.get(task.assignee.id) if task.assignee.id else None
    shows_company = actor.assignee.kind is not AssigneeKind.SPECIALIST
    return res.Task(
        id=str(task.id),
        kind=res.Task.Kind.ValueType(task.kind),
        state=res.Task.State.ValueType(task.state),
        due_time=timestamp(task.due_time),
        create_time=timestamp(task.create_time),
        done_time=timestamp(task.done_time),
        done_by_id=str(task.done_by or ""),
        case_manager_id=str(task.case_manager_id or ""),
        case_manager_name=about.name if about else "",
        company_name=(about or booked or whose or _NO_NAME).company_name if shows_company else "",
        assignee_kind=res.Task.AssigneeKind.ValueType(task.assignee.kind),
        assignee_id=str(task.assignee.id or ""),
        assignee_name=whose.name if whose else "",
        on_behalf=task.on_behalf,
        overdue=task.is_overdue(now),
        title=task.title,
        note=task.note,
        booking_id=str(task.booking_id or ""),
        booking_number=task.booking_number,
        booking_case_manager_id=str(booked.id) if booked else "",
        booking_case_manager_name=booked.name if booked else "",
        case_id=str(task.case_id or ""),
        actions=[res.Task.Action.ValueType(action) for action in actions(task, actor, now)],
    )


_NO_NAME = PersonName(UUID(int=0), "", "")


def written_task(patch: pb.TaskPatch, mask: FieldMask, today: date) -> dict[str, Any]:
    """The fields that are written: title and note in their one form, the due date as one; InvalidArgument."""
    written = written_fields(patch, mask, known=_KNOWN)
    if "title" in written:
        written["title"] = _title(written["title"])
    if "note" in written:
        written["note"] = written["note"].strip()
    if "due_date" in written:
        written["due_date"] = _due_date(written["due_date"], today)
    return written


def new_task(patch: pb.TaskPatch, today: date) -> dict[str, Any]:
    """All that is written of a new task; InvalidArgument when its title or its day is missing."""
    return written_task(patch, FieldMask(paths=_KNOWN), today)


def _title(written: str) -> str:
    if not written.strip():
        raise _refused("title", "TITLE_MISSING")
    try:
        return visible_name(written)
    except ValueError:
        raise _refused("title", "TITLE_INVALID") from None


def _due_date(written: str, today: date) -> date:
    try:
        day = date.fromisoformat(written)
    except ValueError:
        raise _refused("due_date", "DATE_INVALID") from None
    if not today <= day <= today + _MAX_AHEAD:
        raise _refused("due_date", "DATE_OUT_OF_BOUNDS")
    return day


def _refused(field: str, reason: str) -> InvalidArgument:
    english, spanish = _WORDS[reason]
    return InvalidArgument(violations=[FieldViolation(f"task.{field}", reason, english, localized={"es": spanish})])
