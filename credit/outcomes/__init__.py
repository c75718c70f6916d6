"""Outcomes: who has defaulted, and what the decisions in the log cost, expected and in fact."""

from credit.outcomes.account import Account, Bounds, Decided, Estimate, Period, Realised, Served, account
from credit.outcomes.told import FILE, Outcome, UnknownClients, decided, forget, read_file, tell

__all__ = [
    "FILE",
    "Account",
    "Bounds",
    "Decided",
    "Estimate",
    "Outcome",
    "Period",
    "Realised",
    "Served",
    "UnknownClients",
    "account",
    "decided",
    "forget",
    "read_file",
    "tell",
]
