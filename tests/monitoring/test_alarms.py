"""Each sentence of the alarms, in English and in French, word for word."""

import string
from types import SimpleNamespace

import pytest

from credit.monitoring.alarms import _SENTENCES, ALARMING, REGRET, SURPRISE, alarms
from credit.monitoring.performance import Account, Estimate, Realised, Served
from credit.monitoring.population_stability import DRIFTED, ENOUGH, MOVED, STABLE, Comparison, Shift, Unknown
from credit.monitoring.weekly_shares import FollowedShare, WeekShare

LANGUAGES = ("en", "fr")


def shift(name, importance=0.0, level=DRIFTED):
    return Shift(name, 0.4, 0.02, 0.0, 0.0, 0.0, 0.0, importance, level)


def weekly(of, name, before, now, changed=True):
    return FollowedShare(of, name, before, (WeekShare("2026-11-23", 200, now),), changed)


def drift(**changed):
    usual = {
        "clients": ALARMING,
        "before": 5000,
        "features": (shift("EXT_SOURCE_2", 0.125), shift("CODE_GENDER", 0.5, STABLE)),
        "weighted": 0.05,
        "probability": 0.01,
        "importance_known": True,
        "texts": (),
        "some": 0.1,
        "much": 0.25,
    }
    return Comparison(**{**usual, **changed})


def costs(regret=None, counted=1234, realised=None, surprise=None):
    mature = None
    if realised is not None:
        clients, rate, expected = realised
        mature = Realised(clients, 0, rate, Estimate(expected, 0.0, 1.0), surprise, 0.0, None, None, None, None)
    return Account(0.19, 0.45, SimpleNamespace(), mature, surprise, Served(counted, regret, mature, surprise), ())


def said(language, found, account, weekly=()):
    return [one.text for one in alarms(found, account, language, weekly)]


#: What is found -> what is said of it.
SAID = [
    (
        (drift(features=(), weighted=0.31, probability=0.126), None),
        "What the model reads has drifted: the index weighted by importance is 0.31, that of the probability of "
        "default 0.13.",
        "Ce que lit le modèle est en dérive\u00a0: l'indice pondéré par l'importance est de 0,31, celui de la "
        "probabilité de défaut de 0,13.",
    ),
    (
        (drift(features=(), weighted=0.12, probability=None), None),
        "What the model reads has moved: the index weighted by importance is 0.12, that of the probability of default "
        "unknown.",
        "Ce que lit le modèle est en mouvement\u00a0: l'indice pondéré par l'importance est de 0,12, celui de la "
        "probabilité de défaut de valeur inconnue.",
    ),
    (
        (drift(), None),
        "1 of 2 features has drifted (EXT_SOURCE_2); 12.5 % of what moves the model.",
        "1 variable sur 2 a dérivé (EXT_SOURCE_2)\u00a0; 12,5 % de ce qui guide le modèle.",
    ),
    (
        (drift(features=tuple(shift(f"F{number}", 0.1) for number in range(6)), importance_known=False), None),
        "6 of 6 features have drifted (F0, F1, F2, F3, F4, ...).",
        "6 variables sur 6 ont dérivé (F0, F1, F2, F3, F4, ...).",
    ),
    (
        (drift(features=(), texts=(Unknown("OCCUPATION_TYPE", 0.0, 0.4512),)), None),
        "More clients than before have no text that the model knows: OCCUPATION_TYPE (0.0% before, 45.1% now).",
        "Plus de clients qu'avant n'ont aucun texte connu du modèle\u00a0: OCCUPATION_TYPE (0,0\u00a0% avant, "
        "45,1\u00a0% maintenant).",
    ),
    (
        (None, costs(regret=0.034)),
        "With a margin of 0.19 and a loss of 0.45 the 1,234 decisions at this threshold cost 3.4 points (1 point is 1 "
        "% of what accepting everybody costs) more than refusing from 0.2969 on would: see python -m credit threshold.",
        "Avec une marge de 0,19 et une perte de 0,45, les 1\u202f234 décisions à ce seuil coûtent 3,4 points (1 point "
        "est 1 % de ce que coûte de tout accepter) de plus qu'un refus à partir de 0,2969\u00a0: voir python -m credit "
        "threshold.",
    ),
    (
        (None, costs(realised=(2000, 0.12, 0.08), surprise=6.62)),
        "Of 2,000 clients of this model in weeks whose outcomes are known 12.0% defaulted, and 8.0% were to be "
        "expected: at least 6.6 standard errors apart, whatever becomes of the loans of which nothing is known yet. "
        "The probabilities are off; train on newer data: python -m credit challenge.",
        "Sur 2\u202f000 clients de ce modèle, dans des semaines dont les issues sont connues, 12,0\u00a0% ont fait "
        "défaut, et 8,0\u00a0% étaient à attendre\u00a0: au moins 6,6 erreurs types d'écart, quoi que deviennent les "
        "prêts dont rien n'est encore connu. Les probabilités ne sont plus justes\u00a0; entraîner sur des données "
        "plus récentes\u00a0: python -m credit challenge.",
    ),
    (
        (None, None, (weekly("reason", "AGE", 0.3, 0.6), weekly("table", "bureau", 1.0, 1.0, changed=False))),
        "Reasons are given at another rate than to the clients of the training: AGE (30.0% before, 60.0% in the week "
        "of 2026-11-23).",
        "Des motifs sont donnés à un autre taux qu'aux clients de l'entraînement\u00a0: AGE (30,0\u00a0% avant, "
        "60,0\u00a0% la semaine du 2026-11-23).",
    ),
    (
        (None, None, (weekly("table", "bureau", 1.0, 0.25),)),
        "Something is known of another share of the clients than in training: bureau (100.0% before, 25.0% in the week "
        "of 2026-11-23).",
        "Une part de clients autre qu'à l'entraînement est connue pour\u00a0: bureau (100,0\u00a0% avant, 25,0\u00a0% "
        "la semaine du 2026-11-23).",
    ),
]


