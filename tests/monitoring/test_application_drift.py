"""The application's own columns by Evidently, the reports for people, the commands; the one file that imports it."""

import json
import re
import warnings

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner
from lightgbm import LGBMClassifier
from support.applicants import made

from credit.cli import main
from credit.decision_log import Columns, Decision, Log
from credit.decision_log.encoding import to_bytes
from credit.decision_log.outcomes import decided
from credit.features import COLUMNS
from credit.model import load_bundle, save_bundle
from credit.monitoring import Profile
from credit.monitoring.application_drift import drifted_columns, from_features
from credit.monitoring.drift_report import features_of
from credit.monitoring.performance import account
from credit.simulate import simulate

DRIFTED = {
    "AMT_REQ_CREDIT_BUREAU_QRT",
    "AMT_REQ_CREDIT_BUREAU_MON",
    "AMT_REQ_CREDIT_BUREAU_WEEK",
    "AMT_GOODS_PRICE",
    "AMT_CREDIT",
    "AMT_ANNUITY",
    "NAME_CONTRACT_TYPE",
    "DAYS_LAST_PHONE_CHANGE",
    "FLAG_EMAIL",
}


def credit(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture(scope="module")
def later(tmp_path_factory):
    """A bank with many new clients, a quarter later.

    With other seeds so few may show AMT_REQ_CREDIT_BUREAU_WEEK with five values only, and Evidently by itself then
    takes another test.
    """
    return simulate(tmp_path_factory.mktemp("later") / "bank", 10_000, seed=4, test_clients=6_000)


@pytest.fixture(scope="module")
def bundle(bank, tmp_path_factory):
    """A small model of every feature, with a profile of the small bank."""
    X = made(bank)
    y = pl.read_parquet(bank / "application_train.parquet").sort("SK_ID_CURR")["TARGET"].to_numpy()
    fitted = LGBMClassifier(n_estimators=20, num_leaves=4, verbose=-1, n_jobs=1).fit(X, y)
    manifest = {
        "data": {"simulated": True},
        "model": {"name": "Small"},
        "costs": {"margin": 0.19, "loss_given_default": 1.0},
    }
    profile = Profile.of(COLUMNS, X, fitted.predict_proba(X)[:, 1]).written()
    return save_bundle(tmp_path_factory.mktemp("model") / "bundle", fitted, COLUMNS, 0.16, manifest, profile=profile)


@pytest.fixture(scope="module")
def log(bundle, bank, tmp_path_factory):
    """300 clients of the bank in a decision log."""
    path = tmp_path_factory.mktemp("log") / "decisions.db"
    model, X = load_bundle(bundle), made(bank)[:300]
    found = Log(path)
    found.record(
        [
            Decision(
                "r",
                "ann",
                100 + k,
                Columns(COLUMNS),
                to_bytes(x),
                float(p),
                0.16,
                "accept",
                None,
                None,
                model.model_hash,
                "application",
            )
            for k, (x, p) in enumerate(zip(X, model.probability(X), strict=True))
        ]
    )
    yield path
    found.close()


def test_the_same_nine_of_121_columns_drift_and_the_report_tells_all(later, bundle, tmp_path):
    out = tmp_path / "report.html"
    done = credit("drift", "--reference", later, "--current", later, "--bundle", bundle, "--out", out, "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.output)
    assert len(found["columns"]) == 121
    distances = [one["distance"] for one in found["columns"]]
    assert distances == sorted(distances, reverse=True)
    for reading in ("drifted", "evidently"):
        assert {one["column"] for one in found["columns"] if one[reading]} == DRIFTED
    by_name = {one["column"]: one for one in found["columns"]}
    assert by_name["NAME_CONTRACT_TYPE"]["type"] == "cat"
    assert by_name["NAME_CONTRACT_TYPE"]["test"] == "Jensen-Shannon distance"
    assert by_name["NAME_CONTRACT_TYPE"]["labels"] == ["Cash loans", "Revolving loans"]
    assert sum(by_name["NAME_CONTRACT_TYPE"]["before"]) == pytest.approx(1)
    assert by_name["AMT_CREDIT"]["test"] == "Wasserstein distance (normed)"
    assert by_name["AMT_CREDIT"]["decides"] == "distance of ranks"
    for name in ("FLAG_EMAIL", "NAME_CONTRACT_TYPE"):
        assert by_name[name]["test"] == by_name[name]["decides"] == "Jensen-Shannon distance"
        assert by_name[name]["score"] == by_name[name]["distance"]
    assert not by_name["SK_ID_CURR"]["drifted"]
    assert len(found["drift"]["features"]) == len(COLUMNS)
    page = out.read_text(encoding="utf-8")
    assert page.count("<strong>detected</strong>") == 9
    assert page.index("AMT_REQ_CREDIT_BUREAU_QRT") < page.index("FLAG_DOCUMENT_3<")
    assert "9 of 121 columns have drifted" in page
    assert "By Evidently&#39;s tests it is 9." in page
    assert "<script" not in page
    assert "http" not in page


def test_by_evidently_s_own_choice_of_tests_the_same_nine_drift_and_no_others(later):
    """Without a test named for any column: a claim about the simulated bank that does not rest on ours."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # of Evidently's own dependencies
        from evidently import Dataset, Report
        from evidently.metrics import ValueDrift

        train, test = (
            pl.read_parquet(later / f"application_{part}.parquet").drop("TARGET", strict=False).to_pandas()
            for part in ("train", "test")
        )
        # What DataDriftPreset measures, without its pictures of all columns.
        asked = Report([ValueDrift(column=name) for name in train.columns])
        measured = asked.run(Dataset.from_pandas(test), Dataset.from_pandas(train)).dict()["metrics"]
    found = {one["config"]["column"]: float(one["value"]) for one in measured}
    assert len(found) == 121
    assert {column for column, distance in found.items() if distance >= 0.1} == DRIFTED


def test_the_distances_by_hand():
    rng = np.random.default_rng(0)
    x = rng.normal(size=2000)
    before = pl.DataFrame({"AMT_CREDIT": x, "FLAG_EMAIL": np.repeat([0, 1], 1000), "EMPTY": [None] * 2000})
    now = pl.DataFrame({"AMT_CREDIT": x + 0.5, "FLAG_EMAIL": np.repeat([0, 1], [500, 1500]), "EMPTY": [1.0] * 2000})
    found = {one.column: one for one in drifted_columns(before, now)}
    assert found["AMT_CREDIT"].score == pytest.approx(0.5 / x.std(), rel=1e-3)
    assert found["AMT_CREDIT"].distance == pytest.approx(0.138 * np.sqrt(12), rel=0.1)  # Phi(0.5 / sqrt(2)) - 1/2
    p, q = np.array([0.5, 0.5]), np.array([0.25, 0.75])
    m = (p + q) / 2
    divergence = ((p * np.log(p / m)).sum() + (q * np.log(q / m)).sum()) / 2
    # The distance is the root of the divergence, in bits.
    assert found["FLAG_EMAIL"].score == pytest.approx(np.sqrt(divergence / np.log(2)), rel=0.25)
    assert found["FLAG_EMAIL"].drifted
    assert (found["EMPTY"].score, found["EMPTY"].drifted, found["EMPTY"].test) == (1.0, True, "has values or has none")


def test_an_application_comes_back_from_its_features(bank):
    told = from_features(COLUMNS, made(bank))
    written_down = pl.read_parquet(bank / "application_train.parquet").sort("SK_ID_CURR")
    assert told.height == written_down.height
    assert len(told.columns) == 120
    for name in ("CODE_GENDER", "NAME_CONTRACT_TYPE", "OCCUPATION_TYPE", "AMT_CREDIT", "EXT_SOURCE_1"):
        assert told[name].to_list() == written_down[name].to_list(), name


def test_clients_come_in_the_order_of_their_numbers(bank, bundle):
    found = features_of(load_bundle(bundle), bank, "application_train")
    written_down = pl.read_parquet(bank / "application_train.parquet").sort("SK_ID_CURR")
    assert found[:, COLUMNS.index("AMT_CREDIT")].tolist() == written_down["AMT_CREDIT"].to_list()


def test_the_log_beside_its_own_bank_is_stable(log, bundle, bank):
    done = credit("drift", "--reference", bank, "--current", "log", "--database", log, "--bundle", bundle, "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.output)
    assert (found["drift"]["clients"], found["drift"]["level"]) == (300, "stable")
    assert len(found["columns"]) == 120
    # 300 clients: chance alone takes a column with many missing values beyond a distance of 0.1, but not far.
    assert max(one["score"] for one in found["columns"]) < 0.35
    assert found["costs"]["total"]["clients"] == 300


def test_a_job_fails_on_the_index_that_it_names(log, bundle, later):
    assert credit("drift", "--current", "log", "--database", log, "--bundle", bundle, "--fail-on", 0.25).exit_code == 0
    done = credit("drift", "--current", later, "--bundle", bundle, "--fail-on", 0.0001)
    assert done.exit_code == 1
    assert "Verdict:" in done.output
    assert "have drifted" in done.output


def test_the_job_says_which_reading_decides(later, bundle, tmp_path):
    """Of a bank in which one client has the income that was published of one."""
    import shutil

    other = shutil.copytree(later, tmp_path / "bank")
    table = pl.read_parquet(other / "application_test.parquet")
    first = pl.int_range(pl.len()) == 0
    table.with_columns(AMT_INCOME_TOTAL=pl.when(first).then(117_000_000.0).otherwise("AMT_INCOME_TOTAL")).write_parquet(
        other / "application_test.parquet"
    )
    done = credit("drift", "--reference", later, "--current", other, "--bundle", bundle)
    assert done.exit_code == 0, done.output
    assert "9 of 121 columns have drifted" in done.output
    assert "By Evidently's tests it is 10." in done.output
    (line,) = [line for line in done.output.splitlines() if line.startswith("  AMT_INCOME_TOTAL ")]
    assert re.search(
        r" stable +0\.0\d\d distance of ranks \(decides\), 0\.[1-9]\d\d Wasserstein .*: not so by Evidently$", line
    )
    (line,) = [line for line in done.output.splitlines() if line.startswith("  AMT_CREDIT ")]
    assert re.search(
        r" drifted +0\.1\d\d distance of ranks \(decides\), 0\.1\d\d Wasserstein distance \(normed\)$", line
    )
    (line,) = [line for line in done.output.splitlines() if line.startswith("  FLAG_EMAIL ")]
    assert re.search(r" drifted +0\.\d\d\d Jensen-Shannon distance \(decides\)$", line)


def test_another_margin_is_told(log, bundle):
    done = credit("drift", "--current", "log", "--database", log, "--bundle", bundle, "--margin", 0.02)
    assert "look: With a margin of 0.02" in done.output


def test_outcomes_of_a_file_are_told_and_drawn(log, bundle, tmp_path):
    path, picture = tmp_path / "told.csv", tmp_path / "curves.png"
    path.write_text("client,defaulted\n" + "".join(f"{100 + k},{int(k % 10 == 0)}\n" for k in range(200)))
    done = credit("outcomes", path, "--database", log, "--bundle", bundle, "--picture", picture)
    assert done.output == "200 outcomes, 200 of them new\n"
    # Of 300 accepted loans 200 are known, of which 20 defaulted: nothing is realised yet.
    done = credit("drift", "--current", "log", "--database", log, "--bundle", bundle)
    assert (
        "realised: of no week are the outcomes of nine tenths of the accepted loans known; of all accepted loans 6.7 % "
        "to 40.0 % default\n" in done.output
    )
    path.write_text("client,defaulted\n" + "".join(f"{100 + k},{int(k % 10 == 0)}\n" for k in range(270)))
    done = credit("outcomes", path, "--database", log, "--bundle", bundle, "--picture", picture)
    assert done.output == "270 outcomes, 70 of them new\n"
    assert picture.read_bytes().startswith(b"\x89PNG")
    found = Log(log)
    assert account(decided(found)).total.realised.default_rate == pytest.approx(0.1)
    found.close()
    done = credit("drift", "--current", "log", "--database", log, "--bundle", bundle)
    assert "realised: default rate 10.0 % of 270 clients of the weeks whose outcomes are known, of whom" in done.output
    assert "AUC of these accepted loans: 0." in done.output
    path.write_text("client,defaulted\n7,1\n")
    done = credit("outcomes", path, "--database", log, "--bundle", bundle)
    assert done.exit_code == 1
    assert "client n° 7" in done.output


def test_a_profile_is_added_without_training(bundle, bank, tmp_path):
    import shutil

    copy = shutil.copytree(bundle, tmp_path / "bundle")
    before = load_bundle(copy).manifest["files"]
    done = credit("profile", bank, "--overwrite", "--bundle", copy)
    assert done.exit_code == 0, done.output
    assert "1,500 clients" in done.output
    after = load_bundle(copy).manifest["files"]
    assert {name for name in after if after[name] != before[name]} <= {"profile.json"}
    assert after["model.pkl"] == before["model.pkl"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--current", "log", "--out", "report.pdf"), "give a file that ends in .html"),
        (("--current", "nowhere", "--last", 5), "--last and --days are of the log"),
        (("--current", "log", "--database", "nowhere.db"), "there is no file nowhere.db"),
        (("--current", "nowhere"), "nowhere"),
    ],
)
def test_what_cannot_be_compared_is_told(words, said, bundle):
    done = credit("drift", "--bundle", bundle, *words)
    assert done.exit_code == 1
    assert said in done.output
