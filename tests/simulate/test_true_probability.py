"""The true probability of default: a function of what the tables hold, worked out by hand for small tables."""

from math import exp

import numpy as np
import polars as pl
import pytest

from credit.simulate import true_probability
from credit.simulate.client_chunks import Chunk, chunks_of, draw_chunk
from credit.simulate.history_signals import signals
from credit.tables.schema import HISTORIES

HAND_MADE = {
    "constant": -2.0,
    "terms": {},
    "columns": {
        "CODE_GENDER": {"levels": {"F": -0.5, "M": 0.5}},
        "AMT_CREDIT": {"knots": [100.0, 200.0], "heights": [0.0, 1.0]},
        "EXT_SOURCE_3": {"knots": [0.0, 1.0], "heights": [2.0, -2.0], "missing": 0.25},
        "card_utilisation_6": {"knots": [0.0, 1.0], "heights": [0.0, 1.0]},
    },
}


@pytest.fixture
def hand_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(true_probability, "tables", lambda: HAND_MADE)


@pytest.fixture(scope="module")
def chunk() -> Chunk:
    return chunks_of(1_500, 1)[0]


def applications(**columns: list[object]) -> pl.DataFrame:
    given = {"SK_ID_CURR": [1], "CODE_GENDER": ["F"], "AMT_CREDIT": [100.0], "EXT_SOURCE_3": [0.5]}
    return pl.DataFrame(given | columns)


def used(utilisation: float | None) -> pl.DataFrame:
    return pl.DataFrame(
        {"SK_ID_CURR": [1], "card_utilisation_6": [utilisation]}, schema_overrides={"card_utilisation_6": float}
    )


def chance(log_odds: float) -> float:
    return 1 / (1 + exp(-log_odds))


@pytest.mark.parametrize(
    ("client", "utilisation", "log_odds"),
    [
        # -2 (constant) - 0.5 (F) + 0 (credit 100) + 0 (score in the middle) + 0 (card not used)
        ({}, 0.0, -2.5),
        # -2 + 0.5 (M) + 0.5 (half way between 100 and 200) + 1 (score 0.25) + 0.5 (half the limit drawn)
        ({"CODE_GENDER": ["M"], "AMT_CREDIT": [150.0], "EXT_SOURCE_3": [0.25]}, 0.5, 0.5),
        # Beyond the outer knots the line is flat: credit 900 counts as 200. A missing score has a level of its own.
        ({"AMT_CREDIT": [900.0], "EXT_SOURCE_3": [None]}, 0.0, -2 - 0.5 + 1 + 0.25),
        # A value that the table does not know counts 0, and so does a history that is missing.
        ({"CODE_GENDER": ["XNA"]}, None, -2.0),
    ],
)
def test_the_probability_is_the_sum_of_the_tables(
    hand_made: None, client: dict[str, list[object]], utilisation: float | None, log_odds: float
) -> None:
    frame = applications(**client).with_columns(pl.col("EXT_SOURCE_3").cast(pl.Float64))
    assert true_probability.probability_of_default(frame, used(utilisation)) == pytest.approx([chance(log_odds)])


def test_a_client_without_any_history_has_a_probability_too(hand_made: None) -> None:
    nobody = used(0.5).clear()
    assert true_probability.probability_of_default(applications(), nobody) == pytest.approx([chance(-2.5)])


def test_the_probability_follows_the_client_not_the_order_of_the_rows(hand_made: None) -> None:
    two = pl.concat([applications(), applications(SK_ID_CURR=[2], CODE_GENDER=["M"])])
    known = pl.DataFrame({"SK_ID_CURR": [2, 1], "card_utilisation_6": [1.0, 0.0]})
    assert true_probability.probability_of_default(two, known) == pytest.approx([chance(-2.5), chance(-2 + 0.5 + 1)])


def test_nobody_is_certain_to_pay_or_to_default(hand_made: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for constant, bound in ((-100.0, true_probability.BOUNDS[0]), (100.0, true_probability.BOUNDS[1])):
        monkeypatch.setitem(HAND_MADE, "constant", constant)
        assert true_probability.probability_of_default(applications(), used(0.0)) == pytest.approx([chance(bound)])


@pytest.mark.parametrize(
    ("term", "columns", "value"),
    [
        # (0.35 - (0.1 + 0.2 + 0.3) / 3) * 10
        ("all_scores_low", {"EXT_SOURCE_1": [0.1], "EXT_SOURCE_2": [0.2], "EXT_SOURCE_3": [0.3]}, 1.5),
        # (0.77 - 0.52) * (0.76 - 0.51) * 16
        ("scores_agree", {"EXT_SOURCE_1": [None], "EXT_SOURCE_2": [0.77], "EXT_SOURCE_3": [0.76]}, 1.0),
        # 30 years old: half a step; one year employed: half a step
        ("young_and_new", {"DAYS_BIRTH": [-10957.5], "DAYS_EMPLOYED": [-365.25]}, 0.25),
        ("young_and_new", {"DAYS_BIRTH": [-10957.5], "DAYS_EMPLOYED": [365243]}, 0.0),
        # a fifth above the price is two tenths; no price known counts as none above it
        ("insured", {"AMT_CREDIT": [120.0], "AMT_GOODS_PRICE": [100.0]}, 2.0),
        ("insured", {"AMT_CREDIT": [120.0], "AMT_GOODS_PRICE": [None]}, 0.0),
        # 30 % of the income: one tenth above a fifth
        ("strained", {"AMT_ANNUITY": [30.0], "AMT_INCOME_TOTAL": [100.0]}, 1.0),
        # 14 months: half way up the hump
        ("middle_term", {"AMT_CREDIT": [140.0], "AMT_ANNUITY": [10.0]}, 0.5),
    ],
)
def test_the_terms_are_what_they_say(term: str, columns: dict[str, list[float | None]], value: float) -> None:
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.Float64))
    assert true_probability.TERMS[term](frame) == pytest.approx([value])


def test_the_truth_can_be_computed_again_from_the_tables_alone(chunk: Chunk) -> None:
    drawn = draw_chunk(chunk, seed=5)
    table = drawn.tables["application_train"].drop("TARGET")
    histories = {name: drawn.tables[name] for name in HISTORIES}
    again = true_probability.probability_of_default(table, signals(histories, table["SK_ID_CURR"]))
    assert again == pytest.approx(drawn.truth["PROBABILITY_OF_DEFAULT"].to_numpy())


def test_defaults_are_drawn_with_the_true_probability() -> None:
    drawn = draw_chunk(chunks_of(12_000, 1)[0], seed=9)
    probability, target = drawn.truth["PROBABILITY_OF_DEFAULT"].to_numpy(), drawn.truth["TARGET"].to_numpy()
    assert (drawn.tables["application_train"]["TARGET"].to_numpy() == target).all()
    for part in np.array_split(np.argsort(probability), 4):
        error = np.sqrt((probability[part] * (1 - probability[part])).sum()) / len(part)
        assert abs(target[part].mean() - probability[part].mean()) < 4 * error


def test_the_default_rate_is_the_real_one() -> None:
    drawn = draw_chunk(chunks_of(12_000, 1)[0], seed=11)
    assert drawn.truth["PROBABILITY_OF_DEFAULT"].mean() == pytest.approx(0.0807, abs=0.004)
