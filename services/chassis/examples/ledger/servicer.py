"""The example's RPCs, one for each way that messages can flow."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.aggregate import Aggregate, Source
from chassis.call import current_call
from chassis.clock import utc_now
from chassis.db import Database
from chassis.errors import InvalidArgument, NotFound
from chassis.ids import new_id
from chassis.interceptor import Context
from chassis.saves import rows_of
from services.chassis.examples.ledger.contract import ledger_pb2 as pb
from services.chassis.examples.ledger.contract import ledger_pb2_grpc
from services.chassis.examples.ledger.domain import Ledger, book
from services.chassis.examples.ledger.storage import BOOK, ENTRIES, LEDGER, entries

_FIRST = "00000000-0000-0000-0000-000000000000"


class LedgerNotFound(NotFound):
    """The organization has no such ledger."""

    reason = "LEDGER_NOT_FOUND"
    message = "There is no such ledger."


@dataclass(frozen=True, slots=True)
class Booked:
    """What a decision comes to: the ledger as it is now, and what was booked."""

    ledger: Ledger
    amounts: Sequence[int]


def book_all(ledger: Ledger, amounts: Sequence[int], now: datetime) -> Booked:  # noqa: ARG001 as every decision
    """Book all of them, or raise what `book` raises."""
    return Booked(book(ledger, sum(amounts)), amounts)


class Entries(ledger_pb2_grpc.EntriesServiceServicer):  # type: ignore[misc] # its stubs have no types
    """Entries in, out, both ways, and a file."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._ledgers: Aggregate[Booked, Any] = Aggregate(
            database=database,
            clock=utc_now,
            save=BOOK,
            params=lambda booked, _: {
                "ledger_id": booked.ledger.id,
                "loaded_version": booked.ledger.version - 1,
                "new_balance": booked.ledger.balance,
                **_entry_params(booked),
            },
            events=lambda *_: (),
            answer=lambda booked, _: pb.ImportEntriesResponse(count=len(booked.amounts), balance=booked.ledger.balance),
            reply=pb.ImportEntriesResponse,
        )

    async def ImportEntries(self, requests: AsyncIterator[Any], context: Context) -> Any:
        """Reads to the end, then saves once: the request id covers all of it."""
        ledger_id, amounts = "", []
        async for request in requests:
            ledger_id = ledger_id or request.ledger_id
            amounts.append(request.amount)
        if not ledger_id:
            raise InvalidArgument("The first message says which ledger.")
        call = current_call()
        source = Source(call, call.org_id, lambda: self._load(call.org_id, UUID(ledger_id)))
        return await self._ledgers.change(source, book_all, amounts)

    async def ExportEntries(self, request: Any, context: Context) -> AsyncIterator[Any]:
        """One row in hand at a time, for as long as the client reads."""
        ledger = await self._load(current_call().org_id, UUID(request.ledger_id))
        after = UUID(request.after or _FIRST)
        async with self._database.stream(ENTRIES, org_id=ledger.org_id, ledger_id=ledger.id, after=after) as rows:
            async for entry in rows:
                yield pb.Entry(id=str(entry.id), amount=entry.amount, details=entry.text or "")

    async def BalanceEntries(self, requests: AsyncIterator[Any], context: Context) -> AsyncIterator[Any]:
        """Answers as it reads."""
        balance = 0
        async for request in requests:
            balance += request.amount
            yield pb.BalanceEntriesResponse(balance=balance)

    async def UploadVoucher(self, requests: AsyncIterator[Any], context: Context) -> Any:
        """Counts and digests the pieces; none of them is kept."""
        voucher, digest = pb.Voucher(), hashlib.sha256()
        async for piece in requests:
            voucher.name = voucher.name or piece.name
            voucher.content_type = voucher.content_type or piece.file.content_type
            voucher.size += len(piece.file.data)
            digest.update(piece.file.data)
        voucher.sha256 = digest.hexdigest()
        return voucher

    async def _load(self, org_id: UUID, ledger_id: UUID) -> Ledger:
        ledger = await self._database.first(LEDGER, org_id=org_id, ledger_id=ledger_id)
        if ledger is None:
            raise LedgerNotFound()
        return ledger


def _entry_params(booked: Booked) -> dict[str, object]:
    rows: list[dict[str, object]] = [
        {"id": new_id(), "ledger_id": booked.ledger.id, "amount": amount, "details": {}} for amount in booked.amounts
    ]
    return rows_of(entries, rows, "id", "ledger_id", "amount", "details")
