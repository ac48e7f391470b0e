"""The table of organizations, the statements that read it, and the directory that keeps them in memory."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    bindparam,
    literal,
    select,
    text,
    update,
)

from chassis.call import FAMILY_ORG
from chassis.clock import Clock
from chassis.db import Executor, statement
from chassis.mapping import Params, mapping
from chassis.readers import reader
from chassis.saves import save
from identity.organizations.domain import SETTINGS, Organization, is_slug
from identity.organizations.search import ListedOrganization, listed_organization
from identity.shared.audit.storage import add_entries
from identity.shared.tables import INSTANT, metadata

organizations = Table(
    "organizations",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("slug", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("country", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("languages", ARRAY(Text), nullable=False),
    Column("create_time", INSTANT, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("phone", Text, nullable=False, server_default="", comment="E.164; empty, like what follows: not known"),
    Column("email", Text, nullable=False, server_default=""),
    Column("hours", Text, nullable=False, server_default=""),
    Column("web_page", Text, nullable=False, server_default=""),
    Column("color", Text, nullable=False, server_default="", comment="#rrggbb"),
    Column("send_rate_per_minute", Integer, nullable=False, server_default="3000", comment="Messages in bulk"),
    Column("listed", Boolean, nullable=False, server_default=text("true"), comment="Strangers find it by its name"),
    Index("organizations_listed_idx", "slug", postgresql_where=text("listed")),
)
ORGANIZATION = mapping(organizations, Organization)

ORGANIZATION_BY_ID = statement(
    select(*ORGANIZATION.columns()).where(organizations.c.org_id == bindparam("org_id")), into=ORGANIZATION.reader()
)
ORGANIZATION_BY_SLUG = statement(
    select(*ORGANIZATION.columns()).where(organizations.c.slug == bindparam("slug")),
    into=ORGANIZATION.reader(),
    cross_tenant="A realm is named by its slug before anybody is signed in.",
)
LIST_LISTED = statement(
    select(organizations.c.slug, organizations.c.name).where(
        organizations.c.listed, organizations.c.org_id != literal(FAMILY_ORG, Uuid)
    ),
    into=reader(listed_organization, "slug", "name"),
    cross_tenant="Strangers look for the organization of theirs among those that want to be found.",
)

SAVE_SETTINGS = save(
    update(organizations)
    .where(organizations.c.org_id == bindparam("org_id"), organizations.c.version == bindparam("loaded_version"))
    .values({name: bindparam(name) for name in (*SETTINGS, "version")})
    .returning(organizations.c.org_id),
    add_entries,
)
"""What can be changed of an organization; hits no row when it has changed meanwhile."""


def settings_params(organization: Organization) -> Params:
    """The parameters of SAVE_SETTINGS, without the audit's."""
    columns = ORGANIZATION.params(organization)
    return {"loaded_version": organization.version - 1, **{name: columns[name] for name in (*SETTINGS, "version")}}


class OrganizationDirectory:
    """The organizations, kept for a minute: they hardly ever change, and almost every call needs one.

    It grows with the number of organizations; a slug that does not exist is asked for each time.
    """

    _KEPT = timedelta(minutes=1)

    def __init__(self, database: Executor, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._by_slug: dict[str, tuple[datetime, Organization]] = {}
        self._by_id: dict[UUID, tuple[datetime, Organization]] = {}
        self._listed: tuple[datetime, list[ListedOrganization]] | None = None

    async def by_slug(self, slug: str) -> Organization | None:
        """The organization that a realm's name stands for, or None."""
        kept = self._by_slug.get(slug)
        if kept and self._clock() < kept[0] + self._KEPT:
            return kept[1]
        if not is_slug(slug):
            return None
        found = await self._database.first(ORGANIZATION_BY_SLUG, slug=slug)
        return self._keep(found)

    async def by_id(self, org_id: UUID) -> Organization | None:
        """The organization with this id, or None."""
        kept = self._by_id.get(org_id)
        if kept and self._clock() < kept[0] + self._KEPT:
            return kept[1]
        found = await self._database.first(ORGANIZATION_BY_ID, org_id=org_id)
        return self._keep(found)

    async def listed(self) -> list[ListedOrganization]:
        """Those that strangers find by their names."""
        kept = self._listed
        if kept is None or self._clock() >= kept[0] + self._KEPT:
            kept = self._listed = (self._clock(), await self._database.all(LIST_LISTED))
        return kept[1]

    def forget(self, org_id: UUID) -> None:
        """The next one who asks gets what stands in the database."""
        self._listed = None
        if kept := self._by_id.pop(org_id, None):
            self._by_slug.pop(kept[1].slug, None)

    def _keep(self, found: Organization | None) -> Organization | None:
        if found is not None:
            self._by_slug[found.slug] = self._by_id[found.org_id] = (self._clock(), found)
        return found
