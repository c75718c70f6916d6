"""What a reason says of a client is true of the client's rows: looked up in the raw tables, for hundreds of clients.

By the contributions of the shipped model, and by random ones: what is true may not depend on what a model has learnt.
"""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from credit.explain import Explainer, group_of
from credit.explain.reasons import Sorted
from credit.features import COLUMNS, build
from credit.model import load_bundle
from credit.tables import read

ROOT = Path(__file__).parents[2]
CLIENT = "SK_ID_CURR"
CLIENTS = 400


def with_rows(frame: pl.LazyFrame, condition: pl.Expr | bool = True) -> set[int]:
    """The clients of whom a row fits."""
    return set(frame.filter(condition).select(CLIENT).unique().collect()[CLIENT])


@pytest.fixture(scope="module")
def truth(bank):
    """What the raw tables say: name -> the clients of whom it is true."""
    tables = read(bank)
    instalments, pos, cards = (tables[n] for n in ("installments_payments", "POS_CASH_balance", "credit_card_balance"))
    # What was never paid is unpaid on the day of the application, 0.
    late = with_rows(instalments, pl.col("DAYS_ENTRY_PAYMENT").fill_null(0) > pl.col("DAYS_INSTALMENT"))
    return {
        "late": late | with_rows(pos, pl.col("SK_DPD") > 0),
        "instalments": with_rows(instalments) | with_rows(pos),
        "short": with_rows(instalments, pl.col("AMT_PAYMENT").fill_null(0) < pl.col("AMT_INSTALMENT")),
        "card": with_rows(cards),
        "card late": with_rows(cards, pl.col("SK_DPD") > 0),
        "bureau": with_rows(tables["bureau"]),
        "previous": with_rows(tables["previous_application"]),
        "not approved": with_rows(tables["previous_application"], pl.col("NAME_CONTRACT_STATUS") != "Approved"),
        "refused": with_rows(tables["previous_application"], pl.col("NAME_CONTRACT_STATUS") == "Refused"),
    }


@pytest.fixture(scope="module")
def clients(bank):
    """Numbers (400,) and features (400, columns) of simulated clients."""
    made = build(read(bank)).sort(CLIENT).collect(engine="in-memory").head(CLIENTS)
    X = made.select(COLUMNS).cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return made[CLIENT].to_list(), np.ascontiguousarray(X)


@pytest.fixture(scope="module")
def given(clients):
    """Client and reason, for all reasons that the shipped model and three random draws of contributions give."""
    numbers, X = clients
    model = load_bundle(ROOT / "mlruns_reduced")
    place = {name: i for i, name in enumerate(COLUMNS)}
    explained = Explainer(model).reasons(np.ascontiguousarray(X[:, [place[name] for name in model.columns]]), most=50)
    dice, judge = np.random.default_rng(3), Sorted(COLUMNS)
    drawn = [judge.reasons(dice.standard_cauchy(X.shape), X, most=50) for _ in range(3)]
    return [
        (client, reason)
        for answers in (explained, *drawn)
        for client, found in zip(numbers, answers, strict=True)
        for reason in found
    ]


@pytest.mark.parametrize(
    ("code", "kinds", "true_of"),
    [
        ("punctuality", {"known", "fact"}, "late"),
        ("shortfall", {"known", "fact"}, "short"),
        ("card_overdue", {"known", "fact"}, "card late"),
        ("card_utilisation", {"known", "fact"}, "card"),
        ("earlier_outcomes", {"known"}, "not approved"),
        ("earlier_outcomes", {"fact"}, "refused"),
    ],
)
def test_what_is_held_against_a_client_happened(given, truth, code, kinds, true_of):
    of = [client for client, reason in given if reason.code == code and reason.kind in kinds]
    assert len(of) > 20
    assert [client for client in of if client not in truth[true_of]] == []


@pytest.mark.parametrize(
    ("code", "kind", "false_of"),
    [
        ("punctuality", "unknown", "instalments"),
        ("shortfall", "unknown", "instalments"),
        ("card_overdue", "unknown", "card"),
        ("card_balance", "unknown", "card"),
        ("bureau_punctuality", "unknown", "bureau"),
        ("bureau_running_share", "unknown", "bureau"),
        ("earlier_number", "unknown", "previous"),
        ("bureau_loans", "fact", "bureau"),
        ("earlier_history", "fact", "previous"),
        ("card_history", "fact", "card"),
    ],
)
def test_what_is_said_to_be_absent_or_unknown_is_not_on_file(given, truth, code, kind, false_of):
    of = [client for client, reason in given if (reason.code, reason.kind) == (code, kind)]
    assert len(of) > 5
    assert [client for client in of if client in truth[false_of]] == []


def test_a_client_who_was_never_late_reads_of_no_late_payment(given, truth):
    """Not of one feature by its name, either: only that there is no figure for a time without an instalment."""
    of = [reason for client, reason in given if client not in truth["late"] and reason.code == "punctuality"]
    assert len(of) > 20
    for reason in of:
        assert reason.kind in ("unknown", "named"), reason.en
        assert "late" not in reason.en or reason.en.startswith("There is no figure"), reason.en


def test_reasons_stay_in_the_order_of_their_weight_and_none_is_invented(clients):
    _, X = clients
    values = np.random.default_rng(4).standard_cauchy(X.shape)
    groups = np.array([group_of(name) for name in COLUMNS])
    for row, found in zip(values, Sorted(COLUMNS).reasons(values, X, most=50), strict=True):
        weights = [reason.contribution for reason in found]
        assert weights == sorted(weights, reverse=True)
        assert min(weights) > 0
        for reason in found:
            assert reason.contribution == pytest.approx(row[groups == reason.code].sum(), rel=1e-9, abs=1e-6)
