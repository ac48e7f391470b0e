"""The part of the examples that tells of cases: Noah Tran, whom Priya's insurer wants to be seen; and of settings."""

from collections.abc import Mapping

_CASE_ID = "019a4d40-1a2b-7c30-8d4e-5f60718293a4"
_OTHER_ID = "019a4d41-2b3c-7d41-9e5f-60718293a4b5"
_PARTY_ID = "019a4d42-3c4d-7e52-8f60-718293a4b5c6"
_NOAH: Mapping[str, object] = {
    "givenName": "Noah",
    "familyName": "Tran",
    "birthDate": "1984-06-05",
    "phone": "+61412345611",
}
_MATTER: Mapping[str, object] = {
    "service_type": "IME",
    "claim_type": "WORKERS_COMPENSATION",
    "company_file_number": "LI-2026/0042",
    "claim_number": "WC 880 123",
    "interpreter_language": "vi",
    "needs": "A ramp; a companion comes along",
    "consent_time": "2026-03-01T22:00:00Z",
    "note": "Prefers mornings",
}
_SOLICITOR: Mapping[str, object] = {
    "role": "SOLICITOR",
    "case_manager_id": "",
    "name": "Mia Ortiz",
    "email": "mia.ortiz@ortizlaw.example",
}
_SETTINGS: Mapping[str, object] = {
    "hold_hours": 48,
    "minimum_notice_hours": 24,
    "horizon_days": 180,
    "request_days": 30,
    "cancellation_notice_hours": 48,
    "paperwork_days": 7,
    "report_days": 14,
    "reminder_days": [7, 3],
    "reminder_minute": 480,
    "allow_unscanned": False,
    "holidays": ["2026-12-25", "2027-01-26"],
    "booking_email": "bookings@lakeside.example",
}

VALUES: Mapping[str, object] = {
    "case_id": _CASE_ID,
    "case_number": "C-000123",
    "subject_name": "Noah Tran",
    "validate_only": False,
    "bookings_count": 3,
    "open_bookings_count": 1,
    "same_file_number": False,
    "same_subject": True,
    **_SETTINGS,
    "key": "IME",
    "english": "Independent medical examination",
    "spanish": "Examen médico independiente",
    "ValueList.kind": "SERVICE_TYPES",
    "ListValuesRequest.kind": "SERVICE_TYPES",
    "UpdateValueListRequest.kind": "SERVICE_TYPES",
    "Case.subject": _NOAH,
    "CasePatch.subject": {**_NOAH, "phone": "0412 345 611"},
    **{f"Case.{name}": value for name, value in _MATTER.items()},
    **{f"CasePatch.{name}": value for name, value in _MATTER.items()},
    **{f"CaseParty.{name}": value for name, value in _SOLICITOR.items()},
    **{f"CasePartyPatch.{name}": value for name, value in _SOLICITOR.items()},
    "Case.id": _CASE_ID,
    "Case.number": "C-000123",
    "Case.state": "OPEN",
    "Case.allowed_actions": ["EDIT", "CLOSE"],
    "Case.possible_duplicates": [],
    "CaseParty.id": _PARTY_ID,
    "CasePartyPatch.case_manager_id": None,
    "PossibleDuplicate.case_id": _OTHER_ID,
    "PossibleDuplicate.number": "C-000098",
    "PossibleDuplicate.state": "CLOSED",
    "ListCasesRequest.query": "tran",
    "ListCasesRequest.state": "OPEN",
    "ListCasesRequest.company_id": None,
    "ListCasesRequest.business_unit_id": None,
    "ListCasesRequest.case_manager_id": None,
    "ListCasesRequest.service_type": None,
    "ListCasesRequest.scope": "MINE",
}
