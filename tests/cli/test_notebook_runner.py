"""The notebooks executed on a small bank, as `make run` does, and what becomes of a failing cell."""

import json
import shutil
from pathlib import Path

import mlflow
import nbformat
import numpy as np
import optuna
import polars as pl
import pytest
from rich.console import Console

from credit.cli import notebook_runner
from credit.features import COLUMNS, FEATURES
from credit.model import load_bundle
from credit.training import report, tracking
from credit.training.result import Outcome

SOURCE = Path(__file__).parents[2] / "notebooks"

#: The package in the hands of another program: no part of a training.
LIBRARY = "6_library"
#: What it says is measured on banks of its own: `test_reject_notebook.py` executes it.
REFUSED = "7_reject_inference"

#: Five notebooks run before the first test: some minutes, and more where other tests run beside them.
pytestmark = pytest.mark.timeout(900)


def shorten(notebook: Path) -> None:
    """Let every model be fitted with the first of its sets of parameters only, and the champion with fewer trees."""
    wanted = "from credit.training.candidates import CANDIDATES, candidate"
    text = notebook.read_text(encoding="utf-8")
    assert text.count(wanted) == 1
    first = "CANDIDATES = [type(c)(c.name, c.make, {k: v[:1] for k, v in c.grid.items()}) for c in CANDIDATES]"
    fewer = "from credit.training import knowledge_states, lightgbm_search, pupil; "
    fewer += "pupil.PATIENCE = 60; "
    fewer += "lightgbm_search.PATIENCE, knowledge_states.FRESH, knowledge_states._MOST_TREES = 20, 300, 60"
    notebook.write_text(text.replace(wanted, f"{wanted}; {first}; {fewer}"), encoding="utf-8")


def narrow(path: Path) -> None:
    """Leave the features of the application and every tenth of the histories, after a look at all of them."""
    made = pl.read_parquet(path)
    assert made.columns == ["SK_ID_CURR", "TARGET", "PROBABILITY_OF_DEFAULT", *COLUMNS]
    left = [one.name for number, one in enumerate(FEATURES) if one.table == "application" or number % 10 == 0]
    made.select("SK_ID_CURR", "TARGET", "PROBABILITY_OF_DEFAULT", *left).write_parquet(path)


@pytest.fixture(scope="module")
def project(bank, tmp_path_factory) -> Path:
    """A folder with a space in its name, in which the notebooks have run, with short searches on some columns."""
    root = tmp_path_factory.mktemp("a project")
    shutil.copytree(SOURCE, root / "notebooks")
    shutil.copy(SOURCE.parent / "pyproject.toml", root)
    places = {"2_models": root, "3_threshold": root / "run" / "notebooks", "5_drift": root}
    shorten(root / "notebooks" / "2_models.ipynb")
    for name in notebook_runner.TRAINING:
        short = {"2_models": {"TRIALS": 1}, "5_drift": {"CLIENTS": 1500, "LATER": 800}}
        parameters = {"DATA": str(bank), **short.get(name, {})}
        console, source, start = Console(quiet=True), root / "notebooks", places.get(name)
        notebook_runner.execute(name, parameters, root / "run" / "notebooks", console, source, start)
        if name == "1_features":
            narrow(root / "run" / "features.parquet")
    return root


def features(project) -> tuple[str, ...]:
    """The columns that notebook 2 was given."""
    return tuple(pl.read_parquet_schema(project / "run" / "features.parquet"))[3:]


def runs(project) -> dict[str, mlflow.entities.Run]:
    tracking.open_store(project)
    found = mlflow.search_runs(experiment_names=[tracking.EXPERIMENT], output_format="list")
    assert len({run.info.run_name for run in found}) == len(found)
    return {run.info.run_name: run for run in found}


