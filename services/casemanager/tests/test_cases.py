"""Cases: opened, written to, closed and opened again, on a real database."""

import asyncio
from datetime import UTC
from typing import Any
from uuid import uuid4

import pytest
from portico.casemanager.v1 import case_resources_pb2 as res
from portico.casemanager.v1 import cases_pb2 as pb
from portico.casemanager.v1 import companies_pb2
from portico.casemanager.v1.resources_pb2 import CaseManager

from chassis.errors import Aborted, AlreadyExists, Conflict, InvalidArgument, NotFound
from chassis.wire import timestamp
from services.casemanager.tests.matters import (
    NOAH,
    close_case,
    get_case,
    list_cases,
    open_case,
    party,
    reopen_case,
    update_case,
)
from services.casemanager.tests.world import World

WRITTEN: dict[str, Any] = {
    "service_type": "IME",
    "claim_type": "MOTOR_ACCIDENT",
    "company_file_number": "NW-2026/0042",
    "claim_number": "CL 88",
    "interpreter_language": "vi",
    "needs": "A ramp",
    "note": "Prefers mornings",
}


def roles(case: res.Case) -> list[tuple[str, str, str]]:
    return [(res.CaseParty.Role.Name(each.role), each.name, each.email) for each in case.parties]


async def test_a_case_is_opened_and_read(world: World) -> None:
    """CM-07: what is written comes back, with who books for it and its company; nothing is booked yet."""
    company = await world.company("Northwind")
    unit = await world.unit(company)
    ana = await world.case_manager(company.id, business_unit_id=unit.id)
    consent = timestamp(world.clock())
    subject = {**NOAH, "birth_date": "1984-06-05", "phone": "(02) 9220 0000"}
    case = await open_case(world, ana, subject=subject, consent_time=consent, **WRITTEN)
    assert WRITTEN == {name: getattr(case, name) for name in WRITTEN}
    assert res.CaseSubject(**{**subject, "phone": "+61292200000"}) == case.subject
    assert (company.id, "Northwind", ana.id, "Ana García", unit.id) == (
        case.company_id,
        case.company_name,
        case.case_manager_id,
        case.case_manager_name,
        case.business_unit_id,
    )
    assert ("C-000001", res.Case.OPEN, [res.Case.EDIT, res.Case.CLOSE], consent) == (
        case.number,
        case.state,
        list(case.allowed_actions),
        case.consent_time,
    )
    assert (0, 0) == (case.bookings_count, case.open_bookings_count)
    assert case == await get_case(world, case)
    assert world.clock() == case.create_time.ToDatetime(tzinfo=UTC)


async def test_numbers_are_counted_in_the_organization(world: World) -> None:
    """CM-07: each case gets the next number; many at once get as many numbers, and a refused one uses none."""
    ana = await world.case_manager()
    with pytest.raises(InvalidArgument):
        await open_case(world, ana, subject={})
    await open_case(world, ana, validate_only=True)
    made = await asyncio.gather(*(open_case(world, ana) for _ in range(12)))
    assert [f"C-{number:06d}" for number in range(1, 13)] == sorted(case.number for case in made)


async def test_a_repeated_call_opens_once(world: World) -> None:
    """CM-07: one request id opens one case, also many at once; another body under it is refused."""
    ana, request_id = await world.case_manager(), str(uuid4())
    calls = (open_case(world, ana, request_id=request_id) for _ in range(6))
    made = await asyncio.gather(*calls)
    assert 1 == len({case.id for case in made})
    assert [made[0]] == list((await list_cases(world)).cases)
    with pytest.raises(AlreadyExists) as refused:
        await open_case(world, ana, request_id=request_id, needs="A ramp")
    assert "REQUEST_ID_REUSED" == refused.value.reason


async def test_what_is_written_is_changed(world: World) -> None:
    """CM-07: without a mask what is not empty, with one what it names; the subject and parties are written whole."""
    ana = await world.case_manager()
    lee = party("SOLICITOR", name="Lee & Co", email="Lee@Law.example")
    case = await open_case(world, ana, parties=[lee], consent_time=timestamp(world.clock()), **WRITTEN)
    world.later(hours=1)
    changed = await update_case(world, case, needs="A companion", subject={"given_name": "Noah", "family_name": "Lê"})
    assert ("A companion", "Lê", "Prefers mornings", [("SOLICITOR", "Lee & Co", "lee@law.example")]) == (
        changed.needs,
        changed.subject.family_name,
        changed.note,
        roles(changed),
    )
    assert (case.number, case.create_time) == (changed.number, changed.create_time)
    assert world.clock() == changed.update_time.ToDatetime(tzinfo=UTC)
    emptied = await update_case(world, case, "note", "parties", "consent_time", needs="unsaid")
    assert ("", "A companion", []) == (emptied.note, emptied.needs, list(emptied.parties))
    assert not emptied.HasField("consent_time")
    assert emptied == await get_case(world, case)


