"""A decision as its page shows it: what was decided, about what application, why, and what people made of it.

Read from the log: nothing is decided, scored into the log or written for it.
"""

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from credit.decision.policy import ACCEPT, REFER
from credit.decision.review_reasons import BY_CODE, COUNTEROFFER
from credit.decision_log import Log, client_cases
from credit.decision_log.latest_outcomes import outcome_of
from credit.explain import NOTE
from credit.explain.logged_reasons import in_words
from credit.explain.reasons import MOST
from credit.explain.spoken_values import label
from credit.explain.waterfall import svg
from credit.i18n.dates import clock
from credit.i18n.numbers import number, percent
from credit.i18n.page_text import WORDS
from credit.web.answers.reviews import CounterofferTerms, LoggedReview, ReviewCase
from credit.web.pages.known_sources import sources
from credit.web.routes import letters, probability_intervals, reviews
from credit.web.routes.application_facts import facts
from credit.web.service import Service

#: So many decisions about a client are shown beside one.
_HISTORY = 20

#: So many letters of a model's hash tell it from others.
DIGITS = 12

#: Stands for what is not known.
NOTHING = "\u2013"


def shown(service: Service, log: Log, caller: str, decision: int, language: str) -> dict[str, Any]:
    """What the template shows of a decision; 404 where there is none that the ``caller`` may see.

    ``service``: of the server. ``decision``: its id in ``log``. ``language``: of the words, en or fr.
    """
    case = reviews.case(service, log, caller, decision, language)
    return {
        "one": described(service, log, case, language),
        "letter": letters.available(log, caller, decision, language),
        "history": _history(service, log, caller, case, language),
        "reviewable": not case.decision.trial,
    }


def described(service: Service, log: Log, case: ReviewCase, language: str) -> dict[str, Any]:
    """One decision in words: its head, its numbers, the application's facts, the reasons, the picture, the reviews.

    ``service``: of the server. ``log``: in which the decision is. ``case``: of the decision. ``language``: of the
    words, en or fr.
    """
    made, words = case.decision, WORDS[language]["decision"]
    logged = reviews.logged_inputs(log, made.id)
    ruled, waits = case.rule is not None and not case.rule.unknown, case.status == "open"
    with log.reading() as connection:
        outcome = outcome_of(connection, made.client, made.id)
    found = {
        "id": made.id,
        "client": made.client,
        "time": made.time,
        "clock": clock(made.time),
        "caller": made.caller,
        "made": made.decision,
        "final": case.final,
        "final_word": None if case.final is None else word(case.final, language),
        "changed": case.final is not None and case.final != made.decision,
        "open": waits,
        "opened": None if case.opened is None else clock(case.opened),
        "kind": case.kind,
        "trial": made.trial,
        "erased": made.inputs is None,
        "numbers": list(_numbers(service, case, language)),
        "facts": []
        if logged is None
        else [(one.label, one.text) for one in facts(*logged, language, service.show_protected)],
        "reasons": _reasons(case, language),
        "reasons_title": words["rule" if ruled else "against" if ACCEPT in (made.decision, case.final) else "reasons"],
        "of_model": _reasons_of_model(case, language) if ruled and (made.decision == REFER or waits) else None,
        "note": NOTE[language] if made.reasons and not ruled else None,
        "note_of_model": NOTE[language],
        "unknown": None if case.unknown is None else [one.text for one in case.unknown],
        "interval": None if made.interval is None else probability_intervals.logged(_fields(made.interval), language),
        "reviews": [_review(one, language) for one in case.reviews],
        "outcome": None
        if outcome is None
        else words["defaulted" if outcome.defaulted else "repaid"].replace("{time}", clock(outcome.time)),
        "favour": [],
        "wide": None,
        "narrow": None,
    }
    if logged is not None and reviews.is_served(service, made.model_hash, logged[0]) and service.explainer is not None:
        explained = service.explainer.explain(logged[1][None, :])
        shown = {"protected": service.show_protected}
        found |= {"wide": svg(explained, language, **shown), "narrow": svg(explained, language, narrow=True, **shown)}
        if made.decision == ACCEPT and not ruled:
            against_default = (one for one in explained.contributions if one.contribution < 0 and not one.protected)
            found["favour"] = [label(one, language) for one in itertools.islice(against_default, MOST)]
    return found


def word(action: str, language: str) -> str:
    """What was decided, by the machine or a person, in words."""
    words = WORDS[language]
    return str(words["decision"][action] if action == COUNTEROFFER else words["script"][action])


def reasons(logged: Iterable[Any], language: str) -> list[tuple[str, bool]]:
    """The sentences of logged reasons, and of each whether it is in ``language``: an older version's may not be."""
    found = []
    for one in logged:
        told: Mapping[str, Any] = one if isinstance(one, Mapping) else msgspec.structs.asdict(one)
        text, spoken = in_words(told, language)
        found.append((text, spoken == language))
    return found


def rule_in_words(name: str, reason: str | None, unknown: bool, language: str) -> str:
    """A rule of the bank that has decided: its reason with its name, the name alone where the reason is lost.

    ``name``: of the rule. ``reason``: in ``language``, None where it is lost. ``unknown``: whether it decided since a
    value is not known that it asks for; then its reason is not said to hold.
    """
    words = WORDS[language]
    told = reason or words["script"]["case_ruled"]
    if unknown:
        told = words["script"]["case_ruled_unknown"].replace("{reason}", told)
    return f"{told} ({words['script']['case_rule_name'].replace('{rule}', name)})"


