"""The smallest change: of what costs something and binds, and truly the smallest by its measure."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lightgbm import LGBMClassifier

from credit.features import COLUMNS as EVERYTHING
from credit.model import Scorer
from credit.whatif import changed, levers, smallest
from credit.whatif.levers import AMOUNTS, CIRCUMSTANCES, GIVEN
from credit.whatif.loan_terms import broken, size
from credit.whatif.proposals import rounded

COLUMNS = ("AMT_CREDIT", "AMT_ANNUITY", "AMT_GOODS_PRICE", "AMT_INCOME_TOTAL", "FLAG_PHONE", "EXT_SOURCE_2")
CLIENT = np.array([400_000.0, 20_000.0, 400_000.0, 150_000.0, 0.0, 0.3])
START = dict(zip(COLUMNS, CLIENT.tolist(), strict=True))
#: Rounding of amounts to four figures, as ln of a ratio of two of them.
ROUNDING = 0.002


def scorer(probability, columns=COLUMNS):
    """A model that is a formula of the client's columns."""
    manifest = {"files": {"model.pkl": ""}}
    return Scorer(None, columns, 0.2, manifest, lambda X: np.clip(probability(*X.T), 0, 1))


def below(limit):
    return lambda p, X: np.where(p < limit, "accept", "refuse").tolist()


def search(probability, x=CLIENT, limit=0.2, columns=COLUMNS):
    model = scorer(probability, columns)
    return smallest(model, levers(columns), x, below(limit))


def by_brute_force(probability, limit, step):
    """The size of the smallest accepted proposal to CLIENT on a grid of ``step``, worked out beside the search; else
    inf. Its price falls with the loan, or stays; its annuity never rises.
    """
    loan = np.append(np.arange(0, math.log(2), step), math.log(2))
    longer = np.append(np.arange(0, math.log(1.25), step), math.log(1.25))
    income = np.append(np.arange(0, math.log(1.2), step), math.log(1.2))
    a, t, i, falls = np.meshgrid(loan, np.union1d(-longer, longer), income, [0.0, 1.0], indexing="ij")
    amounts = [400_000 * np.exp(-a), 20_000 * np.exp(-a - t), 400_000 * np.exp(-a * falls), 150_000 * np.exp(i)]
    X = np.stack([*amounts, np.zeros_like(a), np.full_like(a, 0.3)], axis=-1).reshape(-1, 6)
    accepted = (probability(*X.T) < limit) & (X[:, 1] <= 20_000 * (1 + 1e-9))
    return (a + np.abs(t) + i).reshape(-1)[accepted].min(initial=math.inf)


def test_a_loan_that_is_slightly_too_large_is_made_slightly_smaller():
    """Its annuity and the price of its goods fall with it: 400,000 / 391,000 is 2.3 %."""
    found = search(lambda loan, *_: np.where(loan <= 391_000, 0.1, 0.3))
    assert set(found.changes) == {"AMT_CREDIT", "AMT_ANNUITY", "AMT_GOODS_PRICE"}
    assert 387_000 < found.changes["AMT_CREDIT"] <= 391_000
    assert found.changes["AMT_GOODS_PRICE"] == found.changes["AMT_CREDIT"]
    assert found.changes["AMT_CREDIT"] / found.changes["AMT_ANNUITY"] == pytest.approx(20, rel=1e-3)
    assert (found.probability, found.step) == (0.1, 0.00625)


def test_more_is_paid_down_where_the_share_of_the_price_decides():
    found = search(lambda loan, a, goods, *_: np.where(loan / goods <= 0.93, 0.1, 0.3))
    assert set(found.changes) == {"AMT_CREDIT", "AMT_ANNUITY"}
    assert 0.92 < found.changes["AMT_CREDIT"] / 400_000 <= 0.93


def test_an_annuity_that_is_too_large_is_made_smaller_by_a_longer_term():
    """Income and loan help as much; a longer term leaves both as they are only if that is enough."""
    found = search(lambda loan, annuity, *_: np.where((annuity <= 18_500) & (loan == 400_000), 0.1, 0.3))
    assert set(found.changes) == {"AMT_ANNUITY"}
    assert 18_300 < found.changes["AMT_ANNUITY"] <= 18_500


