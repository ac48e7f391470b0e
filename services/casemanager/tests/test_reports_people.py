"""Who gets reports, who sees them, who is told, and who downloaded what."""

from typing import Any

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from portico.casemanager.v1 import companies_pb2
from portico.casemanager.v1 import report_resources_pb2 as res
from portico.casemanager.v1 import reports_pb2 as pb

from casemanager.files.domain.scans import ScanVerdict
from chassis.call import Role
from chassis.errors import Denied, NotFound, Unauthenticated
from chassis.ids import new_id
from services.casemanager.tests import documents
from services.casemanager.tests.desk import at, login, refuses
from services.casemanager.tests.desk import state_of as booking_state
from services.casemanager.tests.filings import actions_of, pieces, state_of
from services.casemanager.tests.matters import party, update_case
from services.casemanager.tests.shelf import HARMFUL

STAFF = {Role.STAFF_ADMIN, Role.STAFF}
ALL = {*STAFF, Role.CASE_MANAGER, Role.SPECIALIST}
READERS = ["DOWNLOAD", "LIST_DOWNLOADS"]


async def around(filings):
    """Ana's case with a colleague of no unit and somebody without a login as recipients, and a company that reads."""
    desk = filings.desk
    cleo, as_cleo = await desk.colleague(given_name="Cleo", business_unit_id="")
    parties = [
        party("REPORT_RECIPIENT", case_manager_id=cleo.id),
        party("REPORT_RECIPIENT", name="Sol Ictor", email="sol@law.example"),
        party("SOLICITOR", name="Other Side", email="other@law.example"),
    ]
    await update_case(
        desk.world, desk.case, "parties", "company_file_number", parties=parties, company_file_number="W7"
    )
    patch = companies_pb2.CompanyPatch(report_email="reports@north.example")
    request = companies_pb2.UpdateCompanyRequest(
        company_id=desk.ana.company_id, company=patch, update_mask=FieldMask(paths=["report_email"])
    )
    await desk.call("UpdateCompany", request)
    return cleo, as_cleo


async def test_the_recipients(filings):
    """CM-13: the case manager, the case's recipients and the company's address; staff see who cannot sign in."""
    desk, (cleo, _) = filings.desk, await around(filings)
    booking = await filings.begun()
    page = await filings.page(booking, await desk.as_zhang())
    assert page.can_file
    assert ["", "", "", ""] == [each.email for each in page.default_recipients]
    report = await filings.clean(booking)
    kinds = res.ReportRecipient
    assert [
        (kinds.OWN_MANAGER, "Ana García", desk.ana.email, False),
        (kinds.PARTY, "Cleo García", cleo.email, False),
        (kinds.PARTY, "Sol Ictor", "sol@law.example", True),
        (kinds.COMPANY, booking.company_name, "reports@north.example", False),
    ] == [(each.kind, each.name, each.email, each.by_other_means) for each in report.recipients]


async def test_parties_can_be_left_out(filings):
    """CM-13: the filer leaves out parties, and nobody else."""
    desk, (_, as_cleo) = filings.desk, await around(filings)
    booking = await filings.begun()
    recipients = (await filings.page(booking)).default_recipients
    cleo, sol = [each.party_id for each in recipients if each.kind == res.ReportRecipient.PARTY]
    await desk.last_mails()
    report = await filings.clean(booking, excluded_party_ids=[cleo, sol])
    assert ["Ana García", booking.company_name] == [each.name for each in report.recipients]
    assert {desk.ana.email, "reports@north.example"} == {address for _, address in await desk.last_mails()}
    with refuses("REPORT_NOT_FOUND"):
        await filings.download(report, as_cleo)


