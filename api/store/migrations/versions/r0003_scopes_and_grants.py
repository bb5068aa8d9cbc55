"""What each key may do, and the client secrets that are made with keys."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("api_keys", sa.Column("scopes", sa.Text))
    op.add_column("api_keys", sa.Column("most_calls", sa.Integer))
    op.add_column("api_keys", sa.Column("expires_ms", sa.BigInteger))
    op.create_table(
        "grants",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("agent", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("transport", sa.Text, nullable=False),
        sa.Column("most_seconds", sa.Integer),
        sa.Column("session", sa.JSON, nullable=False),
        sa.Column("seconds", sa.Integer, nullable=False),
        sa.Column("uses", sa.Integer, nullable=False),
        sa.Column("uses_left", sa.Integer, nullable=False),
        sa.Column("expires_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_grants"),
    )
    op.create_index("ix_grants_expires_ms", "grants", ["expires_ms"])


def downgrade() -> None:
    op.drop_table("grants")
    for column in ("scopes", "most_calls", "expires_ms"):
        op.drop_column("api_keys", column)
