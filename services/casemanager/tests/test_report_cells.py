"""Who does what with reports, their log and exports, cell by cell."""

import csv
import io
from collections.abc import Awaitable, Mapping
from datetime import UTC

import pytest
from portico.casemanager.v1 import booking_exports_pb2 as exports
from portico.casemanager.v1 import booking_resources_pb2 as bookings
from portico.casemanager.v1 import companies_pb2, reports_pb2
from portico.casemanager.v1 import report_resources_pb2 as res

from chassis.errors import ServiceError
from chassis.testing.grpc import Metadata
from services.casemanager.tests import documents
from services.casemanager.tests.callers import (
    ADMIN,
    COMPANY,
    ELSEWHERE,
    OTHER_SPECIALIST,
    OWN,
    SPECIALIST,
    STAFF,
    UNIT,
    callers_of,
)
from services.casemanager.tests.desk import at, own_time
from services.casemanager.tests.filings import Filings
from services.casemanager.tests.matters import open_case, party, update_case
from services.casemanager.tests.shelf import HARMFUL

NAMED = "same company, named"
MAY, ROLE = "", "ROLE_NOT_ALLOWED"
NO_BOOKING, NO_REPORT, NOT_CLEAN = "BOOKING_NOT_FOUND", "REPORT_NOT_FOUND", "FILE_NOT_CLEAN"
MANAGERS = (OWN, UNIT, COMPANY, NAMED)
OF_STAFF = {STAFF: MAY, ADMIN: MAY}
NOT_MANAGERS = dict.fromkeys(MANAGERS, ROLE)
NOT_SPECIALISTS = {SPECIALIST: ROLE, OTHER_SPECIALIST: ROLE}
READS = {OWN: MAY, UNIT: MAY, NAMED: MAY, SPECIALIST: MAY, **OF_STAFF}
BLIND = {COMPANY: NO_REPORT, OTHER_SPECIALIST: NO_REPORT, ELSEWHERE: NO_REPORT}
OF_ADMIN = {**NOT_MANAGERS, **NOT_SPECIALISTS, STAFF: ROLE, ADMIN: MAY, ELSEWHERE: NO_REPORT}

CELLS: Mapping[str, Mapping[str, str]] = {
    "file": {**NOT_MANAGERS, SPECIALIST: MAY, **OF_STAFF, OTHER_SPECIALIST: NO_BOOKING, ELSEWHERE: NO_BOOKING},
    "list": {**READS, COMPANY: NO_BOOKING, OTHER_SPECIALIST: NO_BOOKING, ELSEWHERE: NO_BOOKING},
    "get clean": {**READS, **BLIND},
    "download clean": {**READS, **BLIND},
    "download unnamed": {**READS, NAMED: NO_REPORT, **BLIND},
    "download harmful": {
        **dict.fromkeys(MANAGERS, NO_REPORT),
        **dict.fromkeys((SPECIALIST, STAFF, ADMIN), NOT_CLEAN),
        OTHER_SPECIALIST: NO_REPORT,
        ELSEWHERE: NO_REPORT,
    },
    "log clean": {**READS, NAMED: NO_REPORT, **BLIND},
    "log harmful": dict.fromkeys((*MANAGERS, SPECIALIST, OTHER_SPECIALIST, STAFF, ADMIN, ELSEWHERE), NO_REPORT),
    "withdraw clean": {**NOT_MANAGERS, **NOT_SPECIALISTS, **OF_STAFF, ELSEWHERE: NO_REPORT},
    "release harmful": OF_ADMIN,
    "rescan waiting": OF_ADMIN,
}
"""CM-15's rows on reports and their log, written once more: what comes of each deed for each caller; empty: done."""
LOG: Mapping[str, tuple[bool, bool]] = {
    OWN: (False, False),
    UNIT: (False, False),
    SPECIALIST: (False, False),
    STAFF: (True, False),
    ADMIN: (True, True),
}
"""Who reads names and times of the log; who also accounts, and addresses."""
EXPORTS: Mapping[str, set[str]] = {
    OWN: {"own", "unit"},
    UNIT: {"own", "unit"},
    COMPANY: {"company"},
    SPECIALIST: {"own", "company"},
    OTHER_SPECIALIST: set(),
    STAFF: {"own", "unit", "company"},
    ADMIN: {"own", "unit", "company"},
    ELSEWHERE: set(),
}
"""CM-15's row on exports: whose bookings, of a unit's two case managers and of a colleague, each takes home."""


async def people_of(filings: Filings) -> Mapping[str, Metadata]:
    """All callers; one of Ana's company is named as a recipient."""
    desk = filings.desk
    cleo, named = await desk.colleague(given_name="Cleo", business_unit_id="")
    parties = [party("REPORT_RECIPIENT", case_manager_id=cleo.id)]
    await update_case(desk.world, desk.case, "parties", parties=parties)
    return {**await callers_of(filings.shelves), NAMED: named}


async def reports_for(filings: Filings, booking: bookings.Booking) -> Mapping[str, res.Report]:
    """A version of each kind of which the table speaks."""
    harmful = await filings.clean(booking, documents.PDF + HARMFUL)
    clean = await filings.clean(booking)
    others = [each.party_id for each in clean.recipients if each.party_id]
    unnamed = await filings.clean(booking, excluded_party_ids=others)
    return {"harmful": harmful, "clean": clean, "unnamed": unnamed, "waiting": await filings.file(booking)}