@pytest.mark.parametrize(("what", "english", "french"), SAID)
def test_an_alarm_is_said_in_both_languages(what, english, french):
    assert said("en", *what) == [english]
    assert said("fr", *what) == [french]


def test_every_sentence_of_the_module_is_said_above():
    """A new sentence needs its row: each of its words between the fields stands in some text, in each language."""
    for language, place in zip(LANGUAGES, (1, 2), strict=True):
        texts = [row[place] for row in SAID]
        for key, sentence in _SENTENCES[language].items():
            parts = [part for part, *_ in string.Formatter().parse(sentence) if part.strip()]
            assert any(all(part in text for part in parts) for text in texts), (language, key)


def test_both_languages_have_the_same_sentences_with_the_same_fields():
    english, french = (_SENTENCES[language] for language in LANGUAGES)
    assert english.keys() == french.keys()
    for key in english:
        fields = [{name for _, name, *_ in string.Formatter().parse(words[key]) if name} for words in (english, french)]
        assert fields[0] == fields[1], key


@pytest.mark.parametrize(
    ("drifted", "account"),
    [
        (drift(clients=ALARMING - 1, weighted=0.4), None),
        (drift(clients=ENOUGH - 1, features=(), texts=(Unknown("OCCUPATION_TYPE", 0.0, 0.9),)), None),
        (drift(features=(shift("EXT_SOURCE_2", 0.0),)), None),  # it moves no answer
        (drift(features=(shift("EXT_SOURCE_2", 0.5, MOVED),)), None),
        (None, costs(regret=REGRET)),
        (None, costs(regret=0.5, counted=ENOUGH - 1)),
        (None, costs(realised=(ENOUGH, 0.12, 0.08), surprise=-SURPRISE)),
        (None, costs(realised=(ENOUGH - 1, 0.12, 0.08), surprise=9.0)),
    ],
)
def test_what_chance_can_do_and_what_too_few_show_is_no_alarm(drifted, account):
    assert said("en", drifted, account) == said("fr", drifted, account) == []