async def test_recipients_are_told_with_a_link(filings):
    """CM-13: REPORT_READY goes to recipients with a login and to the company, and leads to the page."""
    desk, (cleo, _) = filings.desk, await around(filings)
    booking = await filings.begun()
    await desk.last_mails()
    await filings.file(booking)
    assert [] == await desk.last_mails()
    await filings.scan()
    told = [("REPORT_READY", address) for address in sorted([desk.ana.email, cleo.email, "reports@north.example"])]
    assert told == await desk.last_mails()
    by_address = {mail.recipient.address: mail for mail in (await desk.mails())[-3:]}
    values = by_address[desk.ana.email].values
    assert (booking.number, "W7", "1", f"https://portico.example/cm/bookings/{booking.id}") == (
        values["booking_number"],
        values["company_file_number"],
        values["version"],
        values["booking_url"],
    )
    assert "replaces" not in values
    assert "https://portico.example/cm/reports" == by_address[cleo.email].values["booking_url"]
    await filings.clean(booking, kind=res.Report.AMENDED)
    values = (await desk.mails())[-1].values
    assert ("2", "1") == (values["version"], values["replaces"])


async def test_somebody_without_a_login_is_not_told(filings):
    """CM-13: a case manager who cannot sign in gets no message; staff see that they are to get it by other means."""
    desk = filings.desk
    dora, _ = await desk.colleague(given_name="Dora")
    nora = await desk.world.case_manager(desk.ana.company_id, given_name="Nora")
    parties = [party("REPORT_RECIPIENT", case_manager_id=each.id) for each in (dora, nora)]
    await update_case(desk.world, desk.case, "parties", parties=parties)
    booking = await filings.begun()
    await desk.last_mails()
    report = await filings.clean(booking)
    assert {"Ana García": False, "Dora García": False, "Nora García": True} == {
        each.name: each.by_other_means for each in report.recipients
    }
    assert {desk.ana.email, dora.email} == {address for _, address in await desk.last_mails()}


async def test_what_the_unit_and_the_company_see(filings):
    """CM-15: the unit reads and sees the log; of the rest of the company only who is named, and no log."""
    desk, (_, as_cleo) = filings.desk, await around(filings)
    _, as_ben = await desk.colleague()
    _, as_dan = await desk.colleague(given_name="Dan", business_unit_id="")
    booking = await filings.begun()
    report = await filings.clean(booking)
    other = await filings.clean(
        booking, excluded_party_ids=[each.party_id for each in report.recipients if each.party_id]
    )
    assert [other.id, report.id] == [each.id for each in await filings.listed(booking, as_ben)]
    [seen] = await filings.listed(booking, as_cleo)
    assert (report.id, ["DOWNLOAD"], 0) == (seen.id, actions_of(seen), seen.downloads_count)
    for who in (as_ben, as_cleo):
        assert documents.PDF == await filings.download(report, who)
    assert 2 == len(await filings.downloads(report, as_ben))
    with refuses("REPORT_NOT_FOUND"):
        await filings.downloads(report, as_cleo)
    with refuses("REPORT_NOT_FOUND"):
        await filings.download(other, as_cleo)
    with refuses("BOOKING_NOT_FOUND"):
        await filings.listed(booking, as_dan)
    with refuses("REPORT_NOT_FOUND"):
        await filings.download(report, as_dan)


async def test_whose_booking_it_was_when_it_was_reported(filings):
    """CM-15: a case manager keeps what was reported while the booking was theirs, with its log, and nothing new."""
    desk, booking = filings.desk, await filings.begun()
    first = await filings.clean(booking)
    await filings.download(first)
    await filings.withdraw(first)
    dan, as_dan = await desk.colleague(given_name="Dan", business_unit_id="")
    await desk.do("AssignBooking", booking, desk.staff, case_manager_id=dan.id)
    second = await filings.clean(booking)
    assert ["Dan García"] == [each.name for each in second.recipients]
    assert [second.id, first.id] == [each.id for each in await filings.listed(booking, as_dan)]
    assert [first.id] == [each.id for each in await filings.listed(booking, desk.as_ana)]
    assert ["Ana García"] == [each.actor_name for each in await filings.downloads(first, desk.as_ana)]
    with refuses("REPORT_NOT_FOUND"):
        await filings.download(second)


