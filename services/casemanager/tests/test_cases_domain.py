"""Decisions about cases, with plain values."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from portico_errors.casemanager import (
    CaseClosed,
    CaseHasOpenBookings,
    CaseManagerInactive,
    CaseManagerNotFound,
    CompanyInactive,
    PartyInvalid,
)

from casemanager.case_managers.domain import AccountStatus, PersonSummary
from casemanager.cases.domain import (
    Action,
    CaseFile,
    Party,
    PartyRole,
    State,
    Subject,
    Written,
    close,
    new_case,
    reopen,
    update_case,
)
from casemanager.cases.search import case_number, found_by, typed_for_cases
from casemanager.companies.domain import Status
from casemanager.shared.bookings import BookingCounts
from casemanager.shared.visibility import NOBODY, STAFF_VIEWER, Sight, case_manager_viewer
from chassis.errors import InvalidArgument
from chassis.ids import new_id

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
ORG_ID, NORTH, SOUTH = new_id(), new_id(), new_id()
NOAH = Subject(given_name="Noah", family_name="Tran")


def person(company_id: UUID = NORTH, **fields: Any) -> PersonSummary:
    values: dict[str, Any] = {
        "id": new_id(),
        "name": "Ana García",
        "company_id": company_id,
        "company_name": "Northwind",
        "company_status": Status.ACTIVE,
        "account_status": AccountStatus.ACTIVE,
        "business_unit_id": None,
    }
    return PersonSummary(**{**values, **fields})


ANA, BEN, SUE = person(), person(), person(SOUTH)
OUT = person(account_status=AccountStatus.INACTIVE)
OF_INACTIVE = person(new_id(), company_status=Status.INACTIVE)
PEOPLE = {each.id: each for each in (ANA, BEN, SUE, OUT, OF_INACTIVE)}


def opened(written: Written | None = None) -> CaseFile:
    written = written or Written(values={"subject": NOAH}, case_manager_id=ANA.id)
    return new_case(PEOPLE, written, org_id=ORG_ID, case_id=new_id(), now=NOW)


def party(**fields: Any) -> Party:
    return Party(id=new_id(), role=PartyRole.OTHER, **fields)


def test_a_case_is_its_case_managers_companys() -> None:
    """CM-07: the company follows from the case manager, and goes with another one."""
    file = opened()
    assert (NORTH, ANA.id, State.OPEN, 1) == (
        file.case.company_id,
        file.case.case_manager_id,
        file.case.state,
        file.case.version,
    )
    moved = update_case(file, Written(values={}, case_manager_id=SUE.id), LATER).case
    assert (SOUTH, SUE.id, 2, LATER) == (moved.company_id, moved.case_manager_id, moved.version, moved.update_time)


@pytest.mark.parametrize(
    ("who", "refusal"),
    [
        (None, CaseManagerNotFound),
        (new_id(), CaseManagerNotFound),
        (OUT.id, CaseManagerInactive),
        (OF_INACTIVE.id, CompanyInactive),
    ],
)
def test_who_cannot_be_put_on_a_case(who: UUID | None, refusal: type[Exception]) -> None:
    """CM-01, CM-02, CM-07: nobody unknown or out of service, and nobody of an inactive company, gets a case."""
    written = Written(values={"subject": NOAH}, case_manager_id=who)
    with pytest.raises(refusal):
        opened(written)
    if who is not None:
        with pytest.raises(refusal):
            update_case(opened(), written, LATER)


def test_a_case_manager_puts_nobody_else_on_a_case() -> None:
    """CM-07: whom a case manager may not put on a case is not found, for a new one and one that is there."""
    own = frozenset({ANA.id})
    file = opened(Written(values={"subject": NOAH}, case_manager_id=ANA.id, colleagues=own))
    for_ben = Written(values={"subject": NOAH}, case_manager_id=BEN.id, colleagues=own)
    with pytest.raises(CaseManagerNotFound):
        opened(for_ben)
    with pytest.raises(CaseManagerNotFound):
        update_case(file, for_ben, LATER)
    assert ANA.id == update_case(file, replace(for_ben, case_manager_id=ANA.id), LATER).case.case_manager_id


def test_whoever_has_a_case_keeps_it_out_of_service() -> None:
    """CM-02: a case whose case manager is out of service by now is written to all the same."""
    out = {**PEOPLE, ANA.id: replace(ANA, account_status=AccountStatus.INACTIVE)}
    file = replace(opened(), people=out)
    assert "9 days" == update_case(file, Written(values={"needs": "9 days"}), LATER).case.needs


@pytest.mark.parametrize("subject", [Subject(), Subject(phone="+61292200000")])
def test_a_case_is_about_somebody(subject: Subject) -> None:
    """CM-07: the subject has a given or a family name."""
    written = Written(values={"subject": subject}, case_manager_id=ANA.id)
    for decide in (lambda: opened(written), lambda: update_case(opened(), written, LATER)):
        with pytest.raises(InvalidArgument) as refused:
            decide()
        assert [("case.subject.given_name", "NAME_MISSING")] == [
            (each.field, each.reason) for each in refused.value.violations
        ]


PARTIES: dict[str, tuple[dict[str, Any], bool]] = {
    "a colleague": ({"case_manager_id": BEN.id}, True),
    "the case manager": ({"case_manager_id": ANA.id}, True),
    "somebody with an address": ({"name": "Lee & Co", "email": "lee@law.example"}, True),
    "of another company": ({"case_manager_id": SUE.id}, False),
    "out of service": ({"case_manager_id": OUT.id}, False),
    "unknown": ({"case_manager_id": new_id()}, False),
    "without an address": ({"name": "Lee & Co"}, False),
    "without a name": ({"email": "lee@law.example"}, False),
    "nobody": ({}, False),
}


@pytest.mark.parametrize(("fields", "is_valid"), PARTIES.values(), ids=PARTIES)
def test_who_is_a_party(fields: dict[str, Any], is_valid: bool) -> None:
    """CM-07: a party is an active case manager of the same company, or a name with an email address."""
    parties = (party(name="Lee", email="lee@law.example"), party(**fields))
    written = Written(values={"subject": NOAH}, case_manager_id=ANA.id, parties=parties)
    if is_valid:
        assert parties == opened(written).case.parties
        return
    with pytest.raises(PartyInvalid) as refused:
        opened(written)
    assert ["case.parties[1]"] == [each.field for each in refused.value.violations]


def test_a_party_stays_as_long_as_the_company() -> None:
    """CM-07: who went out of service since stays a party; of another company's case they are none."""
    ben = party(case_manager_id=BEN.id)
    file = opened(Written(values={"subject": NOAH}, case_manager_id=ANA.id, parties=(ben,)))
    file = replace(file, people={**PEOPLE, BEN.id: replace(BEN, account_status=AccountStatus.INACTIVE)})
    solicitor = replace(ben, id=new_id(), role=PartyRole.SOLICITOR)
    written = Written(values={}, parties=(solicitor,))
    assert (replace(ben, role=PartyRole.SOLICITOR),) == update_case(file, written, LATER).case.parties
    assert (ben,) == update_case(file, Written(values={"needs": "A ramp"}), LATER).case.parties
    twice = Written(values={}, parties=(solicitor, party(case_manager_id=BEN.id)))
    with pytest.raises(PartyInvalid):
        update_case(file, twice, LATER)
    with pytest.raises(PartyInvalid):
        update_case(file, Written(values={}, case_manager_id=SUE.id), LATER)
    assert () == update_case(file, Written(values={}, case_manager_id=SUE.id, parties=()), LATER).case.parties