async def test_parties_keep_their_ids(world: World) -> None:
    """CM-07: who is written again stays the same party; a case manager is shown by the name of now."""
    company = await world.company()
    ana, ben = [await world.case_manager(company.id, given_name=name) for name in ("Ana", "Ben")]
    lee = {"name": "Lee", "email": "lee@law.example"}
    case = await open_case(world, ana, parties=[party("REPORT_RECIPIENT", case_manager_id=ben.id), party(**lee)])
    first, second = case.parties
    await world.update(ben, given_name="Benito")
    written = [party("SOLICITOR", name="Lee & Co", email="LEE@law.example"), party(case_manager_id=ben.id)]
    changed = await update_case(world, case, parties=[*written, party(case_manager_id=ana.id)])
    assert [second.id, first.id] == [each.id for each in changed.parties][:2]
    assert [("SOLICITOR", "Lee & Co", "lee@law.example"), ("OTHER", "Benito García", "")] == roles(changed)[:2]
    assert [ben.id, ana.id] == [each.case_manager_id for each in changed.parties[1:]]
    assert 3 == len({each.id for each in changed.parties})


async def test_another_case_manager_takes_the_case(world: World) -> None:
    """CM-07: staff put somebody of another company on a case, and the case is that company's."""
    ana, sue = await world.case_manager(), await world.case_manager()
    case = await open_case(world, ana)
    moved = await update_case(world, case, case_manager_id=sue.id)
    assert (sue.id, sue.company_id, sue.company_name) == (
        moved.case_manager_id,
        moved.company_id,
        moved.company_name,
    )


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"subject": {}}, ("case.subject.given_name", "NAME_MISSING")),
        ({"subject": {"given_name": "\u202e"}}, ("case.subject.given_name", "NAME_INVALID")),
        ({"subject": {**NOAH, "birth_date": "1984-02-30"}}, ("case.subject.birth_date", "DATE_INVALID")),
        ({"subject": {**NOAH, "birth_date": "5 June"}}, ("case.subject.birth_date", "STRING_PATTERN")),
        ({"subject": {**NOAH, "phone": "12"}}, ("case.subject.phone", "CONTACT_INVALID")),
        ({"parties": [party(name="Lee", email="lee")]}, ("case.parties[0].email", "CONTACT_INVALID")),
        ({"parties": [party(name="\u202e", email="a@b.example")]}, ("case.parties[0].name", "NAME_INVALID")),
        ({"parties": [party(name="Lee")]}, ("case.parties[0]", "PARTY_INVALID")),
        ({"needs": "x" * 1001}, ("case.needs", "STRING_MAX_LEN")),
        ({"parties": [party(name="L", email="a@b.example")] * 21}, ("case.parties", "REPEATED_MAX_ITEMS")),
    ],
)
async def test_what_cannot_be_written(world: World, fields: dict[str, Any], wrong: tuple[str, str]) -> None:
    """CM-07: what is wrong is named by its field, for a new case and one that is there; nothing is written."""
    ana = await world.case_manager()
    case = await open_case(world, ana)
    for call in (open_case(world, ana, **fields), update_case(world, case, **fields)):
        with pytest.raises(InvalidArgument) as refused:
            await call
        assert [wrong] == [(each.field, each.reason) for each in refused.value.violations]
    assert [case] == list((await list_cases(world)).cases)


async def refusal(call: Any) -> str:
    with pytest.raises((Conflict, NotFound)) as refused:
        await call
    reason: str = refused.value.reason
    return reason


async def test_who_cannot_be_put_on_a_case(world: World) -> None:
    """CM-01, CM-02, CM-07: nobody out of service, of an inactive company, or unknown."""
    ana, out, of_inactive = [await world.case_manager() for _ in range(3)]
    await world.deactivate(out)
    await world.stub.DeactivateCompany(
        companies_pb2.DeactivateCompanyRequest(company_id=of_inactive.company_id), metadata=world.staff
    )
    case = await open_case(world, ana)
    expected = {
        "CASE_MANAGER_INACTIVE": out,
        "COMPANY_INACTIVE": of_inactive,
        "CASE_MANAGER_NOT_FOUND": CaseManager(id=str(uuid4())),
    }
    for reason, person in expected.items():
        assert reason == await refusal(open_case(world, person))
        assert reason == await refusal(update_case(world, case, case_manager_id=person.id))
    assert "CASE_MANAGER_NOT_FOUND" == await refusal(open_case(world, None))


