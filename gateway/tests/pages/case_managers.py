"""What casemanager answers: one company with a unit, one case manager with a login, an offer, a task."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import Message
from portico.casemanager.v1.business_units_pb2 import ListBusinessUnitsResponse
from portico.casemanager.v1.case_managers_pb2 import ListCaseManagerHistoryResponse, ListCaseManagersResponse
from portico.casemanager.v1.companies_pb2 import ListCompaniesResponse
from portico.casemanager.v1.login_offers_pb2 import CheckLoginOfferResponse
from portico.casemanager.v1.resources_pb2 import (
    BookingSettings,
    BusinessUnit,
    CaseManager,
    Company,
    Login,
    PersonHistoryEntry,
    Task,
)
from portico.casemanager.v1.tasks_pb2 import ListTasksResponse

from chassis.wire import timestamp

COMPANY_ID, UNIT_ID = "01990000-0000-7000-8000-0000000000a1", "01990000-0000-7000-8000-0000000000a2"
ANA_ID, ANAS_ACCOUNT_ID = "01990000-0000-7000-8000-0000000000a3", "01990000-0000-7000-8000-0000000000a4"
TASK_ID = "01990000-0000-7000-8000-0000000000a5"
STAFF_ID = "01990000-0000-7000-8000-00000000000d"
"""Ada, who is a colleague in the other samples."""
COMPANY, ANA = f"/companies/{COMPANY_ID}", f"/case-managers/{ANA_ID}"
UNIT = f"{COMPANY}/units/{UNIT_ID}"


def on(day: int, hour: int = 15) -> datetime:
    """A time of a day in January 2026, UTC."""
    return datetime(2026, 1, day, hour, tzinfo=UTC)


def company(**changes: object) -> Company:
    """Harbor Insurance, active."""
    usual = {
        "id": COMPANY_ID,
        "name": "Harbor Insurance",
        "status": Company.ACTIVE,
        "business_type": "Insurer",
        "email": "office@harbor.example",
        "phone": "+13125550140",
        "booking_email": "bookings@harbor.example",
        "responsible_staff_id": STAFF_ID,
        "create_time": timestamp(on(5)),
    }
    return Company(**{**usual, **changes})  # type: ignore[arg-type] # the fields of the message


def login(status: str | int = "ACTIVE", **changes: object) -> Login:
    """Ana's login, which she uses."""
    usual = {
        "status": Login.Status.Value(status) if isinstance(status, str) else status,
        "actions": [Login.RESET_PASSWORD, Login.DISABLE],
        "username": "ana@harbor.example",
        "account_id": ANAS_ACCOUNT_ID,
        "last_login_time": timestamp(on(27)),
        "status_time": timestamp(on(6)),
    }
    return Login(**{**usual, **changes})  # type: ignore[arg-type] # the fields of the message


def no_login(status: str | int = "NONE", **changes: object) -> Login:
    """She has none, and can have one."""
    usual = {
        "actions": [Login.ENABLE, Login.OFFER],
        "username": "",
        "account_id": "",
        "last_login_time": None,
        "status_time": None,
    }
    return login(status, **{**usual, **changes})


def case_manager(**changes: object) -> CaseManager:
    """Ana of Harbor Insurance, with a login."""
    usual = {
        "id": ANA_ID,
        "company_id": COMPANY_ID,
        "company_name": "Harbor Insurance",
        "business_unit_id": UNIT_ID,
        "title": "Ms",
        "given_name": "Ana",
        "family_name": "García",
        "position": "CLAIMS",
        "email": "ana@harbor.example",
        "phone": "+13125550141",
        "state": "IL",
        "language": "es",
        "contact_verified": True,
        "contact_verify_time": timestamp(on(6)),
        "responsible_staff_id": STAFF_ID,
        "note": "Prefers mornings.",
        "account_status": CaseManager.ACTIVE,
        "login": login(),
        "create_time": timestamp(on(5)),
        "time_zone": "America/Chicago",
    }
    return CaseManager(**{**usual, **changes})  # type: ignore[arg-type] # the fields of the message


