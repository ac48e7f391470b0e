"""Batches, their chunks, and their rows. Numbers of enumerations are the contract's."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    Uuid,
    desc,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from applications.shared.metadata import metadata
from chassis.columns import instant

batches = Table(
    "batches",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("kind", SmallInteger, nullable=False),
    Column("state", SmallInteger, nullable=False),
    Column("display_name", Text, nullable=False),
    Column("method", SmallInteger, comment="Null: each guardian's preferred one"),
    Column("reissue_live", Boolean, nullable=False),
    Column("all_guardians", Boolean, nullable=False),
    Column("expire_days", SmallInteger, comment="Null: as the organization says"),
    Column("send_rate", Integer, nullable=False, comment="Messages a minute"),
    Column("unlink_reason", SmallInteger),
    Column("source_id", Uuid, comment="The batch whose rows it takes up again"),
    Column("selection", JSONB(none_as_null=True), comment="Whom it is about; null once its chunks say it"),
    Column("creator_id", Uuid, nullable=False),
    Column("starter_id", Uuid, comment="Who started it first"),
    Column("ender_id", Uuid, comment="Who cancelled, undid or revoked it last"),
    Column("row_count", Integer, nullable=False),
    Column("repeated_count", Integer, nullable=False, comment="Ids that were given before"),
    Column("chunk_count", Integer, nullable=False),
    Column("accepted_count", Integer, nullable=False, comment="Messages that notifications has answered for"),
    Column("reported_count", Integer, nullable=False, comment="Messages that were sent or given up"),
    instant("create_time"),
    instant("preview_time", nullable=True, comment="When the last row was decided"),
    instant("start_time", nullable=True, comment="When it shall begin"),
    instant("run_time", nullable=True, comment="When it began"),
    instant("end_time", nullable=True),
    instant("undo_expire_time", nullable=True),
    Column("counts", JSONB(none_as_null=True), comment="Rows by outcome, once its chunks are gone; null: they say it"),
    Column("version", BigInteger, nullable=False),
    ForeignKeyConstraint(["org_id"], ["organizations.org_id"]),
)
Index("batches_newest_idx", batches.c.org_id, desc("create_time"), desc("id"))
# Those that a worker looks for: 3, 8, 9, 11 and 13 have ended, 2 and 6 wait for a person.
Index("batches_working_idx", batches.c.state, postgresql_where=text("state IN (1, 4, 5, 7, 10, 12)"))
# Those whose selection is to be forgotten, unless they wait for their chunks.
Index("batches_selection_idx", batches.c.state, postgresql_where=text("selection IS NOT NULL"))

batch_turns = Table(
    "batch_turns",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    instant("turn_time", comment="When a worker last took a chunk of it"),
    comment="Organizations take turns: the one that has waited longest is next",
)

batch_chunks = Table(
    "batch_chunks",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("batch_id", Uuid, primary_key=True),
    Column("number", Integer, primary_key=True, comment="From 0; its rows begin at 1,000 times that"),
    Column("phase", SmallInteger, nullable=False),
    Column("guardian_ids", ARRAY(Uuid), nullable=False, comment="In the order of their rows"),
    Column("pass_count", SmallInteger, nullable=False, comment="How often its rows were tried in this phase"),
    Column("counts", JSONB, nullable=False, comment="Rows by outcome"),
    Column("messages", JSONB, nullable=False, comment="What its messages are: emails, texts, segments, …"),
    ForeignKeyConstraint(["org_id", "batch_id"], ["batches.org_id", "batches.id"], ondelete="CASCADE"),
)
Index("batch_chunks_phase_idx", batch_chunks.c.org_id, batch_chunks.c.batch_id, batch_chunks.c.phase)

batch_rows = Table(
    "batch_rows",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("batch_id", Uuid, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("application_id", Uuid, nullable=False),
    Column("guardian_id", Uuid, nullable=False),
    Column("outcome", SmallInteger, nullable=False),
    Column("method", SmallInteger),
    Column("contact_hash", LargeBinary, comment="Keyed; of the contact that the preview has shown"),
    Column("turn", SmallInteger, nullable=False, comment="How many rows before it have the same contact"),
    Column("reason", Text, nullable=False, comment="Why it failed; empty: it did not"),
    Column("changed_outcome", SmallInteger, comment="What it would be now"),
    Column("duplicate_of", Uuid, comment="Application whose row has the same contact"),
    Column("invitation_id", Uuid),
    instant("unlink_time", nullable=True, comment="Of the link that it took away: only that one is given back"),
    Column("failed_before", Boolean, nullable=False, comment="An invitation did not reach its contact before"),
    Column("suggested_domain", Text, nullable=False, comment="What a mistyped address was meant to be; or empty"),
    ForeignKeyConstraint(["org_id", "batch_id"], ["batches.org_id", "batches.id"], ondelete="CASCADE"),
    postgresql_with={"fillfactor": "85"},
    comment="Ids only: no name and no contact",
)
Index("batch_rows_guardian_idx", batch_rows.c.org_id, batch_rows.c.batch_id, batch_rows.c.guardian_id)
Index("batch_rows_outcome_idx", batch_rows.c.org_id, batch_rows.c.batch_id, batch_rows.c.outcome, batch_rows.c.position)

batch_contacts = Table(
    "batch_contacts",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("batch_id", Uuid, primary_key=True),
    Column("contact_hash", LargeBinary, primary_key=True, comment="Keyed"),
    Column("turn", SmallInteger, primary_key=True),
    Column("application_id", Uuid, nullable=False),
    ForeignKeyConstraint(["org_id", "batch_id"], ["batches.org_id", "batches.id"], ondelete="CASCADE"),
    comment="Pending rows of a batch by their contact: what a preview finds duplicates by",
)
