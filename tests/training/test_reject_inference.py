"""The samples of reject inference: labels and weights worked out by hand, and what they stand for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.training import reject_inference as methods

NAN = float("nan")


def test_nothing_is_done_about_the_refused():
    sample = methods.accepted_only([0, NAN, 1, NAN])
    assert sample.rows.tolist() == [0, 2]
    assert sample.label.tolist() == [0, 1]
    assert sample.weight.tolist() == [1, 1]
    assert sample.known.all()


def test_an_accepted_applicant_stands_for_those_who_had_its_chance():
    # 1 / 0.8, 1 / 0.5 and 1 / 0.2 are 1.25, 2 and 5, 2.75 in the mean; the refused one's chance has no part in it.
    sample = methods.reweighted([0, 1, 0, NAN], [0.8, 0.5, 0.2, 0.001])
    assert sample.rows.tolist() == [0, 1, 2]
    assert sample.weight == pytest.approx([1.25 / 2.75, 2 / 2.75, 5 / 2.75])
    assert sample.weight.mean() == pytest.approx(1)


def test_no_accepted_applicant_stands_for_more_than_the_most():
    # 1 / 0.01 is 100, and counts as 10; with 1 / 0.5 = 2 the mean is 6.
    assert methods.reweighted([0, 1], [0.01, 0.5], most=10).weight == pytest.approx([10 / 6, 2 / 6])


def test_weights_bring_back_the_rate_of_all_applicants():
    # Of 100 applicants of each kind all of the first are accepted and a fifth of the second; 10 and 50 of 100 default.
    safe, risky = np.repeat([1.0, 0.0], [10, 90]), np.repeat([1.0, 0.0, NAN], [10, 10, 80])
    sample = methods.reweighted(np.concatenate([safe, risky]), np.repeat([1.0, 0.2], 100))
    assert sample.label.mean() == pytest.approx(20 / 120)
    assert np.average(sample.label, weights=sample.weight) == pytest.approx(60 / 200)


def test_a_refused_applicant_is_both_in_the_shares_of_its_probability():
    sample = methods.fuzzy([1, NAN, 0, NAN], [0.9, 0.25, 0.1, 0.6])
    assert sample.rows.tolist() == [0, 2, 1, 3, 1, 3]
    assert sample.label.tolist() == [1, 0, 1, 1, 0, 0]
    assert sample.weight == pytest.approx([1, 1, 0.25, 0.6, 0.75, 0.4])
    assert sample.known.tolist() == [True, True, False, False, False, False]


def test_parcels_have_the_rate_of_the_accepted_of_equal_score():
    # Two bands: accepted of 0.1 and 0.2, of whom none defaulted, and of 0.3 and 0.4, of whom one did.
    outcome, p = [0, 0, 1, 0, NAN, NAN, NAN], [0.1, 0.2, 0.3, 0.4, 0.29, 0.3, 0.9]
    sample = methods.parcelled(outcome, p, bands=2)
    assert sample.weight[4:7] == pytest.approx([0, 0.5, 0.5])  # as defaulters
    assert sample.weight[7:] == pytest.approx([1, 0.5, 0.5])
    # A bank that takes the refused for 1.5 and 3 times as bad.
    assert methods.parcelled(outcome, p, factor=1.5, bands=2).weight[4:7] == pytest.approx([0, 0.75, 0.75])
    assert methods.parcelled(outcome, p, factor=3, bands=2).weight[4:7] == pytest.approx([0, 1, 1])


def test_the_riskiest_refused_are_the_expected_defaults():
    # 0.7 + 0.1 + 0.6 + 0.4 = 1.8: two of them.
    sample = methods.extrapolated([0, NAN, NAN, NAN, NAN], [0.1, 0.7, 0.1, 0.6, 0.4])
    assert sample.rows.tolist() == [0, 1, 2, 3, 4]
    assert sample.label.tolist() == [0, 1, 0, 1, 0]
    assert sample.weight.tolist() == [1, 1, 1, 1, 1]
    assert sample.known.tolist() == [True, False, False, False, False]


def test_who_was_accepted_at_random_stands_for_the_refused():
    # Two accepted, and one of five refused drawn at a share of a fifth: 1, 1 and 5, 7 / 3 in the mean.
    sample = methods.explored([0, 1, 1, NAN, NAN, NAN, NAN], [False, False, True, *4 * [False]], share=0.2)
    assert sample.rows.tolist() == [0, 1, 2]
    assert sample.weight == pytest.approx([3 / 7, 3 / 7, 15 / 7])


@given(st.lists(st.tuples(st.sampled_from([0.0, 1.0, NAN]), st.floats(0.01, 1)), min_size=2, max_size=40))
def test_every_method_keeps_all_outcomes_and_counts_each_refused_applicant_once(applicants):
    outcome, p = (np.array(values) for values in zip(*applicants, strict=True))
    accepted = ~np.isnan(outcome)
    if not accepted.any():
        return
    for make in (methods.fuzzy, methods.extrapolated, lambda *both: methods.parcelled(*both, bands=1)):
        sample = make(outcome, p)
        known = sample.rows[sample.known]
        assert known.tolist() == np.flatnonzero(accepted).tolist()
        assert sample.label[sample.known].tolist() == outcome[accepted].tolist()
        counted = np.bincount(sample.rows, sample.weight, minlength=len(outcome))
        assert counted == pytest.approx(np.ones(len(outcome)))
    assert methods.reweighted(outcome, p).weight.mean() == pytest.approx(1)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: methods.accepted_only([NAN, NAN]), "at least one of them must be known"),
        (lambda: methods.accepted_only([0, 2]), "must be 0 .repaid., 1 .defaulted. or NaN"),
        (lambda: methods.reweighted([0, 1], [0.5, 0.0]), "above 0 and at most 1"),
        (lambda: methods.reweighted([0, 1], [0.5]), "one chance of acceptance an applicant"),
        (lambda: methods.fuzzy([0, NAN], [0.5, NAN]), "between 0 and 1"),
        (lambda: methods.parcelled([0, NAN], [0.5, 0.5], factor=0), "must be above 0, not 0"),
        (lambda: methods.parcelled([0, NAN], [0.5, 0.5]), "10 bands need as many accepted applicants, and there are 1"),
        (lambda: methods.explored([0, NAN], [False, True], 0.1), "has no outcome yet"),
        (lambda: methods.explored([0, 1], [False, True], 0), "above 0 and at most 1, not 0"),
    ],
)
def test_what_cannot_be_a_sample_is_refused(make, said):
    with pytest.raises(ValueError, match=said):
        make()
