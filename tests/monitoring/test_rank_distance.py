"""No single client decides whether a column has drifted, whatever value it has, on whichever side it is."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credit.monitoring import Profile, compare
from credit.monitoring.application_drift import drifted_columns
from credit.monitoring.column_verdicts import DISTANCE, counted
from credit.monitoring.rank_distance import LEAST, rank_distance, ridits
from credit.monitoring.report_page import Shown, page

RICHEST = 117_000_000.0  # as it was published of one client, in AMT_INCOME_TOTAL


def incomes(clients: int, seed: int) -> np.ndarray:
    """Log-normal around 147,000 with the published spread, in steps of 4,500."""
    return np.round(np.random.default_rng(seed).lognormal(11.9, 0.48, clients) / 4500) * 4500


def column(before, now):
    """What becomes of the incomes."""
    (found,) = drifted_columns(*(pl.DataFrame({"AMT_INCOME_TOTAL": side}) for side in (before, now)))
    return found


def test_ranks_by_hand():
    # Below 5 is none and one of four equals it; two are equal to 7, one lies above.
    assert ridits(np.array([5.0, 7.0, 7.0, 9.0]), np.array([5.0, 7.0, 8.0, 1e300])).tolist() == [0.125, 0.5, 0.75, 1.0]


def test_the_distance_by_hand():
    reference = np.array([1.0, 2.0, 3.0, 4.0])
    # The ranks 1/8, 3/8, 5/8, 7/8 have a standard deviation of sqrt(5) / 8; all four clients now have the rank 1.
    assert rank_distance(reference, np.array([5.0, 6.0, 7.0, 8.0])) == pytest.approx(0.5 / (np.sqrt(5) / 8))
    assert rank_distance(reference, reference[::-1]) == 0.0
    # Nine of ten have 0, with the rank 0.45, the tenth 0.95: a standard deviation of 0.15. From one in ten to three in
    # ten two tenths of the clients move by half a rank.
    rare = np.repeat([0.0, 1.0], [9, 1])
    assert rank_distance(rare, np.repeat([0.0, 1.0], [7, 3])) == pytest.approx(0.2 * 0.5 / 0.15)
    # One value alone has ranks without a spread: a client in a hundred with another moves half a rank.
    assert rank_distance(np.zeros(50), np.append(np.zeros(99), 1.0)) == pytest.approx(0.01 * 0.5 / LEAST)
    with pytest.raises(ValueError, match="one has none"):
        rank_distance(reference, reference[:0])


def test_a_small_move_of_a_normal_column_is_as_far_by_ranks_as_by_values():
    normal = np.random.default_rng(3).normal(size=200_000)
    # W of ranks is P(one of now is above one of before) - 1/2, and their standard deviation is 1 / sqrt(12).
    assert rank_distance(normal, normal + 0.1) == pytest.approx(0.0282 * np.sqrt(12), abs=0.0003)


def test_one_income_among_twenty_thousand_does_not_hide_that_all_are_higher():
    before, now = incomes(20_000, seed=1), 1.3 * incomes(3_000, seed=2)
    found, without = column(np.append(before[1:], RICHEST), now), column(before, now)
    assert (found.drifted, found.evidently, found.disputed) == (True, False, True)
    assert found.score == pytest.approx(0.07, abs=0.02)
    assert without.score == pytest.approx(0.55, abs=0.05)
    assert found.distance == pytest.approx(without.distance, abs=0.001)
    # log(1.3) is 0.55 standard deviations: Phi(0.55 / sqrt(2)) - 1/2 = 0.150 ranks.
    assert found.distance == pytest.approx(0.150 * np.sqrt(12), abs=0.04)


def test_one_income_among_three_thousand_makes_no_drift():
    before, now = incomes(20_000, seed=1), incomes(3_000, seed=2)
    found = column(before, np.append(now[1:], RICHEST))
    assert (found.drifted, found.evidently, found.disputed) == (False, True, True)
    assert found.score > 0.3
    assert found.distance == pytest.approx(column(before, now).distance, abs=20 / 3_000)
    assert found.distance < 0.05


def test_a_column_of_small_numbers_drifts_as_it_does_in_another_unit():
    """Evidently 0.7.23 takes 0.001 for a smaller standard deviation, and sees no drift in small numbers."""
    generator = np.random.default_rng(5)
    before, now = generator.normal(2e-5, 2e-6, size=5_000), generator.normal(4e-5, 2e-6, size=5_000)

    def density(scale):
        sides = (pl.DataFrame({"REGION_POPULATION_RELATIVE": side * scale}) for side in (before, now))
        (found,) = drifted_columns(*sides)
        return found

    small, large = density(1), density(10_000)
    assert (small.drifted, small.evidently, small.disputed) == (True, False, True)
    assert (large.drifted, large.evidently, large.disputed) == (True, True, False)
    # Everybody now lies above everybody of before: half a rank, of a standard deviation of 1 / sqrt(12).
    assert small.distance == pytest.approx(0.5 * np.sqrt(12), abs=0.001)
    assert large.distance == pytest.approx(small.distance)
    assert small.score == pytest.approx(2e-5 / 0.001, rel=0.02)


def test_both_readings_stand_side_by_side_with_a_word_that_says_which_decides():
    before, now = incomes(20_000, seed=1), incomes(3_000, seed=2)
    found = column(before, np.append(now[1:], RICHEST))
    assert (found.decides, found.test) == ("distance of ranks", "Wasserstein distance (normed)")
    assert counted([found]) == (
        "0 of 1 column have drifted (distance of 0.1 or more): of numbers the distance of ranks decides. "
        "By Evidently's tests it is 1."
    )
    shown = page(Shown("", None, None, columns=[found]))
    assert counted([found]) in shown.replace("&#39;", "'")
    assert "<strong>" not in shown
    (row,) = [part.split("</tr>")[0] for part in shown.split("<tr>") if "AMT_INCOME_TOTAL" in part]
    assert row.count("not detected") == 1
    assert row.count("detected") == 2
    for text in (found.decides, f"{found.distance:.3f}", found.test, f"{found.score:.3f}"):
        assert f">{text}</td>" in row


@pytest.mark.parametrize(("clients", "verdict"), [(300, "too few"), (1_000, "stable")])
def test_of_few_clients_of_one_population_nothing_is_said_to_have_drifted(clients, verdict):
    """sqrt(12) * 0.576 * sqrt(1/20000 + 1/n) is 0.116 for 300 clients and 0.065 for 1,000."""
    before = incomes(20_000, seed=1)
    found = [column(before, incomes(clients, seed=seed)) for seed in range(2, 42)]
    assert found[0].chance == pytest.approx({300: 0.1161, 1_000: 0.0647}[clients], abs=1e-4)
    assert sum(one.drifted for one in found) <= 4  # of 40, 2 are to be expected of 300 clients, and hardly any of 1,000
    few = [one for one in found if one.too_few]
    assert len(few) == (sum(not one.drifted for one in found) if verdict == "too few" else 0)
    if few:
        assert counted([few[0]]).endswith(" Of 1 more there are too few clients to say.")
        assert counted([few[0], few[0]], "fr").endswith(" Pour 2 autres, il y a trop peu de clients pour le dire.")
        assert "too few to say</td>" in page(Shown("", None, None, columns=[few[0]]))
    moved = column(before, incomes(clients, seed=1) * 2)
    assert (moved.drifted, moved.too_few) == (True, False)


@pytest.mark.parametrize(("classes", "enough"), [(2, 48), (58, 944)])
def test_classes_want_more_clients_the_more_there_are_of_them(classes, enough):
    """q / (8 n) = 0.01 at the 95 % quantile q of chi-squared: 3.841 of 1 degree of freedom, 75.62 of 57."""
    name, texts = "ORGANIZATION_TYPE", [f"kind {k}" for k in range(classes)]
    generator = np.random.default_rng(1)
    before = pl.DataFrame({name: generator.choice(texts, 500_000)})
    for clients, few in ((enough - 5, True), (enough + 10, False)):
        now = pl.DataFrame({name: (texts * (clients // classes + 1))[:clients]})
        (found,) = drifted_columns(before, now)
        assert (found.drifted, found.too_few) == (False, few)


def test_a_column_of_numbers_without_a_value_on_one_side_has_drifted():
    nothing = np.full(50, np.nan)
    assert column(nothing, incomes(50, seed=1)).drifted
    assert not column(nothing, nothing).drifted


VALUES = st.one_of(
    st.sampled_from([0.0, 1.0, RICHEST, -1e300, 1e300]), st.floats(-1e6, 1e6), st.integers(0, 3).map(float)
)


@settings(max_examples=200)
@given(data=st.data(), seed=st.integers(0, 10_000), steps=st.sampled_from([0.05, 1.0, 3.0]))
def test_one_changed_client_changes_no_verdict_but_at_the_bar(data, seed, steps):
    """However the column looks, whichever client, whatever its new value: by no more than a client's share."""
    rng = np.random.default_rng(seed)
    m, n = (int(rng.integers(1_000, 4_000)) for _ in range(2))
    before = np.round(rng.normal(size=m) / steps)
    now = np.round((rng.normal(size=n) + rng.uniform(0, 0.3)) / steps)
    known = rank_distance(before, now)

    changed = now.copy()
    changed[data.draw(st.integers(0, n - 1))] = data.draw(VALUES)
    most = 1 / (n * max(ridits(before, before).std(), LEAST))
    after = rank_distance(before, changed)
    assert abs(after - known) <= most + 1e-12
    assert abs(known - DISTANCE) <= most or (after >= DISTANCE) == (known >= DISTANCE)

    changed = before.copy()
    changed[data.draw(st.integers(0, m - 1))] = data.draw(VALUES)
    # Each rank moves by 1 / m at most on either side, the client itself once more; the variance by 1 / (2 m).
    most = 3 / (m * LEAST) + known / (4 * m * LEAST**2)
    after = rank_distance(changed, now)
    assert abs(after - known) <= most + 1e-12
    assert abs(known - DISTANCE) <= most or (after >= DISTANCE) == (known >= DISTANCE)


@pytest.mark.parametrize("richest", [False, True])
def test_the_index_of_the_features_is_not_decided_by_one_client_either(richest):
    """The verdict of every feature counts clients in bins: a client is one of its bin, however large its value."""
    before, now = incomes(20_000, seed=1), incomes(3_000, seed=2)
    if richest:
        before[0] = RICHEST
    profile = Profile.of(["AMT_INCOME_TOTAL"], before[:, None])

    def level(clients):
        tally = profile.tally()
        tally.add(clients[:, None])
        return compare(profile, tally).level

    assert level(1.3 * now) == "drifted"
    assert level(np.append(now[1:], RICHEST)) == "stable"
    assert level(now) == "stable"
