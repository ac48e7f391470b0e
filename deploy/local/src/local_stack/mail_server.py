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
from typing import Any

from mail_devel.http import Frontend, flags_to_api  # type: ignore[import-untyped] # the wheel ships no types
from mail_devel.mailbox import TestMailboxDict  # type: ignore[import-untyped] # as above
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


class WebInbox(Frontend):  # type: ignore[misc] # untyped, as above
    """The page in the browser. A link in a message opens a tab of its own: our pages refuse to be shown in a frame."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self._listed: dict[tuple[str, str, int], dict[str, Any]] = {}

    async def _convert_message(self, msg: Any, *, full: bool = False, **kwargs: Any) -> dict[str, Any]:
        """Each open tab asks for the whole list every two seconds: a message is parsed for it once, only flags change.

        Otherwise a tab that shows a thousand messages keeps the server from taking new ones.
        """
        if full:
            mail: dict[str, Any] = await super()._convert_message(msg, full=True, **kwargs)
            if "body_html" in mail:
                mail["body_html"] = mail["body_html"].replace("<head>", '<head><base target="_blank">', 1)
            return mail
        key = (kwargs["account"], kwargs["mailbox"], msg.uid)
        if key not in self._listed:
            self._listed[key] = await super()._convert_message(msg, **kwargs)
        return self._listed[key] | {"flags": flags_to_api(msg.permanent_flags)}


async def serve(folder: Path) -> None:
    """Serve until SIGTERM or Ctrl-C."""
    arguments = Service.parse()
    service = await Service.init(arguments)
    mailboxes = KeptMailboxes(service, folder)
    await mailboxes.read()
    service.mailboxes = service.handler.mailboxes = mailboxes
    service.frontend = WebInbox(mailboxes, user=arguments.user, host=arguments.host, port=arguments.http_port)
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with service.start():
        await ended.wait()


if __name__ == "__main__":
    asyncio.run(serve(Path(os.environ["MAIL_KEPT"])))
