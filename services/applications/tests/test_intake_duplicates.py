"""Applications that may be a second one of a family."""

from datetime import date

import pytest
from google.type.date_pb2 import Date
from portico.applications.v1 import resources_pb2 as res
from portico.applications.v1.intake_pb2 import FindDuplicatesRequest, NewGuardian

from applications.application.domain.application import Child
from chassis.errors import InvalidArgument
from services.applications.tests.world import EMAIL, PHONE, World, a_guardian

BORN = date(2023, 5, 14)
MATEO = Child("Mateo", "García", BORN)


def asked(
    *,
    child: date | None = None,
    given_name: str = "Maria",
    family_name: str = "Garcia",
    email: str = "",
    phone: str = "",
) -> FindDuplicatesRequest:
    """A family as staff are about to enter it."""
    guardian = NewGuardian(given_name=given_name, family_name=family_name, email=email, phone=phone)
    born = [Date(year=child.year, month=child.month, day=child.day)] if child else []
    return FindDuplicatesRequest(
        guardians=[guardian],
        children=[res.Child(given_name="M", birth_date=day) for day in born],
    )


async def numbers(grpc_stub, staff, request: FindDuplicatesRequest) -> list[str]:
    """What is found, by number."""
    return [each.number for each in (await grpc_stub.FindDuplicates(request, metadata=staff)).applications]


@pytest.mark.parametrize(
    ("request_", "is_found"),
    [
        (asked(given_name="Ana", family_name="Ruiz", email=EMAIL.upper()), True),
        (asked(given_name="Ana", family_name="Ruiz", phone="(212) 555-0117"), True),
        (asked(child=BORN), True),
        (asked(given_name="MARÍA", family_name="garcía", child=BORN), True),
        (asked(), False),
        (asked(child=date(2023, 5, 15)), False),
        (asked(given_name="Marta", child=BORN), False),
        (asked(email="other@example.org", phone="(212) 555-0118"), False),
    ],
)
async def test_the_same_contact_or_name_and_birth_date_is_found(
    grpc_stub, staff, world: World, request_: FindDuplicatesRequest, is_found: bool
) -> None:
    """CASE-U17: an email or a phone is enough; a name only together with a child's birth date."""
    entered = await world.submit(a_guardian(phone=PHONE), children=[MATEO])
    await world.submit(a_guardian(email="", family_name="Zubizarreta"))
    assert ([entered.number] if is_found else []) == await numbers(grpc_stub, staff, request_)


async def test_also_the_second_guardian_is_compared(grpc_stub, staff, world: World) -> None:
    """CASE-U17: whichever guardian has the contact or the name, of this application or of the earlier one."""
    entered = await world.submit(
        a_guardian(email="", family_name="Ruiz"), a_guardian(phone=PHONE), children=[MATEO, Child("Leo", "", None)]
    )
    request = asked(given_name="Ana", family_name="Ruiz", email="ana@example.org", child=BORN)
    request.guardians.add(given_name="Maria", family_name="García", phone=PHONE)
    assert [entered.number] == await numbers(grpc_stub, staff, request)
    del request.guardians[0]
    request.guardians[0].phone = ""
    assert [entered.number] == await numbers(grpc_stub, staff, request)


async def test_the_newest_five_are_named(grpc_stub, staff, world: World) -> None:
    """CASE-U17: of many only the newest, the newest first."""
    entered = [(await world.submit()).number for _ in range(7)]
    assert entered[:1:-1] == await numbers(grpc_stub, staff, asked(email=EMAIL))


async def test_another_organizations_family_is_not_found(grpc_stub, staff, world: World) -> None:
    """CASE-U17: nobody learns whom another agency knows."""
    foreign = await World.with_organization(world.deps, world.clock, world.identity)
    await foreign.submit(a_guardian(phone=PHONE), children=[MATEO])
    assert [] == await numbers(grpc_stub, staff, asked(email=EMAIL, phone=PHONE, child=BORN))


async def test_what_is_wrong_is_said_as_when_it_is_entered(grpc_stub, staff) -> None:
    """CASE-U17: a contact that cannot be one is named by its field, before anything is entered."""
    with pytest.raises(InvalidArgument) as refused:
        await grpc_stub.FindDuplicates(asked(email="maria@", phone="12"), metadata=staff)
    assert ["guardians[0].email", "guardians[0].phone"] == [each.field for each in refused.value.violations]
