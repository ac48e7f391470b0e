"""Events that fail: tried again, set aside with the reason, redriven; and what is no failure at all."""

import asyncio

import psycopg
import pytest
from google.protobuf.wrappers_pb2 import StringValue
from nats.errors import TimeoutError as NatsTimeout
from psycopg_pool import PoolTimeout
from sqlalchemy import bindparam, select

from chassis.bus import MAX_EVENT_BYTES
from chassis.consumer import DeadLetterNotFound, is_outage
from chassis.db import statement
from chassis.dead_letters import newest_dead_letters
from chassis.envelope import Incoming
from chassis.errors import Conflict, Exhausted, InvalidArgument, Unavailable
from chassis.ids import new_id
from chassis.outbox import OutboxEvent
from chassis.tables import outbox
from chassis.testing import eventually
from services.chassis.examples.ledger.events import EFFECTS, Handled, consuming, nothing_pending, text

_TOLD = statement(
    select(outbox.c.subject, outbox.c.payload, outbox.c.aggregate_id).where(outbox.c.org_id == bindparam("org_id"))
)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"payload": b"\xff\xff"}, "DecodeError"),
        ({"payload": b"x" * (MAX_EVENT_BYTES + 1)}, "bytes are more"),
        ({"ce-id": "no uuid"}, "Not an event of ours"),
        ({"ce-id": ""}, "Not an event of ours"),
        ({"portico-version": "x"}, "Not an event of ours"),
        ({"ce-time": "yesterday"}, "Not an event of ours"),
    ],
    ids=["undecodable", "oversize", "bad id", "no id", "bad version", "bad time"],
)
async def test_a_broken_event_becomes_a_dead_letter(consumers, send, bus, own_database, changes, reason):
    """NT-06: what can never be handled is kept with the reason, at once, and the stream goes on."""
    handled = Handled()
    consumers.every("LEDGER", StringValue, handled)
    async with consuming(consumers):
        await send(text("broken"), **changes)
        await send(text("sound"))
        await eventually(lambda: nothing_pending(bus))
    (letter,) = await newest_dead_letters(own_database)
    assert (["sound"], "LEDGER") == (handled.seen, letter.stream)
    assert reason in letter.reason
    assert letter.tries <= 1  # waiting makes none of them better


async def test_a_failing_handler_is_tried_five_times(consumers, send, bus, own_database, org_id):
    """NT-06: then the event is a dead letter with the reason; neither its effect nor its neighbours suffer."""

    async def fail(words: str, tries: int) -> None:
        if words == "poison":
            raise Conflict("The world is round.", reason="ROUND")

    handled = Handled(trouble=fail)
    consumers.every("LEDGER", StringValue, handled)
    aggregate = new_id()
    async with consuming(consumers):
        poison = await send(text("poison"), aggregate_id=aggregate, version=4)
        await send(text("behind"), aggregate_id=aggregate)
        await send(text("beside"))
        await eventually(lambda: nothing_pending(bus))
    (letter,) = await newest_dead_letters(own_database)
    assert (poison, org_id, "LEDGER", 5, 4) == (letter.id, letter.org_id, letter.stream, letter.tries, letter.version)
    assert "Conflict: ROUND: The world is round." == letter.reason
    assert (["behind", "beside"], 7) == (sorted(handled.seen), handled.tries)
    assert 2 == await own_database.first(EFFECTS, org_id=org_id)


async def test_an_event_that_is_wrong_in_itself_is_not_tried_again(consumers, send, bus, own_database):
    """NT-06: what a handler refuses as invalid becomes a dead letter at once."""

    async def refuse(words: str, tries: int) -> None:
        raise InvalidArgument("No such template.", reason="TEMPLATE_UNKNOWN")

    handled = Handled(trouble=refuse)
    consumers.every("LEDGER", StringValue, handled)
    async with consuming(consumers):
        await send(text("x"))
        await eventually(lambda: nothing_pending(bus))
    (letter,) = await newest_dead_letters(own_database)
    assert (1, 1) == (handled.tries, letter.tries)
    assert "InvalidArgument: TEMPLATE_UNKNOWN: No such template." == letter.reason


async def test_who_waits_is_told_with_the_dead_letter(consumers, send, bus, own_database, org_id):
    """CASE-S2, NT-01: what is given up is answered by the statement that stores it, once; an unreadable one is not."""

    async def refuse(words: str, tries: int) -> None:
        raise InvalidArgument("No such template.", reason="TEMPLATE_UNKNOWN")

    def answer(event: StringValue, incoming: Incoming, failure: Exception) -> list[OutboxEvent]:
        told = OutboxEvent(
            id=new_id(),
            org_id=incoming.org_id,
            subject="ledger.refused",
            message=StringValue(value=f"{event.value}: {failure}"),
            aggregate_id=incoming.id,
            version=1,
            event_time=incoming.event_time,
        )
        return [told]

    consumers.every("LEDGER", StringValue, Handled(trouble=refuse), answer=answer)
    async with consuming(consumers):
        event_id = await send(text("x"))
        await send(text("broken"), payload=b"\xff\xff")
        await eventually(lambda: nothing_pending(bus))
        await send(text("x"), event_id=event_id)
        await eventually(lambda: nothing_pending(bus))
    assert 2 == len(await newest_dead_letters(own_database))
    [(subject, payload, aggregate_id)] = await own_database.all(_TOLD, org_id=org_id)
    assert ("ledger.refused", event_id) == (subject, aggregate_id)
    assert "x: TEMPLATE_UNKNOWN: No such template." == StringValue.FromString(payload).value


