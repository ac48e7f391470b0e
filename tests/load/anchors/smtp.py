"""Anchor of P-08: ready-made bytes over bare aiosmtplib."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiosmtplib import SMTP

from tests.load.workers import work


@asynccontextmanager
async def begin(
    *, smtp_port: int, connections: int, sender: str, recipient: str, content: str
) -> AsyncIterator[tuple[object, Any]]:
    """A question says how many emails to hand over."""
    clients = [SMTP(hostname="127.0.0.1", port=smtp_port, start_tls=False) for _ in range(connections)]
    for client in clients:
        await client.connect()
    message = bytes.fromhex(content)

    async def answer(*, count: int) -> object:
        numbers = iter(range(count))

        async def hand_over(client: SMTP) -> None:
            for _ in numbers:
                await client.sendmail(sender, [recipient], message)

        await asyncio.gather(*map(hand_over, clients))
        return {}

    yield {}, answer
    for client in clients:
        await client.quit()


if __name__ == "__main__":
    work(begin)
