"""Known, none and unknown are the same thing in a body, in a folder and in the log: one probability each."""

import json

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner
from lightgbm import LGBMClassifier
from sqlalchemy import select

from credit.cli import main
from credit.decision_log import Log, audit
from credit.decision_log.encoding import read as numbers
from credit.decision_log.schema import decisions
from credit.features import COLUMNS, build, client_plan
from credit.features.history_flags import FEATURES
from credit.model import load_bundle, save_bundle
from credit.model.calibration import Calibrated, Calibration
from credit.tables import HISTORIES, read
from credit.training.hiding import Hiding
from credit.web.application import create_app

KEY = "SK_ID_CURR"
MANIFEST = {
    "data": {"simulated": True},
    "model": {"name": "LightGBM"},
    "costs": {"margin": 0.19, "loss_given_default": 0.5},
}

OWN = ("previous_application", "POS_CASH_balance", "installments_payments", "credit_card_balance")
BUREAU = ("bureau", "bureau_balance")

#: What is sent -> the histories with their rows, those that are sent without any, and what is known then.
STATES = {
    "application": ((), (), ("application",)),
    "own loans": (OWN, (), ("application", *OWN)),
    "bureau": (BUREAU, (), ("application", "bureau")),
    "bureau without its balances": (("bureau",), (), ("application", "bureau")),
    "everything": (HISTORIES, (), ("application", "bureau", *OWN)),
    "no history": ((), HISTORIES, ("application", "bureau", *OWN)),
}


@pytest.fixture(scope="module")
def model(bank, tmp_path_factory):
    """Reads every feature, and has learnt that an unknown history is a worse sign than none."""
    made = build(read(bank), "application_train").collect().sort(KEY).select(COLUMNS)
    x = made.fill_null(float("nan")).to_numpy()
    generator = np.random.default_rng(3)
    x = np.vstack([x, *(Hiding(COLUMNS).copy(x, generator) for _ in range(2))])
    bureau, score = x[:, COLUMNS.index("BUREAU_HISTORY")], x[:, COLUMNS.index("EXT_SOURCE_2")]
    risk = np.where(np.isnan(bureau), 1.5, bureau - 0.5) - 4 * np.nan_to_num(score, nan=0.5)
    y = (generator.random(len(x)) < 1 / (1 + np.exp(-risk))).astype(int)
    trees = LGBMClassifier(n_estimators=30, num_leaves=8, colsample_bytree=0.3, verbose=-1, n_jobs=1, random_state=0)
    # Arrays have no names for scikit-learn to compare, as in training.
    fitted = Calibrated(trees.fit(x, y), Calibration(0.9, -0.1))
    return save_bundle(tmp_path_factory.mktemp("known") / "bundle", fitted, list(COLUMNS), 0.3, MANIFEST)


@pytest.fixture(scope="module")
def clients(bank):
    """Twelve of the bank's new clients, of whom the first six are not known to the credit bureau."""
    everybody = pl.read_parquet(bank / "application_test.parquet", columns=[KEY])[KEY].sort()
    at_bureau = pl.read_parquet(bank / "bureau.parquet", columns=[KEY])[KEY].unique()
    known = everybody.is_in(at_bureau.implode())
    return [*everybody.filter(~known).head(6), *everybody.filter(known).head(6)]


