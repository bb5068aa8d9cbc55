"""The tables of the record, as SQLAlchemy sees them; migrations/ makes them."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

REVISION = "0004"
"""The newest migration: what a database must be at to be used."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
    }
)

calls = Table(
    "calls",
    metadata,
    Column("id", Text, primary_key=True),
    Column("agent", Text, nullable=False),
    Column("agent_hash", Text, nullable=False),
    Column("transport", Text, nullable=False),
    Column("started_ms", BigInteger, nullable=False),
    Column("ended_ms", BigInteger),
    Column("reason", Text),
    Column("last_seq", BigInteger, nullable=False),
    Column("last_at_us", BigInteger, nullable=False),
    Column("turns", Integer, nullable=False),
    Column("last_line", Text, nullable=False),
    Column("journal", Text, nullable=False),
)
"""One row a call, folded from its events; `journal` names the journal that it came through."""
Index("ix_calls_started_ms", calls.c.started_ms, calls.c.id)

events = Table(
    "events",
    metadata,
    Column("call_id", Text, ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at_us", BigInteger, nullable=False),
    Column("type", Text, nullable=False),
    Column("body", JSON, nullable=False),
    sqlite_with_rowid=False,
)
"""Every fact of every call: the truth from which all else is folded."""

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("label", Text, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("revoked_ms", BigInteger),
    Column("last_used_ms", BigInteger),
    Column("scopes", Text),
    Column("most_calls", Integer),
    Column("expires_ms", BigInteger),
)
"""Keys of the HTTP API; `digest` is an HMAC, the key itself is nowhere. No scopes are all of them."""

grants = Table(
    "grants",
    metadata,
    Column("id", Text, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("key", Text, nullable=False),
    Column("agent", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("transport", Text, nullable=False),
    Column("most_seconds", Integer),
    Column("session", JSON, nullable=False),
    Column("seconds", Integer, nullable=False),
    Column("uses", Integer, nullable=False),
    Column("uses_left", Integer, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
)
"""Client secrets in force, and what each is good for."""
Index("ix_grants_expires_ms", grants.c.expires_ms)

journal_positions = Table(
    "journal_positions",
    metadata,
    Column("journal", Text, primary_key=True),
    Column("segment", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
)
"""How far each journal has been copied; written in the same transaction as what was copied."""

outcomes = Table(
    "outcomes",
    metadata,
    Column("call_id", Text, ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True),
    Column("packet", JSON, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
)
"""What became of each call that ended."""

outbox = Table(
    "outbox",
    metadata,
    Column("id", Text, primary_key=True),
    Column("call_id", Text, ForeignKey("calls.id", ondelete="CASCADE"), nullable=False),
    Column("body", Text, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("due_ms", BigInteger),
    Column("attempts", Integer, nullable=False),
    Column("delivered_ms", BigInteger),
    Column("dead_ms", BigInteger),
    Column("trouble", Text, nullable=False),
)
"""Messages to whoever wants to hear of outcomes, written in the transaction of the outcome; `due_ms` says when one is
tried next, and is null for one that was delivered or given up."""
Index("ix_outbox_due_ms", outbox.c.due_ms)
Index("ix_outbox_call_id", outbox.c.call_id)

escalations = Table(
    "escalations",
    metadata,
    Column("call_id", Text, ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("claimed_by", Text, nullable=False),
    Column("claimed_ms", BigInteger),
    Column("closed_ms", BigInteger),
)
"""Calls in which a person was asked to take over: who has taken each, and which are done with."""
Index("ix_escalations_at_ms", escalations.c.at_ms)
