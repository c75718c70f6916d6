"""What somebody should look at: sentences about drift, about costs and about who defaulted."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from credit.decision import cost as money
from credit.i18n.numbers import number, percent
from credit.monitoring.performance import Account
from credit.monitoring.population_stability import DRIFTED, ENOUGH, LEVEL_WORDS, STABLE, Comparison
from credit.monitoring.weekly_shares import REASON, FollowedShare
from credit.program import PROGRAM

#: Deciding otherwise than by the break-even probability may cost so much, as a share of accepting everybody; around the
#: best threshold the cost is flat, and a threshold searched on few clients lies some hundredths beside.
REGRET = 0.02

#: From so many clients on an index of stability can alarm: with ten bins, fewer leave less than fifteen in each, where
#: the approximation by chi-squared, by which chance is taken off, ends.
ALARMING = 150

#: So many standard errors of defaults more or fewer than expected come by chance once in a thousand periods.
SURPRISE = 3.29


#: The code of an alarm, which stays; docs/codes.md has cause and cure of each, and a test holds it.
Kind = Literal["model", "features", "texts", "costs", "calibration", "reasons", "known"]
CODES: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Alarm:
    """Something to look at.

    - ``kind``: model where what moves the model has drifted, features where some have; texts, costs, calibration;
      reasons and known where reasons are given, or something is known, at another rate than in training
    - ``text``: one sentence
    """

    kind: Kind
    text: str


#: Language -> what an alarm says.
_SENTENCES = {
    "en": {
        "model": "What the model reads has {level}: the index weighted by importance is {weighted}, that of the "
        "probability of default {scored}.",
        "unknown": "unknown",
        "feature": "1 of {all} features has drifted ({named}){matter}.",
        "features": "{far} of {all} features have drifted ({named}){matter}.",
        "matter": "; {share} of what moves the model",
        "texts": "More clients than before have no text that the model knows: {named}.",
        "text": "{column} ({before} before, {now} now)",
        "costs": "With a margin of {margin} and a loss of {loss} the {counted} decisions at this threshold cost "
        "{regret} points (1 point is 1 % of what accepting everybody costs) more than refusing from {best} on would: "
        f"see {PROGRAM} threshold.",
        "calibration": "Of {clients} clients of this model in weeks whose outcomes are known {realised} defaulted, and "
        "{expected} were to be expected: at least {surprise} standard errors apart, whatever becomes of the loans of "
        f"which nothing is known yet. The probabilities are off; train on newer data: {PROGRAM} challenge.",
        "reasons": "Reasons are given at another rate than to the clients of the training: {named}.",
        "known": "Something is known of another share of the clients than in training: {named}.",
        "share": "{name} ({before} before, {now} in the week of {week})",
    },
    "fr": {
        "model": "Ce que lit le modèle est {level}\u00a0: l'indice pondéré par l'importance est de {weighted}, celui "
        "de la probabilité de défaut de {scored}.",
        "unknown": "valeur inconnue",
        "feature": "1 variable sur {all} a dérivé ({named}){matter}.",
        "features": "{far} variables sur {all} ont dérivé ({named}){matter}.",
        "matter": "\u00a0; {share} de ce qui guide le modèle",
        "texts": "Plus de clients qu'avant n'ont aucun texte connu du modèle\u00a0: {named}.",
        "text": "{column} ({before} avant, {now} maintenant)",
        "costs": "Avec une marge de {margin} et une perte de {loss}, les {counted} décisions à ce seuil coûtent "
        "{regret} points (1 point est 1 % de ce que coûte de tout accepter) de plus qu'un refus à partir de "
        "{best}\u00a0: "
        f"voir {PROGRAM} threshold.",
        "calibration": "Sur {clients} clients de ce modèle, dans des semaines dont les issues sont connues, {realised} "
        "ont fait défaut, et {expected} étaient à attendre\u00a0: au moins {surprise} erreurs types d'écart, quoi que "
        "deviennent les prêts dont rien n'est encore connu. Les probabilités ne sont plus justes\u00a0; entraîner sur "
        f"des données plus récentes\u00a0: {PROGRAM} challenge.",
        "reasons": "Des motifs sont donnés à un autre taux qu'aux clients de l'entraînement\u00a0: {named}.",
        "known": "Une part de clients autre qu'à l'entraînement est connue pour\u00a0: {named}.",
        "share": "{name} ({before} avant, {now} la semaine du {week})",
    },
}


def alarms(
    drift: Comparison | None,
    costs: Account | None,
    language: str = "en",
    weekly: Iterable[FollowedShare] = (),
) -> tuple[Alarm, ...]:
    """All there are, in ``language``; none where everything is as it was.

    ``drift``: None where it is not known. ``costs``: None without decisions. ``weekly``: the shares of weeks that are
    followed.
    """
    of_costs = [*_of_costs(costs, language), *_of_weeks(weekly, language)]
    return (*_of_drift(drift, language), *of_costs) if drift is None or drift.enough else tuple(of_costs)


def split_muted(found: Iterable[Alarm], muted: Collection[str]) -> tuple[tuple[Alarm, ...], tuple[Kind, ...]]:
    """The alarms that are not ``muted``, and the codes of those that are raised and muted: they are said, once."""
    everything = tuple(found)
    return (
        tuple(one for one in everything if one.kind not in muted),
        tuple(one.kind for one in everything if one.kind in muted),
    )


def _share(share: float, language: str) -> str:
    return percent(share, language) if language == "fr" else f"{share:.1%}"


def _of_drift(drift: Comparison | None, language: str) -> list[Alarm]:
    if drift is None:
        return []
    words, found = _SENTENCES[language], []
    large = drift.clients >= ALARMING
    if large and drift.level != STABLE:
        scored = words["unknown"] if drift.probability is None else number(drift.probability, 2, language)
        text = words["model"].format(
            level=LEVEL_WORDS[language][drift.level], weighted=number(drift.weighted, 2, language), scored=scored
        )
        found.append(Alarm("model", text))
    # A feature that moves no answer may do as it likes.
    far = [one for one in drift.features if one.level == DRIFTED and one.importance > 0]
    if large and far:
        named = ", ".join([*(one.feature for one in far[:5]), *(["..."] if len(far) > 5 else [])])
        share = 100 * sum(one.importance for one in far)
        matter = words["matter"].format(share=f"{number(share, 1, language)} %") if drift.importance_known else ""
        every = number(len(drift.features), 0, language)
        sentence = words["feature" if len(far) == 1 else "features"]
        found.append(Alarm("features", sentence.format(far=len(far), all=every, named=named, matter=matter)))
    if drift.texts:
        named = ", ".join(
            words["text"].format(column=one.column, before=_share(one.before, language), now=_share(one.now, language))
            for one in drift.texts[:5]
        )
        found.append(Alarm("texts", words["texts"].format(named=named)))
    return found


def _of_costs(costs: Account | None, language: str) -> list[Alarm]:
    if costs is None:
        return []
    words, found, served = _SENTENCES[language], [], costs.served
    # Of the rule that is served: decisions of the one before it cannot be taken back, and would alarm for ever.
    if served.counted >= ENOUGH and served.regret is not None and served.regret > REGRET:
        best = money.break_even_probability(costs.margin, costs.loss_given_default)
        text = words["costs"].format(
            margin=_plain(costs.margin, language),
            loss=_plain(costs.loss_given_default, language),
            counted=number(served.counted, 0, language),
            regret=number(100 * served.regret, 1, language),
            best=number(best, 4, language),
        )
        found.append(Alarm("costs", text))
    realised, surprise = served.mature, served.surprise
    if realised is not None and realised.clients >= ENOUGH and surprise is not None and abs(surprise) > SURPRISE:
        text = words["calibration"].format(
            clients=number(realised.clients, 0, language),
            realised=_share(realised.default_rate, language),
            expected=_share(realised.expected_default_rate.value, language),
            surprise=number(abs(surprise), 1, language),
        )
        found.append(Alarm("calibration", text))
    return found


def _of_weeks(weekly: Iterable[FollowedShare], language: str) -> list[Alarm]:
    words, found = _SENTENCES[language], []
    changed = [one for one in weekly if one.changed]
    kinds: tuple[tuple[Kind, bool], ...] = (("reasons", True), ("known", False))
    for kind, of_reasons in kinds:
        some = [one for one in changed if (one.of == REASON) is of_reasons]
        if some:
            named = ", ".join(_week_share(one, words["share"], language) for one in some[:5])
            found.append(Alarm(kind, words[kind].format(named=named)))
    return found


def _week_share(one: FollowedShare, words: str, language: str) -> str:
    week = one.judged
    now = 0.0 if week is None or week.share is None else week.share
    begins = "" if week is None else week.begins
    before = _share(one.before or 0.0, language)
    return words.format(name=one.name, before=before, now=_share(now, language), week=begins)


def _plain(value: float, language: str) -> str:
    """A share as it was given, without digits that nobody wrote."""
    return f"{value:g}".replace(".", "," if language == "fr" else ".")
