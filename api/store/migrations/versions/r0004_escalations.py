"""The queue of calls in which a person was asked to take over."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "escalations",
        sa.Column("call_id", sa.Text, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("claimed_by", sa.Text, nullable=False),
        sa.Column("claimed_ms", sa.BigInteger),
        sa.Column("closed_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("call_id", name="pk_escalations"),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_escalations_call_id", ondelete="CASCADE"),
    )
    op.create_index("ix_escalations_at_ms", "escalations", ["at_ms"])


def downgrade() -> None:
    op.drop_table("escalations")
