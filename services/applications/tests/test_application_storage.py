"""The tables as the migrations make them, and the statements on them."""

import asyncio
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pkgutil import walk_packages
from typing import Any
from uuid import UUID

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine

import applications
from applications.application.aggregate import load_application
from applications.application.domain.application import (
    Application,
    Contacts,
    Guardian,
    Link,
    Organization,
    Status,
    Unlink,
)
from applications.application.domain.events import Invited
from applications.application.domain.invitation import Invitation, InvitationOutcome, Keys, Method
from applications.application.domain.link_state import Action, LinkState, link_state
from applications.application.storage.save import (
    SAVE_APPLICATION,
    SAVE_GUARDIAN,
    application_params,
    guardian_params,
)
from applications.invitations.domain import Invite, invite
from applications.search.storage.search import Search, find
from applications.search.storage.statements import Sort
from applications.shared.deps import Deps
from applications.shared.metadata import metadata
from chassis.call import Call, Caller
from chassis.db import Database, Statement, cross_tenant_statements
from chassis.ids import new_id
from chassis.outbox import event_params
from chassis.saves import request_params
from chassis.testing import FakeClock
from services.applications.tests.neighbours import FakeIdentity
from services.applications.tests.world import World

STATEMENTS: dict[str, Statement[Any]] = {
    name: value
    for module in walk_packages(applications.__path__, "applications.")
    if "storage" in module.name or "shared" in module.name
    for name, value in vars(import_module(module.name)).items()
    if isinstance(value, Statement)
}
NOTHING_KEPT = request_params(Call(Caller(), "test"), b"")
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_migrations_make_the_tables(database: Database) -> None:
    """OP-08: the migrations make exactly the tables that the statements are written for."""
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(database.url))
    # PostgreSQL writes the expressions of these indexes in its own way; tests of the lists see them used.
    in_its_own_way = {"guardians_link_state_idx", "invitations_delivery_idx"}
    options = {"include_object": lambda _, name, *__: name not in in_its_own_way}
    with engine.connect() as connection:
        assert [] == compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
    engine.dispose()


@pytest.mark.parametrize("name", sorted(STATEMENTS))
async def test_every_statement_finds_its_rows_by_an_index(database: Database, name: str) -> None:
    """AP-02: no statement walks over a table, however many applications there are."""
    async with await database.connect() as connection:
        await connection.execute("SET enable_seqscan = off")
        rows = await connection.execute(f"EXPLAIN (GENERIC_PLAN) {STATEMENTS[name].sql}")
        plan = "\n".join(str(row[0]) for row in await rows.fetchall())
    assert [] == [line for line in plan.splitlines() if "Seq Scan on" in line]


def test_few_statements_cross_organizations() -> None:
    """AP-09, AP-11, AP-12: a typed code, notices that are due and what batches leave are looked for in all of them."""
    own = {table.name for table in metadata.sorted_tables} - {"outbox", "inbox", "requests", "dead_letters"}
    crossing = [crossing.why for crossing in cross_tenant_statements() if any(name in crossing.sql for name in own)]
    assert sorted(crossing) == [
        "A code that a person types names no organization; its 50 bits find the invitation.",
        "A worker works for every organization, that which has waited longest first.",
        "Rows of batches are forgotten by their age alone.",
        "What is due is due in every organization.",
        "What is due is due in every organization.",
        "What was searched for is forgotten in every organization.",
    ]


async def test_a_guardian_has_one_open_invitation(world: World) -> None:
    """AP-04: the database itself refuses a second open invitation of a guardian."""
    application = await world.submit()
    async with await world.deps.database.connect() as connection:
        with pytest.raises(psycopg.errors.UniqueViolation, match="invitations_open_idx"):
            await connection.execute(
                "INSERT INTO invitations (org_id, id, application_id, guardian_id, method, contact, token_hash,"
                " code_hash, by_family, create_time, expire_time)"
                " SELECT org_id, gen_random_uuid(), application_id, guardian_id, method, contact, '1', '2', by_family,"
                " create_time, expire_time FROM invitations WHERE application_id = %s",
                [application.id],
            )


async def test_a_guardian_cannot_belong_to_a_strangers_application(world: World) -> None:
    """AP-03: the database itself refuses what crosses organizations."""
    application = await world.submit()
    async with await world.deps.database.connect() as connection:
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            await connection.execute(
                "UPDATE guardians SET org_id = %s WHERE application_id = %s", [new_id(), application.id]
            )


