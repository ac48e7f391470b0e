"""What a decision leaves behind: one statement writes all of it, or nothing when somebody else was faster.

Beside each statement stands the function that gives its parameters.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import insert

from applications.domain.application import Application, Guardian
from applications.domain.decision import Decision
from applications.domain.invitation import Invitation
from applications.domain.link_state import UNDO_WINDOW
from applications.domain.names import plain, search_keys
from applications.domain.timeline import TimelineEntry
from applications.storage.tables import applications, guardians, timeline
from applications.storage.writes import (
    CHANGE_GUARDIAN,
    CHANGING,
    ENTRY,
    GUARDIAN,
    add_invitation,
    add_names,
    add_notice,
    change_name,
    drop_notice,
    end_invitation,
    replace_invitation,
)
from chassis.saving import insert_each, rows_of, save

Params = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyHashes:
    """The keyed hashes of an invitation's token and code: all that is kept of them."""

    token: bytes
    code: bytes


SAVE_APPLICATION = save(
    insert(applications).returning(applications.c.id),
    insert_each(guardians, *GUARDIAN),
    add_names,
    add_invitation,
    insert_each(timeline, *ENTRY),
)


def application_params(
    application: Application, *, serial: int, hashes: KeyHashes, entries: Iterable[TimelineEntry]
) -> Params:
    """The parameters of SAVE_APPLICATION."""
    placed = list(enumerate(application.guardians))
    names = [plain(guardian.family_name) for guardian in application.guardians]
    first = application.guardians[0]
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
        **_new_invitation_params(first.invitation, first, application, hashes=hashes, by_family=False),
        **_entry_params(application, entries),
    }


SAVE_INVITATION = save(CHANGE_GUARDIAN, replace_invitation, insert_each(timeline, *ENTRY))
"""A guardian with a new invitation, in place of the one that was open."""


def invitation_params(
    decision: Decision, *, hashes: KeyHashes, by_family: bool, entries: Iterable[TimelineEntry]
) -> Params:
    """The parameters of SAVE_INVITATION."""
    application, guardian = decision.application, decision.guardian
    return {
        **_guardian_params(decision),
        **_ended_params(decision),
        **_new_invitation_params(decision.new_invitation, guardian, application, hashes=hashes, by_family=by_family),
        **_entry_params(application, entries),
    }


SAVE_CHANGE = save(CHANGE_GUARDIAN, end_invitation, change_name, drop_notice, insert_each(timeline, *ENTRY))
"""A guardian with other details, a link, or an invitation that ended. Who is linked again is told of no unlink."""


def change_params(decision: Decision, *, entries: Iterable[TimelineEntry]) -> Params:
    """The parameters of SAVE_CHANGE."""
    name = plain(decision.guardian.family_name)
    return {
        **_guardian_params(decision),
        **_ended_params(decision),
        "name_plain": name,
        "name_keys": search_keys(name, is_first=decision.guardian.id == decision.application.guardians[0].id),
        "linked_account_id": decision.guardian.link and decision.guardian.link.account_id,
        **_entry_params(decision.application, entries),
    }


SAVE_UNLINK = save(CHANGE_GUARDIAN, add_notice, insert_each(timeline, *ENTRY))
"""A guardian without their link, and whom to tell when it can no longer be undone."""


def unlink_params(decision: Decision, *, notice_id: UUID, entries: Iterable[TimelineEntry]) -> Params:
    """The parameters of SAVE_UNLINK; the decision is one that unlinked."""
    unlink = decision.guardian.unlink
    return {
        **_guardian_params(decision),
        "notice_id": notice_id,
        "notice_guardian_id": decision.guardian.id,
        "notice_account_id": unlink and unlink.link.account_id,
        "notice_username": unlink and unlink.link.username,
        "notice_due_time": unlink and unlink.unlink_time + UNDO_WINDOW,
        **_entry_params(decision.application, entries),
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


def _guardian_params(decision: Decision) -> Params:
    columns = _columns(decision.guardian)
    changes = {f"guardian_{name}": columns[name] for name in CHANGING}
    return {"guardian_id": decision.guardian.id, "loaded_version": decision.before.version, **changes}


def _ended_params(decision: Decision) -> Params:
    ended = decision.ended
    return {
        "ended_id": ended and ended.id,
        "ended_ending": ended and ended.end,
        "ended_end_time": ended and ended.end_time,
        "ended_open_time": ended and ended.open_time,
    }


def _new_invitation_params(
    invitation: Invitation | None,
    guardian: Guardian,
    application: Application,
    *,
    hashes: KeyHashes,
    by_family: bool,
) -> Params:
    values = {
        "id": invitation and invitation.id,
        "application_id": application.id,
        "guardian_id": guardian.id,
        "method": invitation and invitation.method,
        "contact": invitation and invitation.contact,
        "token_hash": hashes.token,
        "code_hash": hashes.code,
        "by_family": by_family,
        "create_time": invitation and invitation.create_time,
        "expire_time": invitation and invitation.expire_time,
    }
    return {f"invitation_{name}": value for name, value in values.items()}


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
