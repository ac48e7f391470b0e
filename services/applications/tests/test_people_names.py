"""Names of people, from the entry to what they are called by: over gRPC, on a real database."""

from datetime import timedelta
from importlib import import_module

import protovalidate
import psycopg
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from portico.applications.v1 import applications_pb2, links_pb2, search_pb2
from portico.applications.v1 import resources_pb2 as res
from portico.identity.v1.registrations_pb2 import IssueContactTicketRequest
from sqlalchemy import create_engine, text

from applications.application.domain.names import number_query
from applications.claims.usecases.claims import check_invitation, claim_invitation
from applications.links.usecases import send_due_unlink_notices
from applications.shared.deps import Deps
from chassis.call import Role
from chassis.db import Database
from chassis.errors import InvalidArgument
from chassis.name_search import contact_query
from chassis.testing import FakeClock
from chassis.testing.grpc import Metadata, TestPeople
from chassis.text import plain
from services.applications.tests.neighbours import FakeIdentity
from services.applications.tests.world import World, a_guardian, new, visitor

LETTERS = st.one_of(
    st.characters(categories=("L", "M", "N", "Pd", "Po", "S", "Zs")), st.sampled_from(" \u00a0\u200b'-\ufb2c")
)
NAMES = st.text(LETTERS, max_size=100)


async def found_by(grpc_stub, staff: Metadata, query: str, order_by: str = "") -> list[str]:
    """The ids of the applications that a search finds."""
    request = search_pb2.ListApplicationsRequest(query=query, order_by=order_by)
    return [each.id for each in (await grpc_stub.ListApplications(request, metadata=staff)).applications]


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(given_name=NAMES, family_name=st.one_of(st.just(""), NAMES))
@example(given_name="@A", family_name="")
async def test_whatever_is_accepted_is_called_and_found_rightly(
    grpc_stub,
    deps: Deps,
    clock: FakeClock,
    identity: FakeIdentity,
    people: TestPeople,
    given_name: str,
    family_name: str,
) -> None:
    """CASE-A31, CASE-A2, CASE-A3: one blank between words and none around, fit for a ticket, and found by each word."""
    world = await World.with_organization(deps, clock, identity)
    staff = people.metadata(Role.STAFF, org_id=world.org_id, account_id=world.staff_id)
    try:
        created = await grpc_stub.CreateApplication(new(given_name=given_name, family_name=family_name), metadata=staff)
    except InvalidArgument:
        assume(False)  # noqa: FBT003 hypothesis takes it by position
    [message] = await world.messages()
    name = message.values["guardian_name"]
    assert name.split(" ") == name.split()
    protovalidate.validate(IssueContactTicketRequest(contact="a@example.org", display_name=name, language="en"))
    guardian = created.guardians[0]
    for word in (guardian.family_name or guardian.given_name).split():
        # What has no letter cannot be asked for, and what reads as a number or an address is looked for as one.
        if plain(word) and not number_query(word) and not contact_query(word):
            for order_by in ("", "family_name"):
                assert [created.id] == await found_by(grpc_stub, staff, word, order_by)


async def test_a_person_with_one_name(grpc_stub, staff: Metadata, world: World) -> None:
    """CASE-A31: greeted by it in messages, registered under it, found by it, and told of an unlink."""
    request = new(given_name=" Sukarno ", family_name=" ", email=f"{world.org_id.hex}@example.org")
    request.children.append(res.Child(given_name="Megawati"))
    created = await grpc_stub.CreateApplication(request, metadata=staff)
    assert ("Sukarno", "") == (created.guardians[0].given_name, created.guardians[0].family_name)
    assert "Sukarno" == (await world.messages())[-1].values["guardian_name"]
    link = (await world.secret()).link
    shown = (await check_invitation(world.deps, visitor(), link)).shown
    assert shown is not None
    assert "Sukarno" == shown.guardian_name
    await claim_invitation(world.deps, visitor(), link)
    assert "Sukarno" == world.identity.tickets[-1].display_name
    for query in ("suk", "Sukarno", "Sukrano"):
        assert [created.id] == await found_by(grpc_stub, staff, query)
    await world.accept(link, world.an_account())
    await grpc_stub.UnlinkGuardian(links_pb2.UnlinkGuardianRequest(application_id=created.id), metadata=staff)
    world.clock.advance(timedelta(minutes=15))
    await send_due_unlink_notices(world.deps)
    assert "Sukarno" == (await world.messages())[-1].values["guardian_name"]


