"""Streams by the rules of every call: who, how many, how long, what, and what comes back when one is refused."""

import asyncio
from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest

from chassis import db
from chassis.access import ContractBroken
from chassis.call import Call, Caller, Role, set_current_call
from chassis.clients import open_channel
from chassis.errors import (
    AlreadyExists,
    Conflict,
    DeadlineExceeded,
    Denied,
    Exhausted,
    InvalidArgument,
    NotFound,
    Unauthenticated,
    Unavailable,
)
from chassis.streams import OF_ONE_PERSON, Stream, Streams
from chassis.testing.eventually import eventually
from chassis.testing.grpc import serving
from services.chassis.examples.ledger.contract import EntriesServiceStub
from services.chassis.examples.ledger.contract import ledger_pb2 as pb
from services.chassis.examples.ledger.servicer import Entries
from services.chassis.examples.ledger.storage import ENTRIES
from services.chassis.tests.ledgers import entry_count
from services.chassis.tests.streams import each, fill, imports, streaming


@pytest.fixture
async def streams(database, people):
    async with streaming(database, people) as streams:
        yield streams


@pytest.fixture
def staff(people, org_id):
    return people.metadata(Role.STAFF, org_id=org_id)


@pytest.fixture
def export(book):
    return pb.ExportEntriesRequest(ledger_id=str(book.ledger_id))


async def stalled(streams, request, metadata):
    """A stream that its client has begun to read, and reads no further."""
    call = streams.stub.ExportEntries(request, metadata=metadata)
    await anext(aiter(call))
    return call


async def test_all_four_kinds(streams, book, staff, export):
    """OP-05: a client's stream, a service's, both at once, and a file: each gives what was sent through it."""
    done = await streams.stub.ImportEntries(each(imports(book.ledger_id, [1, 2, 3])), metadata=staff)
    assert (3, 16) == (done.count, done.balance)
    entries = [entry async for entry in streams.stub.ExportEntries(export, metadata=staff)]
    assert [1, 2, 3] == [entry.amount for entry in entries]
    export.after = entries[1].id
    assert entries[2:] == [entry async for entry in streams.stub.ExportEntries(export, metadata=staff)]
    amounts = each(pb.BalanceEntriesRequest(amount=amount) for amount in (5, -2, 4))
    assert [5, 3, 7] == [answer.balance async for answer in streams.stub.BalanceEntries(amounts, metadata=staff)]
    pieces = [pb.UploadVoucherRequest(name="slip.txt"), pb.UploadVoucherRequest(), pb.UploadVoucherRequest()]
    pieces[0].file.content_type, pieces[1].file.data, pieces[2].file.data = "text/plain", b"a" * 1000, b"b" * 24
    voucher = await streams.stub.UploadVoucher(each(pieces), metadata=staff)
    assert ("slip.txt", "text/plain", 1024) == (voucher.name, voucher.content_type, voucher.size)
    await streams.is_over()


async def test_a_repeated_import_is_answered_as_before(streams, book, staff):
    """AIP-155: the request id of the first message stands for all that followed; with other entries it is refused."""
    request_id = str(uuid4())
    first = await streams.stub.ImportEntries(each(imports(book.ledger_id, [1, 2], request_id)), metadata=staff)
    assert first == await streams.stub.ImportEntries(each(imports(book.ledger_id, [1, 2], request_id)), metadata=staff)
    with pytest.raises(AlreadyExists) as refused:
        await streams.stub.ImportEntries(each(imports(book.ledger_id, [1, 3], request_id)), metadata=staff)
    assert "REQUEST_ID_REUSED" == refused.value.reason
    assert 2 == await entry_count(book)


async def test_a_rule_that_is_broken_in_the_midst_names_the_message(streams, book, staff):
    """GW-04: each message is held to the contract, and of an import that breaks a rule nothing is booked."""
    with pytest.raises(InvalidArgument) as refused:
        await streams.stub.ImportEntries(each(imports(book.ledger_id, [1, 2, 5000, 3])), metadata=staff)
    assert ["[2].amount"] == [violation.field for violation in refused.value.violations]
    assert 0 == await entry_count(book)