def test_a_shorter_term_that_raises_the_annuity_is_never_proposed():
    """The model sees less risk in a larger instalment: 0.8 of 20 annuities would be 16 of 25,000."""
    seen = []

    def probability(loan, annuity, *_):
        seen.append(annuity)
        return np.where(annuity > 20_000, 0.1, 0.3)

    found = search(probability)
    assert (found.changes, found.probability) == (None, 0.3)
    assert np.concatenate(seen).max() == 20_000
    assert np.concatenate(seen).min() == pytest.approx(20_000 / 2 / 1.25, rel=1e-3)


def test_a_smaller_loan_may_be_repaid_sooner_by_the_annuity_that_was_applied_for():
    """Eighteen annuities of 20,000: 10 % less of the loan, 10 % less of the term."""
    found = search(lambda loan, annuity, *_: np.where((loan / annuity <= 18) & (annuity >= 20_000), 0.1, 0.3))
    assert set(found.changes) == {"AMT_CREDIT", "AMT_GOODS_PRICE"}
    assert 355_000 < found.changes["AMT_CREDIT"] <= 360_000
    assert found.size == pytest.approx(2 * math.log(400 / 360), abs=0.02)


def test_the_annuity_of_an_uneven_amount_does_not_rise_by_its_rounding():
    """19,604.5 to four figures is 19,600, 19,606.5 is 19,610, which is more."""
    x = CLIENT.copy()
    x[1] = 19_606.5
    seen = []

    def probability(loan, annuity, *_):
        seen.append(annuity)
        return np.full(len(loan), 0.5)

    search(probability, x)
    assert np.concatenate(seen).max() == 19_606.5


def test_no_part_of_a_proposal_can_be_left_out():
    def enough(loan, annuity, goods, income, *_):
        return np.where((loan <= 380_000) & (income >= 160_000), 0.1, 0.3)

    found = search(enough)
    assert set(found.changes) == {"AMT_CREDIT", "AMT_ANNUITY", "AMT_GOODS_PRICE", "AMT_INCOME_TOTAL"}
    expected = math.log(400 / 380) + math.log(160 / 150)
    assert expected <= found.size <= expected + 2 * found.step + ROUNDING


def test_what_costs_nothing_is_never_proposed():
    """Not even where it would be enough, nor together with what is: a telephone number, documents, the e-mail."""
    found = search(lambda loan, a, g, i, phone, e: 0.3 - 0.2 * phone)
    assert found.changes is None
    known = levers(EVERYTHING)
    x = np.full(len(EVERYTHING), math.nan)
    place = {name: i for i, name in enumerate(EVERYTHING)}
    for name, lever in known.by_name.items():
        x[[place[column] for column in lever.columns]] = START.get(name, 0.0)
    free = [place[column] for name in (*GIVEN, *CIRCUMSTANCES) for column in known.by_name[name].columns]
    seen = []

    def probability(*columns):
        seen.append(np.stack([columns[i] for i in free], axis=1))
        return np.full(len(columns[0]), 0.5)

    found = search(probability, x, columns=EVERYTHING)
    assert found.tried > 1000
    assert (np.concatenate(seen) == 0).all()
    assert len(free) > 25


def test_what_is_proposed_are_amounts_of_the_loan_and_the_income():
    assert set(AMOUNTS) == {"AMT_CREDIT", "AMT_ANNUITY", "AMT_GOODS_PRICE", "AMT_INCOME_TOTAL"}


@settings(max_examples=30, deadline=None)
@given(weights=st.tuples(*[st.floats(-2, 2)] * 4), limit=st.floats(0.05, 0.29))
def test_brute_force_finds_no_smaller_one_where_risk_is_a_line(weights, limit):
    """Of models that look at all amounts, in any direction. Going on in a direction that helps does no harm, so what
    the grid does not hit it hits one step further, in each of three directions at most.
    """

    def probability(loan, annuity, goods, income, *_):
        logs = [np.log(one / two) for one, two in zip((loan, annuity, goods, income), CLIENT, strict=False)]
        return 0.3 + sum(w * x for w, x in zip(weights, logs, strict=True))

    found = search(probability, limit=limit)
    if found.changes is None:  # nor does brute force, but for what rounding changes: 2 * 4 * 0.0005 at most
        assert by_brute_force(probability, limit - 0.004, step=0.05) == math.inf
        return
    assert found.size <= by_brute_force(probability, limit, step=0.02) + 3 * found.step + ROUNDING
    assert probability(*(np.array([{**START, **found.changes}[name]]) for name in COLUMNS))[0] < limit
    assert found.size == size(START, found.changes)
    assert broken(START, {**START, **found.changes}) == []


