"""What somebody who holds an invitation does with it: check, claim, accept, ask for a new one."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from google.protobuf.empty_pb2 import Empty
from portico.applications.v1 import resources_pb2 as res
from portico.identity.v1.accounts_pb2 import GetFamilyAccountRequest, LookUpFamilyRequest, NoteFamilyContactRequest
from portico.identity.v1.registrations_pb2 import IssueContactTicketRequest, IssueContactTicketResponse
from portico_errors.applications import ActionNotAllowed, CodeBlocked, InvitationUnknown, NumberMismatch

from applications.application.aggregate import guardians_answering, load_application, recorder, source
from applications.application.domain.application import Application
from applications.application.domain.decision import Decision
from applications.application.domain.invitation import InvitationStatus, invitation_status, require_valid
from applications.application.domain.timeline import FAMILY_KINDS
from applications.application.keys import new_keys
from applications.claims.domain import Accept, accept
from applications.claims.storage.proofs import COUNT_RESENDS, ShownInvitation
from applications.claims.usecases.proofs import Proof, Token, find_invitation, note_fetch, note_opening
from applications.families.domain import FamilyView
from applications.families.usecases import history_of
from applications.families.wire import family_message
from applications.invitations.domain import RESEND_WINDOW, Resend, resend
from applications.shared.deps import Deps
from chassis.aggregate import Act, Source
from chassis.call import Call
from chassis.contacts import kind_of
from chassis.errors import Aborted, ServiceError


@dataclass(frozen=True, slots=True)
class Checked:
    """What a proof is worth; `shown` is None when it is unknown. `account_exists` is said of a valid one only."""

    invitation_status: InvitationStatus
    shown: ShownInvitation | None
    account_exists: bool = False


async def check_invitation(deps: Deps, call: Call, proof: Proof) -> Checked:
    """Says what an invitation is worth, and consumes nothing. Raises NumberMismatch, CodeBlocked or TooManyCodes."""
    shown = await find_invitation(deps, call, proof)
    if shown is None:
        return Checked(InvitationStatus.UNKNOWN, None)
    # A link is fetched by scanners and previews, too; a code is typed by a person.
    note = note_fetch if isinstance(proof, Token) else note_opening
    await note(deps, shown)
    worth = invitation_status(shown.invitation, deps.clock())
    if worth is not InvitationStatus.VALID:
        return Checked(worth, shown)
    account = await deps.identity.LookUpFamily(LookUpFamilyRequest(username=shown.invitation.contact))
    return Checked(worth, shown, account_exists=account.exists)


async def claim_invitation(deps: Deps, call: Call, proof: Proof) -> IssueContactTicketResponse:
    """Has identity vouch for the contact that got the invitation; consumes nothing.

    Raises InvitationUnknown, -Expired, -Used, -Revoked, -Replaced, NumberMismatch, CodeBlocked or TooManyCodes.
    """
    shown = await _known_invitation(deps, call, proof)
    require_valid(shown.invitation, deps.clock())
    await note_opening(deps, shown)
    return await deps.identity.IssueContactTicket(
        IssueContactTicketRequest(
            contact=shown.invitation.contact, display_name=shown.guardian_name, language=shown.language
        )
    )


async def accept_invitation(deps: Deps, call: Call, proof: Proof) -> res.FamilyApplication:
    """Links the signed-in family's account to the guardian; raises what `claim_invitation` raises."""
    return await accept_shown(deps, call, await _known_invitation(deps, call, proof))


async def accept_shown(deps: Deps, call: Call, shown: ShownInvitation) -> res.FamilyApplication:
    """Links the signed-in family's account to the guardian of an invitation that it may show.

    Raises InvitationExpired, -Used, -Revoked or -Replaced.
    """
    account = await deps.identity.GetFamilyAccount(GetFamilyAccountRequest(account_id=str(call.account_id)))
    earlier = await history_of(
        deps, org_id=shown.org_id, application_id=shown.application_id, guardian_id=shown.guardian_id
    )

    def answer(decision: Decision, now: datetime) -> res.FamilyApplication:
        lines = recorder(deps, Act(call, now)).entries(decision.events)
        latest = (line for line in reversed(lines) if line.kind in FAMILY_KINDS)
        return family_message(FamilyView(decision.application, decision.guardian, (*latest, *earlier)))

    command = Accept(
        guardian_id=shown.guardian_id, shown=shown.invitation, account_id=call.account_id, username=account.username
    )
    which = source(deps, call, shown.application_id, org_id=shown.org_id)
    accepted = await guardians_answering(deps, answer, res.FamilyApplication).change(which, accept, command)
    if shown.invitation.contact == account.username and kind_of(account.username) == "SMS":
        with suppress(ServiceError):  # the application is theirs; without the note they are asked more some day
            await deps.identity.NoteFamilyContact(
                NoteFamilyContactRequest(account_id=account.id, contact=account.username)
            )
    return accepted


async def resend_invitation(deps: Deps, call: Call, proof: Proof) -> None:
    """Sends a new invitation in place of one that ran out or whose code is dead; says nothing of whether it did.

    Raises TooManyCodes.
    """
    with suppress(Aborted, ActionNotAllowed, CodeBlocked, NumberMismatch):
        shown = await find_invitation(deps, call, proof, dead_code_opens=True)
        if shown is not None:
            await _resend(deps, call, shown)


async def _known_invitation(deps: Deps, call: Call, proof: Proof) -> ShownInvitation:
    shown = await find_invitation(deps, call, proof)
    if shown is None:
        raise InvitationUnknown()
    return shown


async def _resend(deps: Deps, call: Call, shown: ShownInvitation) -> None:
    async def load() -> tuple[Application, int]:
        application = await load_application(deps, org_id=shown.org_id, application_id=shown.application_id)
        counted = await deps.database.first(
            COUNT_RESENDS,
            org_id=shown.org_id,
            application_id=shown.application_id,
            guardian_id=shown.guardian_id,
            since=deps.clock() - RESEND_WINDOW,
        )
        return application, counted or 0

    def decide(loaded: tuple[Application, int], command: Resend, now: datetime) -> Decision:
        application, recent_resends = loaded
        return resend(application, replace(command, recent_resends=recent_resends), now)

    command = Resend(
        guardian_id=shown.guardian_id,
        shown_id=shown.invitation.id,
        invitation_id=deps.ids(),
        keys=new_keys(deps, shown.org_id),
        recent_resends=0,
    )
    silent = guardians_answering(deps, lambda *_: Empty(), Empty)
    await silent.change(Source(call, shown.org_id, load), decide, command)
