"""Refused clients who were accepted at random join the training clients: who they are, and who is left out."""

import hashlib
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sqlalchemy import update
from support.logged import decision

from credit import training
from credit.decision.cost import Costs
from credit.decision.review_reasons import DRAWN
from credit.decision_log import Columns, Log, exploration
from credit.decision_log.outcomes import Outcome, record_outcomes
from credit.decision_log.review_rulings import Ruling
from credit.decision_log.reviews import decide
from credit.decision_log.schema import decisions
from credit.model import load_bundle
from credit.training.candidates import Candidate
from credit.training.evaluation import out_of_fold_table
from credit.training.explored_refusals import Explored, explored, joined
from credit.training.split_membership import is_test

SHARE = 0.3
LOGISTIC = Candidate(
    "Logistic", lambda seed: make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression(max_iter=300))
)


@pytest.fixture
def data(made_up):
    return made_up(600, seed=4)


@pytest.fixture
def log(tmp_path, data):
    """Refused applications of one week, of clients who are in no table, with the features of those who are."""
    found = Log(tmp_path / "decisions.db")
    columns = Columns(data.columns)
    found.record(
        [decision(900_000 + number, columns=columns, inputs=tuple(data.x[number].tolist())) for number in range(200)]
    )
    yield found
    found.close()


def tell_of(log, chosen, defaulted=lambda one: one.decision % 2 == 0):
    record_outcomes(log, [Outcome(bool(defaulted(one)), decision=one.decision) for one in chosen], "ann")


def test_the_drawn_clients_have_the_features_of_the_log_and_their_outcomes(log, data):
    chosen = exploration.drawn(exploration.refusals(log), SHARE)
    exploration.accept(log, chosen, "risk", "r")
    tell_of(log, chosen)
    found = explored(log, SHARE)
    assert found.client.tolist() == [one.client for one in chosen]
    assert found.defaulted.tolist() == [one.decision % 2 == 0 for one in chosen]
    assert (found.waiting, found.picked, found.erased) == (0, 0, 0)
    places = found.client - 900_000
    np.testing.assert_array_equal(found.features.select(data.columns).to_numpy(), data.x[places])
    assert f"explored: {len(chosen)} refused clients drawn at 30.00% and accepted" in str(found)
    assert str(found).endswith("right if all who were drawn were accepted")