@pytest.fixture(scope="module")
def trees():
    """Sixty trees on amounts of 3,000 loans: large loans, long terms, small incomes, little paid down are risky."""
    dice = np.random.default_rng(8)
    n = 3000
    loan, term = 400_000 * np.exp(dice.normal(0, 0.35, n)), 20 * np.exp(dice.normal(0, 0.2, n))
    goods, income = loan * np.exp(-dice.uniform(-0.1, 0.3, n)), 150_000 * np.exp(dice.normal(0, 0.25, n))
    X = np.column_stack([loan, loan / term, goods, income, dice.integers(0, 2, n), dice.uniform(0, 1, n)])
    z = np.log(loan / 350_000) + 2 * np.log(term / 18) - 2 * np.log(income / 165_000) + 3 * np.log(loan / goods)
    y = dice.random(n) < 1 / (1 + np.exp(-z))
    model = LGBMClassifier(n_estimators=60, num_leaves=8, n_jobs=1, random_state=1, verbose=-1).fit(X, y)
    return lambda *columns: model.booster_.predict(np.stack(columns, axis=1), num_threads=1)


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7, 0.9, 0.97, 0.999])
def test_brute_force_finds_no_smaller_one_of_trees(trees, share):
    """Limits from just below the client to almost the best that any proposal has; trees jump in between."""
    start = float(trees(*CLIENT[:, None])[0])
    best = search(trees, limit=0.0).probability
    limit = start - share * (start - best)
    found = search(trees, limit=limit)
    brute = by_brute_force(trees, limit, step=max(found.step, 0.0125))
    assert found.changes is not None
    assert found.size <= brute + found.step + ROUNDING
    assert found.probability < limit


def test_a_proposal_may_be_accepted_for_its_smaller_amount():
    """Decisions see the changed rows: here money at stake decides, and no probability."""
    model = scorer(lambda loan, *_: np.full(len(loan), 0.15))
    decide = lambda p, X: np.where(p * X[:, 0] < 54_000, "accept", "refer").tolist()  # noqa: E731
    found = smallest(model, levers(COLUMNS), CLIENT, decide)
    assert 355_000 < found.changes["AMT_CREDIT"] < 360_000


def test_a_revolving_loan_keeps_its_term_and_its_price_is_the_limit():
    columns = (*COLUMNS, "NAME_CONTRACT_TYPE_Cash_loans", "NAME_CONTRACT_TYPE_Revolving_loans")
    x = np.append(CLIENT, [0.0, 1.0])
    seen = []

    def probability(*columns):
        seen.append(np.stack(columns[:3], axis=1))
        return np.where(columns[0] <= 300_000, 0.1, 0.3)

    found = search(probability, x, columns=columns)
    amounts = np.concatenate(seen)
    np.testing.assert_allclose(amounts[:, 0] / amounts[:, 1], 20, rtol=1e-3)
    np.testing.assert_array_equal(amounts[:, 0], amounts[:, 2])
    assert found.changes["AMT_GOODS_PRICE"] == found.changes["AMT_CREDIT"]


def test_an_income_is_raised_by_a_fifth_at_most():
    assert search(lambda loan, a, g, income, *_: np.where(income > 181_000, 0.1, 0.3)).changes is None
    found = search(lambda loan, a, g, income, *_: np.where(income > 170_000, 0.1, 0.3))
    assert 170_000 < found.changes["AMT_INCOME_TOTAL"] < 171_500
    assert set(found.changes) == {"AMT_INCOME_TOTAL"}


def test_the_ends_of_what_may_be_proposed_are_proposed():
    found = search(lambda loan, *_: np.where(loan <= 200_000, 0.1, 0.3))
    assert found.changes["AMT_CREDIT"] == 200_000
    assert found.size == pytest.approx(math.log(2), abs=ROUNDING)


def test_none_is_found_where_only_a_score_would_help():
    found = search(lambda loan, a, g, i, phone, score: np.where(score > 0.5, 0.1, 0.45))
    assert (found.changes, found.size) == (None, None)
    assert found.probability == 0.45
    assert 1000 < found.tried < 2500


