"""Which decisions of the log are wanted: about whom, how decided, on which days, trials or none."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement

from credit.decision_log.schema import COUNTED, decisions


@dataclass(frozen=True)
class Filters:
    """Each None where it matters not. ``client``: SK_ID_CURR. ``decision``: accept, refer or refuse, as the machine
    decided. ``first``, ``last``: days in UTC, both included. ``trial``: trials alone, or none.
    """

    client: int | None = None
    decision: str | None = None
    first: date | None = None
    last: date | None = None
    trial: bool | None = None

    def conditions(self) -> list[ColumnElement[Any]]:
        """As SQL has them."""
        found: list[ColumnElement[Any]] = []
        if self.client is not None:
            found.append(decisions.c.client == self.client)
        if self.decision is not None:
            found.append(decisions.c.decision == self.decision)
        # Times are texts that begin with the day, so they compare with days as they are.
        if self.first is not None:
            found.append(decisions.c.time >= self.first.isoformat())
        if self.last is not None:
            found.append(decisions.c.time < (self.last + timedelta(days=1)).isoformat())
        if self.trial is not None:
            found.append(~COUNTED if self.trial else COUNTED)
        return found


#: All decisions.
ALL = Filters()
