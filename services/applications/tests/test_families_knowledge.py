"""What only a family knows of its applications, as identity asks for it: over gRPC, on a real database."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from google.type.date_pb2 import Date
from portico.applications.v1 import families_pb2 as pb

from applications.application.domain.application import Child
from applications.families.domain import LinkedFamily, NumberAndChild, is_known
from chassis.errors import Denied, InvalidArgument
from chassis.ids import new_id
from chassis.testing.grpc import as_service
from services.applications.tests.world import World

LEO = Child("Leo", "García-López", date(2021, 5, 17))
MEI = Child("Mei", "", None)
BORN = Date(year=2021, month=5, day=17)


async def asked(grpc_stub, account_id: UUID, **proof: Any) -> tuple[bool, bool]:
    """Whether the account has links, and whether the proof is true of one of them."""
    request = pb.CheckFamilyKnowledgeRequest(account_id=str(account_id), **proof)
    answer = await grpc_stub.CheckFamilyKnowledge(request, metadata=as_service("identity"))
    return answer.has_links, answer.matches


def number_and_child(number: str, name: str) -> dict[str, Any]:
    return {"number_and_child": pb.NumberAndChild(application_number=number, child_family_name=name)}


@pytest.mark.parametrize(
    ("proof", "matches"),
    [
        ({}, False),
        ({"birth_date": BORN}, True),
        ({"birth_date": Date(year=2021, month=5, day=18)}, False),
        ({"birth_date": Date()}, False),
        ({"birth_date": Date(year=2021, month=13, day=1)}, False),
        (number_and_child("A-000001", "García-López"), True),
        (number_and_child("No. a–1.", "GARCIALOPEZ"), True),
        (number_and_child("1", "garcia lopez"), True),
        (number_and_child("1", "mei"), True),
        (number_and_child("1", "García"), False),
        (number_and_child("1", "Leo"), False),
        (number_and_child("1", ""), False),
        (number_and_child("1", "-"), False),
        (number_and_child("2", "García-López"), False),
        (number_and_child("", "García-López"), False),
    ],
)
async def test_what_only_the_family_knows(grpc_stub, world: World, proof, matches) -> None:
    """CASE-A19: a child's birth date, or a number with a child's family name as people write them; nothing less."""
    _, account_id = await world.linked(children=(LEO, MEI))
    assert (True, matches) == await asked(grpc_stub, account_id, **proof)


async def test_who_holds_no_application_knows_nothing(grpc_stub, world: World) -> None:
    """CASE-A19: an account that is unknown, that never had a link, or that has lost it: no links, and no match."""
    application, account_id = await world.linked(children=(LEO,))
    for nobody in (new_id(), world.an_account()):
        assert (False, False) == await asked(grpc_stub, nobody, birth_date=BORN)
    await world.unlink(application)
    assert (False, False) == await asked(grpc_stub, account_id, birth_date=BORN)


async def test_another_familys_child_proves_nothing(grpc_stub, world: World) -> None:
    """CASE-A19: what is true of somebody else's application is no proof."""
    await world.linked(children=(LEO,))
    _, account_id = await world.linked(children=(MEI,))
    for proof in ({"birth_date": BORN}, number_and_child("1", "García-López")):
        assert (True, False) == await asked(grpc_stub, account_id, **proof)


@pytest.mark.parametrize("typed", ["", " ", "-", "🙂", "?"])
def test_a_name_without_letters_proves_nothing(typed: str) -> None:
    """CASE-A19: what has no letter and no digit is alike to everything of its kind, and no proof."""
    smiling = LinkedFamily("A-000001", (Child("🙂", "🙂", None),))
    assert not is_known(NumberAndChild("A-000001", typed), [smiling])


async def test_only_identity_asks(grpc_stub, world: World) -> None:
    """CASE-A19: no other service may try what a family knows; an account is a UUID."""
    request = pb.CheckFamilyKnowledgeRequest(account_id=str(new_id()))
    for service in ("gateway", "casemanager", "notifications"):
        with pytest.raises(Denied):
            await grpc_stub.CheckFamilyKnowledge(request, metadata=as_service(service))
    request.account_id = "7"
    with pytest.raises(InvalidArgument):
        await grpc_stub.CheckFamilyKnowledge(request, metadata=as_service("identity"))
