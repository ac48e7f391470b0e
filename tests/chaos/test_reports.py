"""casemanager dies while a report is filed: between its bytes and its row, and between its verdict and what follows.

Anomalies looked for: a version that is there twice, or that nobody can file any more; a booking that is REPORTED and
whose people were not told, or twice; bytes that no row has and that stay for ever.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from chassis.testing.eventually import eventually
from tests.chaos.places import Place, held
from tests.chaos.scene import Scene
from tests.e2e.agencies import founded
from tests.e2e.people import Agency, Refused
from tests.e2e.tenants import PDF, begun

DAY_AND_MORE_SECONDS = 25 * 3600.0
"""Bytes that no row has are kept for a day."""
either_way = pytest.mark.parametrize("is_written", [False, True], ids=["lost", "written"])
"""Whether PostgreSQL did what the dead process had asked for last."""


@dataclass(frozen=True, slots=True)
class Matter:
    """An appointment that has just begun, of an organization of its own; its company has an address for reports."""

    scene: Scene
    agency: Agency
    org_id: UUID
    booking: str
    request_id: str

    async def file(self) -> dict[str, Any]:
        """Files the report; always the same request."""
        path = f"/v1/bookings/{self.booking}/reports"
        said = {"fileName": "report.pdf", "requestId": self.request_id}
        return await asyncio.to_thread(self.agency.admin.upload, path, PDF, **said)

    def rows(self, query: str) -> list[Any]:
        return [row[0] for row in self.scene.rows("casemanager", query, self.org_id)]

    def versions(self) -> list[int]:
        return self.rows("SELECT report_version FROM reports WHERE org_id = %s")

    def bytes_without_row(self) -> set[str]:
        """The keys in the store that no report has."""
        root = Path(self.scene.stack.data, "blobs")
        pieces = (piece for piece in Path(root, str(self.org_id)).rglob("*") if piece.is_file())
        found = {str(piece.parent.relative_to(root)) for piece in pieces}
        return found - set(self.rows("SELECT blob_key FROM reports WHERE org_id = %s"))

    def is_reported(self) -> bool:
        return bool(self.agency.admin.get(f"/v1/bookings/{self.booking}")["state"] == "REPORTED")

    async def judge(self) -> None:
        """One version, one of each task, line and event, and one message for whom it is."""
        await eventually(self.is_reported, timeout=30)
        assert [1] == self.versions()
        history = self.agency.admin.get(f"/v1/bookings/{self.booking}/history")["entries"]
        assert ["REQUESTED", "REPORT_FILED", "REPORTED"] == [entry["kind"] for entry in reversed(history)]
        tasks = self.rows("SELECT kind FROM tasks WHERE org_id = %s ORDER BY kind")
        open_tasks = self.agency.admin.get("/v1/tasks")["tasks"]
        # To send paperwork, to file the report and to read it.
        assert (3, 3, ["READ_REPORT"]) == (len(tasks), len({*tasks}), [task["kind"] for task in open_tasks])
        subjects = Counter(self.rows("SELECT subject FROM outbox WHERE org_id = %s"))
        assert (1, 1) == (subjects["report.filed"], subjects["booking.reported"])
        asked = self.rows("SELECT payload FROM outbox WHERE org_id = %s AND subject LIKE 'notification.%%'")
        assert 1 == sum(b"REPORT_READY" in payload for payload in asked)
        assert PDF == self.agency.admin.download(f"/v1/reports/{self.report_id()}:download")
        address = f"reports@{self.agency.slug}.example"
        await eventually(lambda: address in {to for to, _ in self.scene.smtp.received}, timeout=30)
        query = "SELECT count(*) FROM messages WHERE org_id = %s AND template = 'REPORT_READY'"
        assert [(1,)] == self.scene.rows("notifications", query, self.org_id)

    def report_id(self) -> str:
        return str(self.rows("SELECT id FROM reports WHERE org_id = %s")[0])


@pytest.fixture
async def matter(scene: Scene) -> Matter:
    agency = await asyncio.to_thread(founded, scene.stack)
    admin = agency.admin
    company = admin.post("/v1/companies", name="Harbor Insurance")["id"]
    admin("PATCH", f"/v1/companies/{company}", company={"reportEmail": f"reports@{agency.slug}.example"})
    manager = admin.post("/v1/case-managers", companyId=company, caseManager={"givenName": "Ana"})["id"]
    doctor = {"givenName": "Rui", "timeZone": "UTC", "email": f"rui@{agency.slug}.example"}
    specialist = admin.post("/v1/specialists", specialist=doctor)["id"]
    admin.post(f"/v1/specialists/{specialist}:enableLogin")
    # The link is the only secret of all this: that it is kept nowhere is looked at when all is over.
    await eventually(lambda: doctor["email"] in {to for to, _ in scene.smtp.received}, timeout=30)
    case = admin.post("/v1/cases", case={"caseManagerId": manager, "subject": {"givenName": "Noah"}})["id"]
    booking = await begun(admin, case, specialist)
    [(org_id,)] = scene.rows("casemanager", "SELECT org_id FROM bookings WHERE id = %s", UUID(booking))
    return Matter(scene, agency, org_id, booking, str(uuid4()))


async def killed_while_waiting(scene: Scene, place: Place, matter: Matter, *, is_written: bool, filing: bool) -> None:
    """The service dies while a statement of it waits there, which is done afterwards or never."""
    with held(scene, place) as holder:
        upload = asyncio.create_task(matter.file()) if filing else None
        if upload is None:
            scene.stack.parts["scanner"].resume()
        await eventually(holder.waiting, timeout=30)
        await scene.kill("casemanager")
        if not is_written:
            holder.end_the_waiting()
    if upload is not None:
        with pytest.raises((Refused, httpx.TransportError)):
            await upload


@either_way
async def test_killed_between_the_bytes_and_the_row(scene, matter, is_written):
    """CM-13, OP-06: whether the row was written or not, who files once more has filed once; the rest is collected."""
    await killed_while_waiting(scene, Place.FILED, matter, is_written=is_written, filing=True)
    await eventually(lambda: ([1] if is_written else []) == matter.versions())
    assert is_written == (not matter.bytes_without_row())
    await scene.start_again("casemanager")
    await eventually(scene.is_ready)
    report = await matter.file()
    assert matter.report_id() == report["id"]
    await matter.judge()
    if not is_written:
        assert 1 == len(matter.bytes_without_row())
        async with scene.changed("casemanager", ahead=DAY_AND_MORE_SECONDS):
            await eventually(lambda: not matter.bytes_without_row(), timeout=30)
    assert not matter.bytes_without_row()
    assert PDF == matter.agency.admin.download(f"/v1/reports/{report['id']}:download")


@either_way
async def test_killed_between_the_verdict_and_what_follows(scene, matter, is_written):
    """CM-08, CM-13, OP-06: the verdict is asked for again, or was written: REPORTED once, and told once."""
    scene.stack.parts["scanner"].pause()
    await matter.file()
    await killed_while_waiting(scene, Place.JUDGED, matter, is_written=is_written, filing=False)
    await scene.start_again("casemanager")
    await eventually(scene.is_ready)
    # What the dead process had in hand is free at once, and not after its lease.
    scene.run("casemanager", "UPDATE reports SET next_scan_time = now() WHERE next_scan_time IS NOT NULL")
    await matter.judge()
    assert not matter.bytes_without_row()
