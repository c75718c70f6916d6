"""What the decision log has of a refusal, by the machine or by a person: why, from what, and by which rule; and of a
counteroffer, which refuses the terms that were applied for and offers others.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from credit.decision.bank_rules import legal_basis_of, rules_in
from credit.decision.certainty import TRUTH
from credit.decision.policy import REFER, REFUSE
from credit.decision.review_reasons import BANK_RULE, COUNTEROFFER
from credit.decision.rule_columns import QUANTITIES
from credit.decision_log import Log
from credit.decision_log.reviews import Review, case_of
from credit.explain.logged_reasons import in_language
from credit.explain.reasons import MOST
from credit.features import COLUMNS
from credit.features.information_sources import BUREAU, OWN, SCORES
from credit.features.needed_tables import histories_of
from credit.letters.verdict_sentences import FOR_THE_CLIENT, OF_THE_MACHINE, SENTENCES, UNKNOWN_REASON, UNTOLD

#: What an application is called in the list of what was used.
_APPLICATION = {"en": "your application", "fr": "votre demande"}
_IF_ANY = {"en": "{} (where we had any)", "fr": "{} (s'il y en avait)"}

_FEATURES = frozenset(COLUMNS)

#: What a person had before them besides, whose reason is their own.
_EXAMINED = {
    "en": "what a person of our bank found in examining your application",
    "fr": "ce qu'une personne de notre banque a constaté en examinant votre demande",
}


_FR_ALONE = "Il n'y a de lettre que pour un refus ou pour un accord à d'autres conditions."


class NoDecision(LookupError):
    """There is no decision of that number, or none of the caller's."""


class NotRefused(ValueError):
    """There is no letter of refusal about a decision; the text says why, and what to do, in English and in French."""

    def __init__(self, en: str, fr: str) -> None:
        super().__init__(en)
        self.fr = fr

    def text(self, language: str) -> str:
        """The text in ``language``, en or fr."""
        return self.fr if language == "fr" else str(self)


class NoReason(NotRefused):
    """A client is refused, and the log has no reason that a letter may give: a person has to write."""


class NoTellableReason(NoReason):
    """A person has refused for a reason that no letter can give. The text names that reason: it is for reviewers."""


@dataclass(frozen=True)
class CitedRule:
    """A rule of the bank that has refused: its name, and the law that asks for it, in the letter's language, if any."""

    name: str
    legal_basis: str | None


@dataclass(frozen=True)
class Refusal:
    """What a letter says of one decision; nothing of another client, and no value of this one.

    - ``decision``: its number in the log; ``client``: SK_ID_CURR
    - ``applied``: the day on which the machine decided, by which the application was there
    - ``decided``: the day of the refusal, by the machine or a person; days are UTC
    - ``language``: of the texts, en or fr
    - ``reasons``: up to four sentences, the weightiest first
    - ``used``: what was used, in words; ``bureau``: whether the report of a bureau or scores of others are among it
    - ``by_person``: whether a person has refused; ``own_reason``: whether for a reason that is not the machine's
    - ``rules``: of the bank, which refuse; empty where the model does, or a person for another reason
    - ``probability``, ``threshold``: of default, and at or above which the model refuses
    - ``model``: the SHA-256 of the model
    - ``interval``: how sure the probability was when it was decided; None where that was not measured
    - ``offer``: the terms of a counteroffer, which refuses those that were applied for; None of a refusal
    """

    decision: int
    client: int
    applied: date
    decided: date
    language: str
    reasons: tuple[str, ...]
    used: tuple[str, ...]
    bureau: bool
    by_person: bool
    own_reason: bool
    rules: tuple[CitedRule, ...]
    probability: float
    threshold: float
    model: str
    offer: "OfferedTerms | None" = None
    interval: "LoggedInterval | None" = None


@dataclass(frozen=True)
class OfferedTerms:
    """What a counteroffer offers; None where it is what was applied for. ``amount``: of the loan, ``annuity``: of an
    instalment, in the currency of AMT_CREDIT. ``months``: until it is repaid.
    """

    amount: float | None
    annuity: float | None
    months: int | None