@pytest.fixture(scope="module", params=STATES)
def state(request, bank, clients, model, tmp_path_factory):
    """The twelve clients in one state by each way: answers, rows of the log, rows of the file, what was printed."""
    whole, empty, known = STATES[request.param]
    place = tmp_path_factory.mktemp("state")
    body = {"application": rows_of(bank, "application_test", clients)}
    loans = pl.read_parquet(bank / "bureau.parquet").filter(pl.col(KEY).is_in(clients))["SK_ID_BUREAU"]
    for name in whole:
        of = ("SK_ID_BUREAU", loans.to_list()) if name == "bureau_balance" else (KEY, clients)
        body[name] = rows_of(bank, name, of[1], of[0])
    body |= {name: [] for name in empty}

    _, X = client_plan(COLUMNS).values(body)
    by_name = [
        {KEY: client, **{name: value for name, value in zip(COLUMNS, row, strict=True) if value == value}}
        for client, row in zip(clients, X.tolist(), strict=True)
    ]

    folder = place / "bank"
    folder.mkdir()
    for name in ("application_test", *whole, *empty):
        rows = pl.read_parquet(bank / f"{name}.parquet")
        (rows.clear() if name in empty else rows).write_parquet(folder / f"{name}.parquet")
    words = ["score", folder, "--bundle", model, "--out", place / "scores.parquet"]
    done = CliRunner().invoke(main, [*map(str, words)])
    assert done.exit_code == 0, done.output
    scores = pl.read_parquet(place / "scores.parquet").filter(pl.col(KEY).is_in(clients)).sort(KEY)

    client = create_app(model, database=place / "decisions.db").test_client()
    answers = {}
    for way, sent in (("tables", body), ("by name", by_name)):
        for route in ("/predict_proba", "/score"):
            answer = client.post(route, data=json.dumps(sent), content_type="application/json")
            assert answer.status_code == 200, answer.text
            answers[way, route] = answer.json
    log = Log(place / "decisions.db")
    found = {"answers": answers, "X": X, "scores": scores, "printed": done.stderr, "log": log, "known": known}
    yield {**found, "absent": [name for name in HISTORIES if name not in (*whole, *empty)]}
    log.close()


def rows_of(bank, table, keys, key=KEY):
    """The published rows of some clients as JSON has them, in the order of the keys."""
    rows = pl.read_parquet(bank / f"{table}.parquet").filter(pl.col(key).is_in(keys)).to_dicts()
    return sorted(rows, key=lambda row: keys.index(row[key]))


def probabilities(answer, clients):
    if "scores" in answer:
        return [{one["client"]: one for one in answer["scores"]}[client]["probability"] for client in clients]
    return [answer["prediction"][f"client n° {client}"] for client in clients]


def test_every_way_gives_one_probability_and_one_decision(state, clients):
    first, *others = (probabilities(answer, clients) for answer in state["answers"].values())
    assert others == [first] * 3  # bit for bit
    in_order = sorted(range(len(clients)), key=clients.__getitem__)
    np.testing.assert_allclose(
        state["scores"]["PROBABILITY_OF_DEFAULT"], [first[place] for place in in_order], rtol=0, atol=1e-12
    )
    for way in ("tables", "by name"):
        decided = {one["client"]: one["decision"] for one in state["answers"][way, "/score"]["scores"]}
        assert decided == dict(state["scores"].select(KEY, "DECISION").iter_rows())


def test_the_log_and_the_file_name_the_same_known_tables(state, clients):
    known = ",".join(state["known"])
    rows = logged(state["log"])
    assert len(rows) == 4 * len(clients)
    assert {row.sent for row in rows} == {known}
    assert set(state["scores"]["SENT"]) == {known}


def logged(log):
    with log.reading() as connection:
        return connection.execute(select(decisions)).all()


def test_each_decision_is_worked_out_again_from_the_log(state, clients, model):
    loaded = load_bundle(model)
    for row in logged(state["log"]):
        inputs, raw = audit.replay(state["log"], row.id, loaded.columns, loaded.model_hash)
        assert float(loaded.probability(numbers(inputs)[None, :])[0]) == raw.probability
    assert audit.verify(state["log"]).whole


def test_what_is_absent_is_said_in_one_warning(state):
    warnings = [line for line in state["printed"].splitlines() if "not in the folder" in line]
    assert len(warnings) == bool(state["absent"])
    for line in warnings:
        named = line.removeprefix("warning: ").partition(" not in the folder")[0]
        assert named.rsplit(" ", 1)[0].replace(" and ", ", ").split(", ") == state["absent"]


def test_none_and_unknown_are_two_things(bank, clients, model):
    """Of clients who are not known to the credit bureau: the table without rows of theirs, and no table."""
    body = {"application": rows_of(bank, "application_test", clients[:6])}
    places = [COLUMNS.index(feature.name) for feature in FEATURES]
    (_, unknown), (_, none) = (
        client_plan(COLUMNS).values({**body, **more}) for more in ({}, {name: [] for name in HISTORIES})
    )
    assert np.isnan(unknown[:, places]).all()
    assert (none[:, places] == 0).all()
    rest = np.setdiff1d(np.arange(len(COLUMNS)), places)
    np.testing.assert_array_equal(unknown[:, rest], none[:, rest])

    loaded = load_bundle(model)
    assert (loaded.probability(unknown) > loaded.probability(none)).all()
