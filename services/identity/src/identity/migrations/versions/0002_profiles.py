"""What an organization shows of itself: phone, email, hours, web page, colour."""

import sqlalchemy as sa
from alembic import op

revision = "profiles_2026_12"
down_revision = "first_2026_12"


def upgrade() -> None:
    """Adds columns with a default; the release before writes without them."""
    known = "E.164; empty, like what follows: not known"
    op.add_column("organizations", _text("phone", comment=known))
    for name in ("email", "hours", "web_page"):
        op.add_column("organizations", _text(name))
    op.add_column("organizations", _text("color", comment="#rrggbb"))
    op.alter_column(
        "audit", "subject_id", comment="The account, or the organization; null: no account has the username"
    )


def _text(name: str, *, comment: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default="", comment=comment)
