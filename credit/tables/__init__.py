"""The eight tables: their schema, reading a folder of them, drawing some of the clients."""

from credit.tables.reading import TablesError, read
from credit.tables.sampling import of_clients, sample, without_history
from credit.tables.schema import HISTORIES, NO_DATE, TABLES, TARGET, Column, Table

__all__ = [
    "HISTORIES",
    "NO_DATE",
    "TABLES",
    "TARGET",
    "Column",
    "Table",
    "TablesError",
    "of_clients",
    "read",
    "sample",
    "without_history",
]