async def test_a_stream_that_is_too_large_is_refused_before_its_end(streams, staff):
    """GW-03: a client sends as many bytes as the contract says, and no more are read."""
    piece = pb.UploadVoucherRequest()
    piece.file.data = b"x" * 1_000_000
    with pytest.raises(InvalidArgument) as refused:
        await streams.stub.UploadVoucher(each([piece] * 9), metadata=staff)
    assert "STREAM_TOO_LARGE" == refused.value.reason


async def test_a_servicers_own_refusal_arrives_typed(streams, book, staff, export):
    """GW-04: what a servicer raises, before its first message or after all of the client's, arrives as in any call."""
    with pytest.raises(Conflict) as refused:
        await streams.stub.ImportEntries(each(imports(book.ledger_id, [-1000])), metadata=staff)
    assert "NOT_ENOUGH" == refused.value.reason
    export.ledger_id = str(uuid4())
    with pytest.raises(NotFound):
        await streams.stub.ExportEntries(export, metadata=staff).read()


async def test_who_may_not_call_is_told_so(streams, people, org_id, export):
    """ID-03: a stream asks for the same credentials and roles as a call."""
    with pytest.raises(Unauthenticated):
        await streams.stub.ExportEntries(export).read()
    with pytest.raises(Denied):
        await streams.stub.ExportEntries(export, metadata=people.metadata(Role.FAMILY, org_id=org_id)).read()


async def test_a_person_has_four_streams(streams, database, book, org_id, people, export):
    """OP-05: one more than a person may have is refused with a time to come back; another person has their own."""
    await fill(database, org_id, book.ledger_id, count=2_000, length=2_000)
    account_id = uuid4()
    mine = people.metadata(Role.STAFF, org_id=org_id, account_id=account_id)
    balances = [streams.stub.BalanceEntries(metadata=mine) for _ in range(OF_ONE_PERSON)]
    for call in balances:
        await call.write(pb.BalanceEntriesRequest(amount=1))
        assert 1 == (await call.read()).balance
    with pytest.raises(Exhausted) as refused:
        await streams.stub.ExportEntries(export, metadata=mine).read()
    assert timedelta(seconds=1) == refused.value.retry_after
    other = people.metadata(Role.STAFF, org_id=org_id)
    assert await streams.stub.ExportEntries(export, metadata=other).read()
    balances[0].cancel()
    await eventually(lambda: streams.running < OF_ONE_PERSON + 1)
    assert await streams.stub.ExportEntries(export, metadata=mine).read()


async def test_two_long_reads_at_once(streams, database, book, org_id, people, export):
    """OP-05: a third long read is refused at once, and does not wait for a connection."""
    await fill(database, org_id, book.ledger_id, count=2_000, length=2_000)
    first, second, third = (people.metadata(Role.STAFF, org_id=org_id) for _ in range(3))
    held = [await stalled(streams, export, metadata) for metadata in (first, second)]
    with pytest.raises(Exhausted):
        await streams.stub.ExportEntries(export, metadata=third).read()
    for call in held:
        call.cancel()
    await streams.is_over()


async def test_a_long_read_ends(database, book, org_id, monkeypatch):
    """OP-05: nobody holds a moment of the database for ever, also outside a stream."""
    monkeypatch.setattr(db, "_LONG_READ_SECONDS", 0.05)
    with pytest.raises(DeadlineExceeded):
        async with database.stream(ENTRIES, org_id=org_id, ledger_id=book.ledger_id, after=book.ledger_id):
            await asyncio.Event().wait()
    assert 0 == database.long_reads


async def test_a_process_has_so_many_streams():
    """OP-05: whoever they are of, a process takes no more streams at once than it may, and another when one is over."""
    streams = Streams(at_once=1)
    with Stream(streams, None, endings={}):
        with pytest.raises(Exhausted), Stream(streams, uuid4(), endings={}):
            pass
        assert 1 == len(streams)
    with Stream(streams, uuid4(), endings={}):
        assert 1 == len(streams)


async def test_an_ended_session_ends_its_streams(streams, people, org_id):
    """ID-06: a stream ends within a second of its session, whichever side would be next."""
    session_id = uuid4()
    metadata = people.metadata(Role.STAFF, org_id=org_id, session_id=session_id)
    call = streams.stub.BalanceEntries(metadata=metadata)
    await call.write(pb.BalanceEntriesRequest(amount=1))
    assert 1 == (await call.read()).balance
    people.revocations.add([session_id])
    with pytest.raises(Unauthenticated) as refused:
        async with asyncio.timeout(1):
            await call.read()
    assert "SESSION_REVOKED" == refused.value.reason
    await streams.is_over()


