"""The commands that train: what they hand on, what they refuse before they begin, and how they end."""

import sys
from pathlib import Path

import pytest
from support import small
from support.command_line import FETCH, POINTER, credit
from support.frontier import point

from credit import training
from credit.cli.fairness_options import show_alternatives
from credit.decision.cost import Costs
from credit.decision.review import Plan
from credit.tables import HISTORIES
from credit.training import FairnessPlan, Frontier, Gate
from credit.training.client_attributes import ALWAYS
from credit.training.gap_contributions import Carried


def test_a_model_does_not_take_the_place_of_a_folder_of_tables(tables, train_asked):
    told = credit("train", "elsewhere", "--bundle", tables, code=1)
    assert "tables holds the table application_train.parquet, which would be lost; name another folder" in told
    assert train_asked[0] == {}


def test_train_says_which_folder_is_wrong(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "the folder does not exist" in credit("train", tmp_path / "nowhere", code=1)


def test_training_on_dask_says_how_to_make_what_it_wants_before_it_starts_workers(bank, tmp_path, monkeypatch):
    from credit.training import dask_cluster

    monkeypatch.setattr(dask_cluster, "cluster", lambda *_: pytest.fail("workers were started for nothing"))
    told = credit("train-dask", bank, "--workers", 1, "--bundle", tmp_path / "bundle", code=1)
    assert "is not a folder of features to train on: it holds the tables themselves" in told
    assert "python -m credit features TABLES --target --out FEATURES/" in told


@pytest.mark.parametrize("name", ["mlflow.db", "optuna.db", "model/model.pkl", "decisions.db"])
def test_what_git_lfs_has_not_fetched_is_reported_before_a_training_begins(no_work, bank, name):
    path = no_work / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(POINTER)
    words = ["train", bank, "--bundle", "model"]
    if name == "decisions.db":
        small.bundle(no_work / "model")
        words = ["challenge", bank, "--bundle", "model", "--database", "decisions.db"]
    output = credit(*words, code=1)
    assert output.strip().splitlines()[-1].startswith("error: ")
    assert f"{name} {FETCH}" in output


@pytest.mark.parametrize("words", [("promote",), ("rollback",), ("mlflow", "--port", 38999)])
def test_commands_on_the_registry_say_so_as_well(no_work, words):
    (no_work / "mlflow.db").write_text(POINTER)
    assert credit(*words, code=1) == f"error: mlflow.db {FETCH}\n"


def test_a_log_that_was_not_fetched_is_not_verified(tmp_path):
    (tmp_path / "decisions.db").write_text(POINTER)
    output = credit("log", "verify", "--database", tmp_path / "decisions.db", code=1)
    assert f"{tmp_path}/decisions.db {FETCH}." in output


def test_train_hands_its_options_on(train_asked, tmp_path):
    told = credit(
        "train", "tables", "--clients", 500, "--seed", 3, "--bundle", tmp_path / "b", "--tables", "application",
        "--trials", 2, "--minutes", 1.5, "--force", "--margin", 0.15, "--lgd", 0.45, "--review-cost", 900,
        "--review-skill", 0.3, "--without", "CODE_GENDER,protected",
    )  # fmt: skip
    asked, _ = train_asked
    assert asked.pop("progress")
    assert asked.pop("resume") == Path("run/checkpoints")  # beside the executed notebooks, which git does not see
    assert asked.pop("show") is show_alternatives
    assert (asked.pop("fairness"), asked.pop("gate")) == (FairnessPlan(), Gate("warn", 0.8))
    terms = asked.pop("terms")
    assert (terms.costs, terms.plan) == (Costs(0.15, 0.45), Plan(0.3, None, 900.0))
    assert f"{terms.sentence}\n" in told
    assert "margin 0.15 of the loan (given)" in told
    assert asked == {
        "folder": Path("tables"),
        "bundle": tmp_path / "b",
        "clients": 500,
        "seed": 3,
        "histories": (),
        "trials": 2,
        "minutes": 1.5,
        "study": "optuna.db",
        "force": True,
        "ship": True,
        "label_one_means": None,
        "without": ("CODE_GENDER", "protected"),
        "readable": None,
        "explored": None,
    }
    assert f"exported to {tmp_path / 'b'}; serve it with: python -m credit serve" in told


def test_train_without_options_takes_all_clients_all_tables_and_the_usual_search(train_asked):
    from credit.training import lightgbm_search

    credit("train", "tables")
    asked, _ = train_asked
    assert asked["trials"] == lightgbm_search.TRIALS
    assert (asked["clients"], asked["minutes"], asked["histories"], asked["force"], asked["without"]) == (
        None,
        None,
        HISTORIES,
        False,
        (),
    )
    assert str(asked["bundle"]) == "mlruns_reduced"
    assert (asked["terms"].costs, asked["terms"].plan) == (Costs(), Plan())
    assert f"[default: {lightgbm_search.TRIALS}]" in " ".join(credit("train", "--help").split())


def test_a_column_that_no_table_has_is_refused_before_any_work(train_asked):
    said = credit("train", "tables", "--without", "CODE_GENDR", code=1)
    assert "error: 'CODE_GENDR' is no column of the application and no feature; did you mean 'CODE_GENDER'?" in said
    assert train_asked[0] == {}
    assert "did you mean 'DAYS_BIRTH'?" in credit("run", "--no-serve", "--without", "DAYS_BIRT", code=1)


def test_train_hands_on_which_point_and_which_gate(train_asked):
    credit(
        "train", "tables", "--fairness-by", "CNT_CHILDREN", "--fairness-by", "NAME_FAMILY_STATUS",
        "--fairness-cost", 0.5, "--fairness-gate", "stop", "--fairness-least", "75%",
    )  # fmt: skip
    asked, _ = train_asked
    assert asked["fairness"] == FairnessPlan(("CNT_CHILDREN", "NAME_FAMILY_STATUS"), None, 0.5)
    assert asked["gate"] == Gate("stop", 0.75)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--fairness-point", 1, "--fairness-cost", 1), "leave one out"),
        (("--fairness-by", "CNT_CHILDRN"), "did you mean 'CNT_CHILDREN'?"),
        (("--fairness-least", 1.5), "above 0 and at most 1, but it is 1.5"),
    ],
)
def test_what_is_wrong_with_them_is_said_before_any_work(train_asked, words, said):
    assert said in credit("train", "tables", *words, code=1)
    assert train_asked[0] == {}


