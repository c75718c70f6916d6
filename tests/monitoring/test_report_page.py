"""The report on drift as people read it: in English and in French the same report, no word of the other language."""

import re
from dataclasses import replace

import numpy as np
import pytest

from credit.decision_log.decision_arrays import Decided
from credit.decision_log.reviewed_decisions import ReviewedDecisions
from credit.monitoring import Profile, compare
from credit.monitoring.alarms import alarms
from credit.monitoring.performance import account
from credit.monitoring.report_page import Shown, body
from credit.monitoring.review_figures import review_figures

NAN = float("nan")
LANGUAGES = ("en", "fr")


@pytest.fixture(scope="module")
def drift():
    """Three features, of which the second has moved by a standard deviation, and the texts of a contract."""
    rng = np.random.default_rng(0)
    columns = ("f0", "f1", "NAME_CONTRACT_TYPE_Cash_loans", "NAME_CONTRACT_TYPE_Revolving_loans")
    before, now = (np.column_stack([rng.normal(size=(2000, 2)), np.ones(2000), np.zeros(2000)]) for _ in range(2))
    now[:, 1] += 1
    now[:900, 2] = 0  # a text that nobody knows
    profile = Profile.of(columns, before, rng.beta(1, 9, 2000))
    tally = profile.tally()
    tally.add(now)
    return compare(profile, tally, rng.beta(2, 6, 2000), {"f0": 1.0, "f1": 3.0})


@pytest.fixture(scope="module")
def costs():
    """Two weeks of loans of which far more defaulted than was expected, and refused clients, at a dear threshold."""
    n = 1600
    weeks = np.repeat(np.array(["2026-01-05", "2026-01-12"], "datetime64[D]"), n // 2)
    refused = np.arange(n) % 4 == 0
    defaulted = np.where(refused, NAN, np.arange(n) % 3 == 0)
    return account(Decided(weeks, np.full(n, 0.1), refused, np.full(n, 1000.0), defaulted), 0.19, 1.0)


@pytest.fixture(scope="module")
def reviews():
    n = 4
    given = np.array(["refer", "refer", "accept", "refer"], object)
    return review_figures(
        ReviewedDecisions(
            id=np.arange(n),
            time=np.array(["2026-01-05"] * n, object),
            made=given,
            refuses=np.zeros(n, bool),
            probability=np.full(n, 0.1),
            amount=np.full(n, 1000.0),
            defaulted=np.array([0.0, NAN, NAN, NAN]),
            verdict=np.array(["accept", "refuse", None, None], object),
            reason=np.array(["income_confirmed", "documents_missing", None, None], object),
            reviewer=np.array(["maria", "maria", None, None], object),
            lent=np.array([1.0, 0.0, 1.0, NAN]),
            open=np.array([False, False, False, True]),
            gender=np.array([0.0, 1.0, 0.0, NAN]),
            birth=np.full(n, -20 * 365.25),
            review_cost=np.full(n, 10.0),
            review_worth=np.full(n, 20.0),
        )
    )


@pytest.fixture(scope="module")
def pages(drift, costs, reviews):
    """Language -> the report with all its parts."""
    return {
        language: body(Shown("-", drift, costs, alarms(drift, costs, language), reviews=reviews), language)
        for language in LANGUAGES
    }


def words(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)).replace("&nbsp;", "\u00a0").replace("&#39;", "'")


def test_both_languages_have_the_same_parts_and_as_many_cells(pages):
    for tag in ("h1", "h2", "table", "tr", "th", "td", "li", "polygon", "circle"):
        counts = {language: len(re.findall(rf"<{tag}[ >]", page)) for language, page in pages.items()}
        assert counts["en"] == counts["fr"] > 0, tag


def test_the_french_report_is_french(pages):
    text = words(pages["fr"])
    assert [word for word in (" the ", " of ", " and ", "cases", "stable index") if word in text] == []
    for expected in (
        "Dérive",
        "À examiner",
        "est en dérive",
        "issues connues",
        "1 dossier attend, le plus ancien depuis le 2026-01-05",
        "Revenus ou emploi confirmés par des pièces",
        "femmes",
        "moins de 25 ans",
        "maria",
    ):
        assert expected in text
    assert '<th scope="row">examinateur</th>' in pages["fr"]
    assert '<th scope="row">reviewer</th>' in pages["en"]


def test_french_numbers_have_a_comma(pages, costs):
    value = 100 * costs.total.refused / costs.total.clients
    assert value == 25
    assert "25,0 %" in words(pages["fr"])
    assert "25.0 %" in words(pages["en"])
    assert not re.search(r"\d\.\d", words(pages["fr"]))