def deed_of(
    filings: Filings, deed: str, booking: bookings.Booking, report: res.Report | None, by: Metadata
) -> Awaitable[object]:
    if report is None:
        return filings.file(booking, by=by) if deed == "file" else filings.listed(booking, by)
    match deed.split()[0]:
        case "get":
            return filings.get(report, by)
        case "download":
            return filings.download(report, by)
        case "log":
            return filings.downloads(report, by)
        case "withdraw":
            return filings.withdraw(report, by)
        case "release":
            return filings.release(report, by)
        case _:
            return filings.rescan(report, by)


@pytest.mark.parametrize("deed", CELLS)
async def test_who_does_what_with_reports(filings: Filings, deed: str) -> None:
    """CM-15, OP-11: each deed by each caller is done or refused as the table says; what is refused changes nothing."""
    people = await people_of(filings)
    assert set(people) == set(CELLS[deed])
    booking = await filings.begun()
    reports = await reports_for(filings, booking)
    # Those who may come last: they change what the others are refused.
    for caller, expected in sorted(CELLS[deed].items(), key=lambda cell: cell[1] == MAY):
        report = reports.get(deed.split()[-1])
        if expected == MAY and deed == "withdraw clean":
            report = await filings.clean(booking)
        before = await filings.listed(booking)
        try:
            await deed_of(filings, deed, booking, report, people[caller])
            came = MAY
        except ServiceError as refused:
            came = refused.reason
        assert (caller, expected) == (caller, came)
        if expected != MAY:
            assert before == await filings.listed(booking)


async def test_whom_the_list_shows_which_versions(filings: Filings) -> None:
    """CM-15: staff and the specialist all versions, case managers what is clean, others what names them."""
    people, booking = await people_of(filings), await filings.begun()
    reports = await reports_for(filings, booking)
    every, clean = set(reports), {"clean", "unnamed"}
    shown = {STAFF: every, ADMIN: every, SPECIALIST: every, OWN: clean, UNIT: clean, NAMED: {"clean"}}
    for caller, expected in shown.items():
        found = {each.id for each in await filings.listed(booking, people[caller])}
        assert (caller, {reports[name].id for name in expected}) == (caller, found)
        assert found == set(await filings.mine(people[caller]))
    for caller in (COMPANY, OTHER_SPECIALIST, ELSEWHERE):
        assert [] == await filings.mine(people[caller])


async def test_what_the_log_tells_whom(filings: Filings) -> None:
    """CM-15, CM-13: everybody who reads it names and times; staff also accounts, administrators also addresses."""
    people, booking = await people_of(filings), await filings.begun()
    report = (await reports_for(filings, booking))["clean"]
    await filings.download(report, (*filings.desk.as_ana, ("x-portico-client-address", "192.0.2.7")))
    now = filings.desk.world.clock()
    for caller, (has_account, has_address) in LOG.items():
        (line,) = await filings.downloads(report, people[caller])
        assert (caller, "Ana García", now) == (caller, line.actor_name, line.download_time.ToDatetime(UTC))
        assert (caller, has_account, has_address) == (caller, bool(line.actor_id), bool(line.address))


async def test_what_specialists_read_of_the_company(filings: Filings) -> None:
    """CM-15: that it gets the report, and neither its name nor its file number; case managers read both."""
    desk = filings.desk
    patch = companies_pb2.CompanyPatch(report_email="reports@north.example")
    await desk.call("UpdateCompany", companies_pb2.UpdateCompanyRequest(company_id=desk.ana.company_id, company=patch))
    await update_case(desk.world, desk.case, "company_file_number", company_file_number="W7")
    booking, as_zhang = await filings.begun(), await desk.as_zhang()
    report = await filings.clean(booking)
    page = await filings.page(booking, as_zhang)
    listed = (await desk.call("ListReports", reports_pb2.ListReportsRequest(), as_zhang)).reports
    for seen in (await filings.get(report, as_zhang), *page.reports, *listed):
        names = [each.name for each in seen.recipients]
        assert ("", ["Ana García", ""]) == (seen.company_file_number, names)
    assert ["Ana García", ""] == [each.name for each in page.default_recipients]
    seen = await filings.get(report, desk.as_ana)
    assert ("W7", booking.company_name) == (seen.company_file_number, seen.recipients[-1].name)


async def exported(filings: Filings, by: Metadata) -> list[dict[str, str]]:
    request = exports.ExportBookingsRequest(format=exports.ExportBookingsRequest.CSV)
    parts = [part.data async for part in filings.desk.world.stub.ExportBookings(request, metadata=by)]
    return list(csv.DictReader(io.StringIO(b"".join(parts).decode("utf-8-sig"), newline="")))


async def test_what_each_takes_home(filings: Filings) -> None:
    """CM-15, CM-14: an export has the bookings that its caller sees, and of them what they see."""
    desk, people = filings.desk, await people_of(filings)
    ben, as_ben = await desk.colleague(given_name="Ben")
    dan, as_dan = await desk.colleague(given_name="Dan", business_unit_id="")
    people = {**people, UNIT: as_ben, COMPANY: as_dan}
    made = {}
    for hour, (name, manager) in enumerate({"own": desk.ana, "unit": ben, "company": dan}.items()):
        case = await open_case(desk.world, manager, company_file_number=f"W-{name}")
        # Of the unit's nothing is confirmed yet: no specialist sees it.
        when = {} if name == "unit" else {"time": own_time(desk.zhang, at(9 + hour))}
        made[name] = (await desk.request(desk.staff, case=case, **when)).number
    for caller, expected in EXPORTS.items():
        rows = await exported(filings, people[caller])
        assert (caller, {made[name] for name in expected}) == (caller, {row["Booking"] for row in rows})
        is_whole = caller != SPECIALIST
        assert all(bool(row["Company file number"]) == is_whole for row in rows)
