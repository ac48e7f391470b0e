"""What people are told of tasks, by email (CM-11)."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from casemanager.shared.organizations import Organization
from casemanager.tasks.domain.task import AssigneeKind, Change
from chassis.ids import Ids
from chassis.notification import Notification
from chassis.outbox import OutboxEvent

_PAGES: Mapping[AssigneeKind, str] = {AssigneeKind.CASE_MANAGER: "cm/tasks", AssigneeKind.SPECIALIST: "sp/tasks"}


def assigned_messages(
    change: Change, organization: Organization, public_url: str, ids: Ids, now: datetime
) -> Iterator[OutboxEvent]:
    """Tells who has a task now that it is theirs; `public_url` has no slash at its end."""
    task, person = change.task, change.told
    contact = person.contact if person else None
    if person is None or contact is None or not contact.email:
        return
    message = Notification(
        template="TASK_ASSIGNED",
        contact=contact.email,
        language=contact.language,
        values={
            "organization_name": organization.name,
            "recipient_name": contact.name,
            "time_zone": person.zone,
            "task": task.kind.name,
            "due_time": task.due_time,
            "link": f"{public_url}/{_PAGES.get(person.assignee.kind, 'tasks')}/{task.id}",
            **({"booking_number": task.booking_number} if task.booking_number else {}),
        },
        reference=f"tasks/{task.id}/{task.version}",
    )
    yield message.event(id=ids(), org_id=task.org_id, aggregate_id=task.id, version=task.version, now=now)
