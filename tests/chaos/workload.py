"""What staff of two organizations do at the same time, by chance but repeatably, and what they were told."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any
from uuid import uuid4

import httpx

from chassis.testing.eventually import eventually
from tests.chaos.scene import Scene
from tests.e2e.families import Submission, fresh_email, fresh_phone
from tests.e2e.people import ADMIN_PASSWORD

SUBMIT, REINVITE, REVOKE = "submit", "reinvite", "revoke"
_PATHS = {REINVITE: ":reinvite", REVOKE: ":revokeInvitation"}
# DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, ABORTED, UNAVAILABLE: https://grpc.github.io/grpc/core/md_doc_statuscodes.html
_MAY_RETRY = {4, 8, 10, 14}
_MAX_OUTAGE = 90.0
"""Seconds that a command is repeated before somebody asks why."""


@dataclass(slots=True)
class Family:
    """One family of one agency, and what was done for it with success, in its order."""

    agency: int
    contact: str
    done: list[str] = field(default_factory=list)
    application_id: str = ""
    told: list[str] = field(default_factory=list)
    """Every answer's text."""

    @property
    def invitations(self) -> int:
        """How many it must have got."""
        return sum(verb != REVOKE for verb in self.done)


@dataclass(slots=True)
class History:
    """Everything that was asked for, and how often it had to be asked."""

    families: list[Family] = field(default_factory=list)
    calls: int = 0

    @property
    def commands(self) -> int:
        """How many were accepted."""
        return sum(len(family.done) for family in self.families)


class Workload:
    """Submissions, invitations and revocations; each is repeated with its request id until its fate is known."""

    def __init__(
        self,
        scene: Scene,
        seed: int,
        *,
        families: int = 4,
        by_sms: float = 0.25,
        only: str = "",
        patience: float | None = None,
    ) -> None:
        """`families` of each agency; `by_sms` is the share of those who have a phone; `only` limits what follows.

        Who has `patience` gives a call up after any time up to that many seconds, and sends it again, each time with a
        little more of it: on a slow machine nobody would ever be answered otherwise.
        """
        self._scene = scene
        self._patience = patience
        self._seed, self._random = seed, Random(seed)
        self.history = History()
        self._scripts: list[tuple[Family, Submission, list[str]]] = []
        for agency in range(len(scene.agencies)):
            for _ in range(families):
                phone = self._random.random() < by_sms
                contact = fresh_phone() if phone else fresh_email()
                submission = Submission(phone=contact, preferred="SMS") if phone else Submission(email=contact)
                family = Family(agency, contact)
                self.history.families.append(family)
                # A phone is sent no second invitation within a minute.
                script = [] if only == SUBMIT else [REVOKE] if phone else self._script()
                self._scripts.append((family, submission, script))

    async def run(self) -> History:
        """Do it all; every family's commands in their order, the families side by side."""
        async with httpx.AsyncClient(base_url=self._scene.stack.gateway, trust_env=False) as client:
            tokens = [await self._sign_in(client, number) for number in range(len(self._scene.agencies))]
            async with asyncio.TaskGroup() as tasks:
                for family, submission, script in self._scripts:
                    tasks.create_task(self._story(client, tokens[family.agency], family, submission, script))
        return self.history

    async def at_any_moment(self) -> asyncio.Task[History]:
        """Begin; returns what goes on, when as many commands have been accepted as the seed says."""
        running = asyncio.create_task(self.run())
        length = sum(1 + len(script) for _, _, script in self._scripts)
        moment = Random(self._seed).randrange(length)
        await eventually(lambda: self.history.commands >= moment, timeout=_MAX_OUTAGE)
        return running

    def _script(self) -> list[str]:
        steps = self._random.choices([[REINVITE], [REVOKE, REINVITE]], k=self._random.randint(0, 2))
        return [verb for step in steps for verb in step] + [REVOKE] * self._random.choice([0, 0, 1])

    async def _sign_in(self, client: httpx.AsyncClient, agency: int) -> Mapping[str, str]:
        one = self._scene.agencies[agency]
        body = {"realm": one.slug, "username": one.username, "password": ADMIN_PASSWORD}

        async def tokens() -> Any:
            # Right after a kill the edge may not yet know that identity is back.
            answer = await client.post("/v1/auth/login", json=body)
            assert answer.status_code == 200, answer.text
            return answer.json()

        return {"authorization": f"Bearer {(await eventually(tokens))['tokens']['accessToken']}"}

    async def _story(
        self,
        client: httpx.AsyncClient,
        headers: Mapping[str, str],
        family: Family,
        submission: Submission,
        script: list[str],
    ) -> None:
        send = partial(self._command, client, headers, family)
        family.application_id = (await send(SUBMIT, "/v1/applications", submission.body()))["id"]
        for verb in script:
            await send(verb, f"/v1/applications/{family.application_id}{_PATHS[verb]}", {})

    async def _command(
        self,
        client: httpx.AsyncClient,
        headers: Mapping[str, str],
        family: Family,
        verb: str,
        path: str,
        body: Mapping[str, Any],
    ) -> dict[str, Any]:
        request = {**body, "requestId": str(uuid4())}

        patience = self._patience

        async def attempt() -> dict[str, Any]:
            nonlocal patience
            self.history.calls += 1
            try:
                timeout = 10 if patience is None else self._random.uniform(0.001, patience)
                patience = patience and patience * 1.05
                answer = await client.post(path, json=request, headers=headers, timeout=timeout)
            except httpx.TransportError:
                return {}
            family.told.append(answer.text)
            if answer.is_success:
                return dict(answer.json())
            if answer.json()["code"] not in _MAY_RETRY:
                raise RuntimeError(f"{verb}: {answer.text}")
            return {}

        answer: dict[str, Any] = await eventually(attempt, timeout=_MAX_OUTAGE)
        family.done.append(verb)
        return answer