def test_who_was_a_party_keeps_the_id() -> None:
    """CM-07: by the same person or address, whatever the order and the role; who is a party twice has two ids."""
    lee, solicitor, ben = (
        party(name="Lee", email="lee@law.example"),
        party(name="Lee", email="lee@law.example"),
        party(case_manager_id=BEN.id),
    )
    file = opened(Written(values={"subject": NOAH}, case_manager_id=ANA.id, parties=(lee, ben)))
    written = tuple(replace(each, id=new_id()) for each in (ben, lee, solicitor))
    ids = [each.id for each in update_case(file, Written(values={}, parties=written), LATER).case.parties]
    assert [ben.id, lee.id, written[2].id] == ids


def test_closed_and_open_again() -> None:
    """CM-07: a closed case is not written to; closing and reopening twice is as once."""
    file = opened()
    assert [Action.EDIT, Action.CLOSE] == list(file.case.actions())
    closed = close(close(file, "", LATER), "", LATER)
    assert (State.CLOSED, 3, [Action.REOPEN]) == (closed.case.state, closed.case.version, list(closed.case.actions()))
    with pytest.raises(CaseClosed):
        update_case(closed, Written(values={"needs": "a ramp"}), LATER)
    opened_twice = reopen(reopen(closed, "", LATER), "", LATER)
    assert (State.OPEN, 5) == (opened_twice.case.state, opened_twice.case.version)