async def test_a_closed_case(world: World) -> None:
    """CM-07: a closed case is read and reopened, and not written to; twice is as once."""
    case = await open_case(world, await world.case_manager())
    closed = await close_case(world, case)
    assert (res.Case.CLOSED, [res.Case.REOPEN]) == (closed.state, list(closed.allowed_actions))
    assert res.Case.CLOSED == (await close_case(world, case)).state
    assert "CASE_CLOSED" == await refusal(update_case(world, case, needs="A ramp"))
    assert "CASE_CLOSED" == await refusal(update_case(world, case, needs="A ramp", validate_only=True))
    assert res.Case.OPEN == (await reopen_case(world, case)).state
    assert res.Case.OPEN == (await reopen_case(world, case)).state
    assert "A ramp" == (await update_case(world, case, needs="A ramp")).needs


async def test_what_may_be_the_same_is_told_before_it_is_saved(world: World) -> None:
    """CM-07: the same file number or subject in the company is flagged, whatever stands between; nothing is written."""
    company = await world.company()
    ana, ben, sue = (
        await world.case_manager(company.id),
        await world.case_manager(company.id),
        await world.case_manager(),
    )
    born = {**NOAH, "birth_date": "1984-06-05"}
    by_file = await open_case(world, ben, subject={"given_name": "Mia"}, company_file_number="nw 2026 0042")
    by_subject = await open_case(world, ben, subject={**born, "given_name": " NOAH "}, company_file_number="NW-7")
    await close_case(world, by_subject)
    await open_case(world, ben, subject={**NOAH, "birth_date": "1984-06-06"})
    await open_case(world, sue, subject=born, company_file_number="NW-2026/0042")
    asked = await open_case(world, ana, subject=born, company_file_number="NW-2026/0042", validate_only=True)
    assert ("", "") == (asked.id, asked.number)
    assert [(by_subject.id, False, True), (by_file.id, True, False)] == [
        (each.case_id, each.same_file_number, each.same_subject) for each in asked.possible_duplicates
    ]
    closed = asked.possible_duplicates[0]
    assert (by_subject.number, res.Case.CLOSED, "NOAH Tran", "Ana García") == (
        closed.number,
        closed.state,
        closed.subject_name,
        closed.case_manager_name,
    )
    assert 4 == len((await list_cases(world)).cases)
    saved = await open_case(world, ana, subject=born, company_file_number="NW-2026/0042")
    assert "C-000005" == saved.number
    assert 0 == len(saved.possible_duplicates)


async def test_an_edit_tells_what_may_be_the_same(world: World) -> None:
    """CM-07: a case that is written to is compared with the others, never with itself; no number is no match."""
    ana = await world.case_manager()
    first, second = await open_case(world, ana, subject={"given_name": "Mia"}), await open_case(world, ana)
    alone = await update_case(world, second, needs="A ramp", validate_only=True)
    assert (second.id, "A ramp", 0) == (alone.id, alone.needs, len(alone.possible_duplicates))
    same = await update_case(world, second, subject={"given_name": "mia"}, validate_only=True)
    assert [first.id] == [each.case_id for each in same.possible_duplicates]
    assert second == await get_case(world, second)


async def test_at_most_ten_are_told(world: World) -> None:
    """CM-07: of many that may be the same the newest ten are told."""
    ana = await world.case_manager()
    made = [await open_case(world, ana) for _ in range(12)]
    asked = await open_case(world, ana, validate_only=True)
    assert [case.id for case in reversed(made[2:])] == [each.case_id for each in asked.possible_duplicates]


async def test_a_case_is_changed_as_it_was_seen(world: World) -> None:
    """CM-07: a change, a close and a reopening of another version than the caller has seen is CONCURRENT_CHANGE."""
    case = await open_case(world, await world.case_manager())
    changed = await update_case(world, case, needs="A ramp")
    assert ("1", "2") == (case.etag, changed.etag)
    patch = pb.CasePatch(needs="None")
    which: dict[str, Any] = {"case_id": case.id, "etag": case.etag}
    for name, request in (
        ("UpdateCase", pb.UpdateCaseRequest(case=patch, **which)),
        ("UpdateCase", pb.UpdateCaseRequest(case=patch, validate_only=True, **which)),
        ("CloseCase", pb.CloseCaseRequest(**which)),
        ("ReopenCase", pb.ReopenCaseRequest(**which)),
    ):
        with pytest.raises(Aborted) as refused:
            await getattr(world.stub, name)(request, metadata=world.staff)
        assert "CONCURRENT_CHANGE" == refused.value.reason
    assert changed == await get_case(world, case)
    seen = pb.CloseCaseRequest(case_id=case.id, etag=changed.etag)
    assert res.Case.CLOSED == (await world.stub.CloseCase(seen, metadata=world.staff)).state
