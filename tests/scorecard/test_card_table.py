"""The scorecard as a table: every bin is a row, and the rows add up to points and probability."""

import csv
import io
import math
import re

import numpy as np
import pytest
from support.written_trees import clients_of

from credit.decision.points import Scale
from credit.scorecard.card_table import HEADER, Row, as_csv, as_html, base_points, rows
from credit.scorecard.column_bins import Bins, Scorecard, scorecard
from credit.scorecard.tree_nodes import boosted_trees

SCALE = Scale()
CARD = Scorecard(
    -2.0,
    (Bins("EXT_SOURCE_2", (0.25, 0.5), (0.7, 0.1, -0.4), 0.2), Bins("CODE_GENDER", (0.5,), (-0.1, 0.1), 0.0)),
    -9,
    9,
)


def test_points_by_hand():
    # 20 points double the odds: ln 2 less of log odds is 20 points more.
    card = Scorecard(-math.log(50), (Bins("x", (0.0,), (math.log(2), -math.log(2)), 0.0),), -9, 9)
    assert base_points(card, SCALE) == pytest.approx(600)
    assert [row.points for row in rows(card, SCALE)] == pytest.approx([0, -20, 20])


def test_a_row_a_bin_and_the_gap_first():
    found = rows(CARD, SCALE)
    assert [(row.column, row.number, row.above, row.up_to) for row in found] == [
        ("EXT_SOURCE_2", 0, None, None),
        ("EXT_SOURCE_2", 1, None, 0.25),
        ("EXT_SOURCE_2", 2, 0.25, 0.5),
        ("EXT_SOURCE_2", 3, 0.5, None),
        ("CODE_GENDER", 0, None, None),
        ("CODE_GENDER", 1, None, 0.5),
        ("CODE_GENDER", 2, 0.5, None),
    ]
    assert [row.log_odds for row in found] == [0.2, 0.7, 0.1, -0.4, 0.0, -0.1, 0.1]


@pytest.mark.parametrize(
    ("row", "english", "french"),
    [
        (Row("EXT_SOURCE_2", 0, None, None, 0.0, None), "not known", "inconnu"),
        (Row("EXT_SOURCE_2", 1, None, 0.25, 0.0, None), "up to 0.250000", "jusqu'à 0,250000"),
        (Row("AMT_CREDIT", 2, 1e5, 250000.5, 0.0, None), "over 100,000, up to 250,000.5", None),
        (
            Row("DAYS_BIRTH", 2, -12839.5, None, 0.0, None),
            "over \u221212,839.5 days",
            "plus de \u221212\u202f839,5 jours",
        ),
        (Row("FLAG_OWN_CAR", 1, None, 1e-35, 0.0, None), "no", "non"),
        (Row("FLAG_OWN_CAR", 2, 0.5, None, 0.0, None), "yes", "oui"),
        (Row("FLAG_OWN_CAR", 1, None, None, 0.0, None), "any value", "toute valeur"),
    ],
)
def test_bins_in_words(row, english, french):
    assert row.bin("en") == english
    assert french is None or row.bin("fr") == french


def test_the_csv_alone_gives_every_clients_probability_and_points(additive):
    model, x = clients_of(additive, 300)
    text = as_csv(scorecard(boosted_trees(model)), SCALE)
    base, *table = csv.DictReader(io.StringIO(text))
    assert tuple(base) == HEADER
    log_odds, points = (np.full(len(x), float(base[name])) for name in ("log_odds", "points"))
    for one in table:
        values = x[:, model.index[one["column"]]]
        if one["bin"] == "0":
            inside = np.isnan(values)
        else:
            above, up_to = float(one["above"] or "-inf"), float(one["up_to"] or "inf")
            inside = (values > above) & (values <= up_to)
        log_odds[inside] += float(one["log_odds"])
        points[inside] += float(one["points"])
    p = model.probability(x)
    np.testing.assert_allclose(1 / (1 + np.exp(-log_odds)), p, rtol=0, atol=1e-12)
    np.testing.assert_allclose(points, SCALE.of(p), rtol=0, atol=1e-9)


@pytest.mark.parametrize(("language", "meaning"), [("en", "not known"), ("fr", "inconnu")])
def test_the_page_has_a_row_a_bin_in_both_languages(language, meaning):
    page = as_html(CARD, SCALE, 0.16, language, ["It costs <less>."])
    body = page.split("<tbody>")[1]
    assert len(re.findall("<tr", body)) == 1 + 7
    assert body.count(f"<td>{meaning}</td>") == 2
    assert f'<html lang="{language}">' in page
    assert "It costs &lt;less&gt;." in page
    assert "{" not in body


def test_a_model_without_a_scale_has_log_odds_alone():
    assert {row.points for row in rows(CARD, None)} == {None}
    base, *_ = csv.DictReader(io.StringIO(as_csv(CARD, None)))
    assert (base["log_odds"], base["points"]) == ("-2.0", "")
    assert "This model has no scale of points." in as_html(CARD, None, 0.16, "en")