@pytest.mark.parametrize(
    ("open_count", "words"), [(1, "A booking of this case is open."), (3, "3 bookings of this case are open.")]
)
def test_a_case_with_open_bookings_stays_open(open_count: int, words: str) -> None:
    """CM-07: CASE_HAS_OPEN_BOOKINGS says how many; what is over does not count, nor does a case that is closed."""
    file = replace(opened(), bookings=BookingCounts(total=4, open=open_count))
    with pytest.raises(CaseHasOpenBookings) as refused:
        close(file, "", LATER)
    assert (words, {"count": str(open_count)}) == (refused.value.message, refused.value.metadata)
    over = close(replace(file, bookings=BookingCounts(total=4)), "", LATER)
    assert State.CLOSED is over.case.state
    assert State.CLOSED is close(replace(over, bookings=file.bookings), "", LATER).case.state


@given(st.integers(min_value=1, max_value=10**9))
def test_a_number_finds_its_case(number: int) -> None:
    """CM-07: each beginning of a number finds it, with and without its letter, zeros and hyphen."""
    case = replace(opened().case, number=number)
    keys = set(found_by(case).search_keys)
    for written in (case_number(case), case_number(case).lower(), f"{number:06d}", str(number), f" c {number:06d} "):
        asked = typed_for_cases(written).name
        assert asked is not None
        assert {*asked.phrase.prefixes} <= keys


def test_what_was_typed_is_a_number_or_a_name() -> None:
    """CM-07: a digit makes it a number; letters alone are a name; neither finds nobody."""
    number, name = typed_for_cases("ab-12").name, typed_for_cases("Tran").name
    assert number is not None
    assert name is not None
    assert (["=AB12"], "tran") == (number.phrase.prefixes, name.phrase.letters)
    assert typed_for_cases("--").finds_nobody
    assert not typed_for_cases(" ").finds_nobody


def test_how_far_people_see() -> None:
    """CM-15: staff everything, people of a unit their unit's, others their own, and nobody else anything."""
    unit_id, person_id = new_id(), new_id()
    ana, alone = case_manager_viewer(person_id, unit_id), case_manager_viewer(person_id, None)
    assert [Sight.EVERYTHING, Sight.UNIT, Sight.OWN, Sight.NOTHING] == [
        each.sight for each in (STAFF_VIEWER, ana, alone, NOBODY)
    ]
    assert [Sight.EVERYTHING, Sight.OWN, Sight.OWN, Sight.NOTHING] == [
        each.of_own.sight for each in (STAFF_VIEWER, ana, alone, NOBODY)
    ]
    assert [True, True, True, False] == [each.owns(person_id) for each in (STAFF_VIEWER, ana, alone, NOBODY)]
    assert [True, False, False, False] == [each.owns(new_id()) for each in (STAFF_VIEWER, ana, alone, NOBODY)]
    assert not NOBODY.owns(None)