async def test_what_the_specialist_sees(filings):
    """CM-15: the specialist of the booking files, sees every version and its log; another one nothing."""
    desk, booking = filings.desk, await filings.begun()
    as_zhang = await desk.as_zhang()
    other = await desk.practice.specialist(time_zone="UTC")
    as_other = await login(desk.world, other.id, Role.SPECIALIST)
    report = await filings.file(booking, by=as_zhang)
    assert (report.specialist_name, "") == (report.filer_name, report.filed_by)
    await filings.scan()
    await filings.download(report)
    [seen] = await filings.listed(booking, as_zhang)
    assert READERS == actions_of(seen)
    assert documents.PDF == await filings.download(report, as_zhang)
    assert [seen.specialist_name, "Ana García"] == [
        each.actor_name for each in await filings.downloads(report, as_zhang)
    ]
    for refused, reason in (
        (filings.listed(booking, as_other), "BOOKING_NOT_FOUND"),
        (filings.download(report, as_other), "REPORT_NOT_FOUND"),
        (filings.file(booking, by=as_other), "BOOKING_NOT_FOUND"),
    ):
        with refuses(reason):
            await refused


async def test_the_log_of_downloads(filings):
    """CM-13, CM-15: who, when, which version, how much; accounts for staff, addresses for administrators alone."""
    desk, booking = filings.desk, await filings.begun()
    report = await filings.clean(booking)
    from_home = (*desk.as_ana, ("x-portico-client-address", "192.0.2.7"))
    await filings.download(report, from_home, offset=3, length=4)
    await filings.download(report, from_home)
    whole, part = await filings.downloads(report, filings.shelves.admin)
    assert [(len(documents.PDF), True), (4, False)] == [(each.delivered_bytes, each.whole) for each in (whole, part)]
    assert (1, "Ana García", desk.world.clock()) == (
        whole.version,
        whole.actor_name,
        whole.download_time.ToDatetime(desk.world.clock().tzinfo),
    )
    assert ("192.0.2.7", True) == (whole.address, bool(whole.actor_id))
    [by_staff, _] = await filings.downloads(report)
    assert (True, "") == (bool(by_staff.actor_id), by_staff.address)
    [by_ana, _] = await filings.downloads(report, desk.as_ana)
    assert ("Ana García", "", "") == (by_ana.actor_name, by_ana.actor_id, by_ana.address)
    assert 2 == (await filings.listed(booking))[0].downloads_count


async def test_what_is_known_before_a_download(filings):
    """CM-12: a call of its own says what a version is, and logs nothing; the download begins with its digest."""
    desk, booking = filings.desk, await filings.begun()
    report = await filings.clean(booking)
    assert report == await desk.call("GetReport", pb.GetReportRequest(report_id=report.id))
    assert [] == await filings.downloads(report)
    call = desk.world.stub.DownloadReport(pb.DownloadReportRequest(report_id=report.id), metadata=desk.as_ana)
    assert f'"{report.sha256}"' == dict(await call.initial_metadata())["etag"]
    assert documents.PDF == b"".join([message.data async for message in call])
    with refuses("RANGE_INVALID"):
        await filings.download(report, offset=report.size_bytes)


