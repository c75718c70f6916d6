"""How copies of clients are drawn: how often each table and column is hidden, and what is never."""

import numpy as np
import pytest

from credit.features import COLUMNS
from credit.features.information_sources import BUREAU, OWN, PARTS, SCORES
from credit.features.loan_amounts import AMOUNTS
from credit.tables import HISTORIES, TABLES
from credit.training.hiding import SHORT, STATES, Hiding, with_copies

N = 20_000


@pytest.fixture(scope="module")
def hiding():
    return Hiding(COLUMNS)


@pytest.fixture(scope="module")
def histories(hiding):
    drawn = hiding._histories(N, np.random.default_rng(1))
    return dict(zip(hiding.of_table, drawn, strict=True))


@pytest.fixture(scope="module")
def away(hiding):
    drawn = hiding._columns_away(N, np.random.default_rng(1))
    return dict(zip(hiding.of_column, drawn.T, strict=True))


def test_every_column_of_the_application_but_the_loan_is_of_one_part():
    parts = [name for part in PARTS for name in part.columns]
    assert len(parts) == len(set(parts))
    assert sorted([*parts, *AMOUNTS]) == sorted(TABLES["application_test"].names[1:])
    assert [table for part in PARTS for table in part.tables] == [*BUREAU.tables, *OWN.tables]
    assert set(BUREAU.tables) | set(OWN.tables) == set(HISTORIES)


def test_states_come_as_often_as_they_should(histories):
    # 0.35 know the application alone, 0.2 each that and one source more, 0.15 everything; of the last tenth each table
    # is hidden by a toss, all five (the balances follow the bureau) of one in 32 and none of one in 64.
    bureau = histories["bureau"]
    own = np.array([histories[name] for name in OWN.tables])
    both = (bureau & own.all(axis=0)).mean()
    assert both == pytest.approx(0.35 + 0.1 / 32, abs=0.01)
    assert (bureau & ~own.any(axis=0)).mean() == pytest.approx(0.2 + 0.1 / 32, abs=0.01)
    assert (~bureau & own.all(axis=0)).mean() == pytest.approx(0.2 + 0.1 / 32, abs=0.01)
    assert (~bureau & ~own.any(axis=0)).mean() == pytest.approx(0.15 + 0.1 / 32, abs=0.01)
    assert not (bureau & ~histories["bureau_balance"]).any()


def test_the_amounts_of_the_loan_are_never_hidden(hiding):
    assert not set(AMOUNTS) & hiding.of_column.keys()
    x = np.random.default_rng(0).normal(size=(200, len(COLUMNS)))
    copied = with_copies(x, hiding, 2, seed=3)
    for name in AMOUNTS:
        place = COLUMNS.index(name)
        assert (copied[:, place] == np.tile(x[:, place], 3).astype(np.float32)).all()


def test_external_scores_are_often_missing_together(away):
    scores = np.array([away[name] for name in SCORES.columns])
    together = scores.all(axis=0).mean()
    assert together > 0.2
    assert (scores.any(axis=0) & ~scores.all(axis=0)).mean() > 0.1  # and one of them alone, too


def test_all_is_there_of_many_and_a_short_form_of_some(away):
    rest = np.array([values for name, values in away.items() if name not in (*SHORT, *SCORES.columns)])
    named = np.array([values for name, values in away.items() if name in SHORT and name not in SCORES.columns])
    # 0.3 in full; of the 0.25 without a few columns 0.32 lack scores alone; of the 0.2 with gaps 0.08 have none.
    assert (~rest.any(axis=0) & ~named.any(axis=0)).mean() == pytest.approx(0.397, abs=0.03)
    short = (rest.mean(axis=0) > 0.8) & (named.mean(axis=0) < 0.5)
    assert 0.19 < short.mean() < 0.29


def test_every_column_is_hidden_alone_of_somebody(away):
    """So that the model learns what it is to miss it where nearly all else is known."""
    few = np.array([*away.values()]).sum(axis=0) <= 8
    for name, gone in away.items():
        assert (gone & few).sum() > 2, name


def test_the_same_seed_hides_the_same(hiding):
    x = np.random.default_rng(0).normal(size=(300, len(COLUMNS)))
    one, again, other = (with_copies(x, hiding, 1, seed) for seed in (7, 7, 8))
    assert np.array_equal(one, again, equal_nan=True)
    assert not np.array_equal(one, other, equal_nan=True)
    assert np.array_equal(one[:300], x.astype(np.float32))  # first the clients as they are


def test_a_copy_hides_as_its_place_says_whatever_the_values(hiding):
    x = np.random.default_rng(0).normal(size=(300, len(COLUMNS)))
    others = np.random.default_rng(1).normal(size=x.shape)
    of_application = [place for places in hiding.of_column.values() for place in places]
    first, second = (np.isnan(with_copies(values, hiding, 1, 7)[300:, of_application]) for values in (x, others))
    assert (first == second).all()


def test_all_copies_have_the_four_states(histories):
    assert list(STATES) == ["application", "application and own loans", "application and bureau", "everything"]
    for tables in STATES.values():
        inside = np.array([histories[name] == (name in tables) for name in HISTORIES if name != "bureau_balance"])
        assert inside.all(axis=0).sum() > 0.15 * N
