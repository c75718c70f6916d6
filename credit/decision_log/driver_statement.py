"""Statements of SQLAlchemy as the database's driver takes them, for what is written at every request."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine


class DriverStatement:
    """A statement of SQLAlchemy's as the driver takes it, its values by position or by name."""

    def __init__(self, statement: Any, engine: Engine, names: Sequence[str] | None = None) -> None:
        compiled = statement.compile(dialect=engine.dialect, column_keys=names)
        self.text, self._order = str(compiled), getattr(compiled, "positiontup", None)

    def one(self, row: dict[str, Any]) -> tuple[str, Any]:
        """The text and the values of a row."""
        return self.text, row if self._order is None else tuple([row[name] for name in self._order])
