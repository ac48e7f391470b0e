"""What a decision leaves behind: one statement writes all of it, or nothing when somebody else was faster.

Beside each statement stands the function that gives its parameters.
"""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import insert

from applications.application.domain.application import Application
from applications.application.domain.decision import ApplicationDecision, Decision
from applications.application.domain.events import Invited, Unlinked
from applications.application.domain.link_state import UNDO_WINDOW
from applications.application.domain.search_keys import entry_of
from applications.application.domain.timeline import TimelineEntry
from applications.application.storage.rows import APPLICATION, ENTRY, INVITATION, guardian_columns
from applications.application.storage.tables import applications, guardians, timeline
from applications.application.storage.writes import (
    APPLICATION_CHANGES,
    CHANGE_APPLICATION,
    CHANGE_GUARDIAN,
    GUARDIAN_CHANGES,
    NEW_INVITATION,
    add_invitation,
    add_names,
    add_notice,
    change_name,
    drop_notice,
    replace_invitation,
)
from chassis.mapping import Params
from chassis.name_search import SearchEntry
from chassis.saves import insert_each, rows_of, save

SAVE_APPLICATION = save(
    insert(applications).returning(applications.c.id),
    insert_each(guardians),
    add_names,
    add_invitation,
    insert_each(timeline),
)


def application_params(
    application: Application, *, serial: int, invited: Invited | None, entries: Iterable[TimelineEntry]
) -> Params:
    """The parameters of SAVE_APPLICATION."""
    placed = list(enumerate(application.guardians))
    found_by = [entry_of(application, guardian) for guardian in application.guardians]
    return {
        **APPLICATION.params(application),
        "serial": serial,
        "children": [
            {
                "given_name": child.given_name,
                "family_name": child.family_name,
                "birth_date": child.birth_date.isoformat() if child.birth_date else "",
            }
            for child in application.children
        ],
        **rows_of(
            guardians,
            [
                {**guardian_columns(guardian), "application_id": application.id, "position": position}
                for position, guardian in placed
            ],
        ),
        "names_guardian_id": [guardian.id for guardian in application.guardians],
        "names_position": [position for position, _ in placed],
        "names_plain": [entry.sort_key for entry in found_by],
        "names_spellings": [entry.spellings for entry in found_by],
        "names_keys": [" ".join(entry.keys) for entry in found_by],
        **_invitation_params(invited, application),
        **_entry_params(application, entries),
    }


SAVE_APPLICATION_CHANGE = save(CHANGE_APPLICATION, insert_each(timeline))
"""An application itself as a decision left it, and the line about it."""


def application_change_params(decision: ApplicationDecision, *, entry: TimelineEntry) -> Params:
    """The parameters of SAVE_APPLICATION_CHANGE."""
    columns = APPLICATION.params(decision.application)
    return {
        "application_id": decision.application.id,
        "loaded_version": decision.before.version,
        **{f"application_{column}": columns[column] for column in APPLICATION_CHANGES},
        **_entry_params(decision.application, [entry]),
    }


SAVE_GUARDIAN = save(CHANGE_GUARDIAN, replace_invitation, change_name, add_notice, drop_notice, insert_each(timeline))
"""A guardian as a decision left them: each further write sleeps while the decision has nothing for it.

The invitation that ended, the new one in its place, other names or contacts for the search, whom to tell of an unlink
when it can no longer be undone (who is linked again is told of none), and the lines about it.
"""


def guardian_params(decision: Decision, *, notice_id: UUID, entries: Iterable[TimelineEntry]) -> Params:
    """The parameters of SAVE_GUARDIAN; `notice_id` is for the notice of an unlink, if there was one."""
    application, guardian, ended = decision.application, decision.guardian, decision.ended
    unlinked = next((event for event in decision.events if isinstance(event, Unlinked)), None)
    columns, found_by = guardian_columns(guardian), _changed_entry(decision)
    return {
        "guardian_id": guardian.id,
        "loaded_version": decision.before.version,
        **{f"guardian_{column}": columns[column] for column in GUARDIAN_CHANGES},
        "ended_id": ended and ended.id,
        "ended_outcome": ended and ended.outcome,
        "ended_end_time": ended and ended.end_time,
        "ended_open_time": ended and ended.open_time,
        **_invitation_params(decision.invited, application),
        "name_plain": found_by and found_by.sort_key,
        "name_spellings": found_by and found_by.spellings,
        "name_keys": found_by and found_by.keys,
        "notice_id": notice_id if unlinked else None,
        "notice_account_id": unlinked and unlinked.link.account_id,
        "notice_username": unlinked and unlinked.link.username,
        "notice_due_time": guardian.unlink and guardian.unlink.unlink_time + UNDO_WINDOW,
        "linked_account_id": guardian.link and guardian.link.account_id,
        **_entry_params(application, entries),
    }


def _changed_entry(decision: Decision) -> SearchEntry | None:
    """What the search finds the guardian by from now on; None: by the same as before."""
    before, after = decision.before, decision.guardian
    is_same = (before.name, before.contacts) == (after.name, after.contacts)
    return None if is_same and before.sort_name == after.sort_name else entry_of(decision.application, after)


def _invitation_params(invited: Invited | None, application: Application) -> Params:
    if invited is None:
        return {f"invitation_{name}": None for name in NEW_INVITATION}
    values = {
        **INVITATION.params(invited.invitation),
        "application_id": application.id,
        "guardian_id": invited.guardian_id,
        "token_hash": invited.keys.token_hash,
        "code_hash": invited.keys.code_hash,
        "by_family": invited.by_family,
    }
    return {f"invitation_{name}": values[name] for name in NEW_INVITATION}


def _entry_params(application: Application, entries: Iterable[TimelineEntry]) -> Params:
    return rows_of(timeline, ({**ENTRY.params(entry), "application_id": application.id} for entry in entries))
