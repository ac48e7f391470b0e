"""What is kept of the organizations: identity's word for them."""

from dataclasses import dataclass
from uuid import UUID

from portico.identity.v1.events_pb2 import OrganizationEvent
from sqlalchemy import Column, Table, Text, Uuid, bindparam, select
from sqlalchemy.dialects.postgresql import insert

from casemanager.shared.tables import metadata
from chassis.db import Executor, statement
from chassis.envelope import Incoming

organizations = Table(
    "organizations",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    *(Column(name, Text, nullable=False) for name in ("slug", "name", "country", "time_zone")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """A provider: how strangers name it, how phone numbers are read, and in which zone its days begin."""

    slug: str
    name: str
    country: str
    time_zone: str


UNHEARD = Organization(slug="", name="", country="US", time_zone="UTC")
"""An organization of which identity has not told yet."""

_KNOWN = tuple(Organization.__dataclass_fields__)
_insert = insert(organizations)
UPSERT_ORGANIZATION = statement(
    _insert.values({name: bindparam(name) for name in ("org_id", *_KNOWN)}).on_conflict_do_update(
        index_elements=["org_id"], set_={name: _insert.excluded[name] for name in _KNOWN}
    )
)
_LOAD_ORGANIZATION = statement(
    select(*(organizations.c[name] for name in _KNOWN)).where(organizations.c.org_id == bindparam("org_id")),
    into=Organization,
)


async def upsert_organization(event: OrganizationEvent, incoming: Incoming, tx: Executor) -> None:
    """Keeps what identity says of an organization."""
    organization = event.created.organization if event.HasField("created") else event.updated.organization
    known = {name: getattr(organization, name) for name in _KNOWN}
    await tx.run(UPSERT_ORGANIZATION, org_id=incoming.org_id, **known)


async def organization_of(executor: Executor, org_id: UUID) -> Organization:
    """What is known of an organization; `UNHEARD` in the moment before identity's event is here."""
    return await executor.first(_LOAD_ORGANIZATION, org_id=org_id) or UNHEARD
