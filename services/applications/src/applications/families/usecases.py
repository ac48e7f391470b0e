"""What a family sees of its own applications."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from portico_errors.applications import ApplicationNotFound

from applications.application.domain.timeline import FAMILY_KINDS, TimelineEntry
from applications.families.domain import Claim, FamilyView, is_known
from applications.families.storage import LIST_HISTORY, LIST_KNOWLEDGE, LIST_LINKED, LOAD_LINKED
from applications.shared.deps import Deps
from chassis.call import Call

MAX_HISTORY = 100
"""Lines of its history that a family sees, the newest ones."""


async def list_my_applications(
    deps: Deps, account_id: UUID, before: tuple[datetime, UUID], limit: int
) -> Sequence[FamilyView]:
    """At most so many of the account's applications from after a position of `NEWEST_LINKED`, without history."""
    before_time, before_id = before
    rows = await deps.database.all(
        LIST_LINKED, account_id=account_id, before_time=before_time, before_id=before_id, limit=limit
    )
    return [FamilyView(application, application.guardians[0], ()) for application in rows]


async def get_my_application(deps: Deps, call: Call, *, application_id: UUID) -> FamilyView:
    """One of the family's applications with its history; ApplicationNotFound for one that it is not linked to."""
    application = await deps.database.first(LOAD_LINKED, account_id=call.account_id, application_id=application_id)
    if application is None:
        raise ApplicationNotFound()
    guardian = application.guardians[0]
    history = await history_of(
        deps, org_id=application.organization.id, application_id=application_id, guardian_id=guardian.id
    )
    return FamilyView(application, guardian, tuple(history))


async def check_knowledge(deps: Deps, account_id: UUID, claim: Claim | None) -> tuple[bool, bool]:
    """Whether the account holds an application, and whether the claim is true of one of them.

    One statement, whatever it finds: the time that it takes tells a stranger nothing.
    """
    linked = await deps.database.all(LIST_KNOWLEDGE, account_id=account_id)
    return bool(linked), claim is not None and is_known(claim, linked)


async def history_of(deps: Deps, *, org_id: UUID, application_id: UUID, guardian_id: UUID) -> Sequence[TimelineEntry]:
    """What a guardian may know of what happened, newest first."""
    return await deps.database.all(
        LIST_HISTORY,
        org_id=org_id,
        application_id=application_id,
        guardian_id=guardian_id,
        kinds=sorted(FAMILY_KINDS),
        limit=MAX_HISTORY,
    )
