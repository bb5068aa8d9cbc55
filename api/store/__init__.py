"""The record: journal, database, migrations and keys."""

from api.store.copier import Copier
from api.store.database import StoreUnavailable
from api.store.journal import Journal, JournalGauges
from api.store.keys import ApiKey, Keys
from api.store.limits import JournalLimits
from api.store.migrate import DatabaseTooNew
from api.store.record import Record, check_installation
from api.store.segments import JournalLocked
from api.store.store import CallRecord, Store, make_store, open_store

__all__ = [
    "ApiKey",
    "CallRecord",
    "Copier",
    "DatabaseTooNew",
    "Journal",
    "JournalGauges",
    "JournalLimits",
    "JournalLocked",
    "Keys",
    "Record",
    "Store",
    "StoreUnavailable",
    "check_installation",
    "make_store",
    "open_store",
]
