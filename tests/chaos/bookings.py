"""Staff book few times of one specialist at once; the history of what they were answered, and what must be true."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any
from uuid import UUID, uuid4

import httpx
import jwt

from chassis.testing.eventually import eventually
from tests.chaos.checker import unread
from tests.chaos.scene import Scene
from tests.chaos.seeds import IS_LONG
from tests.e2e.agencies import founded
from tests.e2e.people import Agency

WRITERS, COMMANDS = (8, 40) if IS_LONG else (5, 14)
_MAX_SECONDS = 60.0
_REFUSALS = frozenset(
    {"SLOT_TAKEN", "ACTION_NOT_ALLOWED", "OPTION_NOT_OPEN", "OPTIONS_OVERLAP", "TOO_MANY_HOLDS", "TOO_MANY_REQUESTS"}
)
_WHY = {"reason": "CLIENT_REQUEST"}
_COMMANDS: Mapping[str, str] = {
    "confirm": "CONFIRMED",
    "refuse": "REFUSED",
    "decline": "DECLINED",
    "cancel": "CANCELLED",
    "reschedule": "RESCHEDULED",
    "offer": "OFFERED",
}
"""What stands in the history of a command that was accepted."""
_STATES = (
    *("", "REQUESTED", "OFFERED", "CONFIRMED", "ATTENDED", "NOT_ATTENDED", "REPORTED"),
    *("DECLINED", "CANCELLED", "EXPIRED"),
)
_KINDS = (
    *("", "REQUESTED", "ACCEPTED", "OFFERED", "CONFIRMED", "REFUSED", "DECLINED", "EXPIRED", "CANCELLED"),
    "RESCHEDULED",
)
"""States, and kinds of lines, by the contract's numbers."""
_TOLD: Mapping[str, str] = {
    "OFFERED": "BOOKING_OFFERED",
    "REFUSED": "BOOKING_REQUESTED",
    "DECLINED": "BOOKING_DECLINED",
    "CANCELLED": "BOOKING_CANCELLED",
    "RESCHEDULED": "BOOKING_CHANGED",
    "CONFIRMED": "BOOKING_CONFIRMED",
}
_WANTED: Mapping[str, frozenset[str]] = {
    "REQUESTED": frozenset({"ANSWER_REQUEST"}),
    "OFFERED": frozenset({"CHOOSE_OPTION"}),
    "CONFIRMED": frozenset({"UPLOAD_PAPERWORK"}),
}
"""The open tasks by state."""
_TASKS = ("", "ENABLE_LOGIN", "BY_HAND", "ANSWER_REQUEST", "ANSWER_MOVE", "CHOOSE_OPTION", "UPLOAD_PAPERWORK")


