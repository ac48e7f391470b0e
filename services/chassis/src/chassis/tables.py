"""The five tables that every service has besides its own: events out, events in, and requests that were answered."""

from typing import Protocol

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
    func,
)

from chassis.columns import instant

# The names that PostgreSQL itself would give, so that an error names a constraint that the code can name as well.
_NAMES = {
    "pk": "%(table_name)s_pkey",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "ck": "%(table_name)s_%(constraint_name)s_check",
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
}
_chassis = MetaData(naming_convention=_NAMES)

outbox = Table(
    "outbox",
    _chassis,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("position", BigInteger, Identity(always=True), nullable=False),
    Column("subject", Text, nullable=False, comment="<aggregate>.<event>"),
    Column("type", Text, nullable=False, comment="Full name of the protobuf message"),
    Column("payload", LargeBinary, nullable=False),
    Column("aggregate_id", Uuid, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("traceparent", Text),
    instant("event_time"),
    instant("publish_time", nullable=True),
    # Most rows are published and die after three days: vacuum early, or the relay walks over dead ones.
    postgresql_with={"autovacuum_vacuum_scale_factor": "0.02"},
)
Index("outbox_unpublished_idx", outbox.c.position, postgresql_where=outbox.c.publish_time.is_(None))
Index("outbox_published_idx", outbox.c.publish_time, postgresql_using="brin")

inbox = Table(
    "inbox",
    _chassis,
    Column("org_id", Uuid, primary_key=True),
    Column("event_id", Uuid, primary_key=True),
    instant("receive_time", server_default=func.now()),
)
Index("inbox_received_idx", inbox.c.receive_time, postgresql_using="brin")

aggregate_versions = Table(
    "aggregate_versions",
    _chassis,
    Column("org_id", Uuid, primary_key=True),
    Column("type", Text, primary_key=True, comment="Full name of the protobuf message"),
    Column("aggregate_id", Uuid, primary_key=True),
    Column("version", BigInteger, nullable=False, comment="The newest one that was applied"),
)

dead_letters = Table(
    "dead_letters",
    _chassis,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("stream", Text, comment="Where it came from; null: an event of our own that could not be published"),
    Column("subject", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("aggregate_id", Uuid, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("traceparent", Text),
    instant("event_time"),
    Column("reason", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    instant("fail_time", server_default=func.now()),
)

requests = Table(
    "requests",
    _chassis,
    Column("org_id", Uuid, primary_key=True),
    Column("caller", Text, primary_key=True),
    Column("method", Text, primary_key=True),
    Column("request_id", Uuid, primary_key=True),
    Column("body_hash", LargeBinary, nullable=False),
    Column("reply", LargeBinary, nullable=False),
    instant("create_time", server_default=func.now()),
)
Index("requests_created_idx", requests.c.create_time, postgresql_using="brin")


class _Operations(Protocol):
    def get_bind(self) -> Connection: ...


def metadata_with_chassis_tables() -> MetaData:
    """The metadata for a service's own tables, with the chassis tables and the house's constraint names."""
    metadata = MetaData(naming_convention=_NAMES)
    for table in _chassis.sorted_tables:
        table.to_metadata(metadata)
    return metadata


def create_chassis_tables(op: _Operations) -> None:
    """Create the chassis tables; for the first migration of a service, with `alembic.op`.

    A later change of these tables is a function of its own beside this one, and this one then keeps the first form.
    """
    _chassis.create_all(op.get_bind(), checkfirst=False)
