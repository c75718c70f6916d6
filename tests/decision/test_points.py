"""Points, worked out by hand on the usual scale, and what holds of any scale."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credit.decision.points import Scale

#: A shared machine may be slow.
quick = settings(max_examples=100, deadline=None)
probabilities = st.floats(1e-9, 1 - 1e-9)
scales = st.builds(Scale, st.floats(-1000, 1000), st.floats(0.01, 1000), st.floats(0.5, 200))


@pytest.mark.parametrize(
    ("probability", "points"),
    [
        (1 / 51, 600),  # odds of 50 to 1
        (1 / 101, 620),  # twice the odds
        (1 / 201, 640),
        (1 / 26, 580),  # half the odds
        (1 / 2, 600 - 20 * math.log2(50)),  # odds of 1 to 1 are 50 halved log2(50) = 5.64 times
        (50 / 51, 600 - 20 * math.log2(2500)),  # odds of 1 to 50
    ],
)
def test_points_on_the_usual_scale(probability, points):
    assert float(Scale().of(probability)) == pytest.approx(points, abs=1e-9)


def test_points_on_another_scale():
    # 500 points at even odds, 50 double them: odds of 8 to 1 are three times doubled.
    scale = Scale(500, 1, 50)
    assert scale.of([1 / 2, 1 / 9, 8 / 9]) == pytest.approx([500, 650, 350])
    assert scale.probability([500, 650, 350]) == pytest.approx([1 / 2, 1 / 9, 8 / 9])


def test_points_have_the_shape_of_the_probabilities():
    assert Scale().of(0.1).shape == ()
    assert Scale().of([[0.1, 0.2, 0.3]]).shape == (1, 3)
    assert Scale().probability(np.zeros((2, 1))).shape == (2, 1)


def test_certainty_is_infinitely_many_points():
    assert Scale().of([0.0, 1.0]).tolist() == [math.inf, -math.inf]
    assert Scale().probability([math.inf, -math.inf]).tolist() == [0, 1]


@quick
@given(st.lists(probabilities, min_size=2, max_size=20), scales)
def test_more_points_are_less_risk(found, scale):
    risk = np.unique(found)
    points = scale.of(risk)
    assert (np.diff(points) <= 0).all()
    # Strictly, where log odds differ by more than the rounding of points up to some thousands.
    apart = np.diff(np.log(risk) - np.log1p(-risk)) * scale.double > 1e-9
    assert (np.diff(points)[apart] < 0).all()


@quick
@given(probabilities, scales)
def test_points_turn_back_into_the_probability(probability, scale):
    back = float(scale.probability(scale.of(probability)))
    assert math.isclose(back, probability, rel_tol=1e-6, abs_tol=1e-12)


@quick
@given(st.floats(-1e6, 1e6), scales)
def test_every_number_of_points_is_a_probability(points, scale):
    assert 0 <= float(scale.probability(points)) <= 1


@quick
@given(probabilities, probabilities)
def test_a_decision_by_points_is_the_decision_by_probability(probability, threshold):
    scale = Scale()
    if abs(probability - threshold) > 1e-9:
        assert (scale.of(probability) <= scale.of(threshold)) == (probability >= threshold)


@pytest.mark.parametrize(
    ("threshold", "cut_off"),
    # 600 + 20 / ln 2 * (ln(odds) - ln 50): odds of 0.81 to 0.19 are 528.961, of 0.8403 to 0.1597 535.041.
    [(0.19, 529.0), (0.19 / 1.19, 535.1), (0.0, math.inf), (1.0, -math.inf)],
)
def test_the_cut_off_is_the_next_tenth_above_the_thresholds_points(threshold, cut_off):
    assert Scale().cut_off(threshold) == cut_off


def test_beside_the_cut_off_points_are_rounded_away_from_it():
    # The threshold has 528.97 points, the cut-off is 529.0: refused with 528.96 and 528.97, accepted with 528.99.
    scale = Scale()
    below, at, above, far = scale.probability([528.96, 528.97, 528.99, 535.04])
    found = scale.shown([below, at, above, far, 0.0, 1.0], threshold=at)
    assert found.tolist() == [528.9, 528.9, 529.0, 535.0, math.inf, -math.inf]


@quick
@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=30),
    st.floats(0.001, 0.999),
    st.sampled_from([Scale(), Scale(500, 1, 50), Scale(600, 50, 20.5), Scale(0, 3, 0.7)]),
)
def test_no_client_below_the_cut_off_is_accepted_and_none_from_it_on_refused(risk, threshold, scale):
    # Beside the clients drawn, those just at the threshold, where rounding could deceive.
    near = np.clip(threshold + np.array([-1e-3, -1e-6, -1e-12, 0, 1e-12, 1e-6, 1e-3]), 0, 1)
    p = np.r_[risk, near]
    found, cut_off = scale.shown(p, threshold), scale.cut_off(threshold)
    assert ((found < cut_off) == (p >= threshold)).all()
    known = np.isfinite(found)
    assert (np.abs(found[known] - scale.of(p[known])) <= 0.1 + 1e-6).all()
    assert (np.round(found[known], 1) == found[known]).all()


@pytest.mark.parametrize("probability", [-0.01, 1.01, math.nan, [0.5, 2.0]])
def test_what_is_no_probability_has_no_points(probability):
    with pytest.raises(ValueError, match="between 0 and 1"):
        Scale().of(probability)


@pytest.mark.parametrize("scale", [(600, 0, 20), (600, -50, 20), (600, 50, 0), (600, 50, -20)])
def test_a_scale_of_no_odds_or_of_points_that_do_not_grow_is_refused(scale):
    with pytest.raises(ValueError, match="must be above 0, but are"):
        Scale(*scale)


@pytest.mark.parametrize("scale", [(math.nan, 50, 20), (600, math.inf, 20), (600, 50, math.nan)])
def test_a_scale_wants_finite_numbers(scale):
    with pytest.raises(ValueError, match="needs finite numbers"):
        Scale(*scale)


def test_a_scale_is_kept_in_a_manifest_and_read_again():
    scale = Scale(500, 30, 15.5)
    assert scale.written() == {"points": 500, "odds": 30, "double": 15.5}
    assert Scale.read(scale.written()) == scale
    assert Scale.read(Scale().written()) == Scale()
    with pytest.raises(KeyError, match="double"):
        Scale.read({"points": 600, "odds": 50})
    with pytest.raises(ValueError, match="must be above 0"):
        Scale.read({"points": 600, "odds": 0, "double": 20})
