"""The eight tables: their schema, reading a folder of them, drawing some of the clients."""

from credit.tables.columns import Column, Table
from credit.tables.reading import TablesError, TablesWarning, read
from credit.tables.sampling import of_clients, sample, without_history
from credit.tables.schema import HISTORIES, NO_DATE, TABLES, TARGET
from credit.tables.write_protection import refuse_overwrite, refuse_overwrite_folder

__all__ = [
    "HISTORIES",
    "NO_DATE",
    "TABLES",
    "TARGET",
    "Column",
    "Table",
    "TablesError",
    "TablesWarning",
    "of_clients",
    "read",
    "refuse_overwrite",
    "refuse_overwrite_folder",
    "sample",
    "without_history",
]
