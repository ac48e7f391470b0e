"""The family's side: checking, claiming and accepting invitations, asking for new ones, and looking at applications."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import Message
from portico.identity.v1.accounts_pb2 import GetFamilyAccountRequest, LookUpFamilyRequest
from portico.identity.v1.registrations_pb2 import IssueContactTicketRequest, IssueContactTicketResponse
from portico_errors.applications import (
    ActionNotAllowed,
    ApplicationNotFound,
    CodeBlocked,
    InvitationUnknown,
    NumberMismatch,
)

from applications.domain.application import Application, Guardian
from applications.domain.invitation import Standing, require_valid, standing
from applications.domain.inviting import RESEND_WINDOW, Resend, resend
from applications.domain.linking import Accept, accept
from applications.domain.timeline import FAMILY_KINDS, TimelineEntry
from applications.positions import Moment
from applications.storage.families import LIST_LINKED, LOAD_LINKED
from applications.storage.loading import application_of
from applications.storage.proofs import COUNT_RESENDS, ShownInvitation
from applications.storage.saving import SAVE_CHANGE, SAVE_INVITATION, change_params, invitation_params
from applications.storage.timelines import LIST_HISTORY
from applications.usecases.inviting import invitation_messages
from applications.usecases.ports import Ports, change, hashes_of, load_application, new_secrets
from applications.usecases.proofs import Proof, Token, find_invitation, note_fetch, note_opening
from chassis.call import Call
from chassis.errors import Aborted

M = TypeVar("M", bound=Message)

MOST_HISTORY = 100
"""Lines of its history that a family sees, the newest ones."""


@dataclass(frozen=True, slots=True)
class FamilyView:
    """An application as one of its guardians sees it; `history` newest first."""

    application: Application
    guardian: Guardian
    history: tuple[TimelineEntry, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """What a proof is worth; `shown` is None when it is unknown. `account_exists` is said of a valid one only."""

    standing: Standing
    shown: ShownInvitation | None
    account_exists: bool = False


async def check_invitation(ports: Ports, call: Call, proof: Proof) -> Checked:
    """Says what an invitation is worth, and consumes nothing. Raises NumberMismatch, CodeBlocked or TooManyCodes."""
    shown = await find_invitation(ports, call, proof)
    if shown is None:
        return Checked(Standing.UNKNOWN, None)
    # A link is fetched by scanners and previews, too; a code is typed by a person.
    note = note_fetch if isinstance(proof, Token) else note_opening
    await note(ports, shown)
    worth = standing(shown.invitation, ports.clock())
    if worth is not Standing.VALID:
        return Checked(worth, shown)
    account = await ports.identity.LookUpFamily(LookUpFamilyRequest(username=shown.invitation.contact))
    return Checked(worth, shown, account_exists=account.exists)


async def claim_invitation(ports: Ports, call: Call, proof: Proof) -> IssueContactTicketResponse:
    """Has identity vouch for the contact that got the invitation; consumes nothing.

    Raises InvitationUnknown, -Expired, -Used, -Revoked, -Replaced, NumberMismatch, CodeBlocked or TooManyCodes.
    """
    shown = await _known_invitation(ports, call, proof)
    require_valid(shown.invitation, ports.clock())
    await note_opening(ports, shown)
    return await ports.identity.IssueContactTicket(
        IssueContactTicketRequest(
            contact=shown.invitation.contact, display_name=shown.guardian_name, language=shown.language
        )
    )


async def accept_invitation(
    ports: Ports, call: Call, proof: Proof, *, reply: Callable[[FamilyView], M], reply_type: type[M]
) -> M:
    """Links the signed-in family's account to the guardian; raises what `claim_invitation` raises."""
    shown = await _known_invitation(ports, call, proof)
    account = await ports.identity.GetFamilyAccount(GetFamilyAccountRequest(account_id=str(call.account_id)))
    history = await _history(ports, org_id=shown.org_id, application_id=shown.application_id, of=shown.guardian_id)
    command = Accept(
        guardian_id=shown.guardian_id, shown=shown.invitation, account_id=call.account_id, username=account.username
    )
    return await change(
        ports,
        call,
        org_id=shown.org_id,
        load=lambda: load_application(ports, org_id=shown.org_id, application_id=shown.application_id),
        decide=lambda application, now: accept(application, command, now),
        save=SAVE_CHANGE,
        params=lambda made: change_params(made.decision, entries=made.entries),
        reply=lambda made, _: reply(
            FamilyView(
                made.decision.application,
                made.decision.guardian,
                (*(entry for entry in reversed(made.entries) if entry.kind in FAMILY_KINDS), *history),
            )
        ),
        reply_type=reply_type,
    )


