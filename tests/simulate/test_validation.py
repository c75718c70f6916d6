"""The simulated bank beside the real one, on 20,000 clients, and the yardsticks themselves worked out by hand."""

import numpy as np
import polars as pl
import pytest

from credit.simulate.default_rate_bins import bins_of
from credit.simulate.validation import Figure, looks, money, soft_auc, spearman
from credit.simulate.validation_report import as_text, profile
from credit.tables.schema import NO_DATE


@pytest.fixture(scope="module")
def figures() -> list[Figure]:
    return profile(clients=20_000, seed=7)[0]


@pytest.mark.parametrize(
    "group",
    ["truth", "money", "application", "rows", "bureau", "bureau_balance", "previous_application", "POS_CASH_balance",
     "installments_payments", "credit_card_balance", "default rate", "AUC", "rank correlation", "history AUC"],
)  # fmt: skip
def test_the_simulated_bank_is_faithful(figures: list[Figure], group: str) -> None:
    chosen = [figure for figure in figures if figure.group == group]
    assert chosen
    assert [figure for figure in chosen if not figure.within] == []


def test_every_column_of_every_table_is_compared(figures: list[Figure]) -> None:
    # 120 application columns and 17 + 3 - 3 + 37 + 8 + 8 + 23 columns of the histories less their identifiers.
    missing = [figure for figure in figures if figure.name.endswith(" missing") and figure.group != "default rate"]
    assert len(missing) == 120 + 15 + 2 + 35 + 6 + 6 + 21


def test_a_figure_knows_whether_it_is_within() -> None:
    assert Figure("g", "n", 0.10, 0.12, 0.02).within
    assert Figure("g", "n", 0.10, 0.08, 0.02).within
    assert not Figure("g", "n", 0.10, 0.121, 0.02).within


def test_the_report_names_what_is_out_of_range_and_counts() -> None:
    text = as_text([Figure("rows", "a", 1.0, 1.0, 0.1), Figure("rows", "b", 1.0, 2.0, 0.1)])
    assert "OUT OF RANGE" in text.splitlines()[2]
    assert text.splitlines()[-1] == "rows: 1 of 2 in range"


def test_soft_auc_counts_every_client_as_both() -> None:
    # Pairs (defaulter, good): 1 above 0 with weight 0.9 * 0.8 counts whole, 0 above 1 with 0.2 * 0.1 not at all, the
    # pairs with oneself half: (0.9 * 0.1 + 0.2 * 0.8) / 2. All weights: (0.9 + 0.2) * (0.1 + 0.8).
    expected = (0.9 * 0.8 + (0.9 * 0.1 + 0.2 * 0.8) / 2) / (1.1 * 0.9)
    assert soft_auc(np.array([1.0, 0.0]), np.array([0.9, 0.2])) == pytest.approx(expected)
    # A missing score does not count.
    assert soft_auc(np.array([1.0, 0.0, np.nan]), np.array([0.9, 0.2, 0.5])) == pytest.approx(expected)


def test_soft_auc_of_certain_defaults_is_the_ordinary_auc() -> None:
    # Scores 3, 1 of defaulters against 2, 0 of good clients: 3 of 4 pairs in order.
    assert soft_auc(np.array([3.0, 1.0, 2.0, 0.0]), np.array([1.0, 1.0, 0.0, 0.0])) == pytest.approx(0.75)


def test_money_is_what_is_lost_and_what_is_forgone() -> None:
    clients = pl.DataFrame({"AMT_CREDIT": [100_000.0, 300_000.0]})
    _, _, accept, refuse = money(clients, np.array([0.5, 0.1]))
    # Per client (0.5 * 100,000 + 0.1 * 300,000) / 2 = 40,000; on 10,000 clients 400 millions.
    assert accept.simulated == pytest.approx(400)
    # Per client 0.19 * (0.5 * 100,000 + 0.9 * 300,000) / 2 = 30,400.
    assert refuse.simulated == pytest.approx(304)


def test_looks_tells_missing_shares_distances_and_quantiles() -> None:
    text = pl.Series("WEEKDAY", ["a", "a", "b", None])
    known = {"missing": 0.0, "values": {"a": [0.5, None], "b": [0.5, None]}}
    missing, distance = looks("WEEKDAY", known, text, "g")
    assert (missing.simulated, missing.within) == (0.25, False)
    # |2/3 - 1/2| and |1/3 - 1/2|, halved
    assert distance.simulated == pytest.approx(1 / 6)
    numbers = pl.Series("AMT", [0.0, 1.0, 2.0, 3.0, 4.0])
    _, median = looks("AMT", {"missing": 0.0, "quantiles": [[0.5, 2.4]], "range": [0, 4]}, numbers, "g")
    # 15 % of 2.4 = 0.36 is more than 2 % of the range 4.
    assert (median.simulated, median.tolerance, median.within) == (2.0, pytest.approx(0.36), False)


def test_a_missing_value_and_no_date_have_bins_of_their_own() -> None:
    place, names, rates = bins_of("DAYS_EMPLOYED", pl.Series([-10, -6000, NO_DATE]))
    assert [names[i] for i in place] == ["<= -4", "<= -5349", "missing"]
    assert rates[-1] == 0.05089
    place, names, _ = bins_of("CODE_GENDER", pl.Series(["M", None, "?"]))
    assert [names[i] for i in place] == ["M", "missing", "unlisted"]
    # The upper end belongs to the bin.
    place, names, _ = bins_of("AMT_GOODS_PRICE", pl.Series([450_000.0, 450_010.0]))
    assert [names[i] for i in place] == ["<= 450000", "<= 517500"]


def test_rank_correlation_leaves_out_no_date() -> None:
    frame = pl.DataFrame({"DAYS_BIRTH": [1, 2, 3, 4], "DAYS_EMPLOYED": [-30, -20, -10, NO_DATE]})
    assert spearman(frame, ["DAYS_BIRTH", "DAYS_EMPLOYED"])[0, 1] == pytest.approx(1.0)


@pytest.mark.parametrize(("value", "told"), [(0.1034, "<= 0.103"), (0.1037, "<= 0.138")])
def test_a_value_falls_into_the_bin_whose_end_is_told_rounded(value, told):
    place, names, _ = bins_of("ENTRANCES_AVG", pl.Series([value]))
    assert names[place[0]] == told