@dataclass(slots=True)
class BookingRun:
    """An organization of its own; `accepted` has for each booking what was answered with yes."""

    scene: Scene
    agency: Agency
    org_id: UUID
    case: str
    specialist: str
    availability: str
    starts: list[str]
    random: Random
    accepted: dict[str, Counter[str]] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)

    async def write(self) -> None:
        """Everybody commands, each one thing after the other."""
        await asyncio.gather(*(self._writer(Random(self.random.random())) for _ in range(WRITERS)))

    def has_reached(self, moment: int) -> bool:
        """Whether so many commands were answered."""
        return sum(map(Counter.total, self.accepted.values())) + self.refused.total() >= moment

    async def _writer(self, random: Random) -> None:
        booking: dict[str, Any] = {}
        for _ in range(COMMANDS):
            allowed = booking.get("allowedActions", [])
            # Most of what is allowed comes to an end soon, so that there is always something new.
            if not {"CANCEL", "OFFER"} & {*allowed} or random.random() < 0.1:
                booking = await self._request(random) or booking
                continue
            booking = await self._command(random, booking, allowed)

    async def _request(self, random: Random) -> dict[str, Any]:
        slot = {"availabilityId": self.availability, "startTime": random.choice(self.starts)}
        when: dict[str, Any] = {"slot": slot} if random.random() < 0.6 else {"wishes": {}}
        made = await self._answer("REQUESTED", "/v1/bookings", caseId=self.case, **when)
        return made or {}

    async def _command(self, random: Random, booking: dict[str, Any], allowed: list[str]) -> dict[str, Any]:
        path = f"/v1/bookings/{booking['id']}"
        possible = [name for name in _COMMANDS if name.upper() in allowed]
        name = random.choice(possible)
        given: dict[str, Any] = _WHY
        slots = [
            {"slot": {"availabilityId": self.availability, "startTime": start}}
            for start in random.sample(self.starts, 2)
        ]
        match name:
            case "confirm":
                given = {"optionId": random.choice(booking["options"])["id"]}
            case "offer":
                given = {"options": slots}
            case "reschedule":
                given = {**_WHY, **slots[0]}
            case "cancel":
                given = {**_WHY, "kind": "NO_FEE"}
        answer = await self._answer(_COMMANDS[name], f"{path}:{name}", booking_id=booking["id"], **given)
        return answer or await self._get(path)

    async def _get(self, path: str) -> dict[str, Any]:
        return dict((await self._until_answered("GET", path, None))["answer"])

    async def _answer(self, kind: str, path: str, /, *, booking_id: str = "", **body: Any) -> dict[str, Any] | None:
        """What was answered, once somebody knows; None for a refusal."""
        known = await self._until_answered("POST", path, {**body, "requestId": str(uuid4())})
        if "refused" in known:
            self.refused[known["refused"]] += 1
            return None
        answer = dict(known["answer"])
        self.accepted.setdefault(booking_id or answer["id"], Counter())[kind] += 1
        return answer

    async def _until_answered(self, method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        """The same call, with its request id, until it is known what came of it."""
        headers = {"authorization": f"Bearer {self.agency.admin.tokens['accessToken']}"}

        async def attempt() -> Mapping[str, Any]:
            try:
                async with httpx.AsyncClient(base_url=self.scene.stack.gateway, trust_env=False, timeout=10) as client:
                    answer = await client.request(method, path, json=body, headers=headers)
            except httpx.TransportError:
                return {}
            if answer.is_success:
                return {"answer": answer.json()}
            if found := next((reason for reason in _REFUSALS if f'"{reason}"' in answer.text), ""):
                return {"refused": found}
            assert answer.status_code in {409, 429, 500, 503, 504}, answer.text
            assert answer.status_code != 409 or "CONCURRENT_CHANGE" in answer.text, answer.text
            return {}

        return dict(await eventually(attempt, timeout=_MAX_SECONDS))

    async def judge(self) -> None:
        """Waits until all is told, and replays the history against what is stored."""

        def is_quiet() -> bool:
            waiting = unread(self.scene, "casemanager", "notifications", "MessageRequest")
            assert not waiting, waiting
            return True

        await eventually(is_quiet, timeout=_MAX_SECONDS)
        self._judge_lines()
        self._judge_times()
        self._judge_tasks()
        self._judge_events()
        self._judge_messages()

    def _judge_lines(self) -> None:
        """Each accepted command is one line and one version, nothing else is; a line goes on where the last ended."""
        lines = self._lines()
        assert self.accepted == {booking: Counter(kind for kind, _, _ in each) for booking, each in lines.items()}
        for booking, version, state in self._bookings():
            assert version == len(lines[booking]), booking
            assert _STATES[state] == lines[booking][-1][2], booking
            gaps = [(before, after) for before, after in pairwise(lines[booking]) if before[2] != after[1]]
            assert [] == gaps, booking

    def _judge_times(self) -> None:
        """One booking for a time: what is confirmed has its reservation, what is offered its holds, others nothing."""
        query = (
            "SELECT b.id::text FROM bookings b WHERE b.org_id = %s AND b.state = 3 AND 1 <> (SELECT count(*)"
            " FROM reservations r WHERE r.org_id = b.org_id AND r.booking_id = b.id AND r.kind = 2"
            " AND lower(r.during) = b.start_time AND r.specialist_id = b.specialist_id)"
        )
        assert [] == self._rows(query, self.org_id)
        query = (
            "SELECT r.id::text FROM reservations r LEFT JOIN bookings b ON b.org_id = r.org_id AND b.id = r.booking_id"
            " WHERE r.org_id = %s AND NOT coalesce((b.state, r.kind) IN ((3, 2), (2, 1)), false)"
        )
        assert [] == self._rows(query, self.org_id)
        query = (
            "SELECT a.id::text, b.id::text FROM bookings a JOIN bookings b ON a.org_id = b.org_id AND a.id < b.id"
            " AND a.specialist_id = b.specialist_id AND a.state = 3 AND b.state = 3"
            " AND a.start_time < b.end_time AND b.start_time < a.end_time WHERE a.org_id = %s"
        )
        assert [] == self._rows(query, self.org_id)

    def _judge_tasks(self) -> None:
        """What the state asks for is open, once, and nothing else."""
        query = "SELECT booking_id::text, kind FROM tasks WHERE org_id = %s AND state = 1"
        opened: dict[str, Counter[str]] = {}
        for booking, kind in self._rows(query, self.org_id):
            opened.setdefault(booking, Counter())[_TASKS[kind]] += 1
        wanted = {
            booking: Counter(_WANTED[_STATES[state]])
            for booking, _, state in self._bookings()
            if _STATES[state] in _WANTED
        }
        assert wanted == opened

    def _judge_events(self) -> None:
        """Each version of a booking was told to others, in order and without a gap; a request that is sure twice."""
        query = (
            "SELECT aggregate_id::text, array_agg(DISTINCT version ORDER BY version), count(*) FROM outbox"
            " WHERE org_id = %s AND type LIKE '%%.BookingEvent' GROUP BY aggregate_id"
        )
        told = {booking: (versions, count) for booking, versions, count in self._rows(query, self.org_id)}
        for booking, version, _ in self._bookings():
            [first, *_] = self._lines()[booking]
            expected = version + (first[2] == "CONFIRMED")
            assert (list(range(1, version + 1)), expected) == told[booking], booking

    def _judge_messages(self) -> None:
        """Each version's people were written to once: the case manager, and the specialist where they are invited."""
        query = "SELECT reference, template, count(*) FROM messages WHERE org_id = %s GROUP BY reference, template"
        told = {
            (reference, template): count
            for reference, template, count in self.scene.rows("notifications", query, self.org_id)
            if reference.startswith("bookings/")
        }
        expected: dict[tuple[str, str], int] = {}
        for booking, lines in self._lines().items():
            for version, (kind, before, after) in enumerate(lines, start=1):
                template = _template(kind, after)
                is_of_both = "CONFIRMED" in {before, after}
                if template:
                    expected[f"bookings/{booking}/{version}", template] = 2 if is_of_both else 1
        assert expected == told

    def _lines(self) -> dict[str, list[tuple[str, str, str]]]:
        """By booking: what happened, from which state to which, in order."""
        query = (
            "SELECT booking_id::text, kind, coalesce(from_state, 0), to_state FROM booking_history"
            " WHERE org_id = %s ORDER BY event_time, id"
        )
        found: dict[str, list[tuple[str, str, str]]] = {}
        for booking, kind, before, after in self._rows(query, self.org_id):
            found.setdefault(booking, []).append((_KINDS[kind], _STATES[before], _STATES[after]))
        return found

    def _bookings(self) -> list[Any]:
        return self._rows("SELECT id::text, version, state FROM bookings WHERE org_id = %s", self.org_id)

    def _rows(self, query: str, *parameters: object) -> list[Any]:
        return list(self.scene.rows("casemanager", query, *parameters))


def _template(kind: str, state: str) -> str:
    if kind == "REQUESTED":
        return "BOOKING_CONFIRMED" if state == "CONFIRMED" else "BOOKING_REQUESTED"
    # While options are left, nobody has to hear of those that were refused.
    return "" if kind == "REFUSED" and state != "REQUESTED" else _TOLD[kind]


async def booking_run(scene: Scene, seed: int) -> BookingRun:
    """A new organization with a case manager, a case, and a specialist who has few times."""
    agency = await asyncio.to_thread(founded, scene.stack)
    claims = jwt.decode(agency.admin.access_token, options={"verify_signature": False})
    run = await asyncio.to_thread(_entered, scene, agency, UUID(claims["org"]), Random(seed))
    # Her link is the only secret of all this: that it is kept nowhere is looked at when all is over.
    await eventually(lambda: any(to == f"ana@{agency.slug}.example" for to, _ in scene.smtp.received), timeout=30)
    return run


def _entered(scene: Scene, agency: Agency, org_id: UUID, random: Random) -> BookingRun:
    admin, domain = agency.admin, f"{agency.slug}.example"
    company = admin.post("/v1/companies", name="Harbor Insurance")["id"]
    manager = {"givenName": "Ana", "familyName": "Whitfield", "email": f"ana@{domain}"}
    person = admin.post("/v1/case-managers", companyId=company, caseManager=manager)["id"]
    admin.post(f"/v1/case-managers/{person}:enableLogin")
    case = admin.post("/v1/cases", case={"caseManagerId": person, "subject": {"givenName": "Noah"}})["id"]
    doctor = {"givenName": "Rui", "familyName": "Zhang", "timeZone": "UTC", "email": f"zhang@{domain}"}
    specialist = admin.post("/v1/specialists", specialist=doctor)["id"]
    first = datetime.now(UTC).date() + timedelta(days=7)
    block = {
        "kind": "AVAILABLE",
        "startDate": first.isoformat(),
        "endDate": (first + timedelta(days=3)).isoformat(),
        "weekdays": [1, 2, 3, 4, 5, 6, 7],
        "startMinute": 540,
        "endMinute": 720,
        "appointmentMinutes": 60,
    }
    availability = admin.post("/v1/availabilities", specialistId=specialist, mode="TELEHEALTH", block=block)["id"]
    starts = [f"{first + timedelta(days=day)}T{hour:02}:00:00Z" for day in range(4) for hour in (9, 10, 11)]
    return BookingRun(scene, agency, org_id, case, specialist, availability, starts, random)