def _reasons(case: ReviewCase, language: str) -> list[tuple[str, bool]] | None:
    """Of the rule of the bank that has decided, and then none of the model's; of the model otherwise, also where a rule
    refers since it misses a value. None where none are logged.
    """
    if case.rule is not None and not case.rule.unknown:
        return [(case.rule.reason, True)]
    return _reasons_of_model(case, language)


def _reasons_of_model(case: ReviewCase, language: str) -> list[tuple[str, bool]] | None:
    """What the model has against the client, in words; None where that was not logged. Where a rule of the bank leaves
    the decision to a person it is no reason of a decision, and that person wants it all the same.
    """
    return None if case.decision.reasons is None else reasons(case.decision.reasons, language)


def _numbers(service: Service, case: ReviewCase, language: str) -> Iterable[tuple[str, str]]:
    """What was decided by: names and values."""
    made, words = case.decision, WORDS[language]["decision"]

    def money(value: float | None) -> str:
        return NOTHING if value is None else number(value, 0, language)

    if case.rule is not None:
        told = words["rule_unknown"] if case.rule.unknown else "{rule}"
        yield words["rule_name"], told.replace("{rule}", case.rule.name)
    yield words["probability"], percent(made.probability, language)
    if made.interval is not None:
        ends = {end: percent(_of(made.interval, end), language) for end in ("low", "high")}
        yield words["interval"], words["interval_value"].replace("{low}", ends["low"]).replace("{high}", ends["high"])
    yield words["threshold"], percent(made.threshold, language)
    if case.points is not None:
        yield words["points"], number(case.points, 0, language)
    yield words["expected_loss"], money(case.expected_loss)
    yield words["at_stake"], money(case.at_stake)
    if made.refer is not None:
        low, high = (percent(_of(made.refer, end), language) for end in ("low", "high"))
        yield words["band"], words["band_value"].replace("{low}", low).replace("{high}", high)
    # Without a cost no client is reviewed.
    if case.review_worth is not None and case.review_cost is not None:
        told = words["review_net"].replace("{net}", money(case.review_worth - case.review_cost))
        told = told.replace("{worth}", money(case.review_worth)).replace("{cost}", money(case.review_cost))
        yield words["review_worth"], told
    if case.present is not None:
        yield words["known"], percent(case.present, language)
    served = made.model_hash == service.scorer.model_hash
    name = f"{service.model.name}, " if served else ""
    yield words["model"], f"{name}{made.model_hash[:DIGITS]}"
    yield words["sent"], ", ".join(sources(made.sent, language)) or NOTHING


def _fields(written: Any) -> Mapping[str, Any]:
    """What the log has as JSON, decoded or as an answer has it."""
    return written if isinstance(written, Mapping) else msgspec.structs.asdict(written)


def _of(band: Any, end: str) -> float:
    """An end of the band, which the log has as it was written."""
    return float(band[end] if isinstance(band, Mapping) else getattr(band, end))


def _review(one: LoggedReview, language: str) -> dict[str, Any]:
    words = WORDS[language]["decision"]
    reason = None if one.reason is None else BY_CODE.get(one.reason)
    return {
        "clock": f"{clock(one.time)} UTC",
        "time": one.time,
        "reviewer": one.reviewer,
        "kind": words[f"kind_{one.kind}"],
        "verdict": None if one.verdict is None else word(one.verdict, language),
        "action": one.verdict,
        "reason": one.reason if reason is None else reason.text(language),
        "words": one.words,
        "terms": None if one.terms is None else _terms(one.terms, language),
        "erased": one.erased,
    }


def _terms(terms: CounterofferTerms, language: str) -> str:
    words = WORDS[language]["decision"]
    given = {"amount": terms.amount, "annuity": terms.annuity, "months": terms.months}
    return ("\u00a0; " if language == "fr" else "; ").join(
        f"{words[f'terms_{name}']} {number(value, 0, language)}" for name, value in given.items() if value is not None
    )


def _history(service: Service, log: Log, caller: str, case: ReviewCase, language: str) -> list[dict[str, Any]]:
    """The newest decisions about the client that the caller may see, this one among them."""
    whose = None if reviews.reviews_all(service, caller) else caller
    cases = client_cases.page(log, case.decision.client, _HISTORY, caller=whose).cases
    words = reviews.rule_reasons(service, log, [one.rules for one in cases], language)
    return [
        {
            "id": one.decision,
            "clock": clock(one.decided),
            "time": one.decided,
            "caller": one.caller,
            "made": one.made,
            "word": word(one.made, language),
            "rule": None
            if one.rule is None
            else rule_in_words(one.rule, words.of(one.rules, one.rule), one.rule_unknown, language),
            "verdict": one.verdict,
            "verdict_word": None if one.verdict is None else word(one.verdict, language),
            "probability": percent(one.probability, language),
            "trial": one.trial,
            "here": one.decision == case.decision.id,
        }
        for one in cases
    ]
