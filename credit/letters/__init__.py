"""The letter to a client who is refused, or offered other terms than those applied for: decision, reasons, what was
used, by which rule, how to contest it.

It is made from the decision log alone, by the number of a decision that the machine or a person has refused. What it
says of reasons is what the log has. What law asks for besides is said by a profile (`credit.letters.profiles`), or by
the bank's own templates.
"""

from credit.letters.bank_details import BankDetails, LetterError
from credit.letters.letter_text import LetterWriter
from credit.letters.profiles import PROFILES
from credit.letters.refusal import NoDecision, NoReason, NoTellableReason, NotRefused, OfferedTerms, Refusal, refusal
from credit.letters.unwritable import foreseen, without_letter

__all__ = [
    "PROFILES",
    "BankDetails",
    "LetterError",
    "LetterWriter",
    "NoDecision",
    "NoReason",
    "NoTellableReason",
    "NotRefused",
    "OfferedTerms",
    "Refusal",
    "foreseen",
    "refusal",
    "without_letter",
]