@dataclass(frozen=True)
class LoggedInterval:
    """Between which the client's own probability of default lies, nine times of ten: ``low``, ``high``. ``of_truth``:
    whether that is the true probability, or the model's answer if all were known (`credit.decision.certainty`).
    """

    low: float
    high: float
    of_truth: bool


#: The reasons of a logged decision worked out again, each as the log keeps it; None where that cannot be done.
Explain = Callable[[Mapping[str, Any]], Sequence[Mapping[str, Any]] | None]


def refusal(
    log: Log, number: int, language: str, caller: str | None = None, explain: Explain = lambda row: None
) -> Refusal:
    """The refusal of that number in the log, or the counteroffer: what counts, the newest verdict of a person or else
    the decision.

    ``number``: the id of the decision in ``log``. ``language``: of the reasons, "en" or "fr". ``caller``: whose
    decisions are looked at, everybody's where None. ``explain``: asked where the log has no reasons in these words.
    Raises `NoDecision`, `NotRefused` for what is neither or a trial, `NoReason` for a refusal of which no reason can be
    told, and `LogError`.
    """
    row = log.find(number)
    if row is None or (caller is not None and row["caller"] != caller):
        raise NoDecision(f"There is no decision {number}.")
    if row["trial"]:
        raise NotRefused(
            f"Decision {number} is a trial, on which nobody acts, and has no letter: score the client without trial.",
            f"La décision {number} est un essai, sur lequel personne n'agit, et n'a pas de lettre\u00a0: évaluez le "
            "client hors essai.",
        )
    last = case_of(log, number).last
    _check_refused(row, last)
    found = refusal_of(log, row, last, language, explain)
    if last is None or last.verdict != COUNTEROFFER:
        return found
    return replace(found, offer=_offered(row, last))


def refusal_of(log: Log, row: Mapping[str, Any], last: Review | None, language: str, explain: Explain) -> Refusal:
    """The refusal of a logged decision by the verdict ``last``, by the machine where None, without the terms of a
    counteroffer. Raises `NoReason` where no reason can be told, and `LogError`.

    ``row``: the decision in ``log``. ``language``: of the reasons, en or fr. ``explain``: as of `refusal`.
    """
    if last is not None:
        rules, reasons, read = of_person(log, row, last, language, explain)
    else:
        rules, reasons, read = _of_machine(log, row, language, explain)
    own_reason = last is not None and last.reason in SENTENCES
    parts = _parts(row) if read is None else _parts(row) & read
    scores = _scores_used(row) if read is None or SCORES.name in read else False
    return Refusal(
        decision=row["id"],
        client=row["client"],
        applied=_day(row["time"]),
        decided=_day(row["time"] if last is None else last.time),
        language=language,
        reasons=tuple(reasons[:MOST]),
        used=(*_used(parts, scores, language), *((_EXAMINED[language],) if own_reason else ())),
        bureau=BUREAU.name in parts or scores is not False,
        by_person=last is not None,
        own_reason=own_reason,
        rules=rules,
        probability=row["probability"],
        threshold=row["threshold"],
        model=row["model_hash"],
        interval=_interval(row["interval"]),
    )


def _offered(row: Mapping[str, Any], last: Review) -> OfferedTerms:
    if last.terms is None:
        raise NoReason(
            f"The terms of the counteroffer to the client of decision {row['id']} are erased, so no letter can offer "
            "them.",
            f"Les autres conditions accordées au client de la décision {row['id']} sont effacées\u00a0: aucune lettre "
            "ne peut les proposer.",
        )
    return OfferedTerms(last.terms.amount, last.terms.annuity, last.terms.months)


def _interval(written: Mapping[str, Any] | None) -> LoggedInterval | None:
    return None if written is None else LoggedInterval(written["low"], written["high"], written["of"] == TRUTH)


def _day(time: str) -> date:
    return datetime.fromisoformat(time).date()


