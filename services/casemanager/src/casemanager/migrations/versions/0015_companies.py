"""Cases and bookings name the company of their case manager, which is fixed by that."""

from alembic import op

from chassis.migrations import create_index_concurrently

revision = "fixed_2026_12"
down_revision = "filed_2026_12"


def upgrade() -> None:
    """Puts a key with the company in the place of the one without; each step is done by itself, and can be repeated."""
    create_index_concurrently(
        "case_managers_of_company_key", "case_managers", ["org_id", "company_id", "id"], unique=True
    )
    with op.get_context().autocommit_block():
        for table in ("cases", "bookings"):
            key = f"{table}_org_id_company_id_case_manager_id_fkey"
            op.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {key}")
            op.execute(
                f"ALTER TABLE {table} ADD CONSTRAINT {key} FOREIGN KEY (org_id, company_id, case_manager_id)"
                " REFERENCES case_managers (org_id, company_id, id) NOT VALID"
            )
            # Reads the table, and holds up nobody.
            op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {key}")
            op.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {table}_org_id_case_manager_id_fkey")


def downgrade() -> None:
    """There is no way back: a migration only adds, and a later one removes what nobody uses any more."""
    raise NotImplementedError
