"""A repeated call is answered as the first time, and a call without a request id keeps nothing."""

import asyncio

import pytest

from chassis.aggregate import RequestIdReused
from chassis.ids import new_id
from services.chassis.tests.ledgers import EVENTS, KEPT, WITHOUT_ID, a_call, entry_count, new_ledger, open_ledger


async def test_a_repeated_call_gets_the_first_answer(book):
    """OP-05: the same request id and body: the kept reply, also when it would be refused by now."""
    call = a_call()
    assert 0 == await book(call, -10)
    assert 0 == await book(call, -10)
    assert 1 == await entry_count(book)


async def test_a_repeated_call_that_would_succeed_again_does_not(book):
    """OP-05: the same request id has one effect though the state would allow two."""
    call = a_call()
    assert [11, 11] == [await book(call, 1), await book(call, 1)]
    assert 11 == (await book.load()).balance


async def test_a_request_id_with_another_body_is_refused(book):
    """OP-05: the same request id with another body is somebody's mistake."""
    request_id = new_id()
    await book(a_call(request_id=request_id), 1)
    with pytest.raises(RequestIdReused) as refused:
        await book(a_call(request_id=request_id, body_hash=b"other"), 2)
    assert "REQUEST_ID_REUSED" == refused.value.reason
    assert 11 == (await book.load()).balance


async def test_the_same_request_id_is_another_one_for_another_method(book):
    """OP-05: callers, methods and organizations do not share request ids."""
    request_id = new_id()
    assert 11 == await book(a_call(request_id=request_id), 1)
    assert 12 == await book(a_call(request_id=request_id, method="/ledger/Other"), 1)
    assert 13 == await book(a_call(request_id=request_id, caller="somebody else"), 1)


async def test_fifty_calls_with_one_request_id_execute_once(book):
    """OP-05: 50 parallel calls with one request id have one effect, one event and one answer."""
    call = a_call()
    assert {11} == set(await asyncio.gather(*(book(call, 1) for _ in range(50))))
    assert 1 == await entry_count(book)
    assert 2 == len(await book.database.all(EVENTS, org_id=book.org_id))


async def test_fifty_creations_with_one_request_id_execute_once(database, org_id):
    """OP-05: 50 parallel creations with one request id make one record."""
    call = a_call(method="/ledger/Open")
    ledgers_to_be = [new_ledger(org_id, name=f"number {number}") for number in range(50)]
    answers = await asyncio.gather(*(open_ledger(database, call, ledger) for ledger in ledgers_to_be))
    assert {10} == set(answers)
    assert 1 == len(await database.all(EVENTS, org_id=org_id))


async def test_a_call_without_a_request_id_keeps_nothing(book):
    """OP-05: calls that are safe to repeat by nature leave no kept request."""
    assert [11, 12] == [await book(WITHOUT_ID, 1), await book(WITHOUT_ID, 1)]
    assert 1 == await book.database.first(KEPT, org_id=book.org_id)
