"""A case: a matter of a company about one person who is to be seen (CM-07)."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import IntEnum
from typing import Any
from uuid import UUID

from portico_errors.casemanager import (
    CaseClosed,
    CaseHasOpenBookings,
    CaseManagerInactive,
    CaseManagerNotFound,
    CompanyInactive,
    PartyInvalid,
)

from casemanager.case_managers.domain import PersonSummary
from casemanager.companies.domain import Status as CompanyStatus
from casemanager.shared.bookings import BookingCounts
from casemanager.shared.names import name_missing
from casemanager.value_lists.domain import check_listed
from chassis.errors import FieldViolation
from chassis.etags import as_seen
from chassis.text import full_name

TEXTS = (
    *("service_type", "claim_type", "company_file_number", "claim_number"),
    *("interpreter_language", "needs", "note"),
)
"""What is written of a case, beside whom it is about."""
MAX_DUPLICATES = 10
_ELSEWHERE = (
    "Choose an active case manager of the case's company.",
    "Elija a un gestor de casos activo de la empresa del caso.",
)
_INCOMPLETE = ("Write a name and an email address.", "Escriba un nombre y un correo electrónico.")


class State(IntEnum):
    """Whether bookings are requested for it; the numbers are the contract's."""

    OPEN = 1
    CLOSED = 2


class Action(IntEnum):
    """What can be done with a case; the numbers are the contract's."""

    EDIT = 1
    CLOSE = 2
    REOPEN = 3