def test_alternatives_alone_are_shown_and_nothing_is_trained(train_asked, monkeypatch):
    looked = []

    def found(*arguments, **named):
        looked.append((arguments, named))
        points = (point(0, 0.300, gender=0.9), point(1, 0.296, gender=0.95))
        return Frontier(points, ALWAYS[:1], {"gender": [Carried("OWN_CAR_AGE", ("OWN_CAR_AGE",), 0.012)]}, 900, 300)

    monkeypatch.setattr(training, "find_alternatives", found)
    said = " ".join(credit("train", "tables", "--fairness", "--seed", 3).split())
    assert train_asked[0] == {}
    assert (looked[0][0][0], looked[0][0][4]) == (Path("tables"), 3)
    assert "Of the difference in approvals by gender, in points of the clients: OWN_CAR_AGE +1.2." in said
    assert "run/fairness/frontier.png and run/fairness/frontier.csv are written" in said
    assert "the same command with --fairness-point NUMBER, or with --fairness-cost POINTS" in said
    assert "also where the usual model is kept: --fairness-point 0." in said
    assert Path("run/fairness/frontier.png").read_bytes().startswith(b"\x89PNG")
    assert Path("run/fairness/frontier.csv").read_text().splitlines()[2].startswith("1,model 1,columns,,0.296,")


def test_run_hands_on_what_no_model_may_read(monkeypatch):
    from credit.cli import notebook_runner

    asked = []
    monkeypatch.setattr(notebook_runner, "run", lambda *_, **named: asked.append(named) or sys.exit(0))
    credit("run", "--no-serve", "--without", "CODE_GENDER, DAYS_BIRTH")
    assert asked[0]["without"] == ("CODE_GENDER", "DAYS_BIRTH")


def test_a_model_that_is_not_shipped_ends_with_an_error(train_asked):
    _, came_to = train_asked
    came_to(shipped=False)
    told = " ".join(credit("train", "tables", code=1).split())
    assert "Not exported to mlruns_reduced: it is worse beyond chance. The new model is kept in MLflow" in told
    assert told.endswith("python -m credit promote --force, then: python -m credit serve")
    assert "exported to mlruns_reduced; serve" not in told
    told = " ".join(credit("train", "tables", "--bundle", "my models", code=1).split())
    assert told.endswith("promote --force --bundle 'my models', then: python -m credit serve --bundle 'my models'")


def test_a_model_that_equals_the_shipped_one_ends_well(train_asked):
    _, came_to = train_asked
    came_to(shipped=False, equal=True)
    said = credit("train", "tables")
    assert "Nothing is exported: it is worse beyond chance." in said  # the reason that the test gives
    assert said.splitlines()[-1] == "unchanged in mlruns_reduced; serve it with: python -m credit serve"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--trials", 0), "0 is not in the range"),
        (("--tables", "buro"), "'buro' is no table"),
        (("--review-cost", 5, "--review-capacity", 0.1), "leave out --review-cost or --review-capacity"),
        (("--margin", 19), "above 0 and at most 1, but it is 19"),
    ],
)
def test_options_of_train_that_do_not_fit_are_refused_in_words(train_asked, options, words):
    code = 2 if "not" in words else 1
    assert words in credit("train", "tables", *options, code=code)
    assert train_asked[0] == {}


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        (("--challenger", "--bundle", "nowhere"), "challenge", "there is no champion in nowhere"),
        (("--engine", "dask"), "train-dask", "is not a folder of features to train on"),
        (("--engine=dask",), "train-dask", "is not a folder of features to train on"),
    ],
)
def test_options_that_became_commands_work_for_a_release_and_say_so(bank, tmp_path, monkeypatch, old, new, error):
    monkeypatch.chdir(tmp_path)
    said = credit("train", bank, *old, code=1)
    assert f"note: this is a command of its own now: python -m credit {new}\n" in said
    assert error in said


def test_the_engine_of_this_machine_is_what_train_is(train_asked):
    assert "note:" not in credit("train", "tables", "--engine", "local")
    assert train_asked[0]["folder"] == Path("tables")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--engine", "spark"), "'spark' is no engine of a training"),
        (("--engine", "dask", "--challenger"), "a challenger is trained on this machine"),
        (("--workers", 2), "No such option"),
    ],
)
def test_options_that_train_does_not_have_are_refused(options, words):
    assert words in credit("train", "tables", *options, code=2)
