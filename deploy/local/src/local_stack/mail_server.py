"""The mail server of a laptop, which keeps what came: `python -m local_stack.mail_server`, with mail_devel's options.

mail_devel has its mailbox in memory; here each message lies in a file of the folder MAIL_KEPT as well, for the next
start.
"""

import asyncio
import os
import signal
import time
from contextlib import suppress
from datetime import datetime
from email.message import Message
from pathlib import Path

from mail_devel.mailbox import TestMailboxDict  # type: ignore[import-untyped] # the wheel ships no types
from mail_devel.service import Service  # type: ignore[import-untyped] # as above
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials.flag import Flag

KEPT_MESSAGES = 1000
NANOSECONDS = 1_000_000_000


class KeptMailboxes(TestMailboxDict):  # type: ignore[misc] # untyped, as above
    """The one mailbox, and a folder with what came into it: `<time in nanoseconds>.eml`."""

    def __init__(self, service: Service, folder: Path) -> None:
        super().__init__(service.config, service.filter_set)
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    async def append(self, message: Message, flags: frozenset[Flag], mailbox: str = "INBOX") -> None:
        """Take a message, and keep it."""
        (self._folder / f"{time.time_ns():020}.eml").write_text(str(message), encoding="utf-8")
        await super().append(message, flags, mailbox)

    async def read(self) -> None:
        """Take what came before this start, in its order; only the newest stay."""
        files = sorted(self._folder.glob("*.eml"))
        for file in files[:-KEPT_MESSAGES]:
            file.unlink()
        inbox = await (await self.get(self.config.demo_user)).get_mailbox("INBOX")
        for file in files[-KEPT_MESSAGES:]:
            with suppress(ValueError):  # what is no message of ours is no reason not to start
                came = datetime.fromtimestamp(int(file.stem) / NANOSECONDS)  # noqa: DTZ006 - as mail_devel dates them
                await inbox.append(AppendMessage(literal=file.read_bytes(), when=came, flag_set=frozenset()))


async def serve(folder: Path) -> None:
    """Serve until SIGTERM or Ctrl-C."""
    service = await Service.init(Service.parse())
    mailboxes = KeptMailboxes(service, folder)
    await mailboxes.read()
    for holder in (service, service.handler, service.frontend):
        if holder is not None:
            holder.mailboxes = mailboxes
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with service.start():
        await ended.wait()


if __name__ == "__main__":
    asyncio.run(serve(Path(os.environ["MAIL_KEPT"])))