def _check_refused(row: Mapping[str, Any], last: Review | None) -> None:
    """Raises `NotRefused` where what counts is no refusal."""
    if last is not None and last.verdict not in (REFUSE, COUNTEROFFER):
        raise NotRefused(
            f"A person has decided on decision {row['id']} ({last.verdict}), which is no refusal. There is a letter of "
            "refusals and counteroffers alone.",
            f"Une personne a statué sur la décision {row['id']} ({last.verdict}), ce qui n'est pas un refus. "
            f"{_FR_ALONE}",
        )
    if last is None and row["decision"] != REFUSE:
        referred = row["decision"] == REFER
        then = "a person decides on it first" if referred else "it was accepted"
        then_fr = "une personne doit d'abord statuer" if referred else "le prêt a été accordé"
        raise NotRefused(
            f"Decision {row['id']} is no refusal: {then}. There is a letter of refusals and counteroffers alone.",
            f"La décision {row['id']} n'est pas un refus\u00a0: {then_fr}. {_FR_ALONE}",
        )


#: The rules of the bank that refuse, the reasons, and the parts of what is known that the rules look at; None in place
#: of these where all that was known counts.
_Grounds = tuple[tuple[CitedRule, ...], list[str], frozenset[str] | None]


def _of_machine(log: Log, row: Mapping[str, Any], language: str, explain: Explain) -> _Grounds:
    """What has refused: rules of the bank with their reasons, else the model with its own."""
    by_rules = _of_rules(log, row, language)
    return ((), _of_model(row, language, explain), None) if by_rules is None else by_rules


def of_person(log: Log, row: Mapping[str, Any], last: Review, language: str, explain: Explain) -> _Grounds:
    """The reason for which a person has refused, or granted other terms than those applied for; where they give the
    machine's, that. Raises `NoReason`.

    What speaks for the client (a security, a good record) is why other terms are offered, and not why those that were
    applied for are refused: of such a counteroffer to a client whom the machine did not accept the machine's reasons
    are.

    ``log``: which has the rules that were decided by. ``row``: the decision as the log has it. ``last``: the verdict
    that counts. ``language``, ``explain``: as of `refusal`.
    """
    did = "refused" if last.verdict == REFUSE else "made a counteroffer to"
    whose = f"A person has {did} the client of decision {row['id']} for the reason {last.reason}"
    did_fr = "refusé le prêt au client" if last.verdict == REFUSE else "accordé d'autres conditions au client"
    whose_fr = f"Une personne a {did_fr} de la décision {row['id']} pour le motif {last.reason}"
    if last.reason in SENTENCES:
        en, fr = SENTENCES[last.reason]
        return (), [fr if language == "fr" else en], None
    of_machine = (*OF_THE_MACHINE, *(FOR_THE_CLIENT if last.verdict == COUNTEROFFER else ()))
    if last.reason in of_machine and row["decision"] == REFUSE:
        by_rules = _of_rules(log, row, language)
        if by_rules is not None:
            return by_rules
    if last.reason == BANK_RULE:
        raise NoTellableReason(
            f"{whose}, and the log has no rule of the bank that refuses them: a person has to write, by it.",
            f"{whose_fr}, et le journal n'a pas de règle de la banque qui le refuse\u00a0: une personne doit écrire, "
            "d'après cette règle.",
        )
    if last.reason not in of_machine:
        why, why_fr = UNTOLD.get(last.reason, UNKNOWN_REASON)
        raise NoTellableReason(
            f"{whose}, and no letter can give it: {why}.",
            f"{whose_fr}, qu'aucune lettre ne peut donner\u00a0: {why_fr}.",
        )
    if _score_accepts(row):
        raise NoTellableReason(
            f"{whose}, and the score speaks for this client: reopen it for the right one, or write by hand.",
            f"{whose_fr}, or le score est en faveur de ce client\u00a0: rouvrez le dossier pour le bon motif, ou "
            "écrivez à la main.",
        )
    return (), _of_model(row, language, explain), None


def _score_accepts(row: Mapping[str, Any]) -> bool:
    """Whether the model alone would accept: below its threshold, also where it referred the client to a person."""
    return bool(row["probability"] < row["threshold"])


