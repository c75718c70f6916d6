"""For which verdicts about a decision no letter can be written: asked before a person gives one."""

from collections.abc import Mapping
from typing import Any

from credit.decision.policy import REFUSE
from credit.decision.review_reasons import COUNTEROFFER, codes
from credit.decision_log import Log
from credit.decision_log.reviews import REVIEW, Review
from credit.letters.refusal import Explain, NoReason, Refusal, refusal_of

#: The verdicts that the client is told by letter.
TOLD = (REFUSE, COUNTEROFFER)


def without_letter(log: Log, row: Mapping[str, Any], explain: Explain = lambda row: None) -> dict[str, list[str]]:
    """Verdict, of `TOLD` -> the codes of its reasons of which no letter can be written, in the order of the list: a
    person has to write to the client.

    ``row``: a decision as `credit.decision_log.Log.find` gives it. ``explain``: as of `credit.letters.refusal`. Raises
    `LogError`.
    """
    return {
        verdict: [code for code in codes(verdict) if not _tells(log, row, verdict, code, explain)] for verdict in TOLD
    }


def _tells(log: Log, row: Mapping[str, Any], verdict: str, code: str, explain: Explain) -> bool:
    try:
        foreseen(log, row, verdict, code, explain)
    except NoReason:
        return False
    return True


def foreseen(log: Log, row: Mapping[str, Any], verdict: str, code: str, explain: Explain = lambda row: None) -> Refusal:
    """What a letter would say if a person gave this ``verdict``, of `TOLD`, for the reason ``code`` today; without the
    terms of a counteroffer. ``row``: the decision in ``log``. ``explain``: as of `credit.letters.refusal`. Raises
    `NoReason` and `LogError`.
    """
    verdict_of_a_person = Review(
        id=0,
        time=row["time"],
        request="",
        reviewer="",
        decision=row["id"],
        kind=REVIEW,
        verdict=verdict,
        reason=code,
        words=None,
        terms=None,
        erased=False,
    )
    return refusal_of(log, row, verdict_of_a_person, "en", explain)
