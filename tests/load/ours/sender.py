"""notifications' sender, without its relay and consumers, on a queue that was filled beforehand."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from nacl.public import PrivateKey

from chassis.clock import utc_now
from chassis.db import Database, DatabaseOptions
from chassis.ids import new_id
from chassis.pagination import Pager, PageTokens
from chassis.secrets import KeyedHash, Opener, Sealer
from chassis.tasks import cancel
from notifications.messages.storage import messages
from notifications.providers.smtp import SmtpProvider, SmtpUrl
from notifications.requests.deps import Deps
from notifications.requests.usecases.single import send_message
from notifications.sending.attempts import Attempts
from notifications.sending.sender import Sender
from notifications.shared.domain import Channel, Request, Urgency
from notifications.templates.catalogue import SAMPLE_PORTAL, Catalogue
from notifications.templates.composition import Composer
from tests.load.ours.serving import KEY
from tests.load.workers import work

MAIL_FROM, RECIPIENT = "no-reply@portico.example", "family@example.org"
_OWN = ("id", "idempotency_key", "reference")
_COMMON = ", ".join(f'"{column.name}"' for column in messages.c if column.name not in _OWN)
_MULTIPLY = f"""
    WITH first AS (SELECT * FROM messages WHERE id = %s), own AS (
        SELECT gen_random_uuid() AS id, gen_random_uuid()::text AS key FROM generate_series(2, %s)
    )
    INSERT INTO messages (id, idempotency_key, reference, {_COMMON})
    SELECT own.id, own.key, own.key, {", ".join(f"first.{name}" for name in _COMMON.split(", "))}
    FROM first, own
"""
_QUEUED = "SELECT 1 FROM messages WHERE due_time IS NOT NULL LIMIT 1"
_POLL_SECONDS = 0.02


def composer_for(box: PrivateKey) -> Composer:
    """Of the service, with the samples' address of the portal."""
    return Composer(catalogue=Catalogue(), opener=Opener(bytes(box)), public_url=SAMPLE_PORTAL, mail_from=MAIL_FROM)


def invitation(composer: Composer, box: PrivateKey) -> Request:
    """The template's sample, as a service asks for it."""
    template = composer.catalogue.template("FAMILY_INVITATION", Channel.EMAIL)
    sealed = {name: template.sample[name] for name in template.sealed}
    key = str(new_id())
    return Request(
        requester="applications",
        template="FAMILY_INVITATION",
        channel=Channel.EMAIL,
        address=RECIPIENT,
        language="en",
        values={name: template.sample[name] for name in template.values},
        sealed_values=Sealer(bytes(box.public_key)).seal(sealed),
        reference=key,
        idempotency_key=key,
        urgency=Urgency.NORMAL,
        not_after=None,
        supersedes="",
    )


@asynccontextmanager
async def begin(*, database_url: str, smtp_port: int, connections: int) -> AsyncIterator[tuple[object, Any]]:
    """`fill=N` queues that many messages; `send=N` starts the sender, and is answered when the queue is empty.

    The sender is told of each message, as the consumers of its process tell it of those that they store.
    """
    box = PrivateKey.generate()
    composer = composer_for(box)
    database = Database(database_url, application="notifications", options=DatabaseOptions(max_connections=10))
    await database.open()
    pager, hashes = Pager(PageTokens(KEY)), KeyedHash(KEY)
    deps = Deps(database, utc_now, new_id, pager, hashes, composer, frozenset(), lambda _: None)
    provider = SmtpProvider(SmtpUrl.parse(f"smtp://127.0.0.1:{smtp_port}"), sender=MAIL_FROM)
    attempts = Attempts(composer, provider, utc_now, new_id)
    sender = Sender(Channel.EMAIL, attempts, database, clock=utc_now, connections=connections)

    async def answer(*, fill: int = 0, send: int = 0) -> object:
        async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
            if fill:
                first = await send_message(deps, database, org_id=new_id(), request=invitation(composer, box))
                await connection.execute(_MULTIPLY, (first, fill))
                return {}
            for _ in range(send):
                sender.wake()
            sending = asyncio.create_task(sender.run())
            while (await connection.execute(_QUEUED)).rowcount:  # noqa: ASYNC110 the queue is in PostgreSQL
                await asyncio.sleep(_POLL_SECONDS)
            await cancel(sending, poll_seconds=20.0)
            return {}

    yield {}, answer
    await database.close()


if __name__ == "__main__":
    work(begin)
