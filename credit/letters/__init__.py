"""The letter that a refused client gets: decision, reasons, what was used, by which rule, how to contest it.

It is made from the decision log alone, by the number of a decision that the machine or a person has refused. What it
says of reasons is what the log has. What law asks for besides is said by a profile (`credit.letters.profiles`), or by
the bank's own templates.
"""

from credit.letters.bank_details import BankDetails, LetterError
from credit.letters.letter_text import LetterWriter
from credit.letters.profiles import PROFILES
from credit.letters.refusal import NoDecision, NoReason, NotRefused, Refusal, refusal

__all__ = [
    "PROFILES",
    "BankDetails",
    "LetterError",
    "LetterWriter",
    "NoDecision",
    "NoReason",
    "NotRefused",
    "Refusal",
    "refusal",
]