async def test_a_dead_letter_quotes_no_row(consumers, send, bus, own_database):
    """OP-04: a database error is named without the values that it complains about."""

    async def clash(words: str, tries: int) -> None:
        raise psycopg.errors.UniqueViolation("Key (email)=(secret@example.org) already exists.")

    consumers.every("LEDGER", StringValue, Handled(trouble=clash))
    async with consuming(consumers):
        await send(text("x"))
        await eventually(lambda: nothing_pending(bus))
    (letter,) = await newest_dead_letters(own_database)
    assert "UniqueViolation" in letter.reason
    assert "secret" not in letter.reason


async def test_a_handler_that_fails_for_a_while_succeeds(consumers, send, bus, own_database):
    """NT-06: four failures are no dead letter."""

    async def fail_at_first(words: str, tries: int) -> None:
        if tries < 5:
            raise ValueError(words)

    handled = Handled(trouble=fail_at_first)
    consumers.every("LEDGER", StringValue, handled)
    async with consuming(consumers):
        await send(text("at last"))
        await eventually(lambda: nothing_pending(bus))
    assert (["at last"], 5, []) == (handled.seen, handled.tries, await newest_dead_letters(own_database))


@pytest.mark.parametrize(
    "error", [Unavailable(), Exhausted(), PoolTimeout(), psycopg.OperationalError(), NatsTimeout(), ConnectionError()]
)
async def test_an_outage_is_no_failure(consumers, send, bus, own_database, error):
    """OP-06: while something is away the event waits, however often it is tried."""
    assert is_outage(error)

    async def away(words: str, tries: int) -> None:
        if tries < 9:
            raise error

    handled = Handled(trouble=away)
    consumers.every("LEDGER", StringValue, handled)
    async with consuming(consumers):
        await send(text("patience"))
        await eventually(lambda: nothing_pending(bus))
    assert (["patience"], 9, []) == (handled.seen, handled.tries, await newest_dead_letters(own_database))


async def test_a_dead_letter_is_redriven(consumers, send, bus, own_database, org_id):
    """NT-06: after the mend a command runs the handler again; its effect comes once, and the letter is gone."""
    is_mended = False

    async def fail(words: str, tries: int) -> None:
        if not is_mended:
            raise ValueError(words)

    handled = Handled(trouble=fail)
    consumers.latest("LEDGER", StringValue, handled)
    async with consuming(consumers):
        event_id = await send(text("poison"))
        await eventually(lambda: newest_dead_letters(own_database))
        await eventually(lambda: nothing_pending(bus))
    with pytest.raises(ValueError, match="poison"):
        await consumers.redrive(event_id)
    assert 1 == len(await newest_dead_letters(own_database))
    is_mended = True
    await consumers.redrive(event_id)
    assert (["poison"], []) == (handled.seen, await newest_dead_letters(own_database))
    assert 1 == await own_database.first(EFFECTS, org_id=org_id)
    with pytest.raises(DeadLetterNotFound):
        await consumers.redrive(event_id)


async def test_a_dead_letter_is_redriven_once(consumers, send, bus, own_database, org_id):
    """NT-06: of ten redrives at the same moment one has the effect; the others find that it is done."""
    is_mended = False

    async def fail(words: str, tries: int) -> None:
        if not is_mended:
            raise InvalidArgument("Not yet.")

    handled = Handled(trouble=fail)
    consumers.every("LEDGER", StringValue, handled)
    async with consuming(consumers):
        event_id = await send(text("poison"))
        await eventually(lambda: newest_dead_letters(own_database))
        await eventually(lambda: nothing_pending(bus))
    is_mended = True
    outcomes = await asyncio.gather(*(consumers.redrive(event_id) for _ in range(10)), return_exceptions=True)
    assert {type(None), DeadLetterNotFound} >= {type(outcome) for outcome in outcomes}
    assert (["poison"], 1) == (handled.seen, await own_database.first(EFFECTS, org_id=org_id))


async def test_a_dead_letter_that_is_delivered_again_stays_one(consumers, send, bus, own_database):
    """NT-06: the inbox knows that it is dealt with."""

    async def fail(words: str, tries: int) -> None:
        raise ValueError(words)

    handled = Handled(trouble=fail)
    consumers.every("LEDGER", StringValue, handled)
    async with consuming(consumers):
        event_id = await send(text("poison"))
        await eventually(lambda: newest_dead_letters(own_database))
        await send(text("poison"), event_id=event_id)
        await eventually(lambda: nothing_pending(bus))
    assert (5, 1) == (handled.tries, len(await newest_dead_letters(own_database)))
