"""What is kept of the organizations: identity's word for them."""

from uuid import UUID

from portico.identity.v1.events_pb2 import OrganizationEvent
from sqlalchemy import Column, Table, Text, Uuid, bindparam, select
from sqlalchemy.dialects.postgresql import insert

from casemanager.shared.tables import metadata
from chassis.db import Executor, statement
from chassis.envelope import Incoming

DEFAULT_COUNTRY = "US"
"""How phone numbers are read until identity has told of an organization."""

organizations = Table(
    "organizations",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("country", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
)
_KNOWN = ("country", "time_zone")
_insert = insert(organizations)
UPSERT_ORGANIZATION = statement(
    _insert.values({name: bindparam(name) for name in ("org_id", *_KNOWN)}).on_conflict_do_update(
        index_elements=["org_id"], set_={name: _insert.excluded[name] for name in _KNOWN}
    )
)
_COUNTRY = statement(select(organizations.c.country).where(organizations.c.org_id == bindparam("org_id")), into=str)


async def upsert_organization(event: OrganizationEvent, incoming: Incoming, tx: Executor) -> None:
    """Keeps what identity says of an organization."""
    organization = event.created.organization if event.HasField("created") else event.updated.organization
    known = {name: getattr(organization, name) for name in _KNOWN}
    await tx.run(UPSERT_ORGANIZATION, org_id=incoming.org_id, **known)


async def country_of(executor: Executor, org_id: UUID) -> str:
    """The country with which an organization's phone numbers are read, ISO 3166-1."""
    return await executor.first(_COUNTRY, org_id=org_id) or DEFAULT_COUNTRY
