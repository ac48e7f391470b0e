"""A batch of invitations in an organization of its own, and what must be true of it in the end."""

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any
from uuid import UUID, uuid4

import httpx
import jwt

from chassis.testing.eventually import eventually
from tests.chaos.scene import Scene
from tests.chaos.seeds import IS_LONG
from tests.e2e.agencies import founded
from tests.e2e.people import Agency

ROWS = 10_000 if IS_LONG else 1_200
_MAX_SECONDS = 240.0 if IS_LONG else 90.0
_SUCCEEDED, _INVITED = 9, 2
_RATE = 60_000
"""Messages a minute."""
SENT, CANCELLED = 3, 8
"""States of messages: the contract's numbers."""
_REVOKED = 2
_MESSAGE_ID = re.compile(rb"^message-id:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
_APPLICATIONS = (
    "INSERT INTO applications (org_id, id, serial, number, status, children, answers, update_request, create_time,"
    " update_time, version) SELECT %s, ('00000001-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, i,"
    " 'A-' || lpad(i::text, 6, '0'), 1, '[]', '{}', '', now(), now(), 1 FROM generate_series(1, %s) i"
)
_GUARDIANS = (
    "INSERT INTO guardians (org_id, id, application_id, position, given_name, family_name, email, phone,"
    " preferred_method, language, failure_reason, update_time, version)"
    " SELECT %s, ('00000002-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid,"
    " ('00000001-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, 0, 'Ana', 'García',"
    " 'family-' || i || %s, '', 1, 'en', '', now(), 1 FROM generate_series(1, %s) i"
)


@dataclass(slots=True)
class BatchRun:
    """An organization whose families are invited by batches, as quickly as it goes."""

    scene: Scene
    agency: Agency
    org_id: UUID
    batch_ids: list[str] = field(default_factory=list)

    async def __call__(self, method: str, path: str, /, **body: Any) -> dict[str, Any]:
        """What a member of the staff asks for, repeated with its request id until it is answered."""
        request = {**body, "requestId": str(uuid4())} if method == "POST" else None
        headers = {"authorization": f"Bearer {self.agency.admin.tokens['accessToken']}"}

        async def attempt() -> Mapping[str, Any]:
            try:
                async with httpx.AsyncClient(base_url=self.scene.stack.gateway, trust_env=False, timeout=10) as client:
                    answer = await client.request(method, path, json=request, headers=headers)
            except httpx.TransportError:
                return {}
            if answer.is_success or "ACTION_NOT_ALLOWED" in answer.text:  # it has ended meanwhile
                return {"answer": answer.json()}
            assert answer.status_code in {409, 429, 500, 503, 504}, answer.text
            return {}

        return dict((await eventually(attempt, timeout=_MAX_SECONDS))["answer"])

    async def previewed(self, **invite: Any) -> str:
        """A batch of everybody, whose preview is done."""
        batch_id = str((await self("POST", "/v1/batches", invite=invite, matching={}))["id"])
        self.batch_ids.append(batch_id)
        await self.until(lambda: self.state(batch_id) != 1)
        return batch_id

    async def begun(self, seed: int, batch_id: str) -> None:
        """Starts a batch, and returns at any moment of its run."""
        await self("POST", f"/v1/batches/{batch_id}:start")
        moment = Random(seed).randrange(ROWS)
        await self.until(lambda: self.invited(batch_id) >= moment or self.state(batch_id) == _SUCCEEDED)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Waits for what the databases say."""
        await eventually(holds, timeout=_MAX_SECONDS)

    def state(self, batch_id: str) -> int:
        """Where a batch stands: the contract's number."""
        return int(self._applications("SELECT state FROM batches WHERE id = %s", UUID(batch_id))[0][0])

    def invited(self, batch_id: str) -> int:
        """How many of its rows are done."""
        query = "SELECT count(*) FROM invitations WHERE org_id = %s AND batch_id = %s"
        return int(self._applications(query, self.org_id, UUID(batch_id))[0][0])

    def outcomes(self, batch_id: str) -> Counter[int]:
        """Its rows by outcome: the contract's numbers."""
        query = "SELECT outcome, count(*) FROM batch_rows WHERE org_id = %s AND batch_id = %s GROUP BY outcome"
        return Counter(dict(self._applications(query, self.org_id, UUID(batch_id))))

    def messages(self, batch_id: str) -> Counter[int]:
        """The messages of its invitations by state, each once."""
        query = 'SELECT state, count(*) FROM messages WHERE org_id = %s AND "group" = %s GROUP BY state'
        return Counter(dict(self.scene.rows("notifications", query, self.org_id, f"batches/{batch_id}")))

    def sent(self) -> Counter[bytes]:
        """How often which email was handed over, by its Message-ID."""
        domain = f"@{self.agency.slug}.example"
        mine = [content for to, content in self.scene.smtp.received if to.endswith(domain) and to.startswith("family-")]
        return Counter(found.group(1) for content in mine if (found := _MESSAGE_ID.search(content)))

    def open_but_unsent(self, batch_id: str) -> int:
        """Invitations that are still good though their message was taken back."""
        query = (
            "SELECT count(*) FROM invitations WHERE org_id = %s AND batch_id = %s AND message_state = %s"
            " AND outcome IS DISTINCT FROM %s"
        )
        return int(self._applications(query, self.org_id, UUID(batch_id), CANCELLED, _REVOKED)[0][0])

    def open_invitations(self) -> Counter[UUID]:
        """How many each guardian has."""
        query = "SELECT guardian_id FROM invitations WHERE org_id = %s AND end_time IS NULL"
        return Counter(row[0] for row in self._applications(query, self.org_id))

    def lines(self) -> int:
        """Lines of the timeline that say that somebody was invited."""
        query = "SELECT count(*) FROM timeline WHERE org_id = %s AND kind = 2"
        return int(self._applications(query, self.org_id)[0][0])

    def _applications(self, query: str, *parameters: object) -> list[Any]:
        return list(self.scene.rows("applications", query, *parameters))

    def _is_over(self, batch_id: str) -> bool:
        found = (self.state(batch_id), dict(self.messages(batch_id)), dict(self.outcomes(batch_id)))
        assert (_SUCCEEDED, {SENT: ROWS}) == found[:2], found
        return True

    async def judge(self, *, sender_died: bool = False) -> None:
        """Waits for the end of its batches: one invitation and one message for each row, whatever has happened."""
        for batch_id in self.batch_ids:
            await self.until(partial(self._is_over, batch_id))
            assert {_INVITED: ROWS} == self.outcomes(batch_id)
            assert ROWS == self.invited(batch_id)
        total = ROWS * len(self.batch_ids)
        assert total == self.lines()
        await self.until(lambda: len(self.sent()) == total)
        assert sender_died or total == self.sent().total()
        opened = self.open_invitations()
        assert (ROWS, {1}) == (len(opened), set(opened.values()))


async def batch_run(scene: Scene) -> BatchRun:
    """A new organization with its families, which sends as quickly as any may."""
    agency = await asyncio.to_thread(founded, scene.stack)
    await asyncio.to_thread(
        scene.stack.run, "identity", "set-organization", "--slug", agency.slug, "--send-rate", str(_RATE)
    )
    claims = jwt.decode(agency.admin.access_token, options={"verify_signature": False})
    org_id = UUID(claims["org"])
    query = "SELECT send_rate FROM organizations WHERE org_id = %s"
    for service in ("applications", "notifications"):
        await eventually(partial(_is_known, scene, service, query, org_id), timeout=30)
    scene.run("applications", _APPLICATIONS, org_id, ROWS)
    scene.run("applications", _GUARDIANS, org_id, f"@{agency.slug}.example", ROWS)
    return BatchRun(scene, agency, org_id)


def _is_known(scene: Scene, service: str, query: str, org_id: UUID) -> bool:
    return scene.rows(service, query, org_id) == [(_RATE,)]
