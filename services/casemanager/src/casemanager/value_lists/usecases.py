"""The lists of an organization, as it changed them or as they are at first."""

from collections.abc import Mapping
from uuid import UUID

from casemanager.value_lists.domain import Kind, Value, ValueList, usual_list
from casemanager.value_lists.storage import LIST_VALUES
from chassis.db import Executor


async def value_lists_of(executor: Executor, org_id: UUID) -> Mapping[Kind, ValueList]:
    """All lists of an organization."""
    changed = {each.kind: each for each in await executor.all(LIST_VALUES, org_id=org_id)}
    return {kind: changed.get(kind) or usual_list(org_id, kind) for kind in Kind}


async def listed_keys(executor: Executor, org_id: UUID, kind: Kind) -> frozenset[str]:
    """What can be chosen of a kind."""
    return (await value_lists_of(executor, org_id))[kind].keys


def purpose_of(lists: Mapping[Kind, ValueList], *, service_type: str, specialty: str) -> Value | None:
    """What an appointment is for, as people read it: the type of service, else the specialty; None without both."""
    if service_type:
        return lists[Kind.SERVICE_TYPES].value(service_type)
    return lists[Kind.SPECIALTIES].value(specialty) if specialty else None
