"""Telling people where they sign in, unseen by others."""

from chassis.call import FAMILY_ORG
from chassis.saves import append_events
from identity.organizations.usecases import organization_of
from identity.reminders.domain import MAX_REMINDERS, MAX_SIGN_INS, REMINDER_WINDOW
from identity.reminders.messages import my_organizations
from identity.reminders.storage import LIST_SIGN_INS
from identity.resets.deps import Deps
from identity.resets.storage import COUNT_CODE_TRY
from identity.shared.deferred import Deferred


class Reminders(Deferred[str]):
    """Whoever asks with an email address (in its one form) is written to after the answer."""

    def __init__(self, deps: Deps) -> None:
        super().__init__()
        self._deps = deps

    async def serve(self, asked: str) -> None:
        """Sends the message, unless the address is nobody's or had enough of them."""
        deps = self._deps
        sign_ins = await deps.database.all(LIST_SIGN_INS, username=asked, limit=MAX_SIGN_INS)
        if not sign_ins:
            return
        sender, now = await organization_of(deps, FAMILY_ORG), deps.clock()
        event = my_organizations(deps.messages, sign_ins, email=asked, sender=sender, id=deps.ids(), now=now)
        key_hash = deps.hashes("reminders", asked)
        # Counted and asked for together: what an outage interrupts is tried again, and counts once.
        async with deps.database.transaction() as tx:
            number = await tx.first(
                COUNT_CODE_TRY, org_id=FAMILY_ORG, key_hash=key_hash, now=now, window=REMINDER_WINDOW
            )
            if (number or 0) <= MAX_REMINDERS:
                await append_events(tx, org_id=FAMILY_ORG, events=[event])
