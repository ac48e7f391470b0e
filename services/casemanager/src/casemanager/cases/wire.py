"""A case on the wire."""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from google.protobuf.field_mask_pb2 import FieldMask
from portico.casemanager.v1 import case_resources_pb2 as res
from portico.casemanager.v1 import cases_pb2 as pb

from casemanager.cases.domain import TEXTS, Case, CaseFile, Party, PartyRole, People, Subject, Written
from casemanager.cases.search import case_number, found_by
from casemanager.shared.contacts import normalised
from casemanager.shared.dates import day_of
from casemanager.shared.names import checked_name, checked_person_name
from casemanager.shared.patches import written_fields
from chassis.wire import instant_of, timestamp

_KNOWN = (*TEXTS, "case_manager_id", "subject", "consent_time", "parties")


def case_message(file: CaseFile, *, may_change: bool) -> res.Case:
    """A case as whoever sees it sees it; `may_change` when they may do more than read."""
    case, person = file.case, file.people[file.case.case_manager_id]
    return res.Case(
        id=str(case.id) if case.number else "",
        number=case_number(case),
        state=res.Case.State.ValueType(case.state),
        allowed_actions=[res.Case.Action.ValueType(action) for action in case.actions()] if may_change else [],
        company_id=str(case.company_id),
        company_name=person.company_name,
        case_manager_id=str(person.id),
        case_manager_name=person.name,
        business_unit_id=str(person.business_unit_id or ""),
        subject=_subject_message(case.subject),
        consent_time=timestamp(case.consent_time),
        parties=[_party_message(party, file.people) for party in case.parties],
        bookings_count=file.bookings.total,
        open_bookings_count=file.bookings.open,
        create_time=timestamp(case.create_time),
        update_time=timestamp(case.update_time),
        etag=str(case.version) if case.number else "",
        **{name: getattr(case, name) for name in TEXTS},
    )


def specialists_message(case: Case) -> res.Case:
    """A case as a specialist sees it who has an appointment of it: whom, what for, and what the person needs."""
    names = ("service_type", "interpreter_language", "needs")
    return res.Case(
        id=str(case.id),
        number=case_number(case),
        subject=_subject_message(case.subject),
        **{name: getattr(case, name) for name in names},
    )


def _subject_message(subject: Subject) -> res.CaseSubject:
    return res.CaseSubject(
        given_name=subject.given_name,
        family_name=subject.family_name,
        birth_date=subject.birth_date.isoformat() if subject.birth_date else "",
        phone=subject.phone,
    )


def duplicate_messages(case: Case, others: Iterable[Case], people: People) -> list[res.PossibleDuplicate]:
    """Why other cases may be the same as one."""
    own = found_by(case)
    return [
        res.PossibleDuplicate(
            case_id=str(other.id),
            number=case_number(other),
            state=res.Case.State.ValueType(other.state),
            subject_name=other.subject.name,
            case_manager_name=people[other.case_manager_id].name,
            same_file_number=bool(own.file_key) and found_by(other).file_key == own.file_key,
            same_subject=found_by(other).subject_key == own.subject_key
            and other.subject.birth_date == case.subject.birth_date,
        )
        for other in others
    ]


def _party_message(party: Party, people: People) -> res.CaseParty:
    person = people.get(party.case_manager_id) if party.case_manager_id else None
    return res.CaseParty(
        id=str(party.id),
        role=res.CaseParty.Role.ValueType(party.role),
        case_manager_id=str(party.case_manager_id or ""),
        name=person.name if person else party.name,
        email=party.email,
    )


def written_case(
    patch: pb.CasePatch,
    mask: FieldMask,
    *,
    country: str,
    new_id: Callable[[], UUID],
    colleagues: frozenset[UUID] | None,
) -> Written:
    """What is written of a case; raises ContactInvalid, or InvalidArgument for a name, a date or a time.

    `colleagues` are whom the writer may put on it.
    """
    written: dict[str, Any] = written_fields(patch, mask, known=_KNOWN)
    values: dict[str, Any] = {name: written[name].strip() for name in TEXTS if name in written}
    if "subject" in written:
        values["subject"] = _written_subject(patch.subject, country=country)
    if "consent_time" in written:
        has_consent = patch.HasField("consent_time")
        values["consent_time"] = instant_of(patch.consent_time, field="case.consent_time") if has_consent else None
    parties = None
    if "parties" in written:
        parties = tuple(_written_party(*each, country, new_id) for each in enumerate(patch.parties))
    return Written(
        values=values,
        case_manager_id=UUID(patch.case_manager_id) if written.get("case_manager_id") else None,
        parties=parties,
        colleagues=colleagues,
    )


def _written_subject(patch: pb.CaseSubjectPatch, *, country: str) -> Subject:
    name_fields = ("given_name", "family_name")
    names = {name: checked_person_name(getattr(patch, name), field=f"case.subject.{name}") for name in name_fields}
    return Subject(
        **names,
        birth_date=day_of(patch.birth_date, "case.subject.birth_date") if patch.birth_date else None,
        phone=normalised({"phone": patch.phone}, country=country, message="case.subject")["phone"],
    )


def _written_party(place: int, patch: pb.CasePartyPatch, country: str, new_id: Callable[[], UUID]) -> Party:
    where, is_person = f"case.parties[{place}]", bool(patch.case_manager_id)
    email = normalised({"email": patch.email}, country=country, message=where)["email"]
    name = checked_name(patch.name, field=f"{where}.name") if patch.name.strip() else ""
    return Party(
        id=new_id(),
        role=PartyRole(patch.role),
        case_manager_id=UUID(patch.case_manager_id) if is_person else None,
        name="" if is_person else name,
        email="" if is_person else email,
    )
