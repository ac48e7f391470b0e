"""What is kept of the organizations: identity's word for them, and a setting of our own."""

from portico.identity.v1.events_pb2 import OrganizationEvent
from sqlalchemy import BigInteger, CheckConstraint, Column, Integer, SmallInteger, Table, Text, Uuid, bindparam, update
from sqlalchemy.dialects.postgresql import ARRAY, insert

from applications.shared.metadata import metadata
from chassis.db import Executor, statement
from chassis.envelope import Incoming

PROFILE = ("phone", "email", "hours", "web_page", "color")
"""What an organization shows of itself, beside its name."""

DEFAULT_SEND_RATE = 3_000
"""Messages in bulk that go out for an organization in a minute; identity of the release before says nothing of it."""

organizations = Table(
    "organizations",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("slug", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("country", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("languages", ARRAY(Text), nullable=False),
    Column("invite_days", SmallInteger, nullable=False, server_default="14", comment="How long invitations live"),
    Column("last_serial", BigInteger, nullable=False, server_default="0", comment="Of the newest application number"),
    Column("send_rate", Integer, nullable=False, server_default="3000", comment="Messages in bulk, a minute"),
    *(Column(name, Text, nullable=False, server_default="") for name in PROFILE),
    CheckConstraint("invite_days BETWEEN 1 AND 30", name="invite_days"),
    postgresql_with={"fillfactor": "50"},
)

_KNOWN_TO_IDENTITY = ("slug", "name", "country", "time_zone", "languages", "send_rate", *PROFILE)


_insert = insert(organizations)
UPSERT_ORGANIZATION = statement(
    _insert.values({name: bindparam(name) for name in ("org_id", *_KNOWN_TO_IDENTITY)}).on_conflict_do_update(
        index_elements=["org_id"], set_={name: _insert.excluded[name] for name in _KNOWN_TO_IDENTITY}
    )
)

SET_INVITE_DAYS = statement(
    update(organizations)
    .where(organizations.c.org_id == bindparam("org_id"))
    .values(invite_days=bindparam("invite_days"))
)


async def upsert_organization(event: OrganizationEvent, incoming: Incoming, tx: Executor) -> None:
    """Keeps what identity says of an organization; our own setting for it stays."""
    organization = event.created.organization if event.HasField("created") else event.updated.organization
    await tx.run(
        UPSERT_ORGANIZATION,
        org_id=incoming.org_id,
        slug=organization.slug,
        name=organization.name,
        country=organization.country,
        time_zone=organization.time_zone,
        languages=list(organization.languages),
        send_rate=organization.send_rate_per_minute or DEFAULT_SEND_RATE,
        **{name: getattr(organization, name) for name in PROFILE},
    )