class PartyRole(IntEnum):
    """What a party has to do with a case; the numbers are the contract's."""

    REPORT_RECIPIENT = 1
    SOLICITOR = 2
    OTHER = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Somebody else of a case: a case manager of its company, or a name with an email address."""

    id: UUID
    role: PartyRole
    case_manager_id: UUID | None = None
    name: str = ""
    email: str = ""

    @property
    def key(self) -> UUID | str:
        """By what somebody is known to be the same party."""
        return self.case_manager_id or self.email


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The person who is to be seen; `birth_date` None: not known."""

    given_name: str = ""
    family_name: str = ""
    birth_date: date | None = None
    phone: str = ""

    @property
    def name(self) -> str:
        """The whole name."""
        return full_name(self.given_name, self.family_name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A matter; `number` is counted in the organization, and 0 of one that was never saved.

    `company_id` is the company of the case manager. `consent_time` is when the subject consented.
    """

    org_id: UUID
    id: UUID
    number: int = 0
    state: State = State.OPEN
    company_id: UUID
    case_manager_id: UUID
    subject: Subject
    service_type: str = ""
    claim_type: str = ""
    company_file_number: str = ""
    claim_number: str = ""
    interpreter_language: str = ""
    needs: str = ""
    note: str = ""
    consent_time: datetime | None = None
    parties: tuple[Party, ...] = ()
    create_time: datetime
    update_time: datetime
    version: int

    @property
    def people(self) -> set[UUID]:
        """The case managers who have to do with it."""
        parties = {party.case_manager_id for party in self.parties if party.case_manager_id}
        return {self.case_manager_id, *parties}

    def actions(self) -> Iterator[Action]:
        """What whoever may change it can do now."""
        if self.state is State.OPEN:
            yield from (Action.EDIT, Action.CLOSE)
        else:
            yield Action.REOPEN


People = Mapping[UUID, PersonSummary]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """A case with what stands elsewhere: who its case managers are, and what is booked."""

    case: Case
    people: People
    bookings: BookingCounts = field(default_factory=BookingCounts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What is written of a case: `values` by field in their one form, who books for it, and the parties with new ids.

    None for what is not said; `colleagues` are whom the writer may put on a case: everybody when None. `etag` is of the
    version that was seen, `listed` what can be chosen, by field.
    """

    values: Mapping[str, Any]
    case_manager_id: UUID | None = None
    parties: tuple[Party, ...] | None = None
    colleagues: frozenset[UUID] | None = None
    etag: str = ""
    listed: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def people(self) -> set[UUID]:
        """The case managers whom it names."""
        named = {party.case_manager_id for party in self.parties or ()} | {self.case_manager_id}
        return {person_id for person_id in named if person_id}


def new_case(people: People, written: Written, *, org_id: UUID, case_id: UUID, now: datetime) -> CaseFile:
    """A case as it is opened; raises what `update_case` raises."""
    person = _put(written.case_manager_id, people, written.colleagues)
    case = Case(
        org_id=org_id,
        id=case_id,
        company_id=person.company_id,
        case_manager_id=person.id,
        subject=Subject(),
        create_time=now,
        update_time=now,
        version=1,
    )
    return CaseFile(case=_with(case, written, people), people=people)


def update_case(file: CaseFile, written: Written, now: datetime) -> CaseFile:
    """Writes what is said of an open case; another case manager takes it along to their company.

    CaseClosed; CaseManagerNotFound, CaseManagerInactive or CompanyInactive for who is put on it; PartyInvalid for a
    party who belongs to another company or is incomplete; ValueNotListed for a new type of service or claim;
    InvalidArgument for a subject without a name.
    """
    case = as_seen(file.case, written.etag)
    if case.state is State.CLOSED:
        raise CaseClosed()
    if written.case_manager_id not in {None, case.case_manager_id}:
        person = _put(written.case_manager_id, file.people, written.colleagues)
        case = replace(case, case_manager_id=person.id, company_id=person.company_id)
    return replace(file, case=_with(_next_version(case, now), written, file.people))


def close(file: CaseFile, etag: str, now: datetime) -> CaseFile:
    """Takes no new request; CaseHasOpenBookings while something is booked or asked for. One that is closed stays so."""
    if as_seen(file.case, etag).state is State.OPEN and file.bookings.open:
        count = file.bookings.open
        raise CaseHasOpenBookings(
            f"{count} bookings of this case are open." if count > 1 else "A booking of this case is open.",
            metadata={"count": str(count)},
        )
    return _set_state(file, State.CLOSED, now)


def reopen(file: CaseFile, etag: str, now: datetime) -> CaseFile:
    """Undoes `close`; one that is open stays so."""
    as_seen(file.case, etag)
    return _set_state(file, State.OPEN, now)


def _set_state(file: CaseFile, state: State, now: datetime) -> CaseFile:
    return replace(file, case=replace(_next_version(file.case, now), state=state))


def _next_version(case: Case, now: datetime) -> Case:
    return replace(case, update_time=now, version=case.version + 1)


def _put(person_id: UUID | None, people: People, colleagues: Collection[UUID] | None) -> PersonSummary:
    """Who is put on a case."""
    person = people.get(person_id) if person_id else None
    if person is None or (colleagues is not None and person.id not in colleagues):
        raise CaseManagerNotFound()
    if not person.is_active:
        raise CaseManagerInactive()
    if person.company_status is CompanyStatus.INACTIVE:
        raise CompanyInactive()
    return person


def _with(case: Case, written: Written, people: People) -> Case:
    for name, keys in written.listed.items():
        check_listed({f"case.{name}": written.values.get(name, "")}, listed=keys, kept=(getattr(case, name),))
    changed = replace(case, **written.values)
    if not changed.subject.name:
        raise name_missing("case.subject.given_name")
    parties = case.parties if written.parties is None else tuple(_kept(written.parties, case.parties))
    before = {(party.id, party.key) for party in case.parties}
    violations: list[FieldViolation] = []
    for place, party in enumerate(parties):
        if wrong := _wrong(party, changed, people, may_stay=(party.id, party.key) in before):
            english, spanish = wrong
            field = f"case.parties[{place}]"
            violations.append(FieldViolation(field, "PARTY_INVALID", english, localized={"es": spanish}))
    if violations:
        raise PartyInvalid(violations=violations)
    return replace(changed, parties=parties)


def _kept(parties: Sequence[Party], before: Sequence[Party]) -> Iterator[Party]:
    """Who was a party before, by the same person or address, with the id of then; in each role once."""
    ids = {party.key: [other.id for other in before if other.key == party.key] for party in parties}
    for party in parties:
        known = ids[party.key]
        yield replace(party, id=known.pop(0)) if known else party


def _wrong(party: Party, case: Case, people: People, *, may_stay: bool) -> tuple[str, str] | None:
    """What is wrong with a party, in English and Spanish; whoever was one may be out of service by now."""
    if party.case_manager_id is None:
        return None if party.name and party.email else _INCOMPLETE
    person = people.get(party.case_manager_id)
    is_theirs = person is not None and person.company_id == case.company_id
    return None if person is not None and is_theirs and (person.is_active or may_stay) else _ELSEWHERE