async def test_a_list_by_name_has_people_with_one_name_in_their_place(grpc_stub, staff: Metadata, world: World) -> None:
    """CASE-A31: between the family names of the others, page by page."""
    for given_name, family_name in (("Maria", "Zapata"), ("Maria", "Alvarez"), ("Sukarno", "")):
        await grpc_stub.CreateApplication(new(given_name=given_name, family_name=family_name), metadata=staff)
    request = search_pb2.ListApplicationsRequest(page_size=1, order_by="family_name")
    names: list[str] = []
    while not names or request.page_token:
        page = await grpc_stub.ListApplications(request, metadata=staff)
        names += [each.guardians[0].family_name or each.guardians[0].given_name for each in page.applications]
        request.page_token = page.next_page_token
    assert ["Alvarez", "Sukarno", "Zapata"] == names


async def test_a_family_name_can_be_taken_away_but_no_given_name(grpc_stub, staff: Metadata, world: World) -> None:
    """CASE-A31: a `-` that somebody had to type is corrected to nothing, and the person is found by the name left."""
    application = await world.submit(a_guardian(family_name="García"))
    request = applications_pb2.UpdateGuardianRequest(
        application_id=application.id,
        guardian_id=application.guardians[0].id,
        guardian=applications_pb2.GuardianPatch(given_name="Sukarno"),
        update_mask=FieldMask(paths=["given_name", "family_name"]),
    )
    changed = await grpc_stub.UpdateGuardian(request, metadata=staff)
    assert ("Sukarno", "") == (changed.guardians[0].given_name, changed.guardians[0].family_name)
    assert ([application.id], []) == (
        await found_by(grpc_stub, staff, "sukarno"),
        await found_by(grpc_stub, staff, "garcia"),
    )
    request.guardian.given_name = "\u200b"
    with pytest.raises(InvalidArgument) as refused:
        await grpc_stub.UpdateGuardian(request, metadata=staff)
    assert ["guardian.given_name"] == [violation.field for violation in refused.value.violations]


@pytest.mark.parametrize(
    "query",
    [
        *("mc donald", "Ana McDonald", "mcdonald ana", "ana mc donald", "ana", "lucía", "mateo", "Mateo de la Cruz"),
        *("ANA@example.org", "(212) 555-0117", "+1 212 555 0117", "555-0117", "2125550117"),
    ],
)
async def test_staff_find_what_the_caller_says(grpc_stub, staff: Metadata, world: World, query: str) -> None:
    """CASE-A9, CASE-A10: by names of guardians and children, by email and by phone, and nobody else's."""
    request = new(given_name="Ana Lucía", family_name="McDonald", email="ana@example.org", phone="+12125550117")
    request.children.append(res.Child(given_name="Mateo", family_name="De La Cruz"))
    created = await grpc_stub.CreateApplication(request, metadata=staff)
    other = new(given_name="Eva", family_name="Donaldson", email="eva@example.org", phone="+12125550118")
    await grpc_stub.CreateApplication(other, metadata=staff)
    for order_by in ("", "family_name"):
        assert [created.id] == await found_by(grpc_stub, staff, query, order_by)


async def test_what_was_there_before_is_found_as_well(
    grpc_stub, staff: Metadata, world: World, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CASE-A9, CASE-A10: the migration makes the entries of the release before anew, batch by batch."""
    revision = import_module("applications.migrations.versions.0004_search_entries")
    monkeypatch.setattr(revision, "BATCH", 2)
    created = []
    for given_name in ("Ana", "Eva", "Mia"):
        request = new(given_name=given_name, family_name="De La Cruz", email=f"{given_name}@example.org")
        request.children.append(res.Child(given_name="Mateo"))
        created.append((await grpc_stub.CreateApplication(request, metadata=staff)).id)
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(database.url))
    with engine.begin() as connection:
        spoil = (
            "UPDATE family_names SET plain = 'de la cruz', spellings = '', search_keys = '{d,+l}' WHERE org_id = :org"
        )
        connection.execute(text(spoil), {"org": world.org_id})
        revision.fill(connection)
    engine.dispose()
    for query, found in (("delacruz", created[::-1]), ("mateo", created[::-1]), ("eva@example.org", [created[1]])):
        assert found == await found_by(grpc_stub, staff, query)


async def test_a_changed_contact_is_what_is_found(grpc_stub, staff: Metadata, world: World) -> None:
    """CASE-A10: the new email finds the application, the old one does not; the names still do."""
    created = await grpc_stub.CreateApplication(new(email="ana@example.org"), metadata=staff)
    change = applications_pb2.UpdateGuardianRequest(
        application_id=created.id,
        guardian_id=created.guardians[0].id,
        guardian=applications_pb2.GuardianPatch(email="maria@example.org"),
    )
    await grpc_stub.UpdateGuardian(change, metadata=staff)
    found = [await found_by(grpc_stub, staff, query) for query in ("maria@example.org", "ana@example.org", "garcia")]
    assert [[created.id], [], [created.id]] == found
