"""What is left of a stream when it is over: nothing, however it ended."""

import asyncio
import gc
from pathlib import Path

import pytest

from chassis.call import Role
from chassis.testing.eventually import eventually
from services.chassis.examples.ledger.contract import ledger_pb2 as pb
from services.chassis.tests.ledgers import entry_count
from services.chassis.tests.streams import each, fill, imports, streaming

MEGABYTE = 1024 * 1024


def resident() -> int:
    """Bytes of memory of this process, client and server together."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def tasks() -> int:
    """Tasks of this loop that have not ended."""
    gc.collect()
    return len(asyncio.all_tasks())


async def a_clients_stream(streams, book, metadata) -> None:
    done = await streams.stub.ImportEntries(each(imports(book.ledger_id, [1] * 1000)), metadata=metadata)
    assert 1000 == done.count


async def a_slow_reader(streams, book, metadata) -> None:
    call = streams.stub.ExportEntries(pb.ExportEntriesRequest(ledger_id=str(book.ledger_id)), metadata=metadata)
    for _ in range(10):
        assert await call.read()
        assert 1 == streams.running
    assert 9_990 <= len([entry async for entry in call])


async def a_vanished_reader(streams, book, metadata) -> None:
    call = streams.stub.ExportEntries(pb.ExportEntriesRequest(ledger_id=str(book.ledger_id)), metadata=metadata)
    assert await call.read()
    call.cancel()


async def a_dropped_reader(streams, book, metadata) -> None:
    async for _ in streams.stub.ExportEntries(
        pb.ExportEntriesRequest(ledger_id=str(book.ledger_id)), metadata=metadata
    ):
        break


async def closed_half_way(streams, book, metadata) -> None:
    call = streams.stub.BalanceEntries(metadata=metadata)
    for number in range(1, 51):
        await call.write(pb.BalanceEntriesRequest(amount=1))
        assert number == (await call.read()).balance
    await call.done_writing()
    assert [] == [answer async for answer in call]


@pytest.mark.parametrize(
    "kind", [a_clients_stream, a_slow_reader, a_vanished_reader, a_dropped_reader, closed_half_way]
)
async def test_nothing_is_left(database, book, org_id, people, kind):
    """OP-05: after a stream nothing runs, no connection is held, no task is more, and memory is what it was."""
    await fill(database, org_id, book.ledger_id, count=10_000)
    metadata = people.metadata(Role.STAFF, org_id=org_id)
    async with streaming(database, people) as streams:
        await kind(streams, book, metadata)
        await streams.is_over()
        before, held = tasks(), resident()
        for _ in range(3):
            await kind(streams, book, metadata)
            await streams.is_over()
        await eventually(lambda: tasks() <= before)
        assert resident() - held < 5 * MEGABYTE
    assert await entry_count(book)
