"""Outcomes: who has defaulted, and what the decisions in the log cost, expected and in fact."""

from credit.outcomes.account import Account, Decided, Estimate, Period, Realised, account
from credit.outcomes.told import FILE, Outcome, UnknownClients, decided, forget, read_file, tell

__all__ = [
    "FILE",
    "Account",
    "Decided",
    "Estimate",
    "Outcome",
    "Period",
    "Realised",
    "UnknownClients",
    "account",
    "decided",
    "forget",
    "read_file",
    "tell",
]
