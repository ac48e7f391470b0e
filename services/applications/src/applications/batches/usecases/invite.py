"""The run of invitations: each row of a chunk decided once more, and done if it is as the preview has shown it."""

from datetime import datetime, timedelta
from typing import cast

from portico.applications.v1.events_pb2 import GuardianEvent, GuardianEvents
from portico.notifications.v1.events_pb2 import MessageRequests
from portico.notifications.v1.resources_pb2 import Urgency

from applications.application.domain.decision import Decision
from applications.application.events import decision_events
from applications.application.keys import new_keys
from applications.application.messages import invitation_message
from applications.batches.domain.batch import Batch, Chunk, Outcome
from applications.batches.domain.rows import judge
from applications.batches.messages import group_of
from applications.batches.storage.invite import INVITE_ROWS, Invited, invited_params
from applications.batches.storage.rows import LoadedRow
from applications.batches.usecases.decisions import load_rows, set_outcome
from applications.batches.usecases.preview import contact_hash, options_of
from applications.shared.deps import Deps
from chassis.bus import MAX_EVENT_BYTES
from chassis.contacts import mask
from chassis.db import Executor
from chassis.tasks import unhurried
from chassis.wire import timestamp

SAME_CONTACT_PAUSE = timedelta(minutes=1)
"""Between two messages of a batch to one contact."""


async def invite_rows(deps: Deps, tx: Executor, batch: Batch, chunk: Chunk, now: datetime) -> bool:
    """Invites the rows of a chunk that wait; False when some were held by others, or have just changed."""
    pending = await load_rows(tx, chunk, Outcome.PENDING)
    options = options_of(batch)
    changed: dict[Outcome, list[int]] = {}
    parcels = Parcels()
    rows: list[Invited] = []
    async for row in unhurried(pending):
        application = row.application
        judged = judge(
            application,
            application.guardians[0],
            options,
            invitation_id=deps.ids(),
            keys=new_keys(deps, batch.org_id),
            now=now,
        )
        if isinstance(judged, Outcome):
            changed.setdefault(judged, []).append(row.position)
        elif not _is_as_shown(deps, judged, row):
            changed.setdefault(Outcome.PENDING, []).append(row.position)
        else:
            rows.append(_row(deps, batch, row, judged, parcels, now))
    for outcome, positions in changed.items():
        await set_outcome(
            tx, chunk, Outcome.PENDING, Outcome.SKIPPED_CHANGED, positions=positions, changed_outcome=outcome
        )
    if not rows:
        return True
    done = await tx.first(
        INVITE_ROWS,
        org_id=batch.org_id,
        batch_id=batch.id,
        actor_id=batch.starter_id,
        now=now,
        parcels_request_id=[deps.ids() for _ in range(parcels.count)],
        parcels_event_id=[deps.ids() for _ in range(parcels.count)],
        **invited_params(rows),
    )
    return done == len(rows)


def _is_as_shown(deps: Deps, decision: Decision, row: LoadedRow) -> bool:
    """Whether the message goes to where the preview said, in the way that it said."""
    assert decision.invited is not None  # noqa: S101 (that is what was decided)
    invitation = decision.invited.invitation
    return invitation.method == row.method and contact_hash(deps, invitation) == row.contact_hash


class Parcels:
    """Puts pieces into events of at most MAX_EVENT_BYTES, one after the other; `count` is how many there are."""

    def __init__(self) -> None:
        self.count = 0
        self._room = 0

    def of(self, piece: bytes) -> int:
        """The number of the event that the next piece goes into, from 1."""
        if len(piece) > self._room:
            self.count += 1
            self._room = MAX_EVENT_BYTES
        self._room -= len(piece)
        return self.count


def _row(deps: Deps, batch: Batch, pending: LoadedRow, decision: Decision, parcels: Parcels, now: datetime) -> Invited:
    invited = decision.invited
    assert invited is not None  # noqa: S101 (that is what was decided)
    invitation, guardian = invited.invitation, decision.guardian
    message = invitation_message(decision.application, guardian, invited)
    request = message.request()
    request.urgency = Urgency.BULK
    request.group, request.group_rate_per_minute = group_of(batch.id), batch.send_rate
    if pending.turn:
        request.not_before.CopyFrom(timestamp(now + pending.turn * SAME_CONTACT_PAUSE))
    (told,) = decision_events(decision, ids=deps.ids, now=now)
    piece = MessageRequests(requests=[request]).SerializeToString()
    return Invited(
        position=pending.position,
        guardian_id=guardian.id,
        application_id=decision.application.id,
        loaded_version=decision.before.version,
        version=guardian.version,
        invitation_id=invitation.id,
        method=invitation.method,
        contact=invitation.contact,
        token_hash=invited.keys.token_hash,
        code_hash=invited.keys.code_hash,
        expire_time=invitation.expire_time,
        ended_id=decision.ended.id if decision.ended else None,
        entry_id=deps.ids(),
        detail=mask(invitation.contact),
        request=piece,
        event=GuardianEvents(events=[cast("GuardianEvent", told.message)]).SerializeToString(),
        parcel=parcels.of(piece),
    )