async def resend_invitation(ports: Ports, call: Call, proof: Proof) -> None:
    """Sends a new invitation in place of one that ran out or whose code is dead; says nothing of whether it did.

    Raises TooManyCodes.
    """
    with suppress(Aborted, ActionNotAllowed, CodeBlocked, NumberMismatch):
        shown = await find_invitation(ports, call, proof, dead_code_opens=True)
        if shown is not None:
            await _send_anew(ports, call, shown)


async def list_my_applications(ports: Ports, call: Call, *, before: Moment, most: int) -> Sequence[FamilyView]:
    """The family's applications, created before a position, newest first, without history."""
    before_time, before_id = before
    rows = await ports.database.all(
        LIST_LINKED, account_id=call.account_id, before_time=before_time, before_id=before_id, most=most
    )
    seen = [application_of([row]) for row in rows]
    return [FamilyView(application, application.guardians[0], ()) for application in seen]


async def get_my_application(ports: Ports, call: Call, *, application_id: UUID) -> FamilyView:
    """One of the family's applications with its history; ApplicationNotFound for one that it is not linked to."""
    row = await ports.database.first(LOAD_LINKED, account_id=call.account_id, application_id=application_id)
    if row is None:
        raise ApplicationNotFound()
    application = application_of([row])
    guardian = application.guardians[0]
    history = await _history(ports, org_id=application.organization.id, application_id=application_id, of=guardian.id)
    return FamilyView(application, guardian, tuple(history))


async def _known_invitation(ports: Ports, call: Call, proof: Proof) -> ShownInvitation:
    shown = await find_invitation(ports, call, proof)
    if shown is None:
        raise InvitationUnknown()
    return shown


async def _history(ports: Ports, *, org_id: UUID, application_id: UUID, of: UUID) -> Sequence[TimelineEntry]:
    return await ports.database.all(
        LIST_HISTORY,
        org_id=org_id,
        application_id=application_id,
        guardian_id=of,
        kinds=sorted(FAMILY_KINDS),
        most=MOST_HISTORY,
    )


async def _send_anew(ports: Ports, call: Call, shown: ShownInvitation) -> None:
    secrets, invitation_id = new_secrets(shown.org_id), ports.ids()
    hashes = hashes_of(ports, secrets)
    recent_resends = 0

    async def load() -> Application:
        nonlocal recent_resends
        application = await load_application(ports, org_id=shown.org_id, application_id=shown.application_id)
        counted = await ports.database.first(
            COUNT_RESENDS,
            org_id=shown.org_id,
            application_id=shown.application_id,
            guardian_id=shown.guardian_id,
            since=ports.clock() - RESEND_WINDOW,
        )
        recent_resends = counted or 0
        return application

    await change(
        ports,
        call,
        org_id=shown.org_id,
        load=load,
        decide=lambda application, now: resend(
            application,
            Resend(
                guardian_id=shown.guardian_id,
                shown_id=shown.invitation.id,
                invitation_id=invitation_id,
                recent_resends=recent_resends,
            ),
            now,
        ),
        save=SAVE_INVITATION,
        params=lambda made: invitation_params(made.decision, hashes=hashes, by_family=True, entries=made.entries),
        messages=lambda decision: invitation_messages(ports, decision, secrets),
        reply=lambda *_: Empty(),
        reply_type=Empty,
    )
