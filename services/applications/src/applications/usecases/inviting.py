"""Inviting guardians, and withdrawing invitations: by staff."""

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from google.protobuf.message import Message

from applications.domain.decision import Decision
from applications.domain.events import Invited
from applications.domain.invitation import Method
from applications.domain.inviting import Invite, Revoke, invite, revoke
from applications.domain.link_state import Action
from applications.messages import Secrets
from applications.storage.saving import SAVE_CHANGE, SAVE_INVITATION, change_params, invitation_params
from applications.usecases.ports import Ports, Reply, change_by_staff, hashes_of, new_secrets
from chassis.call import Call
from chassis.outbox import OutboxEvent

M = TypeVar("M", bound=Message)


async def invite_guardian(
    ports: Ports,
    call: Call,
    *,
    label: Action,
    application_id: UUID,
    guardian_id: UUID | None,
    method: Method | None,
    reply: Reply[M],
    reply_type: type[M],
) -> M:
    """Invites a guardian, or invites again: what staff pressed is the label.

    Raises ApplicationNotFound, GuardianNotFound, ActionNotAllowed or MethodMissing.
    """
    secrets = new_secrets(call.org_id)
    hashes = hashes_of(ports, secrets)
    command = Invite(label=label, invitation_id=ports.ids(), guardian_id=guardian_id, method=method)
    return await change_by_staff(
        ports,
        call,
        application_id,
        decide=lambda application, now: invite(application, command, now),
        save=SAVE_INVITATION,
        params=lambda made: invitation_params(made.decision, hashes=hashes, by_family=False, entries=made.entries),
        messages=lambda decision: invitation_messages(ports, decision, secrets),
        reply=reply,
        reply_type=reply_type,
    )


async def revoke_invitation(
    ports: Ports,
    call: Call,
    *,
    application_id: UUID,
    guardian_id: UUID | None,
    reply: Reply[M],
    reply_type: type[M],
) -> M:
    """Withdraws a live invitation. Raises ApplicationNotFound, GuardianNotFound or ActionNotAllowed."""
    return await change_by_staff(
        ports,
        call,
        application_id,
        decide=lambda application, now: revoke(application, Revoke(guardian_id=guardian_id), now),
        save=SAVE_CHANGE,
        params=lambda made: change_params(made.decision, entries=made.entries),
        reply=reply,
        reply_type=reply_type,
    )


def invitation_messages(ports: Ports, decision: Decision, secrets: Secrets) -> Sequence[OutboxEvent]:
    """The message for each invitation that the decision made."""
    return [
        ports.messages.invitation(decision.application, decision.guardian, event, secrets)
        for event in decision.events
        if isinstance(event, Invited)
    ]