def test_the_exported_model_serves(project):
    bundle = load_bundle(project / "mlruns_reduced")
    assert bundle.columns == features(project)
    assert bundle.manifest["data"]["simulated"] is True
    assert bundle.manifest["data"]["clients"] == 1500
    assert 0 < bundle.threshold < 1
    assert bundle.probability(np.full((1, len(bundle.columns)), np.nan)).shape == (1,)


def test_the_exported_folder_is_a_model_of_mlflow(project, bank):
    loaded = mlflow.sklearn.load_model(str(project / "mlruns_reduced"))
    made = pl.read_parquet(project / "run" / "features.parquet")
    x = made.select(features(project)).fill_null(float("nan")).to_numpy()[:50]
    ours = load_bundle(project / "mlruns_reduced").probability(np.ascontiguousarray(x))
    np.testing.assert_allclose(loaded.predict_proba(x)[:, 1], ours, rtol=0, atol=1e-12)


def test_wherever_a_notebook_is_opened_it_writes_in_the_project_and_nowhere_else(project):
    assert {path.name for path in project.parent.iterdir()} & {
        "run",
        "mlflow.db",
        "optuna.db",
        "mlruns_reduced",
    } == set()
    made = {"notebooks", "pyproject.toml", "run", "mlflow.db", "mlartifacts", "optuna.db", "mlruns_reduced"}
    assert {path.name for path in project.iterdir()} == made
    assert {path.name for path in (project / "notebooks").iterdir()} == {
        f"{name}.ipynb" for name in (*notebook_runner.TRAINING, LIBRARY, REFUSED)
    }


def test_the_notebooks_name_no_place_outside_the_project():
    for path in SOURCE.glob("*.ipynb"):
        sources = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
        assert not [one for one in sources if "../" in one or '".."' in one], path.name
        # The example of the package as a library works wherever that is installed; the one about refused clients reads
        # and writes no file.
        entered = sum("project_folder.enter(" in one for one in sources)
        assert entered == (path.stem not in (LIBRARY, REFUSED)), path.name


def test_every_run_is_in_mlflow_under_its_name(project):
    found = runs(project)
    assert set(found) == {
        "Original Columns",
        "Dummy",
        "Logistic Regression",
        "Random Forest",
        "Gradient Boosting",
        "LightGBM",
        "Champion",
        "trial 0",
        "Predecessor",
        "Best Model",
        "Best Threshold",
    }
    assert found["trial 0"].data.tags["mlflow.parentRunId"] == found["Champion"].info.run_id
    metrics = found["Best Threshold"].data.metrics
    assert {"best_threshold", "best_cost", "cost_threshold_0.01", "cost_threshold_0.99"} <= set(metrics)
    costs = {name: value for name, value in metrics.items() if name.startswith("cost_threshold_")}
    assert len(costs) == 99
    assert metrics["searched_cost"] == min(costs.values()) <= metrics["best_cost"]
    assert metrics["best_threshold"] == load_bundle(project / "mlruns_reduced").threshold


def test_the_closing_table_counts_the_money(project):
    table = pl.read_parquet(project / "run" / "closing_table.parquet")
    by_name = {row["model"]: row for row in table.iter_rows(named=True)}
    best = runs(project)["Best Model"].data.params["model"]
    assert list(by_name) == [
        "accept everybody",
        "refuse everybody",
        "Dummy",
        "Logistic Regression",
        "Random Forest",
        "Gradient Boosting",
        "LightGBM",
        "Champion",
        f"{best} at its threshold",
        f"{best} as served",
        "predecessor at 0.48",
        "predecessor at its best",
        "the true probability",
    ]
    assert by_name["accept everybody"]["saving"] == 0
    assert by_name["Dummy"]["test_cost"] == by_name["accept everybody"]["test_cost"]
    assert by_name["the true probability"]["saving"] > 0
    # Another model takes the champion's place only where it is surely cheaper.
    assert best == "Champion" or by_name[best]["cv_cost"] < by_name["Champion"]["cv_cost"]


