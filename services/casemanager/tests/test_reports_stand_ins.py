"""Who is told of files and reports in the place of somebody out of service, and after a booking changed hands."""

import pytest
from portico.casemanager.v1 import companies_pb2
from portico.casemanager.v1 import report_resources_pb2 as res

from services.casemanager.tests.desk import refuses
from services.casemanager.tests.filings import state_of
from services.casemanager.tests.matters import party, update_case
from services.casemanager.tests.shelf import HARMFUL
from services.casemanager.tests.test_bookings_messages import BOSS

BOOKINGS, REPORTS = "bookings@north.example", "reports@north.example"


@pytest.fixture
async def addressed(filings):
    """Ana's company has an address for bookings and one for reports."""
    patch = companies_pb2.CompanyPatch(booking_email=BOOKINGS, report_email=REPORTS)
    request = companies_pb2.UpdateCompanyRequest(company_id=filings.desk.ana.company_id, company=patch)
    await filings.desk.call("UpdateCompany", request)
    return filings


async def looked_after(filings, booking, manager):
    """The booking is another case manager's, and the member of the staff looks after it."""
    desk = filings.desk
    await desk.do("AssignBooking", booking, desk.staff, case_manager_id=manager.id)
    await desk.update(booking, metadata=desk.staff, responsible_staff_id=str(desk.world.staff_id))


async def test_reports_of_somebody_out_of_service(addressed):
    """CM-02, CM-13: of their report, filed or released, and that it was taken back, others are told, each once."""
    filings, desk = addressed, addressed.desk
    cleo = await desk.world.case_manager(desk.ana.company_id, given_name="Cleo")
    booking = await filings.begun()
    await looked_after(filings, booking, cleo)
    await desk.world.deactivate(cleo)
    await desk.last_mails()
    report = await filings.clean(booking)
    expected = [BOOKINGS, BOSS, REPORTS]
    assert [("REPORT_READY", address) for address in expected] == await desk.last_mails()
    mails = {mail.recipient.address: mail for mail in (await desk.mails())[-3:]}
    assert 3 == len({mail.idempotency_key for mail in mails.values()})
    assert f"https://portico.example/staff/bookings/{booking.id}" == mails[BOSS].values["booking_url"]
    assert f"https://portico.example/cm/bookings/{booking.id}" == mails[BOOKINGS].values["booking_url"]
    await filings.withdraw(report)
    assert [("REPORT_WITHDRAWN", address) for address in expected] == await desk.last_mails()
    held = await filings.clean(booking, b"%PDF-1.7" + HARMFUL)
    await desk.last_mails()
    await filings.release(held)
    assert [("REPORT_READY", address) for address in expected] == await desk.last_mails()


async def test_a_recipient_out_of_service(filings):
    """CM-02, CM-13: for one whom the case names staff are told as well, and see that it goes by other means."""
    desk = filings.desk
    cleo = await desk.world.case_manager(desk.ana.company_id, given_name="Cleo")
    parties = [party("REPORT_RECIPIENT", case_manager_id=cleo.id)]
    await update_case(desk.world, desk.case, "parties", parties=parties)
    booking = await filings.begun()
    await desk.update(booking, metadata=desk.staff, responsible_staff_id=str(desk.world.staff_id))
    await desk.world.deactivate(cleo)
    await desk.last_mails()
    report = await filings.clean(booking)
    assert sorted([("REPORT_READY", BOSS), ("REPORT_READY", desk.ana.email)]) == await desk.last_mails()
    assert [False, True] == [each.by_other_means for each in report.recipients]


async def test_paperwork_of_somebody_out_of_service(addressed):
    """CM-02, CM-12: that their file was held back, others are told."""
    filings, desk = addressed, addressed.desk
    cleo = await desk.world.active(company_id=desk.ana.company_id)
    booking = await desk.confirmed()
    await looked_after(filings, booking, cleo)
    await filings.shelves.upload(booking, HARMFUL, desk.world.as_person(cleo), file_name="x.txt")
    await desk.world.deactivate(cleo)
    await desk.last_mails()
    await filings.shelves.scan()
    assert [("PAPERWORK_REFUSED", BOOKINGS), ("PAPERWORK_REFUSED", BOSS)] == await desk.last_mails()
    assert 2 == len({mail.idempotency_key for mail in (await desk.mails())[-2:]})


@pytest.mark.parametrize("is_named", [False, True])
async def test_a_booking_that_changed_hands_while_its_report_was_checked(filings, *, is_named):
    """CM-13, CM-15: the report is for whoever has the booking when it comes to count, once, and for nobody before."""
    desk, booking = filings.desk, await filings.begun()
    dan, as_dan = await desk.colleague(given_name="Dan", business_unit_id="")
    if is_named:
        await update_case(desk.world, desk.case, "parties", parties=[party("REPORT_RECIPIENT", case_manager_id=dan.id)])
    report = await filings.file(booking)
    await desk.do("AssignBooking", booking, desk.staff, case_manager_id=dan.id)
    await desk.last_mails()
    await filings.scan()
    assert [("REPORT_READY", dan.email)] == await desk.last_mails()
    [seen] = await filings.listed(booking, as_dan)
    own = res.ReportRecipient.OWN_MANAGER
    assert ("CLEAN", [(own, "Dan García")]) == (state_of(seen), [(each.kind, each.name) for each in seen.recipients])
    assert [report.id] == await filings.mine(as_dan, unread=True)
    assert [] == await filings.mine(desk.as_ana)
    with refuses("REPORT_NOT_FOUND"):
        await filings.download(report)