def test_the_same_alarms_are_given_in_both_languages(drift, costs):
    english, french = (alarms(drift, costs, language) for language in LANGUAGES)
    assert [one.kind for one in english] == [one.kind for one in french]
    assert [one.kind for one in english] == ["model", "features", "texts", "costs", "calibration"]
    assert not any(mine.text == other.text for mine, other in zip(english, french, strict=True))
    share = "75.0 %"
    assert f"1 of 4 features has drifted (f1); {share} of what moves the model." == english[1].text
    assert french[1].text == "1 variable sur 4 a dérivé (f1)\u00a0; 75,0 % de ce qui guide le modèle."
    assert "NAME_CONTRACT_TYPE (0,0\u00a0% avant, 45,0\u00a0% maintenant)" in french[2].text


@pytest.mark.parametrize(
    ("language", "sentence"), [("en", "12 clients are too few"), ("fr", "12 clients, c'est trop peu")]
)
def test_too_few_clients_are_told(drift, language, sentence):
    assert sentence in words(body(Shown("-", replace(drift, clients=12), None), language))


@pytest.mark.parametrize(
    ("n", "english", "french"),
    [
        (
            1,
            ("Of 1 decision 1 was left to a person. 1 case waits,", "1 verdict on a loan of", "1 loan was refused"),
            ("Sur 1 décision, 1 a été confiée à une personne. 1 dossier attend,", "1 examen d'un", "1 prêt a été"),
        ),
        (
            2,
            ("Of 2 decisions 2 were left to a person. 2 cases wait,", "2 verdicts on loans of", "2 loans were refused"),
            (
                "Sur 2 décisions, 2 ont été confiées à une personne. 2 dossiers attendent,",
                "2 examens de",
                "2 prêts ont",
            ),
        ),
        (
            0,
            ("Of 0 decisions 0 were left", "0 cases wait", "0 loans were refused"),
            ("Sur 0 décision, 0 a été confiée", "0 dossier attend", "0 prêt a été refusé"),
        ),
    ],
)
def test_one_is_singular_and_two_are_plural(reviews, n, english, french):
    money = replace(reviews.money, reviews=max(n, 1), costed=n, known=n, never_known=n)
    told = replace(reviews, decisions=n, referred=n, open=n, money=money)
    if n == 0:  # a verdict that was reached, or the report has no such part
        told = replace(told, open=0, total=replace(told.total, overrides=replace(told.total.overrides, count=1)))
    shown = Shown("-", None, None, reviews=told)
    for language, sentences in (("en", english), ("fr", french)):
        text = words(body(shown, language))
        assert [one for one in sentences if one not in text] == [], text


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("kept", ("The inputs of 3 of these verdicts are erased", "Les données de 3 de ces examens sont effacées")),
        ("erased", ("3 verdicts are in none of this money", "3 examens n'entrent dans aucun de ces montants")),
        ("without_amount", ("3 verdicts are in none of it, since", "3 examens n'y entrent pas, car le montant")),
    ],
)
def test_verdicts_that_are_in_sums_or_in_no_money_are_counted(reviews, field, said):
    found = Shown("-", None, None, reviews=replace(reviews, money=replace(reviews.money, **{field: 3})))
    for language, sentence in zip(("en", "fr"), said, strict=True):
        assert sentence in words(body(found, language))
        assert sentence not in words(body(Shown("-", None, None, reviews=reviews), language))


def test_the_columns_of_the_application_are_told_in_french_too():
    from credit.monitoring.column_verdicts import ColumnDrift

    names = dict.fromkeys(("column", "type", "decides", "test"), "x")
    column = ColumnDrift(
        **names, drifted=True, distance=0.25, score=0.05, evidently=False,
        labels=("low", "high"), before=(0.5, 0.5), now=(0.25, 0.75),
    )  # fmt: skip
    text = words(body(Shown("-", None, None, columns=[column]), "fr"))
    assert "1 sur 1 colonne a dérivé (distance de 0,1 ou plus)" in text
    assert "détectée" in text
    assert "25,0 %" in body(Shown("-", None, None, columns=[column]), "fr").replace("\u00a0", " ")


def test_each_week_says_of_how_many_loans_a_purge_took_the_amount(costs):
    """Two weeks, of which the first has lost 2 amounts, the second 1."""
    weeks = tuple(replace(one, erased=2 - k, counted=one.counted - 2 + k) for k, one in enumerate(costs.weeks[:2]))
    some = replace(costs, weeks=weeks, total=replace(costs.total, erased=3))
    for language, said in (
        ("en", ["without 2 erased amounts", "without 1 erased amount", "without 3 erased amounts"]),
        ("fr", ["sans 2 montants effacés", "sans 1 montant effacé", "sans 3 montants effacés"]),
    ):
        text = words(body(Shown("-", None, some), language))
        assert [one for one in said if one not in text] == []
        assert said[0] not in words(body(Shown("-", None, costs), language))
