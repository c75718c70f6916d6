"""What a bundle keeps of its training clients: counts in bins, and nobody."""

import numpy as np
import pytest

from credit.features import COLUMNS
from credit.monitoring import Profile, profile
from credit.monitoring.profile import FEW, MOST_VALUES, Bins, Tally, rounded, single
from credit.monitoring.text_columns import VOCABULARIES, text_columns

NAN = float("nan")


def test_a_feature_with_few_values_has_a_bin_for_each_of_them():
    column = np.array([0.0] * 30 + [1.0] * 20 + [NAN] * 5)
    bins = Bins.of(column)
    assert bins.values.tolist() == [0, 1]
    # 0, 1, another value, missing
    assert bins.count(column) == [30, 20, 0, 5]
    assert bins.count(np.array([1.0, 2.0, NAN, 0.0, 1.0])) == [1, 2, 1, 1]


def test_a_value_of_few_clients_is_not_named():
    column = np.array([0.0] * 50 + [7.0] * (FEW - 1))
    bins = Bins.of(column)
    assert bins.values.tolist() == [0]
    assert bins.count(column) == [50, FEW - 1, 0]


def test_any_other_feature_has_the_intervals_between_its_deciles():
    column = np.concatenate([np.arange(1000.0), [NAN] * 10])
    bins = Bins.of(column)
    assert bins.ends.tolist() == [99, 199, 299, 399, 499, 599, 699, 799, 899]
    # An end belongs to the interval below it: 0 to 99 are 100 clients.
    assert bins.count(column) == [*[100] * 10, 0, 10]


def test_where_many_have_the_same_value_there_are_fewer_intervals():
    column = np.concatenate([np.zeros(700), np.arange(1.0, 301)])
    bins = Bins.of(column)
    assert bins.ends.tolist() == [0, 100, 200]
    assert bins.count(column) == [700, 100, 100, 100, 0, 0]


def test_the_ends_of_intervals_have_five_digits():
    assert rounded(np.array([123456.789, -0.00123456789, 0.0])).tolist() == [123460.0, -0.0012346, 0.0]


def test_a_feature_that_nobody_has_is_counted():
    bins = Bins.of(np.full(20, NAN))
    assert bins.count(np.array([NAN, 1.0])) == [1, 1]


def features(n=3000, seed=0):
    rng = np.random.default_rng(seed)
    X = np.column_stack([rng.normal(size=n), rng.integers(0, 3, n), rng.exponential(size=n), np.full(n, NAN)])
    X[rng.random(n) < 0.2, 0] = NAN
    return X


def test_what_is_written_is_read_again():
    X = features()
    made = Profile.of(["a", "b", "c", "d"], X, X[:, 2] / 100)
    again = Profile.read(made.written())
    assert (again.columns, again.clients) == (made.columns, 3000)
    for one, other in zip(made.counts, again.counts, strict=True):
        assert one.tolist() == other.tolist()
    assert again.tally().counts[0].shape == made.counts[0].shape
    assert again.probability[1].tolist() == made.probability[1].tolist()
    np.testing.assert_array_equal(again.bins[0].ends, made.bins[0].ends)


def test_chunks_make_the_same_profile_as_the_whole():
    X = features(10_000)
    whole, parts = Profile.of("abcd", X), Profile.of("abcd", [X[:3000], X[3000:3001], X[3001:]])
    assert whole.written() == parts.written()


def test_everybody_is_counted_once():
    X = features(9_000)  # more than are counted at a time
    made = Profile.of("abcd", X)
    assert [int(counts.sum()) for counts in made.counts] == [9000] * 4
    assert made.counts[0][-1] == np.isnan(X[:, 0]).sum()


def test_a_value_that_only_one_client_has_is_nowhere_in_it():
    X = features()
    X[17, 0] = 1234.5
    X[18, 1] = 77.0
    written = Profile.of("abcd", X).written()
    assert b"1234" not in written
    assert b"77.0" not in written


def test_the_profile_of_all_features_is_small(bank_features):
    written = Profile.of(COLUMNS, bank_features).written()
    assert len(written) < 300_000


def test_clients_with_none_of_the_texts_are_counted():
    texts = VOCABULARIES["NAME_CONTRACT_TYPE"]
    assert len(texts) == 2
    columns = ["AMT_CREDIT", "NAME_CONTRACT_TYPE_Cash_loans", "NAME_CONTRACT_TYPE_Revolving_loans"]
    assert text_columns(columns) == {"NAME_CONTRACT_TYPE": (1, 2)}
    assert text_columns(columns[:2]) == {}
    X = np.array([[1.0, 1, 0], [1, 0, 0], [1, NAN, NAN], [1, 0, 1], [1, 0, 0]])
    assert Profile.of(columns, X).none.tolist() == [2]


def test_what_is_no_profile_is_told():
    for text in (
        b"{}",
        b"[]",
        b"no",
        b'{"format": 9}',
        b'{"format": 1, "clients": 1, "columns": {"a": {"counts": []}}}',
    ):
        with pytest.raises(ValueError, match="no profile"):
            Profile.read(text)


def test_a_profile_needs_clients():
    with pytest.raises(ValueError, match="needs clients"):
        Profile.of("ab", np.zeros((0, 2)))


def test_more_values_than_have_bins_make_intervals():
    assert Bins.of(np.repeat(np.arange(MOST_VALUES + 0.0), 20)).values is not None
    assert Bins.of(np.repeat(np.arange(MOST_VALUES + 1.0), 20)).values is None


def test_single_and_double_precision_of_the_same_share_are_one_value():
    trained = np.repeat(np.float32([1 / 3, 0.2, 2 / 3]), 40)
    served = np.repeat([1 / 3, 0.2, 2 / 3], 40)
    bins = Bins.of(trained)
    assert bins.count(trained) == bins.count(served) == [40, 40, 40, 0, 0]
    assert Bins.of(served).count(trained) == [40, 40, 40, 0, 0]


def test_single_and_double_precision_lie_on_one_side_of_an_end():
    served = np.repeat(np.arange(1, 41) / 40, 25)  # 0.025, 0.05 and so on are no sums of powers of two
    trained = served.astype(np.float32)
    assert Bins.of(trained).ends.tolist() == [n / 10 for n in range(1, 10)]
    assert Bins.of(trained).count(served) == Bins.of(trained).count(trained) == [100] * 10 + [0, 0]


def test_what_single_precision_cannot_hold_is_above_all_ends():
    bins = Bins.of(np.arange(1000.0))
    assert bins.count(np.array([1e300, -1e300, 5.0])) == [2, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0]


def test_bins_are_made_single_once_however_many_clients_are_counted(monkeypatch):
    made = []
    monkeypatch.setattr(profile, "single", lambda values: made.append(len(values)) or single(values))
    X = features()
    tally = Tally([Bins.of(column) for column in X.T])
    ends = [len(one.ends) for one in tally._bins if one.ends is not None]
    made.clear()
    for _ in range(3):
        tally.add(X)
    assert ends == [9, 9]
    assert made.count(9) == 2
    assert tally.clients == 3 * len(X)
