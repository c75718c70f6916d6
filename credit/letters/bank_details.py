"""Who writes the letter, and to whom a client may turn: the bank says it, and nothing is made up in its place."""

from collections.abc import Sequence
from dataclasses import dataclass

#: Lines of an address are separated by it in a setting.
LINE = "|"

#: Field -> the setting that says it.
SETTINGS = {
    "name": "BANK_NAME",
    "address": "BANK_ADDRESS",
    "contact": "BANK_CONTACT",
    "data_protection": "BANK_DATA_PROTECTION",
    "supervisor": "BANK_SUPERVISOR",
    "credit_bureau": "BANK_CREDIT_BUREAU",
}


class LetterError(ValueError):
    """A letter cannot be written; the text says what to do."""


@dataclass(frozen=True)
class BankDetails:
    """What letters say of the bank; lines are separated by ``|``, an empty text says nothing.

    - ``name``: of the bank
    - ``address``: where it is reached by post
    - ``contact``: where a client asks, contests, and reaches a person: telephone, e-mail, hours
    - ``data_protection``: its data-protection officer
    - ``supervisor``: the authority to which a client may complain; of the United States, the Federal agency of ECOA
    - ``credit_bureau``: whose reports and scores it uses: name, address, telephone
    - ``currency``: the code of the currency of amounts, ISO 4217; empty where letters say none
    - ``offer_days``: so many days after the letter a counteroffer may be accepted; 0 where the bank sets no term
    """

    name: str = ""
    address: str = ""
    contact: str = ""
    data_protection: str = ""
    supervisor: str = ""
    credit_bureau: str = ""
    offer_days: int = 0
    currency: str = ""

    def lines(self, field: str) -> list[str]:
        """The lines of a field."""
        text: str = getattr(self, field)
        return [line.strip() for line in text.split(LINE) if line.strip()]

    def require(self, fields: Sequence[str], why: str) -> None:
        """Raises `LetterError` where one of ``fields`` is empty, naming its setting."""
        if missing := [SETTINGS[field] for field in fields if not self.lines(field)]:
            raise LetterError(f"{why} wants {', '.join(missing)}: set {'it' if len(missing) == 1 else 'them'}.")
