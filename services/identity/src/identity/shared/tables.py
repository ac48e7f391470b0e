"""The tables of identity."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from chassis.tables import metadata_with_chassis_tables

metadata = metadata_with_chassis_tables()

INSTANT = DateTime(timezone=True)

organizations = Table(
    "organizations",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("slug", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("country", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("languages", ARRAY(Text), nullable=False),
    Column("created_at", INSTANT, nullable=False),
    Column("version", BigInteger, nullable=False),
)

accounts = Table(
    "accounts",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("role", SmallInteger, nullable=False),
    Column("username", Text, nullable=False),
    Column("display_name", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("status", SmallInteger, nullable=False),
    Column("password_hash", Text),
    Column("proof_id", Uuid),
    Column("proof_purpose", Text),
    Column("proof_hash", LargeBinary),
    Column("proof_expires_at", INSTANT),
    Column("proof_wrong_tries", SmallInteger, nullable=False),
    Column("resets_asked", ARRAY(INSTANT), nullable=False, server_default="{}"),
    Column("created_at", INSTANT, nullable=False),
    Column("activated_at", INSTANT),
    Column("last_login_at", INSTANT),
    Column("version", BigInteger, nullable=False),
    ForeignKeyConstraint(["org_id"], ["organizations.org_id"]),
    UniqueConstraint("org_id", "username"),
    CheckConstraint("num_nulls(proof_id, proof_purpose, proof_hash, proof_expires_at) IN (0, 4)", name="proof"),
    # Room for the next version of a row on its own page: signing in then touches no index.
    postgresql_with={"fillfactor": "85"},
)
Index(
    "accounts_proof_idx",
    accounts.c.org_id,
    accounts.c.proof_hash,
    unique=True,
    postgresql_where=accounts.c.proof_hash.is_not(None),
)

sessions = Table(
    "sessions",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("account_id", Uuid, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("device", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("created_at", INSTANT, nullable=False),
    Column("rotated_at", INSTANT, nullable=False),
    Column("revoked_at", INSTANT),
    ForeignKeyConstraint(["org_id", "account_id"], ["accounts.org_id", "accounts.id"]),
    # Without `rotated_at`: then rotating a token touches no index.
    Index("sessions_account_idx", "org_id", "account_id"),
    postgresql_with={"fillfactor": "85"},
)

audit = Table(
    "audit",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("action", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("subject_id", Uuid, comment="The account; null: none has the username"),
    Column("actor_id", Uuid, comment="The account that acted; null: nobody was signed in"),
    Column("actor_org_id", Uuid),
    Column("address", Text, nullable=False),
    Column("user_agent", Text, nullable=False),
    Column("occurred_at", INSTANT, nullable=False),
)
