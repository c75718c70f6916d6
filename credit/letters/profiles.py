"""What a letter has to say, by where the bank is: of the European Union, of the United States, and of neither.

- ``eu``: Regulation (EU) 2016/679 (GDPR), articles 15(1)(h) and 22, as read by the Court of Justice in C-634/21 and
  C-203/22; Directive (EU) 2023/2225, articles 18 and 19(6), applied from 20 November 2026.
- ``us``: Regulation B, 12 CFR 1002.9: within 30 days of the application, a statement of the action, name and address of
  the creditor, the notice of 1002.9(b)(1), and the specific reasons; Fair Credit Reporting Act, section 615(a).
- ``neutral``: the decision, its reasons and how to have it looked at again, under no law.

These are texts to begin with, and no legal advice.
"""

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Profile:
    """``required``: what of the bank every letter says. ``bureau``: whether it names the bureau whose report was used.
    ``days``: within which a letter has to be sent, counted from the application; None where none are laid down.
    """

    name: str
    required: tuple[str, ...]
    bureau: bool = False
    days: int | None = None

    def due(self, applied: date) -> date | None:
        """The last day on which to send the letter, of an application that was there on the day ``applied``.

        12 CFR 1002.9(a)(1)(i) counts from the completed application, whoever then decides. The log has the day on which
        the machine decided: a verdict of a person, which comes later, gives no more time.
        """
        return None if self.days is None else applied + timedelta(days=self.days)


PROFILES = {
    one.name: one
    for one in (
        Profile("eu", ("name", "address", "contact", "data_protection", "supervisor"), bureau=True),
        Profile("us", ("name", "address", "contact", "supervisor"), bureau=True, days=30),
        Profile("neutral", ("name", "contact")),
    )
}
