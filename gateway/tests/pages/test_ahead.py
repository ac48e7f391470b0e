"""Services that are a release ahead: what they say newly is passed over, and nothing breaks."""

from __future__ import annotations

import pytest
from portico.applications.v1.resources_pb2 import Guardian, TimelineEntry
from portico.applications.v1.search_pb2 import ListApplicationsResponse
from portico.applications.v1.timeline_pb2 import ListTimelineEntriesResponse
from portico.casemanager.v1.case_managers_pb2 import ListCaseManagerHistoryResponse, ListCaseManagersResponse
from portico.casemanager.v1.companies_pb2 import ListCompaniesResponse
from portico.casemanager.v1.resources_pb2 import Login
from portico.casemanager.v1.tasks_pb2 import ListTasksResponse
from portico.identity.v1.audit_pb2 import ListAuditEventsResponse
from portico.identity.v1.login_users_pb2 import ListLoginUsersResponse, LoginUser

from chassis.call import Role
from chassis.wire import timestamp

from .case_managers import ANA, COMPANY, case_manager, company, entry, login, offer, task
from .logins import LOGIN, audit_event, login_user
from .neighbours import Neighbours
from .people import Browser, SignedIn
from .samples import APPLICATION, APPLICATION_ID, TOKEN, application, at, family_application, guardian, invitation

NEW = 99
"""A number that no enum has yet."""


@pytest.fixture
def neighbours(neighbours: Neighbours) -> Neighbours:
    """Services with values that the portal does not know yet."""
    person = guardian(link_state=NEW, preferred_method=NEW, allowed_actions=[Guardian.INVITE, NEW, Guardian.UPDATE])
    entry = TimelineEntry(event_time=timestamp(at(9)), kind=NEW, method=NEW)  # type: ignore[arg-type] # open enums
    ours = application(person, status=NEW)
    state = invitation()
    state.state = NEW  # type: ignore[assignment] # an open enum
    neighbours.answers |= {
        "GetApplication": ours,
        "ListApplications": ListApplicationsResponse(applications=[ours]),
        "ListTimelineEntries": ListTimelineEntriesResponse(entries=[entry]),
        "GetMyApplication": family_application(status=NEW, history=[entry]),
        "CheckInvitation": state,
    }
    return neighbours


async def test_staff_see_an_application_all_the_same(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05, OP-08: a status, a link state, an action and an event that are newer than the portal break no page."""
    page = await staff.get(APPLICATION)
    assert (200, "Application A-000007") == (page.status, page.heading)
    assert ["Invite", "Update"] == [
        entry.text for entry in page.main.one("div", class_="actions") if entry.tag in {"a", "button"}
    ]

    page = await staff.get("/staff/applications")
    assert 200 == page.status
    assert ["Invite", "Update", "Details"] == [
        entry.text for entry in page.main.one("details", class_="menu").all("li")
    ]


async def test_a_family_sees_its_application_all_the_same(
    family: Browser, anybody: Browser, neighbours: Neighbours
) -> None:
    """PO-04, OP-08: a status, an event or an invitation's state that is newer than the portal breaks no page."""
    page = await family.get(f"/applications/{APPLICATION_ID}")

    assert (200, "Application A-000007") == (page.status, page.heading)
    assert 200 == (await anybody.get(f"/i/{TOKEN}")).status


async def test_administrators_see_logins_and_the_audit_all_the_same(
    signed_in: SignedIn, neighbours: Neighbours
) -> None:
    """PO-06, OP-08: a role, a state, an action or a line of the audit that is newer than the portal breaks no page."""
    user = login_user(of={"role": NEW}, state=NEW, actions=[NEW, LoginUser.UNLOCK])
    neighbours.answers |= {
        "GetLoginUser": user,
        "ListLoginUsers": ListLoginUsersResponse(login_users=[user]),
        "ListAuditEvents": ListAuditEventsResponse(audit_events=[audit_event(action=NEW, outcome=NEW)]),
    }
    admin = signed_in(Role.STAFF_ADMIN)
    assert "Unlock" in (await admin.get(LOGIN)).buttons()
    page = await admin.get("/people")
    assert ["Unlock", "Details"] == [entry.text for entry in page.main.one("details", class_="menu").all("li")]
    assert str(NEW) == page.main.all("td")[1].text
    page = await admin.get("/people/audit")
    assert (200, str(NEW)) == (page.status, page.main.all("td")[0].text)


async def test_staff_see_case_managers_all_the_same(staff: Browser, anybody: Browser, neighbours: Neighbours) -> None:
    """PO-06, OP-08: a status, an action, a line of history or a kind of task that is newer breaks no page."""
    person = case_manager(account_status=NEW, login=login(NEW, actions=[NEW, Login.RESET_PASSWORD]))
    harbor = company(status=NEW)
    neighbours.answers |= {
        "GetCaseManager": person,
        "ListCaseManagers": ListCaseManagersResponse(case_managers=[person]),
        "ListCaseManagerHistory": ListCaseManagerHistoryResponse(entries=[entry(NEW, detail="x")]),
        "GetCompany": harbor,
        "ListCompanies": ListCompaniesResponse(companies=[harbor]),
        "ListTasks": ListTasksResponse(tasks=[task(kind=NEW, state=NEW)]),
        "CheckLoginOffer": offer(NEW),
    }
    for path in ("/case-managers", ANA, f"{ANA}/login", f"{ANA}/history", "/companies", COMPANY, "/tasks"):
        page = await staff.get(path)
        assert (200, True) == (page.status, str(NEW) in page.text or path == f"{ANA}/login")
    assert "Reset password" in (await staff.get(f"{ANA}/login")).buttons()
    assert 200 == (await anybody.get(f"/offer/{TOKEN}")).status
