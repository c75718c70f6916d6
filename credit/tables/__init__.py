"""The eight tables: their schema, and reading a folder of them."""

from credit.tables.schema import HISTORIES, NO_DATE, TABLES, TARGET, Column, Table

__all__ = ["HISTORIES", "NO_DATE", "TABLES", "TARGET", "Column", "Table"]
