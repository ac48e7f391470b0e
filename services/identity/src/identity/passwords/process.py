"""Passwords: hashed with Argon2id and assessed with zxcvbn, in a process beside this one, a bounded number at once."""

import asyncio
import itertools
import json
import sys
import unicodedata
from collections.abc import Iterable
from dataclasses import astuple
from typing import Any

from portico_errors.identity import PasswordWeak

from chassis import telemetry
from chassis.call import call_or_none
from chassis.errors import Unavailable
from chassis.networks import network_of
from identity.passwords.domain import Assessment, PasswordPolicy, violations
from identity.passwords.hasher import Argon2Cost
from identity.passwords.turns import Turns

_WAITING_THERE = 1
"""Passwords at the process that none of its threads works on yet, so that a thread has its next one at once. With two,
somebody who signed in during a storm waited 497 ms at most and not 248, and logins per second were the same."""
_REST_SECONDS = 60.0
"""Without a password for so long, the process ends, which holds 60 MB after a storm; to start takes it 0.1 s."""
_END_SECONDS = 5.0

_log = telemetry.logger(__name__)
_in_hand = telemetry.METER.create_up_down_counter(
    "passwords.in_hand", unit="{password}", description="Passwords that are being hashed or assessed, or wait for it."
)


class Passwords:
    """Hashes, verifies and judges passwords; `close` after use.

    `threads` run at once and `queue` wait; beyond that a call is refused at once with `Exhausted`, so that a storm of
    logins costs bounded memory and its tail does not wait for answers that nobody reads any more. The callers' networks
    take turns, and who waits makes room for a network that has fewer waiting: a storm from one delays no other.

    In a process of its own, and not in threads of this one: those were as nice, but in a storm of logins PostgreSQL
    waited 40 ms for its turn at times, and a cheap call's 99th percentile was 13 ms and not 7 (3.8 without a storm).
    """

    def __init__(self, *, cost: Argon2Cost, policy: PasswordPolicy, threads: int, queue: int) -> None:
        self._policy = policy
        self._helper = _Helper([str(number) for number in (*astuple(cost), threads)])
        self._turns = Turns(threads + _WAITING_THERE)
        self._limit = threads + queue
        self._accepted = 0

    async def close(self) -> None:
        """End the process, which first answers what it has in hand."""
        await self._helper.close()

    async def hash(self, password: str) -> str:
        """The password's hash, in the PHC string format."""
        password_hash: str = await self._run("hash", _in_one_form(password))
        return password_hash

    async def verify(self, password: str, password_hash: str | None) -> str | None:
        """The hash to keep from now on when the password is right, else None.

        It is a new one when the parameters have risen. Without a hash it is never right. Whatever is refused costs the
        same, one hash of each cost that was met: its time tells neither whether there is an account, nor how old it is.
        """
        kept: str | None = await self._run("verify", _in_one_form(password), password_hash)
        return kept

    async def check(self, password: str, *, personal: Iterable[str], field: str) -> None:
        """Raises `PasswordWeak` with every rule that the password breaks; `personal` are words about its owner."""
        judged = _in_one_form(password)  # which is what is hashed: its length counts, and what can be guessed of it
        assessment = Assessment(**await self._run("assess", judged, sorted(map(_in_one_form, personal))))
        broken = violations(judged, policy=self._policy, assessment=assessment, field=field)
        if broken:
            raise PasswordWeak(violations=broken)

    async def _run(self, *question: object) -> Any:
        call = call_or_none()
        network = network_of(call.caller.address) if call else ""
        if self._accepted >= self._limit:
            self._turns.make_room(network)
        self._accepted += 1
        _in_hand.add(1)
        try:
            await self._turns.take(network)
            try:
                await self._helper.started()
                answer = self._helper.ask(*question)
            except BaseException:
                self._turns.give_back()
                raise
            answer.add_done_callback(self._answered)
            # Who gives up leaves, but what is at the process stays there until it is done, and keeps its place.
            return await asyncio.shield(answer)
        finally:
            self._accepted -= 1
            _in_hand.add(-1)

    def _answered(self, answer: asyncio.Future[Any]) -> None:
        self._turns.give_back()
        answer.exception()  # asked for also when nobody waits any more


class _Helper:
    """The near end of `hasher.py`, which is there while passwords come, and comes again when it is killed."""

    def __init__(self, arguments: list[str]) -> None:
        self._arguments = arguments
        self._numbers = itertools.count()
        self._open: dict[int, asyncio.Future[Any]] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._starting: asyncio.Task[None] | None = None
        self._reading: asyncio.Task[None] | None = None
        self._resting: asyncio.TimerHandle | None = None

    async def started(self) -> None:
        """Return when there is a process; Unavailable when none can be started."""
        if self._process is None:
            if self._starting is None or self._starting.done():
                self._starting = asyncio.create_task(self._start())
            await asyncio.shield(self._starting)  # others wait for it, too

    async def _start(self) -> None:
        if self._reading is not None:
            await self._reading  # so that the end of the last process is not taken for this one's
        try:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "identity.passwords.hasher", *self._arguments),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                # Linux may share out the cores by session, before niceness counts. And Ctrl-C is for identity.
                start_new_session=True,
            )
        except OSError as error:
            _log.exception("passwords.no_process")
            raise Unavailable() from error
        self._reading = asyncio.create_task(self._read(self._process))

    def ask(self, *question: object) -> asyncio.Future[Any]:
        """The answer that will come; Unavailable when the process ends before."""
        if self._process is None or self._process.stdin is None:
            raise Unavailable()
        if self._resting is not None:
            self._resting.cancel()
        number = next(self._numbers)
        self._process.stdin.write(json.dumps([number, *question]).encode() + b"\n")
        answer = self._open[number] = asyncio.get_running_loop().create_future()
        return answer

    async def close(self) -> None:
        """End the process and wait for it."""
        if self._starting is not None:
            await asyncio.wait([self._starting])
        process = self._process
        self._rest()
        if self._reading is not None:
            _, still_there = await asyncio.wait([self._reading], timeout=_END_SECONDS)
            if still_there and process is not None:
                process.kill()
                await self._reading

    def _rest(self) -> None:
        if self._resting is not None:
            self._resting.cancel()
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
        self._process = None

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        if process.stdout is None:
            raise TypeError("The process answers through a pipe.")
        try:
            async for line in process.stdout:
                number, result, error = json.loads(line)
                if error is None:
                    self._open.pop(number).set_result(result)
                else:
                    self._open.pop(number).set_exception(RuntimeError(f"identity.passwords.hasher: {error}"))
                if not self._open:
                    self._resting = asyncio.get_running_loop().call_later(_REST_SECONDS, self._rest)
        except (KeyError, TypeError, ValueError):
            _log.exception("passwords.not_understood")
            process.kill()
        self._rest()
        for answer in self._open.values():
            answer.set_exception(Unavailable())
        self._open.clear()
        if code := await process.wait():
            _log.warning("passwords.process_ended", code=code)


def _in_one_form(text: str) -> str:
    # The same letters arrive composed from one keyboard and decomposed from another (NIST SP 800-63B, 5.1.1.2).
    return unicodedata.normalize("NFKC", text)