async def test_a_version_is_taken_back(filings):
    """CM-13: its bytes are hidden at once, recipients are told, staff learn who had it, and it is to be filed anew."""
    desk, (cleo, as_cleo) = filings.desk, await around(filings)
    booking = await filings.begun()
    report = await filings.clean(booking)
    await filings.download(report, as_cleo)
    await desk.last_mails()
    answer = await filings.withdraw(report, reason=" Wrong person ")
    assert ("WITHDRAWN", "Wrong person", ["LIST_DOWNLOADS"]) == (
        state_of(answer.report),
        answer.report.withdraw_reason,
        actions_of(answer.report),
    )
    assert ["Cleo García"] == [each.actor_name for each in answer.downloads]
    told = [("REPORT_WITHDRAWN", address) for address in sorted([desk.ana.email, cleo.email, "reports@north.example"])]
    assert told == await desk.last_mails()
    ready = next(mail for mail in await desk.mails() if mail.template == "REPORT_READY")
    assert ready.reference == (await desk.mails())[-1].supersedes
    for who in (desk.as_ana, as_cleo, desk.staff, await desk.as_zhang()):
        with refuses("REPORT_WITHDRAWN"):
            await filings.download(report, who)
    attended = await desk.get(booking)
    assert ("ATTENDED", 0, False) == (
        booking_state(attended),
        attended.report_version,
        attended.HasField("report_time"),
    )
    assert ["FILE_REPORT"] == await desk.open_tasks()
    assert ("REPORT_WITHDRAWN", "withdrawn") == ((await desk.kinds(booking))[-1], (await filings.events())[-1])
    with refuses("REPORT_WITHDRAWN"):
        await filings.withdraw(report)
    [seen] = await filings.listed(booking, desk.as_ana)
    assert ("WITHDRAWN", "", False) == (state_of(seen), seen.withdraw_reason, seen.unread)


async def test_an_older_version_remains(filings):
    """CM-13: with another version that counts the booking stays REPORTED, by that one."""
    desk, booking = filings.desk, await filings.begun()
    first, second = await filings.clean(booking), await filings.clean(booking)
    await filings.withdraw(second)
    reported = await desk.get(booking)
    assert ("REPORTED", 1) == (booking_state(reported), reported.report_version)
    assert documents.PDF == await filings.download(first)
    assert [] == await desk.open_tasks()
    third = await filings.clean(booking)
    assert (3, 1) == (third.version, third.replaces_version)


async def test_nobody_hears_that_an_unread_file_was_taken_back(filings):
    """CM-13: what was quarantined, or is still being checked, had no readers: nobody is told, and its bytes go."""
    desk, booking = filings.desk, await filings.begun()
    harmful = await filings.clean(booking, documents.PDF + HARMFUL)
    assert res.Report.State.Name(harmful.state) == "QUARANTINED"
    assert ScanVerdict.FOUND == harmful.verdict
    waiting = await filings.file(booking)
    await desk.last_mails()
    for report in (harmful, waiting):
        await filings.withdraw(report)
    assert [] == await desk.last_mails()
    assert not (await desk.get(booking)).report_in_check
    assert 0 < await filings.shelves.orphans()
    assert ["FILE_REPORT"] == await desk.open_tasks()


async def test_reports_of_all_bookings(filings):
    """CM-13, CM-15: everybody lists what they see, the newest first; who is named finds it among theirs."""
    desk, (_, as_cleo) = filings.desk, await around(filings)
    _, as_ben = await desk.colleague()
    _, as_dan = await desk.colleague(given_name="Dan", business_unit_id="")
    first = await filings.clean(await filings.begun())
    second_booking = await filings.begun(at(9, day=1))
    second = await filings.file(second_booking)
    as_zhang = await desk.as_zhang()
    assert [second.id, first.id] == await filings.mine(desk.staff) == await filings.mine(as_zhang)
    await filings.scan()
    for who in (desk.as_ana, as_ben, as_cleo):
        assert [second.id, first.id] == await filings.mine(who)
        assert [second.id, first.id] == await filings.mine(who, case_id=desk.case.id)
    assert [] == await filings.mine(as_dan)
    assert [] == await filings.mine(desk.as_ana, case_id=str(new_id()))
    assert [] == await filings.mine(desk.world.people.metadata(Role.STAFF, org_id=new_id()))
    await filings.download(second)
    assert [first.id] == await filings.mine(desk.as_ana, unread=True)
    assert [second.id, first.id] == await filings.mine(as_ben, unread=True)
    await filings.withdraw(first)
    assert [] == await filings.mine(desk.as_ana, unread=True)
    assert [second.id, first.id] == await filings.mine(desk.as_ana)


