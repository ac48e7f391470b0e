"""SMS on a laptop: where the sink is, and what it got."""

import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from local_stack.ports import LOOPBACK, is_listening
from local_stack.processes import Child, Program

POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsAccount:
    """A provider that speaks Twilio's API, and the account there."""

    url: str
    account: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortMessage:
    """A message as the sink kept it; phone numbers are as the sender wrote them, `time` is ISO 8601 in UTC."""

    sid: str
    sender: str
    recipient: str
    body: str
    time: str


@dataclass(frozen=True, slots=True)
class SmsSink:
    """The sink's address and account."""

    port: int
    account: str
    token: str = field(repr=False)

    @property
    def url(self) -> str:
        """The page that lists what came."""
        return f"http://{LOOPBACK}:{self.port}"

    def as_provider(self) -> SmsAccount:
        """As notifications sees it."""
        return SmsAccount(url=self.url, account=self.account, token=self.token)

    def messages(self, recipient: str) -> list[ShortMessage]:
        """What came for a number, oldest first."""
        answer = httpx.get(f"{self.url}/messages", params={"to": recipient}).raise_for_status()
        return [ShortMessage(**message) for message in answer.json()]

    def wait_for_message(self, recipient: str, *, count: int = 1, seconds: float = 10) -> ShortMessage:
        """The newest message for a number, as soon as `count` have come; TimeoutError when they do not come."""
        deadline = time.monotonic() + seconds
        while len(messages := self.messages(recipient)) < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{recipient} got {len(messages)} of {count} messages within {seconds:g} s.")
            time.sleep(POLL_SECONDS)
        return messages[-1]


def prepare_sms(sink: SmsSink, *, kept: Path, log: Path) -> Child:
    """The sink, not started yet; messages lie in the file `kept`, also for the next start."""
    program = Program(
        name="sms",
        command=[sys.executable, "-m", "local_stack.sms_sink"],
        environment={
            "SMS_PORT": str(sink.port),
            "SMS_ACCOUNT": sink.account,
            "SMS_TOKEN": sink.token,
            "SMS_KEPT": str(kept),
        },
        log=log,
        is_ready=lambda: is_listening(sink.port),
    )
    return Child(program)