def test_what_the_training_came_to_is_kept_for_the_report(project):
    outcome = Outcome.read(project / "run")
    bundle = load_bundle(project / "mlruns_reduced")
    assert outcome.shipped is True
    assert bundle.manifest["review"]["capacity"] == 0.1
    share = outcome.closing.filter(pl.col("model").str.ends_with(" as served"))["referred"].item()
    assert bundle.manifest["served"]["referred"] == share
    assert any(f"Referred are {share:.1%} of the test clients" in one for one in outcome.notes)
    assert [gain.than for gain in outcome.gains] == [
        *("Dummy", "Logistic Regression", "Random Forest", "Gradient Boosting", "LightGBM"),
        "predecessor at 0.48",
        "predecessor at its best",
        "the true probability",
    ]
    page = project / "page.md"
    page.write_text("<!-- closing table: begin -->\n<!-- closing table: end -->\n")
    report.into(page, outcome)
    assert page.read_text().count("\n| ") == 1 + outcome.closing.height


def test_the_model_is_registered_as_the_champion(project):
    tracking.open_store(project)
    known = mlflow.MlflowClient().get_registered_model(tracking.MODEL)
    assert {name: int(number) for name, number in known.aliases.items()} == {"champion": 1}
    x = np.full((1, len(features(project))), np.nan)
    loaded = mlflow.sklearn.load_model("models:/credit-scoring@champion")
    ours = load_bundle(project / "mlruns_reduced").probability(x)
    np.testing.assert_allclose(loaded.predict_proba(x)[:, 1], ours, rtol=0, atol=1e-12)


def test_the_search_for_the_champion_can_go_on(project):
    (study,) = optuna.get_all_study_summaries(f"sqlite:///{project / 'optuna.db'}")
    assert study.n_trials == 1


def test_the_executed_copies_show_pictures_and_no_errors(project):
    for name in notebook_runner.TRAINING:
        outputs = [
            output
            for cell in nbformat.read(project / "run" / "notebooks" / f"{name}.ipynb", as_version=4).cells
            if cell.cell_type == "code"
            for output in cell.outputs
        ]
        assert any("image/png" in output.get("data", {}) for output in outputs), name
        assert not [o for o in outputs if o.output_type == "error" or o.get("name") == "stderr"], name


def test_notebook_3_settles_the_run_that_notebook_2_has_left(project):
    best = runs(project)["Best Model"].info.run_id
    tracking.open_store(project)
    assert tracking.handed_on(folder=project / "run") == best
    executed = (project / "run" / "notebooks" / "3_threshold.ipynb").read_text(encoding="utf-8")
    assert f"the model of the run {best}" in executed
    assert "Exported to mlruns_reduced: no model is shipped in mlruns_reduced yet" in executed


def test_the_next_notebook_takes_the_newest_run_only_when_asked(tmp_path):
    tracking.open_store(tmp_path)
    with pytest.raises(
        tracking.TrackingError, match=r"run notebook 2_models, or set BEST_RUN to the id of a run or to"
    ):
        tracking.handed_on(folder=tmp_path / "run")
    made = []
    for _ in range(2):
        with tracking.run("Best Model") as run:
            made.append(run.run_id)
    tracking.hand_on(made[0], tmp_path / "run")
    assert tracking.handed_on(folder=tmp_path / "run") == made[0]
    assert tracking.handed_on("newest", tmp_path / "run") == made[1]
    assert tracking.handed_on("another", tmp_path / "run") == "another"


def test_two_runs_do_not_work_in_the_same_folders(tmp_path, monkeypatch):
    monkeypatch.setattr(notebook_runner, "ROOT", tmp_path)
    monkeypatch.setattr(notebook_runner, "_run", lambda *_: pytest.fail("it began to work"))
    with (
        notebook_runner._alone(tmp_path / "run"),
        pytest.raises(notebook_runner.NotebookError, match=r"another run is at work in .*: wait until it has ended"),
    ):
        notebook_runner.run(300, 7)
    monkeypatch.setattr(notebook_runner, "_run", lambda clients, *_: clients)
    assert notebook_runner.run(300, 7) == 300  # the first has ended


