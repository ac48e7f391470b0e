"""New contacts for families that a batch has unlinked, before they are invited once more."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeVar
from uuid import UUID

from portico.applications.v1 import batch_requests_pb2 as pb
from portico_errors.applications import ActionNotAllowed, BatchNotFound

from applications.application.contacts import WrittenContacts, read_contacts
from applications.application.domain.application import Contacts
from applications.application.domain.names import number_written
from applications.application.domain.update import Update, update
from applications.application.storage.rows import application_of
from applications.batches.domain.batch import CHUNK, Batch, BatchState, Kind, Outcome, UnlinkReason
from applications.batches.storage.contacts import KEEP_ANSWER, LOAD_COUNTRY, UNLINKED_CONTACTS
from applications.batches.storage.rows import LOAD_ROWS_BY_NUMBER, LoadedRow
from applications.batches.usecases.commands import load_batch
from applications.batches.usecases.decisions import RowDecision, contacts_hash, save_decisions
from applications.shared.deps import Deps
from chassis.aggregate import TRIES, kept_reply
from chassis.call import Call
from chassis.db import Executor
from chassis.saves import request_params, run_save

_READ_AT_ONCE = 250
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewContact:
    """What somebody wrote: an application number, an email address and a phone number, either empty when it stays."""

    number: str
    email: str
    phone: str


async def set_contacts(
    deps: Deps, call: Call, batch_id: UUID, written: Sequence[NewContact]
) -> pb.SetBatchContactsResponse:
    """Gives the guardians of unlinked rows their new contacts, 1,000 at a time, by the rules of a single update.

    Of two contacts for one number the last counts. Killed on the way, some are changed, and the same call does the
    rest.
    Raises BatchNotFound, ActionNotAllowed, or ContactInvalid before anything is changed.
    """
    org_id = call.org_id
    if (kept := await kept_reply(deps.database, call, org_id)) is not None:
        return pb.SetBatchContactsResponse.FromString(kept)
    batch = (await load_batch(deps, org_id=org_id, batch_id=batch_id)).batch
    _require_waits_for_contacts(deps, batch)
    contacts = await _read(deps, org_id, written)
    wanted = {number_written(each.number): read for each, read in zip(written, contacts, strict=True)}
    changed, found = 0, set[str]()
    for numbers in _pieces([number for number in wanted if number], CHUNK):
        count, known = await _set(deps, call, batch, {number: wanted[number] for number in numbers})
        changed, found = changed + count, found | known
    reply = pb.SetBatchContactsResponse(
        changed_count=changed,
        skipped_numbers=[each.number for each in written if number_written(each.number) not in found],
    )
    kept_params = request_params(call, reply.SerializeToString())
    await run_save(deps.database, KEEP_ANSWER, {"org_id": org_id, "batch_id": batch_id, **kept_params})
    return reply


def _require_waits_for_contacts(deps: Deps, batch: Batch) -> None:
    """Raises ActionNotAllowed unless it has unlinked families that want another contact."""
    has_ended = batch.state in {BatchState.SUCCEEDED, BatchState.CANCELLED}
    if batch.kind is Kind.UNLINK and batch.unlink_reason is UnlinkReason.NEW_CONTACT and has_ended:
        return
    allowed = [action.name for action in batch.allowed_actions(deps.clock())]
    raise ActionNotAllowed(
        "Only families that an ended batch unlinked for another contact get new contacts.",
        metadata={"state": batch.state.name, "allowed_actions": ",".join(allowed)},
    )


async def _read(deps: Deps, org_id: UUID, written: Sequence[NewContact]) -> Sequence[Contacts]:
    """The contacts in their one form; ContactInvalid names those that cannot be one."""
    country = await deps.database.first(LOAD_COUNTRY, org_id=org_id)
    if country is None:
        raise BatchNotFound()
    read: list[Contacts] = []
    for piece in _pieces(list(enumerate(written)), _READ_AT_ONCE):
        each = [WrittenContacts(path=f"contacts[{at}]", email=one.email, phone=one.phone) for at, one in piece]
        read += read_contacts(each, country=country)
        await asyncio.sleep(0)  # ten thousand take a second, in which others want to be served
    return read


async def _set(deps: Deps, call: Call, batch: Batch, wanted: Mapping[str, Contacts]) -> tuple[int, set[str]]:
    """How many of these were changed, and which numbers have their contact now."""
    changed = 0
    for _ in range(TRIES):
        now = deps.clock()
        decided, known = [], set[str]()
        for row, guardian_id in await _rows(deps, batch, list(wanted)):
            new, guardian = wanted[row.application.number], row.application.guardian(guardian_id)
            if guardian.unlink is None or guardian.unlink.unlink_time != row.unlink_time:
                continue
            known.add(row.application.number)
            command = Update(guardian_id=guardian_id, email=new.email or None, phone=new.phone or None)
            decision = update(row.application, command, now)
            if decision.events:
                decided.append(
                    RowDecision(
                        row=row,
                        decision=decision,
                        outcome=row.outcome,
                        unlink_time=row.unlink_time,
                        contact_hash=row.contact_hash,
                    )
                )
        hit = await save_decisions(deps, deps.database, batch, decided, actor_id=call.account_id, now=now)
        changed += hit
        if hit == len(decided):
            return changed, known
    return changed, known - {one.decision.application.number for one in decided}


async def _rows(deps: Deps, batch: Batch, numbers: list[str]) -> Sequence[tuple[LoadedRow, UUID]]:
    """The first unlinked row of each application, with the whole application."""
    found = await deps.database.all(
        LOAD_ROWS_BY_NUMBER, org_id=batch.org_id, batch_id=batch.id, outcome=Outcome.UNLINKED, numbers=numbers
    )
    rows: dict[str, tuple[LoadedRow, UUID]] = {}
    for _, family in groupby(found, key=lambda each: each.row.position):
        each = list(family)
        application = application_of([one.row.application for one in each])
        rows.setdefault(application.number, (each[0].row.of(application), each[0].guardian_id))
    return list(rows.values())


async def without_new_contact(
    deps: Deps, tx: Executor, batch: Batch, contacts: Mapping[UUID, Contacts]
) -> frozenset[UUID]:
    """Those of the guardians that `batch.source_id` unlinked for another contact, and who have the same as then."""
    if batch.source_id is None:
        return frozenset()
    known = await tx.all(UNLINKED_CONTACTS, org_id=batch.org_id, source_id=batch.source_id, guardian_ids=list(contacts))
    return frozenset(
        each.guardian_id for each in known if each.contact_hash == contacts_hash(deps, contacts[each.guardian_id])
    )


def _pieces(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (values[at : at + size] for at in range(0, len(values), size))
