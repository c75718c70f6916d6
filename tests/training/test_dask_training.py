"""LightGBM on two Dask workers learns what LightGBM on one machine learns, and what comes back can be served."""

import contextlib
import re
import time
from functools import reduce
from operator import add

import numpy as np
import polars as pl
import psutil
import pytest
from click.testing import CliRunner
from distributed import get_worker
from distributed.sizeof import sizeof
from lightgbm import LGBMClassifier
from sklearn.metrics import roc_auc_score
from support.few_columns import FEW

from credit import training
from credit.cli import main
from credit.features import COLUMNS, engines
from credit.features.needed_tables import histories_of
from credit.model import load_bundle
from credit.model.lightgbm_fast import through_booster
from credit.simulate import simulate
from credit.tables import TARGET, TablesWarning
from credit.training import (
    dask_cluster,
    dask_partition,
    dask_training,
    dataset,
    knowledge_states,
    lightgbm_search,
    pupil,
    split,
    tracking,
)
from credit.training.candidates import Candidate, candidate
from credit.training.dask_partition import KEY, TEST, TRAIN, VALIDATION, FeaturesError, Piece, Shares
from credit.training.monotone_check import against

#: Which rows and columns a tree draws depends on how the rows lie, and that luck alone moves the AUC: another seed on
#: one machine by a standard deviation of 0.0045 on the test clients here. Without it, and with small trees, what is
#: left is the difference of the machinery.
NO_DRAWS = {"subsample": 1.0, "subsample_freq": 0, "colsample_bytree": 1.0, "num_leaves": 8}
#: Name -> settings, and how far the AUC may be apart on average over five splits. On 5,000 clients the difference of
#: one split has a standard deviation of 0.0027 without draws and 0.0034 with those of training (15 splits), so that the
#: mean of five has 0.0012 and 0.0015: the bounds are four of these. Closer than that no test of this size can look.
SETTINGS = {"without draws": (NO_DRAWS, 0.005), "as in training": ({}, 0.006)}
#: How far it may be apart in one split: five standard deviations of the wider of the two, for each run looks at ten.
IN_ONE_SPLIT = 0.015


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The features of 10,000 clients in four files."""
    place = tmp_path_factory.mktemp("distributed")
    bank = simulate(place / "bank", 10_000, seed=5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engines, "CLIENTS_A_FILE", 2500)
        engines.write(bank, place / "features", target=True, columns=FEW)
    return place / "features"


@pytest.fixture(scope="module")
def client():
    with dask_cluster.cluster(workers=2) as one:
        yield one


def clients(**columns) -> pl.DataFrame:
    """Rows of features with what tells persons apart."""
    values = {
        "SK_ID_CURR": [100001],
        "CODE_GENDER": [1.0],
        "DAYS_BIRTH": [-10000.0],
        "DAYS_ID_PUBLISH": [-200.0],
        "DAYS_REGISTRATION": [-500.0],
    }
    return pl.DataFrame({**values, **columns})


def credit(*arguments, code=0) -> str:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    return result.output


def test_no_worker_of_our_own_cluster_takes_the_pieces_of_another(client):
    """Else the worker that is idle first teaches alone: which one that is depends on what else the machine does."""
    first, _ = client.nthreads()
    asked = client.map(_where, range(12), workers=[first], allow_other_workers=True)
    assert set(client.gather(asked)) == {first}


def test_two_maps_over_many_names_each_have_their_own(client, tmp_path):
    """The names of all features are more than 100,000 bytes, from which on a keyword of a map is a key of the cluster.

    What another map has left there under that key is not taken for these names.
    """
    first, second = (tuple(f"{letter}_{number:05d}_{'x' * 40}" for number in range(1200)) for letter in "AB")
    assert sizeof(first) > 1e5
    rows = {KEY: [1, 2, 3, 4], TARGET: [0, 1, 0, 1]}
    frame = pl.DataFrame({**rows, **dict.fromkeys(first, 1.0), **dict.fromkeys(second, None)})
    frame.write_parquet(tmp_path / "many.parquet")
    cut = [Piece(str(tmp_path / "many.parquet"), begin, 2) for begin in (0, 2)]
    left = client.scatter({"columns": first, "shares": Shares(0.5, 0.4, 3)})
    for names in (second, first, second):
        content = reduce(add, (dask_partition._content(piece, names) for piece in cut))
        assert dask_partition.fingerprint(cut, names, client) == content.fingerprint()
    assert left["columns"].result() == first


def _where(_: int) -> str:
    time.sleep(0.2)  # long enough for an idle worker to be given it
    return get_worker().address


def test_two_workers_rank_the_test_clients_as_one_machine_does(folder, client):
    """On the same rows, over five splits: on few clients other bins make other trees, by chance better or worse."""
    found = dask_partition.open_folder(folder)
    cut = dask_partition.pieces(found, 2)
    model = candidate("LightGBM")
    apart = {name: [] for name in SETTINGS}
    for seed in (7, 8, 9, 10, 11):
        shares = Shares(validation=0.1, test=0.4, seed=seed)
        sizes = np.array([dask_partition.look(piece, shares) for piece in cut])[:, TRAIN, 0]
        x, y = dask_training.taught(client, cut, sizes, found.columns, shares)
        # Read here, and not gathered: that would bring all pieces to one worker, and Dask drops what is there twice.
        read = [dask_training._learn(piece, found.columns, shares, 0, seed) for piece in cut]
        gathered = [np.concatenate(part) for part in zip(*read, strict=True)]
        data, dealt = dask_training.judges(client, cut, found.columns, shares, {})
        judged, outcome = data.x[dealt.test], data.defaulted[dealt.test]
        for name, (settings, _) in SETTINGS.items():
            spread = dask_training.fit(client, x, y, model, seed, settings)
            assert len([held for held in client.has_what().values() if held]) == 2  # both workers taught
            assert type(spread) is LGBMClassifier
            alone = model.make(seed).set_params(**settings).fit(*gathered)
            one, other = (roc_auc_score(outcome, each.predict_proba(judged)[:, 1]) for each in (spread, alone))
            assert other > 0.68
            apart[name].append(one - other)
    for name, (_, bound) in SETTINGS.items():
        assert abs(np.mean(apart[name])) < bound, name
        assert np.max(np.abs(apart[name])) < IN_ONE_SPLIT, name


def test_a_folder_of_features_becomes_a_model_that_can_be_served(folder, client, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    few = Candidate("LightGBM", candidate("LightGBM").make, {"n_estimators": [20, 60]})
    monkeypatch.setattr(dask_training, "candidate", lambda name: few)
    monkeypatch.setattr(knowledge_states, "FRESH", 300)
    monkeypatch.setattr(knowledge_states, "_MOST_TREES", 60)
    told = credit("train-dask", folder, "--scheduler", client.scheduler.address, "--bundle", "b")
    steps = re.findall(r"^\d+:\d\d (.+)$", told, re.MULTILINE)
    assert sum(step.startswith("known: ") for step in steps) == 9
    assert [step for step in steps if not step.startswith("known: ")] == [
        "features",
        "LightGBM, 1 of 2",
        "LightGBM, 2 of 2",
        "the application columns alone",
        "threshold and export",
    ]
    assert "exported to b" in told
    served = load_bundle(tmp_path / "b")
    assert list(served.columns) == [name for name in COLUMNS if name in FEW]
    assert type(served.model.estimator) is LGBMClassifier
    assert through_booster(served.model) is not None
    manifest = served.manifest
    assert manifest["data"]["simulated"] is True
    assert manifest["data"]["clients"] == 10_000
    assert manifest["model"]["engine"] == "dask"
    assert manifest["model"]["workers"] == 2
    assert [row["known"] for row in manifest["known"]][:2] == ["everything", "application and bureau"]
    # Held to the signs, as shown tree by tree: without, some of 60 trees of 31 leaves would disobey.
    assert against(served.model.estimator.booster_, served.columns) == []
    assert manifest["features"]["signs"]
    # Each of some 6,000 clients teaches once as it is and four times with less known: leaves are five times as large.
    settings = served.model.estimator.get_params()
    assert settings["min_child_samples"] == 5 * candidate("LightGBM").make(7).min_child_samples
    whole = pl.read_parquet(folder / "*.parquet")
    # The fingerprint of a training on one machine, on the same clients in another order.
    mixed = whole.sample(fraction=1, shuffle=True, seed=1).select("SK_ID_CURR", "TARGET", *served.columns)
    assert dataset(mixed).source["fingerprint"] == manifest["data"]["fingerprint"]
    counts = np.bincount(Shares(0.2, 0.2, 7).part(whole))
    assert manifest["model"]["training_clients"] == counts[TRAIN]
    assert manifest["model"]["validation_clients"] == counts[VALIDATION]
    assert manifest["metrics"]["test_clients"] == counts[TEST]
    assert manifest["model"]["split"] == {"rule": "person-1", "test_share": 0.2}
    assert manifest["metrics"]["roc_auc"] > 0.65
    tracking.open_store(tmp_path)
    with tracking.latest(tracking.BEST_MODEL) as finished:
        test = finished.table("test").sort("SK_ID_CURR")
    judged = whole.filter(pl.Series(Shares(0.2, 0.2, 7).part(whole) == TEST)).sort("SK_ID_CURR")
    assert test["SK_ID_CURR"].to_list() == judged["SK_ID_CURR"].to_list()
    x = np.ascontiguousarray(judged.select(served.columns).fill_null(float("nan")).to_numpy())
    np.testing.assert_allclose(served.probability(x), test["PROBABILITY_OF_DEFAULT"], atol=1e-12)


@pytest.fixture(scope="module")
def poor(tmp_path_factory):
    """A bank in another currency that collects no prices of goods and no mobile flag, and its features by command."""
    place = tmp_path_factory.mktemp("poor")
    bank = simulate(place / "bank", 3000, seed=5)
    for name in ("application_train", "application_test"):
        path = bank / f"{name}.parquet"
        frame = pl.read_parquet(path)
        frame = frame.with_columns(pl.col(one) / 1000 for one in ("AMT_CREDIT", "AMT_ANNUITY", "AMT_INCOME_TOTAL"))
        frame.with_columns(AMT_GOODS_PRICE=pl.lit(None, pl.Float64), FLAG_MOBIL=pl.lit(None, pl.Int64)).write_parquet(
            path
        )
    credit("features", bank, "--out", f"{place / 'features'}/", "--target", "--tables", "application",
           "--label-one-means", "defaulted")  # fmt: skip
    return bank, place / "features"


def test_both_engines_say_the_same_of_their_data(poor, client, tmp_path, monkeypatch, open_store):
    bank, features = poor
    monkeypatch.chdir(open_store(tmp_path))
    few = Candidate("LightGBM", candidate("LightGBM").make, {"n_estimators": [20]})
    monkeypatch.setattr(dask_training, "candidate", lambda name: few)
    monkeypatch.setattr(knowledge_states, "FRESH", 300)
    monkeypatch.setattr(knowledge_states, "_MOST_TREES", 20)
    monkeypatch.setattr(pupil, "PATIENCE", 20)
    monkeypatch.setattr(lightgbm_search, "PATIENCE", 20)
    options = ("--without", "CODE_GENDER", "--label-one-means", "defaulted")
    told = credit("train-dask", features, "--scheduler", client.scheduler.address, "--bundle", "b", *options)
    assert "no client has a value of" in told
    with pytest.warns(TablesWarning, match="no client has a value of"):
        training.train(
            bank,
            "c",
            histories=(),
            candidates=(few,),
            trials=1,
            label_one_means="defaulted",
            without=("CODE_GENDER",),
        )
    spread, alone = (load_bundle(tmp_path / name) for name in "bc")
    assert spread.columns == alone.columns
    assert not {"CODE_GENDER", "AMT_GOODS_PRICE", "FLAG_MOBIL"} & {*spread.columns}
    mine, others = spread.manifest, alone.manifest
    assert mine.keys() == others.keys()
    # What is said of the tables and of the clients; the folders are two.
    assert {**mine["data"], "folder": ""} == {**others["data"], "folder": ""}
    assert {"amount_ranges", "no_values", "left_out", "without", "label_one_means", "simulation_seed", "tables"} <= (
        mine["data"].keys()
    )
    assert mine["data"]["simulation_seed"] == 5
    assert "--label-one-means defaulted --without CODE_GENDER" in mine["model"]["command"]
    # What only a cluster has.
    assert mine["model"].keys() ^ others["model"].keys() == {"engine", "workers", "validation_clients"}
    assert {row["attribute"] for row in mine["groups"]} == {"gender", "age"}  # judged though no model reads gender


@pytest.mark.parametrize("written", [b"{", b'{"tables": 3}', b"[]"])
def test_what_a_folder_says_of_its_tables_is_read_or_told(folder, tmp_path, written):
    frame = pl.read_parquet(folder / "part-00000.parquet")
    frame.write_parquet(tmp_path / "part.parquet")
    # Nothing is said: what the features need.
    assert dask_partition.open_folder(tmp_path).about == {"tables": ["application", *histories_of(FEW)]}
    (tmp_path / engines.ABOUT).write_bytes(written)
    with pytest.raises(FeaturesError, match=r"tables\.json cannot be read"):
        dask_partition.open_folder(tmp_path)


def test_a_column_that_no_model_may_read_is_refused_before_any_work(folder, monkeypatch):
    monkeypatch.setattr(dask_cluster, "cluster", lambda *_: pytest.fail("workers were started for nothing"))
    assert "did you mean 'CODE_GENDER'?" in credit("train-dask", folder, "--without", "CODE_GENDR", code=1)


def test_the_lot_of_a_person_depends_on_the_seed_and_the_stream():
    person = np.array([1, 1, 2])
    first, again, other = dask_partition.lot(person, 7)
    assert first == again != other
    assert dask_partition.lot(person, 8)[0] != first
    assert dask_partition.lot(person, 7, stream=1)[0] != first


def test_the_test_part_is_the_same_for_every_seed_and_that_of_a_training_on_one_machine(folder):
    whole = pl.read_parquet(folder / "*.parquet")
    one, other = (Shares(validation=0.2, test=0.2, seed=seed).part(whole) for seed in (7, 8))
    assert ((one == TEST) == (other == TEST)).all()
    assert (one != other).any()
    data = dataset(whole)
    assert set(whole["SK_ID_CURR"].filter(pl.Series(one == TEST))) == set(data.client[split(data).test])


def test_the_parts_have_the_shares_asked_for_and_the_folds_are_dealt_anew():
    n = 20_000
    rng = np.random.default_rng(0)
    rows = (
        clients()
        .drop("CODE_GENDER", "DAYS_BIRTH")
        .join(
            pl.DataFrame({"CODE_GENDER": rng.integers(0, 2, n) * 1.0, "DAYS_BIRTH": -8000.0 - np.arange(n)}),
            how="cross",
        )
    )
    part = Shares(validation=0.1, test=0.2, seed=7).part(rows)
    # The standard deviation of a share is at most 0.3 %.
    assert np.bincount(part) / n == pytest.approx([0.7, 0.1, 0.2], abs=0.012)
    fold = Shares(0.1, 0.2, 7).fold(rows, 5)
    for inside in (part == TEST, part == VALIDATION):
        assert np.bincount(fold[inside]) / inside.sum() == pytest.approx([0.2] * 5, abs=0.04)


def test_pieces_are_small_and_every_worker_has_some(folder, monkeypatch):
    found = dask_partition.open_folder(folder)
    assert found.sizes == (2500, 2500, 2500, 2500)
    assert [piece.rows for piece in dask_partition.pieces(found, 2)] == [2500] * 4
    assert [piece.rows for piece in dask_partition.pieces(found, 5)][:4] == [1000, 1000, 500, 1000]
    monkeypatch.setattr(dask_partition, "LARGEST_PIECE", 1500)
    cut = dask_partition.pieces(found, 2)
    assert [(piece.first, piece.rows) for piece in cut][:2] == [(0, 1500), (1500, 1000)]
    read = pl.concat(piece.read(["SK_ID_CURR"]) for piece in cut)
    assert read["SK_ID_CURR"].to_list() == pl.read_parquet(folder / "*.parquet")["SK_ID_CURR"].to_list()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda frame: frame.drop("TARGET"), "the column TARGET is missing"),
        (lambda frame: frame.drop("DAYS_ID_PUBLISH"), "the column DAYS_ID_PUBLISH is missing"),
        (
            lambda frame: frame.rename({"EXT_SOURCE_1": "EXT_SORCE_1"}),
            r"EXT_SORCE_1 is not a feature \(is it EXT_SOURCE_1\?\)",
        ),
        (lambda frame: frame.clear(), "there are no rows in it"),
    ],
)
def test_a_folder_that_cannot_be_trained_on_is_told_with_the_way_to_one_that_can(folder, tmp_path, change, problem):
    change(pl.read_parquet(folder / "part-00000.parquet")).write_parquet(tmp_path / "part.parquet")
    with pytest.raises(FeaturesError, match=f"{problem}. Make one from a folder of tables: python -m credit features"):
        dask_partition.open_folder(tmp_path)


def test_files_of_different_columns_are_told(folder, tmp_path):
    frame = pl.read_parquet(folder / "part-00000.parquet")
    frame.write_parquet(tmp_path / "a.parquet")
    frame.drop("EXT_SOURCE_1").write_parquet(tmp_path / "b.parquet")
    with pytest.raises(FeaturesError, match=r"b\.parquet has other columns than a\.parquet"):
        dask_partition.open_folder(tmp_path)


def test_a_folder_of_tables_is_not_a_folder_of_features(bank, tmp_path):
    with pytest.raises(FeaturesError, match="it holds the tables themselves"):
        dask_partition.open_folder(bank)
    with pytest.raises(FeaturesError, match=r"there is no \.parquet file in it"):
        dask_partition.open_folder(tmp_path)
    with pytest.raises(FeaturesError, match="it does not exist"):
        dask_partition.open_folder(tmp_path / "nowhere")


def test_too_few_defaulters_are_told(folder, client, tmp_path):
    frame = pl.read_parquet(folder / "part-00000.parquet")
    frame.with_columns(TARGET=(pl.int_range(pl.len()) < 25).cast(pl.Int64)).write_parquet(tmp_path / "part.parquet")
    with pytest.raises(ValueError, match=r"only 25 of 2,500 clients defaulted; .* at least 10 each"):
        dask_training.train(tmp_path, client, tmp_path / "bundle")
    assert not (tmp_path / "bundle").exists()


def test_a_scheduler_that_does_not_answer_is_told(monkeypatch):
    def nobody(address, timeout):
        raise OSError("Timed out trying to connect")

    monkeypatch.setattr(dask_cluster, "Client", nobody)
    with (
        pytest.raises(dask_cluster.ClusterError, match="no Dask scheduler answers at tcp://nobody:8786"),
        dask_cluster.cluster("tcp://nobody:8786"),
    ):
        pass


def test_a_cluster_of_this_machine_ends_with_its_block():
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    with contextlib.suppress(ZeroDivisionError), dask_cluster.cluster(workers=1) as one:
        mine = [child for child in psutil.Process().children(recursive=True) if child.pid not in before]
        assert len(one.nthreads()) == 1
        assert mine
        1 / 0  # noqa: B018 - also after an error
    # What multiprocessing keeps for all its processes is no worker and stays.
    left = [one for one in mine if one.is_running() and "resource_tracker" not in " ".join(one.cmdline())]
    assert left == []


def test_options_that_do_not_fit_are_refused(tmp_path):
    assert "No such option" in credit("train", tmp_path, "--workers", 2, code=2)
    assert "No such option" in credit("train-dask", tmp_path, "--clients", 500, code=2)
    assert "a scheduler has its own" in credit(
        "train-dask", tmp_path, "--scheduler", "tcp://host:8786", "--workers", 2, code=1
    )
