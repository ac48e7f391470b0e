"""Email on a laptop: a real SMTP server that keeps every message, for the web inbox and for IMAP."""

import imaplib
import sys
import time
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from local_stack.ports import LOOPBACK, is_listening
from local_stack.processes import Child, Program

USER = "portico"
POLL_SECONDS = 0.05
ANSWER_SECONDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class MailPorts:
    """The ports of the three servers."""

    smtp: int
    imap: int
    web: int


@dataclass(frozen=True, slots=True)
class Inbox:
    """The one mailbox in which everything arrives, whoever it is for."""

    ports: MailPorts
    password: str = field(repr=False)

    @property
    def url(self) -> str:
        """The web inbox."""
        return f"http://{LOOPBACK}:{self.ports.web}"

    @property
    def imap_url(self) -> str:
        """Where a program reads it."""
        return f"imap://{USER}:{self.password}@{LOOPBACK}:{self.ports.imap}"

    @property
    def smtp_url(self) -> str:
        """Where a service hands its email in."""
        return f"smtp://{USER}:{self.password}@{LOOPBACK}:{self.ports.smtp}"

    def messages(self, recipient: str) -> list[EmailMessage]:
        """What came for an address, oldest first."""
        imap = imaplib.IMAP4(LOOPBACK, self.ports.imap, timeout=ANSWER_SECONDS)
        try:
            imap.login(USER, self.password)
            imap.select(readonly=True)
            _, [numbers] = imap.search(None, "TO", f'"{recipient}"')
            parts = [part for number in numbers.split() for part in imap.fetch(number, "(RFC822)")[1]]
        finally:
            imap.shutdown()
        return [message_from_bytes(part[1], policy=policy.default) for part in parts if isinstance(part, tuple)]

    def wait_for_message(self, recipient: str, *, count: int = 1, seconds: float = 20) -> EmailMessage:
        """The newest message for an address, as soon as `count` have come; TimeoutError when they do not come."""
        deadline = time.monotonic() + seconds
        while len(messages := self._come(recipient)) < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{recipient} got {len(messages)} of {count} messages within {seconds:g} s.")
            time.sleep(POLL_SECONDS)
        return messages[-1]

    def _come(self, recipient: str) -> list[EmailMessage]:
        """The messages so far; none when the server does not answer or gives up, as it may while an email comes in."""
        try:
            return self.messages(recipient)
        except (TimeoutError, imaplib.IMAP4.abort):
            return []


def plain_text(message: EmailMessage) -> str:
    """The words of a message, from its plain part."""
    body = message.get_body(("plain",))
    return str(body.get_content()) if body else ""


def prepare_mail(inbox: Inbox, *, kept: Path, log: Path) -> Child:
    """The mail server of an inbox, not started yet; messages lie in the folder `kept`, also for the next start."""
    ports = inbox.ports
    program = Program(
        name="mail",
        command=[
            *(sys.executable, "-m", "local_stack.mail_server", "--host", LOOPBACK, "--user", USER),
            *("--smtp-port", str(ports.smtp), "--imap-port", str(ports.imap), "--http-port", str(ports.web)),
        ],
        # Not among the arguments, which every user of the machine can read.
        environment={"MAIL_PASSWORD": inbox.password, "MAIL_KEPT": str(kept)},
        log=log,
        is_ready=lambda: all(map(is_listening, (ports.smtp, ports.imap, ports.web))),
    )
    return Child(program)
