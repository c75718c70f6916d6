"""The decision log: what was asked, what was answered and why, in a chain that shows every change."""

from credit.decisions.database import FILE
from credit.decisions.dsn import address
from credit.decisions.error import LogError
from credit.decisions.inputs import Columns
from credit.decisions.log import Log, Page
from credit.decisions.schema import Decision

__all__ = ["FILE", "Columns", "Decision", "Log", "LogError", "Page", "address"]
