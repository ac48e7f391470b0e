"""Taking links away, giving them back, and helping a linked family to its password: by staff."""

from typing import TypeVar
from uuid import UUID

from google.protobuf.message import Message
from portico.identity.v1.resets_pb2 import SendFamilyPasswordResetRequest

from applications.domain.application import Application
from applications.domain.linking import note_password_reset, undo_unlink, unlink
from applications.storage.saving import SAVE_CHANGE, SAVE_UNLINK, change_params, unlink_params
from applications.usecases.ports import Ports, Reply, change, change_by_staff, load_application
from chassis.call import Call

M = TypeVar("M", bound=Message)


async def unlink_guardian(
    ports: Ports,
    call: Call,
    *,
    application_id: UUID,
    guardian_id: UUID | None,
    reply: Reply[M],
    reply_type: type[M],
) -> M:
    """Takes the family's access away at once; it is told when that can no longer be undone.

    Raises ApplicationNotFound, GuardianNotFound or ActionNotAllowed.
    """
    notice_id = ports.ids()
    return await change_by_staff(
        ports,
        call,
        application_id,
        decide=lambda application, now: unlink(application, guardian_id, now),
        save=SAVE_UNLINK,
        params=lambda made: unlink_params(made.decision, notice_id=notice_id, entries=made.entries),
        reply=reply,
        reply_type=reply_type,
    )


async def undo_unlink_of_guardian(
    ports: Ports,
    call: Call,
    *,
    application_id: UUID,
    guardian_id: UUID | None,
    reply: Reply[M],
    reply_type: type[M],
) -> M:
    """Gives the access back, and tells nobody. Raises ApplicationNotFound, GuardianNotFound or UndoExpired."""
    return await change_by_staff(
        ports,
        call,
        application_id,
        decide=lambda application, now: undo_unlink(application, guardian_id, now),
        save=SAVE_CHANGE,
        params=lambda made: change_params(made.decision, entries=made.entries),
        reply=reply,
        reply_type=reply_type,
    )


async def send_password_reset(
    ports: Ports,
    call: Call,
    *,
    application_id: UUID,
    guardian_id: UUID | None,
    reply: Reply[M],
    reply_type: type[M],
) -> M:
    """Has identity send the linked family its reset message, and writes it down.

    Raises ApplicationNotFound, GuardianNotFound, ActionNotAllowed, or what identity raises.
    """
    # The same request id there as here: when the line could not be written, trying again sends nothing twice.
    request_id = call.request.request_id if call.request else ports.ids()

    async def load() -> Application:
        application = await load_application(ports, org_id=call.org_id, application_id=application_id)
        link = note_password_reset(application, guardian_id, ports.clock()).guardian.link
        await ports.identity.SendFamilyPasswordReset(
            SendFamilyPasswordResetRequest(
                request_id=str(request_id),
                account_id=str(link and link.account_id),
                actor_id=str(call.account_id),
                actor_org_id=str(call.org_id),
            )
        )
        return application

    return await change(
        ports,
        call,
        org_id=call.org_id,
        load=load,
        decide=lambda application, now: note_password_reset(application, guardian_id, now),
        save=SAVE_CHANGE,
        params=lambda made: change_params(made.decision, entries=made.entries),
        reply=lambda made, now: reply(made.decision.application, now),
        reply_type=reply_type,
    )