def test_outcomes_that_come_first_do_not_count_before_nine_tenths_are_known(log):
    chosen = exploration.drawn(exploration.refusals(log), SHARE)
    exploration.accept(log, chosen, "risk", "r")
    assert len(chosen) >= 10  # of 200 at 30 %; else a single missing outcome were more than a tenth
    tell_of(log, chosen[: len(chosen) // 2], lambda one: True)
    with pytest.raises(ValueError, match=rf"0 were picked otherwise, {len(chosen)} wait for outcomes. Draw"):
        explored(log, SHARE)
    tell_of(log, chosen[:-1])
    found = explored(log, SHARE)
    assert (len(found), found.waiting) == (len(chosen) - 1, 1)
    assert "; 1 more wait for outcomes of nine tenths of their week" in str(found)


def test_who_was_picked_by_a_person_is_left_out(log):
    refused = exploration.refusals(log)
    chosen = exploration.drawn(refused, SHARE)
    exploration.accept(log, chosen, "risk", "r")
    other = next(one for one in refused if one.number >= SHARE)
    decide(log, other.decision, Ruling("accept", DRAWN), "risk", "r")
    # Accepted for a reason of its own: no exploration, and not counted as such.
    third = next(one for one in refused if one.number >= SHARE and one is not other)
    decide(log, third.decision, Ruling("accept", "known_client"), "risk", "r")
    tell_of(log, [*chosen, other, third])
    found = explored(log, SHARE)
    assert found.client.tolist() == [one.client for one in chosen]
    assert found.picked == 1


def test_erased_clients_are_counted(log):
    chosen = exploration.drawn(exploration.refusals(log), SHARE)
    exploration.accept(log, chosen, "risk", "r")
    tell_of(log, chosen)
    with log._engine.begin() as connection:
        connection.execute(update(decisions).where(decisions.c.id == chosen[0].decision).values(inputs=None, salt=None))
    found = explored(log, SHARE)
    assert (len(found), found.erased) == (len(chosen) - 1, 1)


def given(data, clients, rows, defaulted):
    features = pl.DataFrame(data.x[rows], schema=list(data.columns), orient="row")
    return Explored(0.05, np.array(clients), features, np.array(defaulted))


def test_explored_clients_join_those_of_the_tables_once(data):
    # The first is in the tables already; of the others those below the test share stay out.
    clients, rows = [int(data.client[0]), *range(900_000, 900_040)], [0, *range(40)]
    outcome = [1 - int(data.defaulted[0]), *([1, 0] * 20)]
    made = joined(data, given(data, clients, rows, outcome))
    added = len(made) - len(data)
    assert 20 < added < 40
    assert made.client[: len(data)].tolist() == data.client.tolist()
    assert made.defaulted[0] == data.defaulted[0]
    new = slice(len(data), None)
    places = made.client[new] - 900_000
    np.testing.assert_array_equal(made.x[new], data.x[places].astype(np.float32))
    assert made.defaulted[new].tolist() == [1 - place % 2 for place in places.tolist()]
    np.testing.assert_allclose(made.amount[new], data.x[places, data.columns.index("AMT_CREDIT")], rtol=1e-6)
    assert not is_test(made.person[new], 0.2).any()
    assert made.source["explored"] == {"clients": added, "share": 0.05}
    assert made.source["clients"] == len(data) + added
    assert made.true_probability is None
    # One of the tables was drawn, too, and stands for as many.
    assert made.weight.tolist() == [20.0, *((len(data) - 1) * [1.0]), *(added * [20.0])]


def test_the_test_clients_are_those_of_the_tables(data):
    made = joined(data, given(data, [*range(900_000, 900_040)], [*range(40)], [1, 0] * 20))
    before, after = training.split(data), training.split(made)
    assert after.test.tolist() == before.test.tolist()
    assert len(after.train) == len(before.train) + len(made) - len(data)


def test_other_explored_clients_are_other_data(data):
    clients, rows = [*range(900_000, 900_020)], [*range(20)]  # some fifth of whom are test persons, and stay out
    first, again, other = (joined(data, given(data, clients, rows, 20 * [one])) for one in (0, 0, 1))
    prints = [one.source["fingerprint"] for one in (data, first, other)]
    assert again.source["fingerprint"] == first.source["fingerprint"]
    assert len({*prints}) == 3
    assert len(prints[1]) == len(hashlib.sha256().hexdigest())


def test_the_drawn_move_the_calibration_and_the_threshold_as_many_as_they_stand_for(data):
    """Twice the defaulters are drawn: by the weight, they count as four times as many as the others."""
    made = joined(data, given(data, [*range(900_000, 900_060)], [*range(60)], 60 * [1]))
    parts = training.split(made)
    one = training.search(LOGISTIC, made, parts, costs=Costs())
    table = out_of_fold_table(made, parts, one)
    weight = table["WEIGHT"].to_numpy()
    assert weight.tolist() == made.weight[parts.train].tolist()
    y, p = table["TARGET"].to_numpy(), table["PROBABILITY_OF_DEFAULT"].to_numpy()
    # The line has the mean of the weighted outcomes, and is far above that of the clients one by one.
    assert np.average(p, weights=weight) == pytest.approx(np.average(y, weights=weight), abs=0.02)
    assert p.mean() > y.mean() + 0.1
    assert "WEIGHT" not in out_of_fold_table(replace(made, weight=None), parts, one).columns


def test_a_feature_that_the_log_lacks_is_missing(data):
    found = given(data, [900_000, 900_001, 900_002], [0, 1, 2], [1, 0, 0])
    narrow = Explored(0.05, found.client, found.features.drop("EXT_SOURCE_2"), found.defaulted)
    made = joined(data, narrow)
    new = slice(len(data), None)
    assert np.isnan(made.x[new, data.columns.index("EXT_SOURCE_2")]).all()
    assert not np.isnan(made.x[new, data.columns.index("EXT_SOURCE_3")]).any()


def test_the_threshold_is_chosen_where_a_drawn_loan_counts_as_twenty(data, made_up, open_store, tmp_path):
    made = joined(made_up(1500, seed=5), given(data, [*range(900_000, 900_100)], [*range(100)], 50 * [1, 0]))
    folder, parts = open_store(tmp_path), training.split(made)
    original = training.search(LOGISTIC, training.application_columns(made), parts, costs=Costs())
    found = [training.search(LOGISTIC, made, parts, costs=Costs())]
    settings = {"seed": 7, "clients": len(made)}
    _, run = training.record_comparison(made, parts, found, original, settings, costs=Costs())
    settled = training.finalize(folder / "bundle", run)
    y, amount, weight = (values[parts.train] for values in (made.defaulted, made.amount, made.weight))
    assert settled.exposure.accept_everybody(Costs()) == pytest.approx((y * amount * weight).sum())
    manifest = load_bundle(folder / "bundle").manifest
    assert manifest["data"]["explored"] == {"clients": len(made) - 1500, "share": 0.05}
    assert "- Refused clients of the log: " in (folder / "bundle" / "MODEL_CARD.md").read_text()