@pytest.mark.parametrize("annuity", [9_000.0, 20_000.0, 48_000.0])
def test_the_number_of_annuities_stays_within_what_is_published(annuity):
    """From 44.4 it may rise to 45, from 8.33 fall to 8."""
    seen = []

    def probability(loan, annuity, *_):
        seen.append(loan / annuity)
        return np.full(len(loan), 0.5)

    x = CLIENT.copy()
    x[1] = annuity
    search(probability, x)
    terms = np.concatenate(seen)
    assert terms.min() == pytest.approx(max(8, 0.8 * 400_000 / annuity), rel=2e-3)
    assert terms.max() == pytest.approx(min(45, 1.25 * 400_000 / annuity), rel=2e-3)
    assert 8 <= terms.min() < terms.max() <= 45


def test_an_amount_that_is_not_known_is_left_alone():
    x = CLIENT.copy()
    x[2] = math.nan
    found = search(lambda loan, *_: np.where(loan <= 380_000, 0.1, 0.3), x)
    assert set(found.changes) == {"AMT_CREDIT", "AMT_ANNUITY"}
    x[0] = math.nan
    assert search(lambda loan, *_: np.where(loan <= 380_000, 0.1, 0.3), x).changes is None


def test_a_loan_whose_annuity_cannot_follow_is_left_alone():
    """The model reads ANNUITY_TO_INCOME and no income: another annuity would leave the ratio behind."""
    columns = ("AMT_CREDIT", "AMT_ANNUITY", "ANNUITY_TO_INCOME")
    assert "AMT_ANNUITY" not in levers(columns).by_name
    found = search(lambda loan, *_: np.where(loan <= 380_000, 0.1, 0.3), np.array([4e5, 2e4, 0.13]), columns=columns)
    assert (found.changes, found.tried) == (None, 0)


def test_a_model_that_reads_the_loan_alone_is_asked_about_smaller_loans():
    model = scorer(lambda loan: np.where(loan <= 380_000, 0.1, 0.3), ("AMT_CREDIT",))
    found = smallest(model, levers(("AMT_CREDIT",)), CLIENT[:1], below(0.2))
    assert set(found.changes) == {"AMT_CREDIT"}
    assert 376_000 < found.changes["AMT_CREDIT"] <= 380_000


def test_a_client_with_nothing_to_change_gets_no_proposal():
    model = scorer(lambda score: np.full(len(score), 0.4), ("EXT_SOURCE_2",))
    found = smallest(model, levers(("EXT_SOURCE_2",)), np.array([0.1]), below(0.2))
    assert (found.changes, found.tried) == (None, 0)
    assert found.probability == pytest.approx(0.4)


def test_a_text_is_changed_in_all_its_columns():
    columns = tuple(levers(EVERYTHING).by_name["NAME_EDUCATION_TYPE"].columns)
    model = scorer(lambda *x: x[0], columns)
    x = np.array([1.0 if name.endswith("Higher_education") else 0.0 for name in columns])
    X = changed(model, levers(columns), x, [{"NAME_EDUCATION_TYPE": "Academic degree"}])
    assert X.sum() == 1
    assert X[0, columns.index("NAME_EDUCATION_TYPE_Academic_degree")] == 1


@pytest.mark.parametrize(
    ("amount", "expected"), [(412_837.4, 412_800), (19_606.5, 19_610), (98.765, 98.77), (5e-324, 5e-324)]
)
def test_amounts_are_proposed_in_four_figures(amount, expected):
    assert rounded(amount) == pytest.approx(expected, abs=1e-9)


def test_in_another_currency_the_smallest_change_is_the_same():
    """A thousandth of every amount: none lies within the published ranges, and the factors are those of above."""
    scale = np.array([1e-3, 1e-3, 1e-3, 1e-3, 1.0, 1.0])

    def probability(loan, *_):
        return np.where(loan <= 391, 0.1, 0.3)

    assert not search(probability, CLIENT * scale).changes
    own = {"AMT_CREDIT": (45.0, 4100.0), "AMT_ANNUITY": (1.6, 240.0), "AMT_GOODS_PRICE": (40.0, 4100.0)}
    found = smallest(scorer(probability), levers(COLUMNS, own), CLIENT * scale, below(0.2))
    assert 387 < found.changes["AMT_CREDIT"] <= 391
    assert found.changes["AMT_CREDIT"] / found.changes["AMT_ANNUITY"] == pytest.approx(20, rel=1e-3)