def _of_rules(log: Log, row: Mapping[str, Any], language: str) -> _Grounds | None:
    """The rules of the bank that have refused; None where the model has."""
    bank = (row["rule"] or {}).get("bank_rules")
    if bank is None or bank["decided"] is None:
        return None
    text = log.bank_rules(bank["hash"])
    if text is None:
        raise NoReason(
            f"The bank's rules by which decision {row['id']} was made are not in the log any more.",
            f"Les règles de la banque qui ont fait la décision {row['id']} ne sont plus dans le journal.",
        )
    written = {one["name"]: one for one in rules_in(text)}
    held = [written[name] for name in bank["decided"]["held"]][:MOST]
    cited = tuple(CitedRule(one["name"], (legal_basis_of(one) or {}).get(language)) for one in held)
    columns = {name for one in held for name in _columns_of(one["when"])}
    return cited, [one["reason"][language] for one in held], _parts_behind(columns)


def _columns_of(condition: Mapping[str, Any]) -> Iterator[str]:
    """The columns of a condition, as a rule of the bank is written."""
    if "column" in condition:
        yield condition["column"]
    for part in (*condition.get("all", ()), *condition.get("any", ()), *filter(None, [condition.get("not")])):
        yield from _columns_of(part)


def _parts_behind(columns: set[str]) -> frozenset[str] | None:
    """The parts of what is known of a client that these columns are made from, beside the application; None where one
    of them is the model's own, such as the probability, which is made from all.
    """
    if columns & QUANTITIES.keys():
        return None
    histories = set(histories_of(columns & _FEATURES))
    found = {part.name for part in (BUREAU, OWN) if histories & set(part.tables)}
    # The features that are made of the scores bear their name.
    return frozenset(found | {SCORES.name for name in columns if name.startswith("EXT_SOURCE_")})


def _of_model(row: Mapping[str, Any], language: str, explain: Explain) -> list[str]:
    """The logged reasons in ``language``; else those that are worked out again, of the same model and inputs."""
    logged = row["reasons"]
    found = None if logged is None else _translated(logged, language)
    if found is None and (again := explain(row)) is not None:
        found = _translated(again, language)
    if found is None:
        raise NoReason(
            f"The log has no reasons of decision {row['id']} in words that this version knows, and they cannot be "
            "worked out again: that wants its inputs, and the model that decided. A person has to write this letter.",
            f"Le journal n'a pas de motifs de la décision {row['id']} en des mots que cette version connaît, et ils ne "
            "peuvent pas être recalculés\u00a0: il faut ses données et le modèle qui a décidé. Une personne doit "
            "écrire cette lettre.",
        )
    if not found:
        raise NoReason(
            f"Nothing that may be told speaks against the client of decision {row['id']}, so there is no specific "
            "reason to give: a person has to decide again.",
            f"Rien de ce qui peut être dit ne parle contre le client de la décision {row['id']}\u00a0: il n'y a pas de "
            "motif précis à donner, et une personne doit statuer à nouveau.",
        )
    return found


def _translated(logged: Sequence[Mapping[str, Any]], language: str) -> list[str] | None:
    """All of them in ``language``, None where one is not known."""
    found = [in_language(one["code"], one["kind"], one["text"], language) for one in logged]
    known = [one for one in found if one is not None]
    return known if len(known) == len(found) else None


def _parts(row: Mapping[str, Any]) -> set[str]:
    """Which parts of what is known of a client were known, by the tables that the log names."""
    tables = set((row["sent"] or "").split(","))
    return {part.name for part in (BUREAU, OWN) if tables & set(part.tables)}


def _scores_used(row: Mapping[str, Any]) -> bool | None:
    """Whether scores of others were known; None where the inputs are erased, and nobody can tell."""
    if row["inputs"] is None:
        return None
    return any(row["inputs"].get(name) is not None for name in SCORES.columns)


def _used(parts: set[str], scores: bool | None, language: str) -> list[str]:
    found = [_APPLICATION[language]]
    found += [part.fr if language == "fr" else part.en for part in (BUREAU, OWN) if part.name in parts]
    words = SCORES.fr if language == "fr" else SCORES.en
    if scores is not False:
        found.append(words if scores else _IF_ANY[language].format(words))
    return found
