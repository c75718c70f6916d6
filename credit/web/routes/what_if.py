"""The answer of POST /what-if: what matters most for a client, what of it can be changed, and what that would do.

Nothing here is a decision, so nothing goes into the decision log.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

from credit.decision.policy import ACCEPT, today
from credit.explain import Explanation
from credit.explain.explanation import PROTECTED_TOGETHER, TOGETHER
from credit.explain.spoken_values import NONE_SHOWN, spoken, spoken_value
from credit.features import descriptions
from credit.features.catalogue import details
from credit.i18n.numbers import number
from credit.model.scorer import Floats
from credit.web.answers.decisions import Verdict
from credit.web.answers.explanations import (
    ImplausibleTerms,
    MadeFrom,
    Moved,
    Option,
    ProposedChange,
    Slider,
    SmallestChange,
    WeightyFeature,
)
from credit.web.responses import notices
from credit.web.routes.scores import band, deciding_rule, review, segment
from credit.web.routes.what_if_request import WhatIfRequest
from credit.web.service import Service
from credit.whatif import Lever, Levers, broken, changed, levers, smallest
from credit.whatif.loan_terms import ANNUITY, INCOME, LOAN, LONGEST, MOST_OF_GOODS, READS, SHORTEST, Rule

#: So many features are told, the weightiest first; then the amounts of the loan that are not among them.
SHOWN = 10

#: A slider reaches from a third of the client's amount to three times as much, within what was published.
_REACH = 3.0
#: Places on a slider, about.
_PLACES = 200

NOTE = {
    "en": "These are answers of the model, and no promise: what goes together with repaying need not cause it.",
    "fr": "Ce sont des réponses du modèle, pas des promesses\u00a0: ce qui va de pair avec un bon remboursement "
    "n'en est pas forcément la cause.",
}

#: A proposal raises the income by what somebody else earns, who then owes the loan as well.
_WITH_CO_APPLICANT = {
    "en": "Yearly income, with that of a co-applicant",
    "fr": "Revenu annuel, avec celui d'un co-emprunteur",
}

#: What is said of terms that do not go together.
_IMPLAUSIBLE: dict[str, dict[Rule, str]] = {
    "en": {
        "annuities": "{now} annuities would repay this loan; loans have {shortest} to {longest}. "
        "Change the loan and its annuity together.",
        "goods": "The loan would be {now} times the price of the goods; loans are {most} times it at most. "
        "Change the loan and the price together.",
    },
    "fr": {
        "annuities": "{now} échéances rembourseraient ce prêt\u00a0; les prêts en ont de {shortest} à {longest}. "
        "Changez le prêt et son échéance ensemble.",
        "goods": "Le prêt vaudrait {now} fois le prix des biens\u00a0; les prêts le valent {most} fois au plus. "
        "Changez le prêt et le prix ensemble.",
    },
}

#: What is said where the probability falls though nothing has changed but that the client would borrow or repay more.
_AGAINST_SENSE = {
    "en": "The probability falls though nothing changes but that the loan or its annuity grows: nothing holds the "
    "model to say that more of them is riskier. That is no reason to lend more.",
    "fr": "La probabilité baisse alors que seuls le prêt ou son échéance augmentent\u00a0: rien n'oblige le modèle à y "
    "voir plus de risque. Ce n'est pas une raison de prêter plus.",
}


def answer(service: Service, asked: WhatIfRequest, found: Explanation, language: str) -> Moved:
    """``service``: of the server. ``asked``: the client, and what is changed of it. ``language``: of the texts, en or
    fr. ``found``: the explanation of the client as it is. Without changes the smallest one to acceptance is searched.
    """
    scorer, x = service.scorer, asked.clients.X[0]
    known = levers(scorer.columns, scorer.amount_ranges)
    before = _verdict(service, x, language)
    after = changed(scorer, known, x, [asked.changes])[0] if asked.changes else None
    least = None if asked.changes else _smallest(service, known, x, before.decision, language)
    verdict = None if after is None else _verdict(service, after, language)
    moved = asked.changes if least is None else [one.feature for one in least.changes]
    return Moved(
        client=asked.clients.numbers[0],
        model=service.model,
        threshold=scorer.threshold,
        review=review(service),
        before=before,
        after=verdict,
        implausible=[] if after is None else _implausible(service, x, after, language),
        against_sense=None
        if after is None or verdict is None or not verdict.probability < before.probability
        else _against_sense(service, asked.changes, x, after, language),
        features=features(known, service, x, found, language, moved),
        smallest=least,
        note=NOTE[language],
        **notices(asked.clients, language),
    )


def features(
    known: Levers, service: Service, x: Floats, found: Explanation, language: str, moved: Iterable[str] = ()
) -> list[WeightyFeature]:
    """The `SHOWN` features that matter most for the client, one text as one of them, the rest of the loan's terms, and
    whatever else is ``moved``.

    Each with its value and what it contributes; with the range of its slider or the entries of its list where it can
    be changed, else with why it cannot. All that are protected are one, with the sum of what they contribute, where the
    server does not show these.

    ``known``: what can be changed. ``service``: of the server. ``x``: (n_columns,), the client. ``found``: its
    explanation. ``language``: of the texts, en or fr.
    """
    french = language == "fr"
    sums: dict[str, float] = {}
    about: dict[str, tuple[str, str, str]] = {}  # words, unit, unit in words
    for one in found.contributions:
        name = known.lever_of(one.feature)
        if not service.show_protected and known.locked(name) == "protected":
            sums[TOGETHER] = sums.get(TOGETHER, 0.0) + one.contribution
            continue
        sums[name] = sums.get(name, 0.0) + one.contribution
        if name == one.feature:
            about[name] = (one.fr, one.unit, one.unit_fr) if french else (one.en, one.unit, one.unit)
        else:
            word = descriptions.column("application", name)
            about[name] = (word.fr if french else word.en, "", "")
    order = sorted(sums, key=lambda name: -abs(sums[name]))
    terms = [name for name, lever in known.by_name.items() if lever.kind == "amount"]
    shown = [*dict.fromkeys((*order[:SHOWN], *terms, *moved))]
    rows = []
    for rank, name in enumerate(shown, 1):
        if name == TOGETHER:
            rows.append(_together(sums[name], rank <= SHOWN, language))
            continue
        lever, why = known.by_name.get(name), known.locked(name)
        value = _value(known, service, x, name)
        rows.append(
            WeightyFeature(
                feature=name,
                description=spoken(about[name][0]),
                unit=about[name][2],
                contribution=sums[name],
                among_ten=rank <= SHOWN,
                value=value,
                text=_text(name, value, about[name], language),
                locked=why,
                follows=_follows(known, service, name, language) if why == "derived" else None,
                slider=_slider(lever, float(x[service.scorer.index[name]])) if lever and not lever.values else None,
                options=_options(name, known, language),
            )
        )
    return rows


def _together(contribution: float, among_ten: bool, language: str) -> WeightyFeature:
    """All that is protected, as one row without a value."""
    return WeightyFeature(
        feature=TOGETHER,
        description=PROTECTED_TOGETHER[language],
        unit="",
        contribution=contribution,
        among_ten=among_ten,
        value=None,
        text=NONE_SHOWN[language],
        locked="protected",
        follows=None,
        slider=None,
        options=None,
    )


def _follows(known: Levers, service: Service, name: str, language: str) -> list[MadeFrom]:
    """What a derived feature is made from."""
    told = details(known.derived.parts[name], service.scorer.manifest, language)
    return [MadeFrom(one["name"], spoken(one["description"])) for one in told]


def _verdict(service: Service, x: Floats, language: str) -> Verdict:
    policy, X = service.policy, x[None, :]
    probability, amount = service.scorer.probability(X), policy.amounts(X)
    verdicts = policy.decide(X, probability, amount, today())
    terms = verdicts.terms
    return Verdict(
        decision=verdicts.decisions[0],
        probability=float(probability[0]),
        points=policy.points(probability, terms)[0],
        expected_loss=policy.expected_losses(probability, amount, terms)[0],
        refer=band(policy.bands(amount, terms)[0]),
        at_stake=policy.stakes(probability, amount, terms)[0],
        review_worth=policy.worths(probability, amount, terms)[0],
        rule=deciding_rule(policy.bank_rules, verdicts.rule_decisions[0], language),
        segment=segment(terms, 0),
    )


def _decisions(service: Service) -> Callable[[Floats, Floats], list[str]]:
    """Probabilities (n,) and features (n, columns) to decisions, as POST /score makes them.

    A change may be one of the loan itself: each row is decided on by its own amount.
    """
    policy, on = service.policy, today()
    return lambda probability, X: policy.decide(X, probability, policy.amounts(X), on).decisions


def _implausible(service: Service, before: Floats, after: Floats, language: str) -> list[ImplausibleTerms]:
    """Terms of the loan that no lender gives together: answered all the same, and said."""
    index = service.scorer.index
    amounts = sorted({name for pair in READS.values() for name in pair} & index.keys())
    then, now = ({name: float(x[index[name]]) for name in amounts} for x in (before, after))
    bounds = {"shortest": SHORTEST, "longest": LONGEST, "most": MOST_OF_GOODS}
    told = {name: number(value, 0 if value == int(value) else 1, language) for name, value in bounds.items()}
    return [
        ImplausibleTerms(list(READS[rule]), _IMPLAUSIBLE[language][rule].format(now=_beyond(ratio, language), **told))
        for rule, ratio in broken(then, now)
    ]


def _against_sense(
    service: Service, changes: Mapping[str, object], before: Floats, after: Floats, language: str
) -> str | None:
    """Where nothing has changed but that the loan or its annuity grows: a falling probability then needs a word."""
    index = service.scorer.index
    if not changes.keys() <= {LOAN, ANNUITY}:
        return None
    steps = [float(after[index[name]] - before[index[name]]) for name in changes]
    return _AGAINST_SENSE[language] if min(steps, default=0.0) >= 0 and max(steps, default=0.0) > 0 else None


def _beyond(ratio: float, language: str) -> str:
    """With so many decimals that it does not read as the bound that it lies beyond."""
    decimals = next(n for n in range(1, 9) if round(ratio, n) not in (SHORTEST, LONGEST, MOST_OF_GOODS))
    return number(ratio, decimals, language)


def _smallest(service: Service, known: Levers, x: Floats, decision: str, language: str) -> SmallestChange:
    if decision == ACCEPT:
        return SmallestChange("accepted", [], after=None, size=None, step=None, lowest=None, tried=0)
    found = smallest(service.scorer, known, x, _decisions(service))
    after = None
    if found.changes is not None:
        after = _verdict(service, changed(service.scorer, known, x, [found.changes])[0], language)
    return SmallestChange(
        status="none" if after is None else "found",
        changes=[
            ProposedChange(
                feature=name,
                description=_proposed(known.by_name[name], language),
                before=(before := _value(known, service, x, name)),
                from_text=_text(name, before, ("", unit := known.by_name[name].unit, unit), language),
                to=to,
                to_text=_text(name, to, ("", unit, unit), language),
            )
            for name, to in (found.changes or {}).items()
        ],
        after=after,
        size=found.size,
        step=found.step,
        lowest=found.probability,
        tried=found.tried,
    )


def _proposed(lever: Lever, language: str) -> str:
    if lever.name == INCOME:
        return _WITH_CO_APPLICANT[language]
    return lever.fr if language == "fr" else lever.en


def _value(known: Levers, service: Service, x: Floats, name: str) -> float | str | None:
    """A number; of a text the value whose column is 1; None where it is not known."""
    index = service.scorer.index
    if name in index:
        value = float(x[index[name]])
        return None if math.isnan(value) else value
    for column, text in zip(known.texts[name], words_of(name), strict=True):
        if column in index and x[index[column]] == 1:
            return text
    return None


def _text(name: str, value: float | str | None, about: tuple[str, str, str], language: str) -> str:
    """A value as people read it. ``about``: the feature in words, its unit, and its unit in words."""
    if isinstance(value, str):
        en, fr = descriptions.value("application", name, value)
        return fr if language == "fr" else en
    return spoken_value(value, *about, language)


def words_of(text: str) -> Sequence[str]:
    """The published values of a text column of the application."""
    from credit.tables import TABLES

    return tuple(TABLES["application_test"].vocabularies[text])


def _options(name: str, known: Levers, language: str) -> list[Option] | None:
    """The entries of a list: of a text, also of one that is locked, so that its value can be shown in words."""
    if name not in known.texts:
        return None
    pairs = ((text, descriptions.value("application", name, text)) for text in words_of(name))
    return [Option(text, fr if language == "fr" else en) for text, (en, fr) in pairs]


def _slider(lever: Lever, value: float) -> Slider:
    """Low, high and step; the client's own value lies on a step, and where it is not known, all steps are round."""
    if lever.kind == "switch":
        return Slider(0.0, 1.0, 1.0)
    known = value > 0
    middle = min(max(value, lever.low), lever.high) if known else math.sqrt(lever.low * lever.high)
    low, high = max(lever.low, middle / _REACH), min(lever.high, middle * _REACH)
    rough = (high - low) / _PLACES
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(times * power for times in (1, 2, 5, 10) if times * power >= rough)
    if not known:
        middle = round(middle / step) * step  # nobody's amount: round ones
    below, above = math.floor((middle - low) / step), math.floor((high - middle) / step)
    return Slider(round(middle - below * step, 6), round(middle + above * step, 6), step)
