"""What casemanager answers about cases: one of Ana's, open; and the words that are chosen from."""

from __future__ import annotations

from collections.abc import Mapping

from google.protobuf.message import Message
from portico.casemanager.v1.case_resources_pb2 import Case, CaseParty, CaseSubject, PossibleDuplicate
from portico.casemanager.v1.cases_pb2 import ListCasesResponse
from portico.casemanager.v1.value_lists_pb2 import ListedValue, ListValuesResponse, ValueList

from chassis.wire import timestamp

from .case_managers import ANA_ID, COMPANY_ID, UNIT_ID, on

CASE_ID, OTHER_CASE_ID = "01990000-0000-7000-8000-0000000000c1", "01990000-0000-7000-8000-0000000000c2"
PARTY_ID = "01990000-0000-7000-8000-0000000000c3"
ETAG = "5"
CASES, OWN_CASES = "/staff/cases", "/cm/cases"
CASE, OWN_CASE = f"{CASES}/{CASE_ID}", f"{OWN_CASES}/{CASE_ID}"
SERVICES = [
    ListedValue(key="IME", english="Examination", spanish="Examen"),
    ListedValue(key="FILE", english="File review"),
]
SPECIALTIES = [
    ListedValue(key="ORTHOPAEDICS", english="Orthopaedics", spanish="Ortopedia"),
    ListedValue(key="NEUROLOGY", english="Neurology", spanish="Neurología"),
]
VALUES = ListValuesResponse(
    lists=[
        ValueList(kind=ValueList.SERVICE_TYPES, values=SERVICES),
        ValueList(kind=ValueList.CLAIM_TYPES, values=[ListedValue(key="MOTOR", english="Motor", spanish="Auto")]),
        ValueList(kind=ValueList.SPECIALTIES, values=SPECIALTIES),
        ValueList(
            kind=ValueList.POSITIONS, values=[ListedValue(key="CLAIMS", english="Claims", spanish="Reclamaciones")]
        ),
    ]
)


def case(**changes: object) -> Case:
    """C-000123 about Noah Tran, which Ana can change."""
    usual = {
        "id": CASE_ID,
        "number": "C-000123",
        "state": Case.OPEN,
        "allowed_actions": [Case.EDIT, Case.CLOSE],
        "company_id": COMPANY_ID,
        "company_name": "Harbor Insurance",
        "case_manager_id": ANA_ID,
        "case_manager_name": "Ana García",
        "business_unit_id": UNIT_ID,
        "subject": CaseSubject(given_name="Noah", family_name="Tran", birth_date="1984-06-05", phone="+13125550150"),
        "service_type": "IME",
        "claim_type": "MOTOR",
        "company_file_number": "HI-42",
        "claim_number": "CL 88",
        "interpreter_language": "Vietnamese",
        "needs": "A ramp",
        "consent_time": timestamp(on(5)),
        "note": "Prefers mornings.",
        "parties": [
            CaseParty(id=PARTY_ID, role=CaseParty.SOLICITOR, name="Mia Ortiz", email="mia@ortiz.example"),
        ],
        "bookings_count": 2,
        "etag": ETAG,
        "create_time": timestamp(on(6)),
    }
    return Case(**{**usual, **changes})  # type: ignore[arg-type] # the fields of the message


def closed(**changes: object) -> Case:
    """The same, closed."""
    return case(**{"state": Case.CLOSED, "allowed_actions": [Case.REOPEN], **changes})


def duplicate(**changes: object) -> PossibleDuplicate:
    """C-000098, which is about the same person."""
    usual = {
        "case_id": OTHER_CASE_ID,
        "number": "C-000098",
        "state": Case.CLOSED,
        "subject_name": "Noah Tran",
        "case_manager_name": "Ben Ito",
        "same_subject": True,
    }
    return PossibleDuplicate(**{**usual, **changes})  # type: ignore[arg-type] # the fields of the message


OF_CASES: Mapping[str, Message] = {
    "ListCases": ListCasesResponse(cases=[case()]),
    **dict.fromkeys(("CreateCase", "GetCase", "UpdateCase", "ReopenCase"), case()),
    "CloseCase": closed(),
    "ListValues": VALUES,
    "UpdateValueList": VALUES.lists[0],
}