async def test_a_save_on_an_old_state_writes_nothing(world: World, deps: Deps) -> None:
    """AP-05: of twenty saves from one state one hits, and there is one new invitation."""
    application = await load_application(deps, org_id=world.org_id, application_id=UUID((await world.submit()).id))
    saves = []
    for number in range(20):
        keys = Keys(token_hash=new_id().bytes, code_hash=bytes([number]), sealed=b"")
        command = Invite(label=Action.REINVITE, invitation_id=new_id(), keys=keys)
        decision = invite(application, command, world.clock())
        params = guardian_params(decision, notice_id=new_id(), entries=())
        events = event_params(world.org_id, [])
        saves.append(deps.database.first(SAVE_GUARDIAN, org_id=world.org_id, **params, **events, **NOTHING_KEPT))
    assert sum(hit or 0 for hit in await asyncio.gather(*saves)) == 1
    async with await deps.database.connect() as connection:
        rows = await connection.execute("SELECT outcome FROM invitations WHERE org_id = %s", [world.org_id])
        assert {row[0] for row in await rows.fetchall()} == {InvitationOutcome.REPLACED, None}


async def test_no_table_holds_a_token_or_a_code(world: World) -> None:
    """AP-04: after an invitation was sent, checked and accepted, its secrets stand nowhere, in no form but hashed."""
    await world.submit()
    secret = await world.secret()
    await world.accept(secret.typed("A-000001"), world.an_account())
    async with await world.deps.database.connect() as connection:
        for table in metadata.sorted_tables:
            rows = await connection.execute(f"SELECT t::text FROM {table.name} t")
            written = "\n".join(str(row[0]) for row in await rows.fetchall())
            for value in (secret.token, secret.code):
                assert value not in written
                assert value.encode().hex() not in written


def instants() -> st.SearchStrategy[datetime]:
    """Moments around now, and now itself."""
    return st.sampled_from([NOW + timedelta(minutes=minutes) for minutes in (-20000, -16, -15, -1, 0, 1, 15, 20000)])


@st.composite
def guardians(draw: st.DrawFn) -> Guardian:
    """A guardian with any facts, also such as no decision leaves behind."""
    outcome = draw(st.sampled_from([None, *InvitationOutcome]))
    invitation = Invitation(
        id=new_id(),
        method=Method.EMAIL,
        contact="a@example.org",
        create_time=NOW - timedelta(days=15),
        expire_time=draw(instants()),
        outcome=outcome,
        end_time=draw(instants()) if outcome else None,
        failure_reason=draw(st.sampled_from(["", "550 unknown"])),
    )
    link = Link(new_id(), "a@example.org", NOW)
    link_or_unlink = draw(st.sampled_from([None, link, Unlink(link, draw(instants()))]))
    return Guardian(
        id=new_id(),
        given_name="Ana",
        family_name="Ruiz",
        contacts=Contacts(email=draw(st.sampled_from(["", "a@example.org"])), phone=draw(st.sampled_from(["", "+1"]))),
        preferred_method=Method.EMAIL,
        language="en",
        update_time=NOW,
        invitation=draw(st.sampled_from([None, invitation])),
        link=link_or_unlink if isinstance(link_or_unlink, Link) else None,
        unlink=link_or_unlink if isinstance(link_or_unlink, Unlink) else None,
    )


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(families=st.lists(guardians(), min_size=1, max_size=8), wanted=st.sets(st.sampled_from(LinkState), min_size=1))
async def test_the_databases_link_state_is_the_domains(
    deps: Deps, clock: FakeClock, identity: FakeIdentity, families: list[Guardian], wanted: set[LinkState]
) -> None:
    """AP-02, AP-03: whatever the facts are, the filter finds exactly the guardians that the domain says are so."""
    world = await World.with_organization(deps, clock, identity)
    organization = Organization(
        id=world.org_id, name="Sunrise", country="US", time_zone="UTC", languages=("en",), invite_days=14
    )
    expected = set()
    for serial, guardian in enumerate(families, start=1):
        application = Application(
            organization=organization,
            id=new_id(),
            number=f"A-{serial:06d}",
            status=Status.ACTIVE,
            guardians=(guardian,),
            children=(),
            answers="{}",
            create_time=NOW,
            update_time=NOW,
        )
        keys = Keys(token_hash=new_id().bytes, code_hash=b"", sealed=b"")
        offered = guardian.invitation
        invited = Invited(guardian_id=guardian.id, invitation=offered, keys=keys, supersedes=None) if offered else None
        params = application_params(application, serial=serial, invited=invited, entries=())
        events = event_params(world.org_id, [])
        await deps.database.first(SAVE_APPLICATION, org_id=world.org_id, **params, **events, **NOTHING_KEPT)
        if link_state(guardian, NOW) in wanted:
            expected.add(application.id)
    search = Search(text=None, link_states=frozenset(wanted), statuses=frozenset(), sort=Sort.NUMBER, descending=False)
    found = await find(deps.database, search, org_id=world.org_id, now=NOW, after=(), limit=100)
    assert {application.id for application in found} == expected
