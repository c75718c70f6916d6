"""What is measured of how sure answers are: from clients held out, by a model whose answers are added up by hand."""

import numpy as np
import pytest

from credit.decision.certainty import Certainties
from credit.decision.rate_intervals import RateTable
from credit.decision.value_of_information import Unknown
from credit.model.log_odds import log_odds
from credit.training import answer_spreads, interval_tables
from credit.training.interval_tables import HeldOut

COLUMNS = ("AMT_CREDIT", "EXT_SOURCE_2", "BUREAU_HISTORY", "BUREAU_DAYS_CREDIT_MAX")
N = 8_000


def answer(x):
    """Log odds -2.6, plus 0.6 of the score and 0.3 of the bureau's days; what is unknown adds its mean."""
    score, _, days = x[:, 1:].T
    known = [
        np.where(np.isnan(value), mean, by * np.nan_to_num(value))
        for value, by, mean in ((score, 0.6, 0.16), (days, 0.3, 0.045))
    ]
    return 1 / (1 + np.exp(2.6 - sum(known)))


@pytest.fixture(scope="module")
def held_out():
    """Clients of whom a part that no table has moves the true log odds by 0.4."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(N, len(COLUMNS)))
    x[:, 0], x[:, 2] = 1000.0, 1.0
    truth = 1 / (1 + np.exp(-(log_odds(answer(x)) - 0.07 + 0.4 * rng.normal(size=N))))
    return HeldOut(x, (rng.random(N) < truth).astype(int), truth)


@pytest.fixture(scope="module")
def unknown(held_out):
    spreads = answer_spreads.measured(answer, held_out.x, COLUMNS, dict.fromkeys(COLUMNS, 0.0), {})
    return Unknown(COLUMNS, spreads, 0.16, 0.19, 1.0)


@pytest.fixture(scope="module")
def found(held_out, unknown):
    return interval_tables.measured(answer, COLUMNS, unknown, held_out)


def test_each_state_of_what_is_known_has_a_table(found):
    known = [set(row["known"]) for row in found["rates"]]
    assert known == [{"bureau", "external_scores"}, {"bureau"}, {"external_scores"}, set()]
    assert all(row["clients"] == N for row in found["rates"])


def test_what_no_table_has_is_what_is_left(found):
    assert found["left"]["clients"] == N
    assert found["left"]["spread"] == pytest.approx([0.4] * 5, rel=0.1)
    assert found["left"]["scores"] == sorted(found["left"]["scores"])


def test_nine_of_ten_true_probabilities_lie_inside_in_each_state(found, held_out, unknown):
    certainties = Certainties(found, unknown, 0.16)
    for hidden in ((), (1,), (2, 3), (1, 2, 3)):
        x = held_out.x.copy()
        x[:, hidden] = np.nan
        low, high = np.array([(one.low, one.high) for one in certainties.of(x, answer(x))]).T
        inside = ((low <= held_out.truth) & (held_out.truth <= high)).mean()
        assert 0.87 <= inside <= 0.94, hidden


def test_without_true_probabilities_nothing_is_left_to_say(held_out, unknown):
    found = interval_tables.measured(answer, COLUMNS, unknown, HeldOut(held_out.x, held_out.defaulted, None))
    assert found["left"] is None


def test_answers_out_of_fold_take_the_place_where_all_is_known(held_out, unknown):
    y, p = np.tile([0, 0, 0, 1], 500), np.full(2_000, 0.25)
    found = interval_tables.measured(answer, COLUMNS, unknown, held_out, (y, p))
    first, second = found["rates"][:2]
    assert {name: first[name] for name in ("clients", "defaults", "scores")} == {
        **{"clients": 2_000, "defaults": 500},
        "scores": RateTable.of(y, p).to_dict()["scores"],
    }
    assert second["clients"] == N


def test_of_few_clients_without_defaults_there_are_no_tables(unknown):
    some = HeldOut(np.ones((50, len(COLUMNS))), np.zeros(50, dtype=int), None)
    found = interval_tables.measured(answer, COLUMNS, unknown, some)
    assert found == {"level": 0.9, "rates": [], "left": None}
