"""What the bank's rules say of the decisions that they made: the words of then, which the log has kept."""

from collections.abc import Iterable, Mapping

from credit.decision.bank_rules import BankRules, reasons_in
from credit.decision_log.log import Log


class RuleReasons:
    """The reasons of the rules of some decisions, read from the log once for each file of rules.

    ``hashes``: of the files, by which the decisions name them; None for a decision without. ``today``: the rules that
    decide now, asked where the log has lost those of then. Raises `LogError` for rules that were changed in the log.
    """

    def __init__(self, log: Log, hashes: Iterable[str | None], language: str, today: BankRules | None = None) -> None:
        texts = {one: log.bank_rules(one) for one in set(hashes) - {None} if one is not None}
        self._then = {one: reasons_in(text, language) for one, text in texts.items() if text is not None}
        self._today: Mapping[str, str] = {} if today is None else today.reasons(language)

    def of(self, written: str | None, rule: str) -> str | None:
        """The reason of a rule of the file with that hash; None where neither the log nor today's file has it."""
        return self._then.get(written or "", {}).get(rule) or self._today.get(rule)
