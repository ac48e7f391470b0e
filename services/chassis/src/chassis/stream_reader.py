"""Reading a stream by the service's durable consumer: as many messages as there is room for, in order per aggregate."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig

from chassis import telemetry
from chassis.bus import MAX_EVENT_BYTES, Bus, is_broker_outage
from chassis.envelope import Envelope, open_envelope
from chassis.tasks import cancel

Settle = Callable[[Envelope], Awaitable[None]]

HELD = 256
"""Messages of one stream that a process has in hand at most, running or waiting for their aggregate."""
ACK_WAIT = 30.0
_PULL_SECONDS = 3.0
"""How long a request for messages stands; a request that NATS lost with a restart is missed no longer than that."""
_RETRY_SECONDS = 0.5
_BEAT_SECONDS = 5.0
_EXPIRED = ("404", "408")

_log = telemetry.logger(__name__)
_lag = telemetry.METER.create_gauge(
    "consumer.lag", unit="{event}", description="Events of a stream that the service has not settled yet."
)


class StreamReader:
    """Hands the messages of one stream to `settle`, and acknowledges each that is settled; `run` never returns."""

    def __init__(self, bus: Bus, stream: str, settle: Settle) -> None:
        self._bus = bus
        self._stream = stream
        self._settle = settle
        self._tails: dict[str, asyncio.Task[None]] = {}
        self._held: dict[asyncio.Task[None], Msg] = {}
        self._requested = 0
        self._failure: Exception | None = None
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Read for ever; begins anew when NATS was away or has lost the consumer. Held messages are handed back."""
        heart = asyncio.create_task(self._beat())
        try:
            while True:
                try:
                    await self._read()
                except Exception as error:
                    if not is_broker_outage(error):
                        raise
                    _log.info("consumer.waits", stream=self._stream, error=type(error).__name__)
                    await asyncio.sleep(_RETRY_SECONDS)
        finally:
            await cancel(heart)
            await self._hand_back()

    async def _read(self) -> None:
        client = await self._bus.client()
        durable = self._bus.service
        config = ConsumerConfig(
            durable_name=durable,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=ACK_WAIT,
            max_deliver=-1,
            max_ack_pending=4 * HELD,
        )
        await client.jetstream().add_consumer(self._stream, config)
        inbox = client.new_inbox()
        subscription = await client.subscribe(inbox, cb=self._receive)
        try:
            while True:
                await self._request(client, f"$JS.API.CONSUMER.MSG.NEXT.{self._stream}.{durable}", inbox)
        finally:
            with suppress(nats.errors.Error):
                await subscription.unsubscribe()

    async def _request(self, client: Client, subject: str, inbox: str) -> None:
        """Ask for as many messages as there is room for, and wait until they came or the request expired."""
        while len(self._held) >= HELD:
            self._wake.clear()
            await self._wake.wait()
        self._requested = HELD - len(self._held)
        request = {"batch": self._requested, "expires": int(_PULL_SECONDS * 1e9)}
        await client.publish(subject, json.dumps(request).encode(), reply=inbox)
        async with asyncio.timeout(_PULL_SECONDS + 1):
            while self._requested > 0:
                self._wake.clear()
                await self._wake.wait()
                if self._failure is not None:
                    failure, self._failure = self._failure, None
                    raise failure

    async def _receive(self, message: Msg) -> None:
        status = message.headers.get("Status") if message.headers and not message.reply else None
        if status is None:
            self._requested -= 1
            self._start(message)
        elif status in _EXPIRED:
            self._requested = 0
        else:
            self._failure = nats.errors.Error(f"{status} {(message.headers or {}).get('Description', '')}")
        self._wake.set()

    def _start(self, message: Msg) -> None:
        aggregate = (message.headers or {}).get("portico-aggregate", message.subject)
        task = asyncio.create_task(self._handle(message, self._tails.get(aggregate)))
        self._tails[aggregate] = task
        self._held[task] = message
        task.add_done_callback(lambda done: self._done(done, aggregate))

    def _done(self, task: asyncio.Task[None], aggregate: str) -> None:
        if self._tails.get(aggregate) is task:
            del self._tails[aggregate]
        self._held.pop(task, None)
        self._wake.set()

    async def _handle(self, message: Msg, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])
        envelope = open_envelope(message, stream=self._stream, max_bytes=MAX_EVENT_BYTES)
        await self._settle(envelope)
        with suppress(nats.errors.Error):  # then it comes again, and the inbox knows it
            await message.ack()

    async def _beat(self) -> None:
        """Tell NATS what is being worked on, so that no other process gets it, and measure the lag."""
        while True:
            await asyncio.sleep(_BEAT_SECONDS)
            for message in list(self._held.values()):
                with suppress(nats.errors.Error):
                    await message.in_progress()
            # Asked for, and not taken from the messages: none comes while the handlers are stuck.
            with suppress(nats.errors.Error, TimeoutError):
                jetstream = await self._bus.jetstream()
                durable = await jetstream.consumer_info(self._stream, self._bus.service)
                _lag.set((durable.num_pending or 0) + (durable.num_ack_pending or 0), {"stream": self._stream})

    async def _hand_back(self) -> None:
        held = dict(self._held)
        await cancel(*held)
        for message in held.values():
            with suppress(nats.errors.Error):
                if not message.is_acked:
                    await message.nak()
