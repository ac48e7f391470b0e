"""What a decision leaves behind: one statement writes all of it, or nothing when somebody else was faster.

Beside each statement stands the function that gives its parameters.
"""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import insert

from applications.application.domain.application import Application, Guardian
from applications.application.domain.decision import Decision
from applications.application.domain.events import Invited, Unlinked
from applications.application.domain.link_state import UNDO_WINDOW
from applications.application.domain.names import plain, search_keys
from applications.application.domain.timeline import TimelineEntry
from applications.application.storage.tables import applications, guardians, timeline
from applications.application.storage.writes import (
    CHANGE_GUARDIAN,
    CHANGING,
    ENTRY,
    GUARDIAN,
    add_invitation,
    add_names,
    add_notice,
    change_name,
    drop_notice,
    replace_invitation,
)
from chassis.saves import insert_each, rows_of, save

Params = dict[str, object]


SAVE_APPLICATION = save(
    insert(applications).returning(applications.c.id),
    insert_each(guardians, *GUARDIAN),
    add_names,
    add_invitation,
    insert_each(timeline, *ENTRY),
)


def application_params(
    application: Application, *, serial: int, invited: Invited | None, entries: Iterable[TimelineEntry]
) -> Params:
    """The parameters of SAVE_APPLICATION."""
    placed = list(enumerate(application.guardians))
    names = [plain(guardian.family_name) for guardian in application.guardians]
    return {
        "id": application.id,
        "serial": serial,
        "number": application.number,
        "status": application.status,
        "children": [
            {
                "given_name": child.given_name,
                "family_name": child.family_name,
                "birth_date": child.birth_date.isoformat() if child.birth_date else "",
            }
            for child in application.children
        ],
        "answers": application.answers,
        "create_time": application.create_time,
        "version": application.version,
        **rows_of(
            guardians,
            [
                {**_columns(guardian), "application_id": application.id, "position": position}
                for position, guardian in placed
            ],
            *GUARDIAN,
        ),
        "names_guardian_id": [guardian.id for guardian in application.guardians],
        "names_position": [position for position, _ in placed],
        "names_plain": names,
        "names_keys": [" ".join(search_keys(name, is_first=not position)) for position, name in enumerate(names)],
        **_invitation_params(invited, application),
        **_entry_params(application, entries),
    }


SAVE_GUARDIAN = save(
    CHANGE_GUARDIAN, replace_invitation, change_name, add_notice, drop_notice, insert_each(timeline, *ENTRY)
)
"""A guardian as a decision left them: each further write sleeps while the decision has nothing for it.

The invitation that ended, the new one in its place, another family name, whom to tell of an unlink when it can no
longer be undone (who is linked again is told of none), and the lines about it.
"""


def guardian_params(decision: Decision, *, notice_id: UUID, entries: Iterable[TimelineEntry]) -> Params:
    """The parameters of SAVE_GUARDIAN; `notice_id` is for the notice of an unlink, if there was one."""
    application, guardian, ended = decision.application, decision.guardian, decision.ended
    unlinked = next((event for event in decision.events if isinstance(event, Unlinked)), None)
    name, columns = plain(guardian.family_name), _columns(guardian)
    return {
        "guardian_id": guardian.id,
        "loaded_version": decision.before.version,
        **{f"guardian_{column}": columns[column] for column in CHANGING},
        "ended_id": ended and ended.id,
        "ended_outcome": ended and ended.outcome,
        "ended_end_time": ended and ended.end_time,
        "ended_open_time": ended and ended.open_time,
        **_invitation_params(decision.invited, application),
        "name_plain": name,
        "name_keys": search_keys(name, is_first=guardian.id == application.guardians[0].id),
        "notice_id": notice_id if unlinked else None,
        "notice_account_id": unlinked and unlinked.link.account_id,
        "notice_username": unlinked and unlinked.link.username,
        "notice_due_time": guardian.unlink and guardian.unlink.unlink_time + UNDO_WINDOW,
        "linked_account_id": guardian.link and guardian.link.account_id,
        **_entry_params(application, entries),
    }


def _columns(guardian: Guardian) -> Params:
    bond = guardian.link or (guardian.unlink and guardian.unlink.link)
    invitation = guardian.invitation
    return {
        "id": guardian.id,
        "given_name": guardian.given_name,
        "family_name": guardian.family_name,
        "email": guardian.contacts.email,
        "phone": guardian.contacts.phone,
        "preferred_method": guardian.preferred_method,
        "language": guardian.language,
        "account_id": bond and bond.account_id,
        "account_username": bond and bond.username,
        "link_time": bond and bond.link_time,
        "unlink_time": guardian.unlink and guardian.unlink.unlink_time,
        "invitation_id": invitation and invitation.id,
        "offered_until": invitation and invitation.offered_until,
        "failure_reason": invitation.failure_reason if invitation else "",
        "update_time": guardian.update_time,
        "version": guardian.version,
    }


def _invitation_params(invited: Invited | None, application: Application) -> Params:
    invitation = invited and invited.invitation
    return {
        "invitation_id": invitation and invitation.id,
        "invitation_application_id": application.id,
        "invitation_guardian_id": invited and invited.guardian_id,
        "invitation_method": invitation and invitation.method,
        "invitation_contact": invitation and invitation.contact,
        "invitation_token_hash": invited and invited.keys.token_hash,
        "invitation_code_hash": invited and invited.keys.code_hash,
        "invitation_by_family": invited and invited.by_family,
        "invitation_create_time": invitation and invitation.create_time,
        "invitation_expire_time": invitation and invitation.expire_time,
    }


def _entry_params(application: Application, entries: Iterable[TimelineEntry]) -> Params:
    rows = [
        {
            "application_id": application.id,
            "event_time": entry.event_time,
            "id": entry.id,
            "kind": entry.kind,
            "guardian_id": entry.guardian_id,
            "actor_id": entry.actor_id,
            "method": entry.method,
            "detail": entry.detail,
        }
        for entry in entries
    ]
    return rows_of(timeline, rows, *ENTRY)
