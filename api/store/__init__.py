"""The record: journal, database, migrations and keys."""
