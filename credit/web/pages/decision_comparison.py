"""Two decisions side by side: two clients, or one client at two dates."""

from typing import Any

from credit.decision_log import Log
from credit.explain import Explanation
from credit.explain.spoken_values import spoken, value_of
from credit.i18n.numbers import number
from credit.web.pages.decision_page import NOTHING, described
from credit.web.routes import reviews
from credit.web.service import Service

#: So many features are listed, those first that push the two furthest apart.
_LISTED = 12


def compared(service: Service, log: Log, caller: str, decision: int, beside: int, language: str) -> dict[str, Any]:
    """What the template shows of the two; 404 where there is one that the ``caller`` may not see.

    ``rows``: name, both values, whether they differ. ``contributions``: of the features that push the two furthest
    apart, their label and what they add to the log odds of each; None where one was not decided by the served model.

    ``service``: of the server. ``decision``, ``beside``: their ids in ``log``. ``language``: of the words, en or fr.
    """
    cases = [reviews.case(service, log, caller, one, language) for one in (decision, beside)]
    both = [described(service, log, case, language) for case in cases]
    rows = []
    for part in ("numbers", "facts"):
        left, right = (dict(one[part]) for one in both)
        for name in dict.fromkeys([*left, *right]):
            values = left.get(name, NOTHING), right.get(name, NOTHING)
            rows.append((name, *values, values[0] != values[1]))
    explained = [_explained(service, log, case.decision.id, case.decision.model_hash) for case in cases]
    first, second = explained
    return {
        "both": both,
        "rows": rows,
        "contributions": None
        if first is None or second is None
        else _apart(first, second, language, service.show_protected),
    }


def _explained(service: Service, log: Log, decision: int, model_hash: str) -> Explanation | None:
    logged = reviews.logged_inputs(log, decision)
    if logged is None or service.explainer is None or not reviews.is_served(service, model_hash, logged[0]):
        return None
    return service.explainer.explain(logged[1][None, :])


def _apart(
    first: Explanation, second: Explanation, language: str, protected: bool
) -> list[tuple[str, str, str, str, str]]:
    """What the feature is, and for each of the two its value and its contribution, as text. ``protected``: whether
    protected features have rows of their own; else all of them are one.
    """
    if not protected:
        first, second = first.protected_together(), second.protected_together()
    others = {one.feature: one for one in second.contributions}
    pairs = [(one, others[one.feature]) for one in first.contributions]
    pairs.sort(key=lambda pair: -abs(pair[0].contribution - pair[1].contribution))
    found = []
    for one, other in pairs[:_LISTED]:
        if one.contribution == other.contribution:
            break
        name = spoken(one.fr if language == "fr" else one.en)
        value, other_value = (value_of(each, language) for each in (one, other))
        by, other_by = (number(each.contribution, 2, language, sign=True) for each in (one, other))
        found.append((name, value, by, other_value, other_by))
    return found