async def test_a_stream_ends_with_its_token(streams, people, org_id):
    """ID-05: a stream lasts no longer than the token that began it."""
    ends = people.clock() + timedelta(seconds=1)
    token = people.token(role="STAFF", org=str(org_id), exp=ends.timestamp())  # whole seconds could end at once
    call = streams.stub.BalanceEntries(metadata=(("authorization", f"Bearer {token}"),))
    await call.write(pb.BalanceEntriesRequest(amount=1))
    assert 1 == (await call.read()).balance
    with pytest.raises(Unauthenticated) as refused:
        async with asyncio.timeout(10):
            await call.read()
    assert "TOKEN_EXPIRED" == refused.value.reason


async def test_a_stream_ends_with_its_time(streams, staff):
    """OP-05: the deadline of a client is told by the service, not found out by the client's clock."""
    call = streams.stub.BalanceEntries(metadata=staff, timeout=1)
    await call.write(pb.BalanceEntriesRequest(amount=1))
    assert 1 == (await call.read()).balance
    with pytest.raises(DeadlineExceeded) as refused:
        await call.read()
    assert "ledger" == refused.value.domain


async def test_drain_ends_the_streams(streams, staff):
    """OP-05: a process that stops ends its streams at once, with a word that says to begin again elsewhere."""
    call = streams.stub.BalanceEntries(metadata=staff)
    await call.write(pb.BalanceEntriesRequest(amount=1))
    assert 1 == (await call.read()).balance
    draining = asyncio.create_task(streams.server.drain(10))
    with pytest.raises(Unavailable) as refused:
        async with asyncio.timeout(1):
            await call.read()
    assert "STREAM_ENDED" == refused.value.reason
    async with asyncio.timeout(1):
        await draining


class Away(Entries):
    """Counts who comes, and is not available."""

    def __init__(self) -> None:
        self.came = Counter[str]()

    async def ImportEntries(self, requests, context):
        self.came["import"] += 1
        raise Unavailable()

    async def ExportEntries(self, request, context):
        self.came["export"] += 1
        raise Unavailable()
        yield


async def test_a_clients_stream_is_never_repeated(people, staff):
    """OP-05: of what a client has begun to send nothing is sent twice; a stream of the service is begun again."""
    away = Away()
    async with serving(away, people=people) as address:
        channel = open_channel(address, server="", credentials=None, stub=EntriesServiceStub)
        stub = EntriesServiceStub(channel)
        with pytest.raises(Unavailable):
            await stub.ImportEntries(each(imports(uuid4(), [1])), metadata=staff)
        with pytest.raises(Unavailable):
            await stub.ExportEntries(pb.ExportEntriesRequest(ledger_id=str(uuid4())), metadata=staff).read()
        await channel.close()
    assert {"import": 1, "export": 4} == away.came


async def test_the_person_travels_along(streams, people, org_id, export):
    """OP-04: a stream that a service begins for a person carries their token and what is left of their time."""
    metadata = dict(people.metadata(Role.STAFF, org_id=org_id))
    call = Call(
        Caller(), "test", authorization=metadata["authorization"], deadline=asyncio.get_running_loop().time() + 9
    )
    set_current_call(call)
    with pytest.raises(NotFound):
        await streams.stub.ExportEntries(pb.ExportEntriesRequest(ledger_id=str(uuid4()))).read()


async def test_malformed_bytes(streams, staff):
    """GW-04: bytes that are no message are the caller's fault in the midst of a stream, too."""
    call = streams.channel.stream_unary("/portico.ledger.v1.EntriesService/ImportEntries")
    with pytest.raises(InvalidArgument):
        await call(each([b"\xff\xff"]), metadata=staff)


def test_a_stream_says_how_long_it_may_last(monkeypatch):
    """OP-03: a streaming RPC whose contract names no end does not start."""
    from chassis import access

    monkeypatch.setattr(access, "MAX_STREAM_SECONDS", 10)
    with pytest.raises(ContractBroken):
        access.rules_of("portico.ledger.v1.EntriesService")
