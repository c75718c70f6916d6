"""The eight tables: their schema, reading a folder of them, drawing some of the clients."""

from credit.tables.reading import TablesError, TablesWarning, read
from credit.tables.sampling import of_clients, sample, without_history
from credit.tables.schema import HISTORIES, NO_DATE, TABLES, TARGET, Column, Table
from credit.tables.write_protection import keep, keep_folder

__all__ = [
    "HISTORIES",
    "NO_DATE",
    "TABLES",
    "TARGET",
    "Column",
    "Table",
    "TablesError",
    "TablesWarning",
    "keep",
    "keep_folder",
    "of_clients",
    "read",
    "sample",
    "without_history",
]