async def test_pages_of_reports(filings):
    """GW-06: both lists, and the log, come page by page, in order, each with tokens of its own."""
    desk, booking = filings.desk, await filings.begun()
    reports = [await filings.clean(booking) for _ in range(3)]
    for _ in range(3):
        await filings.download(reports[0])
    expected = [report.id for report in reversed(reports)]
    lists: list[tuple[str, Any, str]] = [
        ("ListReports", pb.ListReportsRequest(page_size=2), "reports"),
        ("ListBookingReports", pb.ListBookingReportsRequest(booking_id=booking.id, page_size=2), "reports"),
        ("ListReportDownloads", pb.ListReportDownloadsRequest(report_id=reports[0].id, page_size=2), "downloads"),
    ]
    tokens = []
    for name, request, field in lists:
        first = await desk.call(name, request)
        tokens.append(first.next_page_token)
        request.page_token = first.next_page_token
        second = await desk.call(name, request)
        found = [each.id for each in (*getattr(first, field), *getattr(second, field))]
        assert ([2, 1], 3, "") == (
            [len(getattr(page, field)) for page in (first, second)],
            len(set(found)),
            second.next_page_token,
        )
        if field == "reports":
            assert expected == found
    for (name, request, _), token in zip(lists, reversed(tokens), strict=True):
        if token != request.page_token:
            request.page_token = token
            with refuses("PAGE_TOKEN_INVALID"):
                await desk.call(name, request)


def requests(booking_id: str, report_id: str):
    """A request of each RPC, with the roles that may make it."""
    yield "ListBookingReports", ALL, pb.ListBookingReportsRequest(booking_id=booking_id)
    yield "GetReport", ALL, pb.GetReportRequest(report_id=report_id)
    yield "WithdrawReport", STAFF, pb.WithdrawReportRequest(report_id=report_id, reason="So")
    yield "ReleaseReport", {Role.STAFF_ADMIN}, pb.ReleaseReportRequest(report_id=report_id, reason="So")
    yield "RescanReport", {Role.STAFF_ADMIN}, pb.RescanReportRequest(report_id=report_id)
    yield "ListReportDownloads", ALL, pb.ListReportDownloadsRequest(report_id=report_id)


async def test_who_is_refused(filings):
    """CM-15, OP-11: other roles, nobody at all, other organizations, and whoever does not see the booking."""
    desk, booking = filings.desk, await filings.begun()
    report = await filings.clean(booking)
    world = desk.world
    elsewhere = world.people.metadata(Role.STAFF_ADMIN, org_id=new_id())
    for name, roles, request in requests(booking.id, report.id):
        for role in {*ALL, Role.FAMILY} - roles:
            with pytest.raises(Denied):
                await desk.call(name, request, world.as_role(role))
        with pytest.raises(Unauthenticated):
            await getattr(world.stub, name)(request, metadata=(("x-test-peer", "gateway"),))
        for metadata in (elsewhere, *(world.as_role(role) for role in roles - STAFF)):
            with pytest.raises(NotFound):
                await desk.call(name, request, metadata)
    for metadata in (elsewhere, world.as_role(Role.SPECIALIST)):
        with pytest.raises(NotFound):
            await world.stub.FileReport(pieces(documents.PDF, booking_id=booking.id), metadata=metadata)
    for metadata in (elsewhere, world.as_role(Role.CASE_MANAGER), world.as_role(Role.SPECIALIST)):
        with pytest.raises(NotFound):
            await filings.download(report, metadata)
        assert [] == await filings.mine(metadata)
    for role in (Role.CASE_MANAGER, Role.FAMILY):
        with pytest.raises(Denied):
            await world.stub.FileReport(pieces(documents.PDF, booking_id=booking.id), metadata=world.as_role(role))
    with pytest.raises(Denied):
        await filings.download(report, world.as_role(Role.FAMILY))
    assert [report.id] == [each.id for each in await filings.listed(booking)]
