"""Telling families of an unlink, once it can no longer be undone."""

import asyncio
from contextlib import suppress
from typing import NoReturn

from google.protobuf.empty_pb2 import Empty

from applications.storage.notices import DUE_NOTICES, TELL
from applications.usecases.ports import Ports
from chassis.call import Call, Caller
from chassis.errors import Aborted
from chassis.transition import create

_MOST = 100
_EVERY_SECONDS = 5.0
_NOBODY = Call(Caller(), "unlink notices")


async def tell_the_unlinked(ports: Ports) -> int:
    """Asks for the message of each notice that is due: once, by one of the processes. How many this one asked for."""
    told = 0
    while due := await ports.database.all(DUE_NOTICES, now=ports.clock(), most=_MOST):
        for notice in due:
            now = ports.clock()
            with suppress(Aborted):  # another process was faster
                await create(
                    ports.database,
                    _NOBODY,
                    org_id=notice.org_id,
                    save=TELL,
                    params={"notice_id": notice.id, "now": now},
                    events=[ports.messages.unlinked(notice, now=now)],
                    reply=Empty(),
                    reply_type=Empty,
                )
                told += 1
    return told


async def keep_telling(ports: Ports) -> NoReturn:
    """Looks every few seconds; never returns."""
    while True:
        await tell_the_unlinked(ports)
        await asyncio.sleep(_EVERY_SECONDS)