def entry(kind: str | int, **changes: object) -> PersonHistoryEntry:
    """A line of Ana's history."""
    usual = {
        "event_time": timestamp(on(6)),
        "kind": PersonHistoryEntry.Kind.Value(kind) if isinstance(kind, str) else kind,
        "actor_id": STAFF_ID,
    }
    return PersonHistoryEntry(**{**usual, **changes})  # type: ignore[arg-type] # the fields of the message


def offer(state: str | int = "OPEN", **changes: object) -> CheckLoginOfferResponse:
    """What the offer to Ana is worth."""
    usual = {
        "state": CheckLoginOfferResponse.State.Value(state) if isinstance(state, str) else state,
        "realm": "sunrise",
        "organization_name": "Sunrise Childcare",
        "given_name": "Ana",
        "masked_email": "a•••@harbor.example",
        "expire_time": timestamp(on(28, 18)),
        "time_zone": "America/New_York",
        "language": "en",
    }
    return CheckLoginOfferResponse(**{**usual, **changes})  # type: ignore[arg-type] # the fields of the message


def task(**changes: object) -> Task:
    """Ana said yes; her login is to be enabled."""
    usual = {
        "id": TASK_ID,
        "kind": Task.ENABLE_LOGIN,
        "state": Task.OPEN,
        "due_time": timestamp(on(29)),
        "create_time": timestamp(on(27)),
        "case_manager_id": ANA_ID,
        "case_manager_name": "Ana García",
        "company_name": "Harbor Insurance",
        "assignee_kind": Task.POOL,
        "actions": [Task.COMPLETE, Task.UPDATE, Task.REASSIGN, Task.TAKE_OVER],
    }
    return Task(**{**usual, **changes})  # type: ignore[arg-type] # the fields of the message


NORTH = BusinessUnit(id=UNIT_ID, company_id=COMPANY_ID, name="North")
OF_CASE_MANAGERS: Mapping[str, Message] = {
    "ListCompanies": ListCompaniesResponse(companies=[company()]),
    "ListBusinessUnits": ListBusinessUnitsResponse(business_units=[NORTH]),
    "DeleteBusinessUnit": Empty(),
    "ListCaseManagers": ListCaseManagersResponse(case_managers=[case_manager()]),
    "ListCaseManagerHistory": ListCaseManagerHistoryResponse(entries=[entry("LOGIN_ENABLED"), entry("CREATED")]),
    "CheckLoginOffer": offer(),
    "AnswerLoginOffer": offer("ACCEPTED"),
    "ListTasks": ListTasksResponse(tasks=[task()]),
    "CompleteTask": task(state=Task.DONE, actions=[Task.REOPEN]),
    **dict.fromkeys(("GetTask", "CreateTask", "UpdateTask", "ReopenTask", "ReassignTask"), task()),
    **dict.fromkeys(
        ("CreateCompany", "GetCompany", "UpdateCompany", "DeactivateCompany", "ActivateCompany"), company()
    ),
    **dict.fromkeys(("CreateBusinessUnit", "UpdateBusinessUnit"), NORTH),
    **dict.fromkeys(("GetBookingSettings", "UpdateBookingSettings"), BookingSettings()),
    **dict.fromkeys(
        (
            "CreateCaseManager",
            "GetCaseManager",
            "UpdateCaseManager",
            "DeactivateCaseManager",
            "ActivateCaseManager",
            "GetMyProfile",
            "UpdateMyProfile",
            "EnableCaseManagerLogin",
            "DisableCaseManagerLogin",
            "ResendCaseManagerActivation",
            "SendCaseManagerPasswordReset",
            "OfferCaseManagerLogin",
        ),
        case_manager(),
    ),
}