def test_the_notebook_of_the_models_is_given_the_columns_to_leave_out(tmp_path, monkeypatch):
    given = {}
    monkeypatch.setattr(notebook_runner, "ROOT", tmp_path)
    monkeypatch.setattr(notebook_runner, "_code", lambda: "")
    monkeypatch.setattr(notebook_runner, "simulate", lambda *_, **__: None)
    monkeypatch.setattr(notebook_runner, "execute", lambda name, parameters, *_: given.update({name: parameters}))
    for without in ((), ("CODE_GENDER", "DAYS_BIRTH")):
        with pytest.raises(FileNotFoundError):  # no notebook has left an outcome
            notebook_runner.run(300, 7, without=without)
        assert given["2_models"].get("WITHOUT") == ([*without] or None)
        assert all("WITHOUT" not in parameters for name, parameters in given.items() if name != "2_models")


def test_a_later_step_without_the_earlier_one_says_what_to_do(tmp_path):
    tracking.open_store(tmp_path)
    with (
        pytest.raises(tracking.TrackingError, match=r"no finished run 'Best Model'.*run the notebooks in order"),
        tracking.latest("Best Model"),
    ):
        pass


def test_a_kept_model_that_was_changed_is_not_loaded(tmp_path):
    tracking.open_store(tmp_path)
    with tracking.run("Best Model") as run:
        run.keep({"a": 1}, "model")
    with tracking.latest("Best Model") as finished:
        assert finished.kept("model") == {"a": 1}
        path = finished.folder / "model.joblib"
        path.write_bytes(path.read_bytes()[:-1] + b"x")
        with pytest.raises(tracking.TrackingError, match="not the file that its run recorded"):
            finished.kept("model")


def test_a_failing_cell_is_told_with_its_heading_and_the_copy_is_kept(tmp_path):
    cells = [
        nbformat.v4.new_code_cell("X = 1", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_markdown_cell("## The division"),
        nbformat.v4.new_code_cell("1 / X"),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "bad.ipynb")
    with pytest.raises(notebook_runner.NotebookError, match="bad failed under 'The division': ZeroDivisionError"):
        notebook_runner.execute("bad", {"X": 0}, tmp_path / "out", Console(quiet=True), tmp_path)
    copy = json.loads((tmp_path / "out" / "bad.ipynb").read_text())
    assert copy["cells"][-1]["outputs"][0]["ename"] == "ZeroDivisionError"


def test_a_notebook_without_parameters_is_refused(tmp_path):
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")]), tmp_path / "bad.ipynb")
    with pytest.raises(notebook_runner.NotebookError, match="no cell tagged 'parameters'"):
        notebook_runner.execute("bad", {"X": 0}, tmp_path / "out", Console(quiet=True), tmp_path)


def test_outputs_are_kept_in_the_notebook_they_belong_to(tmp_path):
    cells = [
        nbformat.v4.new_code_cell("X = 1", metadata={"tags": ["parameters"]}, id="first"),
        nbformat.v4.new_code_cell("import sys; print('/a/path', file=sys.stderr); print(X + 1)", id="second"),
    ]
    path = tmp_path / "sum.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    notebook_runner.execute("sum", {"X": 41}, tmp_path / "out", Console(quiet=True), tmp_path)
    assert notebook_runner.keep_outputs(tmp_path / "out", tmp_path) == [path]
    kept = nbformat.read(path, as_version=4)
    assert [cell.id for cell in kept.cells] == ["first", "second"]
    assert [one.text for one in kept.cells[1].outputs] == ["42\n"]  # not what went to stderr
    kept.cells[1].source = "print(X + 2)"
    nbformat.write(kept, path)
    with pytest.raises(notebook_runner.NotebookError, match=r"sum\.ipynb has changed since it was executed"):
        notebook_runner.keep_outputs(tmp_path / "out", tmp_path)
