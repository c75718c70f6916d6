"""The fingerprint tells other data apart, and takes no notice of what is not data: order, engines, last bits."""

import sys

import numpy as np
import pytest

from credit.training import dataset, prepare
from credit.training.fingerprint import DIGITS, EXACT, Content

COLUMNS = ("AMT_CREDIT", "EXT_SOURCE_2", "INSTALMENTS_AMT_PAYMENT_MEAN", "BUREAU_AMT_CREDIT_SUM_VAR")
N = 5_000


@pytest.fixture
def clients() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(3)
    x = rng.lognormal(8, 1, size=(N, 4)) * [1, 1e-5, 1, 1e6]
    x[rng.random((N, 4)) < 0.2] = np.nan
    return {"client": np.arange(N) + 100_001, "x": x, "defaulted": (rng.random(N) < 0.08).astype(np.int64)}


def fingerprint(client: np.ndarray, x: np.ndarray, defaulted: np.ndarray) -> str:
    return Content.of(COLUMNS, client, x, defaulted).fingerprint()


def with_value(clients: dict[str, np.ndarray], row: int, column: int, value: float) -> dict[str, np.ndarray]:
    x = clients["x"].copy()
    x[row, column] = value
    return {**clients, "x": x}


def test_columns_of_the_application_are_exact_and_sums_over_histories_are_not():
    assert [name in EXACT for name in COLUMNS] == [True, True, False, False]


def test_neither_order_nor_last_bits_nor_the_sign_of_zero_make_other_data(clients):
    same = fingerprint(**clients)
    order = np.random.default_rng(4).permutation(N)
    assert fingerprint(**{name: values[order] for name, values in clients.items()}) == same
    # A sum of a thousand amounts may be off by some 1e-14 of it.
    off = clients["x"] * (1 + 1e-14 * np.random.default_rng(5).choice([-1, 0, 1], size=(N, 4)))
    off[:, :2] = clients["x"][:, :2]
    assert (off != clients["x"]).sum() > N
    assert fingerprint(**{**clients, "x": off}) == same
    assert fingerprint(**with_value(clients, 7, 0, 0.0)) == fingerprint(**with_value(clients, 7, 0, -0.0))


def test_another_value_outcome_client_or_column_makes_other_data(clients):
    x, defaulted = clients["x"], clients["defaulted"]
    row = int(np.flatnonzero(~np.isnan(x).any(axis=1))[0])
    others = [
        with_value(clients, row, 0, np.nextafter(x[row, 0], np.inf)),  # of the application: to the last bit
        with_value(clients, row, 2, 1.01 * x[row, 2]),
        with_value(clients, row, 2, -x[row, 2]),
        with_value(clients, row, 3, np.nan),
        {**clients, "defaulted": np.roll(defaulted, 1)},
        {**clients, "client": clients["client"] + 1},
        {name: values[1:] for name, values in clients.items()},
    ]
    # Two clients of whom one has what the other had.
    one = with_value(with_value(clients, row, 2, 1.0), row + 1, 2, 2.0)
    other = with_value(with_value(clients, row, 2, 2.0), row + 1, 2, 1.0)
    others += [one, other]
    found = {fingerprint(**clients), *(fingerprint(**one) for one in others)}
    assert len(found) == 1 + len(others)
    other_columns = Content.of((*COLUMNS[:3], "BUREAU_ROWS"), **clients)
    assert other_columns.fingerprint() not in found


def test_contents_of_parts_add_up_to_that_of_the_whole(clients):
    cuts = [slice(0, 1), slice(1, 3000), slice(3000, None)]
    first, *others = (Content.of(COLUMNS, **{name: values[cut] for name, values in clients.items()}) for cut in cuts)
    for other in others:
        first = first + other
    assert first.clients == N
    assert first.fingerprint() == fingerprint(**clients)
    with pytest.raises(ValueError, match="different features"):
        first + Content.of(COLUMNS[:1], clients["client"], clients["x"][:, :1], clients["defaulted"])


def test_sums_by_hand():
    # Two clients with 3 and -5 in a column, weights between 1 and 2.
    content = Content.of(("BUREAU_ROWS",), np.array([1, 2]), np.array([[3.0], [-5.0]]), np.array([0, 1]))
    above, below = content.sums[:, 0]
    assert 3 <= above < 6
    assert 5 <= below < 10
    assert content.missing.tolist() == [0]
    assert f"{above:.{DIGITS - 1}e}" != f"{above * (1 + 1e-8):.{DIGITS - 1}e}"


def test_streamed_features_have_the_fingerprint_of_those_made_in_memory(bank, monkeypatch):
    in_memory = prepare(bank)
    monkeypatch.setattr(sys.modules["credit.training.dataset"], "EXACT", 0)
    assert dataset(prepare(bank)).source["fingerprint"] == dataset(in_memory).source["fingerprint"]
