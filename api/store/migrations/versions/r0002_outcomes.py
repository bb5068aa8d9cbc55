"""What became of each call, and the messages that tell of it."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outcomes",
        sa.Column("call_id", sa.Text, nullable=False),
        sa.Column("packet", sa.JSON, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("call_id", name="pk_outcomes"),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_outcomes_call_id", ondelete="CASCADE"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("call_id", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("due_ms", sa.BigInteger),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("delivered_ms", sa.BigInteger),
        sa.Column("dead_ms", sa.BigInteger),
        sa.Column("trouble", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_outbox_call_id", ondelete="CASCADE"),
    )
    op.create_index("ix_outbox_due_ms", "outbox", ["due_ms"])
    op.create_index("ix_outbox_call_id", "outbox", ["call_id"])


def downgrade() -> None:
    op.drop_table("outbox")
    op.drop_table("outcomes")
