"""The decision log: what was asked, what was answered and why, in a chain that shows every change."""

from credit.decision_log.database import FILE
from credit.decision_log.database_url import address
from credit.decision_log.encoding import Columns
from credit.decision_log.errors import LogError
from credit.decision_log.log import Log
from credit.decision_log.logged_decisions import Page
from credit.decision_log.schema import Decision

__all__ = ["FILE", "Columns", "Decision", "Log", "LogError", "Page", "address"]
