"""What a training goes on with is looked at before any work: databases that cannot be used, a folder that was moved."""

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import mlflow
import pytest
import sqlalchemy
from alembic import command
from mlflow.store.db import utils as mlflow_database
from mlflow.store.tracking.dbmodels.initial_models import Base
from support import small

from credit.model import load_bundle, read_threshold, rewrite_bundle
from credit.model.manifest import BundleError
from credit.training import challenger, mlflow_store, search_study, shipped, tracking
from credit.training.tracking import TrackingError

POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{64 * '0'}\nsize 166133370\n"
#: A schema of MLflow 2.x.
OLDER = "cc1f77228345"


def sql(database: Path, statement: str) -> None:
    with closing(sqlite3.connect(database)) as opened:
        opened.execute(statement)
        opened.commit()


def pointer(path: Path) -> None:
    path.write_text(POINTER)


def text(path: Path) -> None:
    path.write_text("experiment,run\n")


def damaged(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096:40960] = b"\x55" * 36864
    path.write_bytes(content)


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def of_another_program(path: Path) -> None:
    path.unlink()
    sql(path, "CREATE TABLE clients (id INTEGER)")


def newer(path: Path) -> None:
    sql(path, "UPDATE alembic_version SET version_num = 'ffff00000001'")


def turned_back(path: Path) -> None:
    sql(path, f"UPDATE alembic_version SET version_num = '{OLDER}'")


ASIDE = "move it aside, and a new one is begun: mv mlflow.db mlflow.db.old"


@pytest.mark.parametrize(
    ("spoil", "words", "cure"),
    [
        (pointer, "mlflow.db is a Git LFS pointer and not the file itself: ", "run git lfs pull"),
        (text, "mlflow.db is not a SQLite database: restore it from a copy; or ", ASIDE),
        (damaged, "mlflow.db is damaged (", f"): restore it from a copy; or {ASIDE}"),
        (folder, "mlflow.db is a folder, and a SQLite database is wanted there: rename it; or ", ASIDE),
        (of_another_program, "mlflow.db is a database of another program, not of MLflow: ", ASIDE),
        (
            newer,
            f"mlflow.db was written by a newer MLflow than MLflow {mlflow.__version__}, which does not know its schema "
            "ffff00000001: install the MLflow that wrote it, or ",
            ASIDE,
        ),
        (
            turned_back,
            f"mlflow.db was written by an older MLflow than MLflow {mlflow.__version__} (schema {OLDER}, not ",
            "): copy it and bring it up to date: "
            "cp mlflow.db mlflow.db.old && python -m mlflow db upgrade sqlite:///mlflow.db",
        ),
    ],
    ids=lambda one: one.__name__ if callable(one) else "",
)
def test_a_database_that_mlflow_cannot_use_is_refused_in_one_sentence_with_the_cure(
    empty_store, tmp_path, monkeypatch, spoil, words, cure
):
    monkeypatch.chdir(tmp_path)
    shutil.copyfile(empty_store, "mlflow.db")
    spoil(Path("mlflow.db"))
    with pytest.raises(TrackingError) as refused:
        tracking.open_store()
    message = str(refused.value)
    assert message.startswith(words)
    assert message.endswith(cure)
    assert "\n" not in message


def test_the_cure_for_a_database_of_an_older_mlflow_works(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    engine = sqlalchemy.create_engine("sqlite:///mlflow.db")
    Base.metadata.create_all(engine)
    settings = mlflow_database._get_alembic_config("sqlite:///mlflow.db")
    with engine.begin() as connection:
        settings.attributes["connection"] = connection
        command.upgrade(settings, OLDER)
    with pytest.raises(TrackingError, match=f"older MLflow than .* \\(schema {OLDER}, not"):
        tracking.open_store()
    mlflow_database._upgrade_db(engine)  # what `mlflow db upgrade` does
    engine.dispose()
    tracking.open_store()
    with tracking.run("Dummy") as run:
        run.metrics({"cost": 1.0})


def test_mlflow_sends_nothing_off_and_writes_nothing_into_the_home_folder_of_a_notebook(tmp_path):
    """A kernel imports the training without the command line, outside pytest and CI, which MLflow leaves alone."""
    code = "import credit.training; from mlflow.telemetry import get_telemetry_client as get; print(get())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "None\n"
    assert not [path for path in tmp_path.rglob("*") if "mlflow" in str(path.relative_to(tmp_path))]


def test_a_file_that_is_empty_or_not_there_becomes_a_store(empty_store, tmp_path):
    (tmp_path / "mlflow.db").touch()
    mlflow_store.check(tmp_path / "mlflow.db")
    mlflow_store.check(tmp_path / "none" / "mlflow.db")
    mlflow_store.check(empty_store)


def test_a_database_in_use_is_reported_and_not_to_be_moved_away(empty_store, tmp_path, monkeypatch):
    database = Path(shutil.copyfile(empty_store, tmp_path / "mlflow.db"))
    monkeypatch.setattr("credit.training.sqlite_file.PATIENCE", 0)
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(OSError, match=r"cannot be used .*: end the program that works on it") as refused:
            mlflow_store.check(database)
    assert "aside" not in str(refused.value)


@pytest.fixture
def before(open_store, tmp_path):
    """A project's folder, with a space in its name, in which two models were shipped one after the other."""
    folder = open_store(tmp_path / "the old place")
    for number, threshold in enumerate((0.16, 0.2)):
        small.bundle(folder / "model")
        rewrite_bundle(folder / "model", threshold, lambda manifest: manifest)
        with tracking.run(f"training {number}") as run:
            run.folder(folder / "model", tracking.BUNDLE)
            run.register(folder / "model", champion=True)
    return folder


def places(database: Path) -> set[str]:
    with closing(sqlite3.connect(database)) as opened:
        return {
            place
            for table, column, _ in mlflow_store._PLACES
            for (place,) in opened.execute(f"SELECT {column} FROM {table}")
        }


def test_a_folder_that_was_moved_goes_on_with_its_own_files_and_the_old_place_stays_away(before, tmp_path, monkeypatch):
    here = tmp_path / "another" / "place"
    here.parent.mkdir()
    before.rename(here)
    monkeypatch.chdir(here)
    tracking.open_store()
    with tracking.run("after the move") as run:
        run.facts({"a": 1}, "facts")
    with tracking.latest("after the move") as finished:
        assert finished.facts("facts") == {"a": 1}
    assert read_threshold("model") == 0.2
    challenger.roll_back("model")
    assert read_threshold("model") == 0.16
    assert len(mlflow.pyfunc.load_model("models:/credit-scoring@champion").predict(small_clients())) == 2
    assert not before.exists()
    assert not [place for place in places(here / "mlflow.db") if "the%20old" in place or "the old" in place]
    tracking.open_store()  # and once more: nothing is to be written again
    assert not before.exists()


def small_clients():
    return {"CODE_GENDER": [0, 1], "AMT_CREDIT": [1.0, 2.0], "EXT_SOURCE_2": [0.5, None]}


def test_a_copy_uses_its_own_files_and_leaves_those_of_the_original_alone(before, tmp_path):
    copy = shutil.copytree(before, tmp_path / "copy")
    known = sorted(before.rglob("*"))
    tracking.open_store(copy)
    with tracking.run("in the copy") as run:
        run.facts({}, "facts")
    challenger.roll_back(copy / "model")
    assert sorted(before.rglob("*")) == known
    assert read_threshold(before / "model") == 0.2


def test_a_database_that_was_moved_without_its_files_says_where_they_are(before, tmp_path, monkeypatch):
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    (before / "mlflow.db").rename(here / "mlflow.db")
    with pytest.raises(TrackingError) as refused:
        tracking.open_store()
    old = f"'{before}/mlartifacts'"
    assert str(refused.value) == (
        f"mlflow.db has its files in {before}/mlartifacts, not beside it: move them here, mv {old} mlartifacts, or "
        + ASIDE
    )
    (before / "mlartifacts").rename(here / "mlartifacts")
    tracking.open_store()
    with tracking.registered(tracking.PREVIOUS, tracking.BUNDLE) as found:
        assert read_threshold(found) == 0.16


def test_runs_that_were_written_into_the_old_place_after_the_move_are_still_found(before, tmp_path):
    here = tmp_path / "here"
    before.rename(here)
    mlflow.set_tracking_uri(f"sqlite:///{here}/mlflow.db")  # as releases did that knew nothing of a move
    mlflow.set_experiment(tracking.EXPERIMENT)
    with tracking.run("between") as run:
        run.facts({"a": 2}, "facts")
    assert before.exists()
    tracking.open_store(here)
    with tracking.latest("between") as finished:
        assert finished.facts("facts") == {"a": 2}
    known = sorted(before.rglob("*"))
    with tracking.run("after") as run:
        run.facts({}, "facts")
    assert sorted(before.rglob("*")) == known


def test_a_place_elsewhere_is_left_as_it_is(before, tmp_path):
    place = (tmp_path / "elsewhere" / "mlartifacts").as_uri()
    for other in ("s3://bucket/credit", str(tmp_path / "elsewhere")):
        sql(before / "mlflow.db", f"UPDATE experiments SET artifact_location = '{other}' WHERE experiment_id = 1")
        kept = places(before / "mlflow.db")
        mlflow_store.bring_home(before)
        assert places(before / "mlflow.db") == kept
    assert place not in kept


def test_a_champion_that_has_lost_its_files_is_reported_before_a_training(before):
    tracking.open_store(before)
    shipped.check(before / "model")
    shutil.rmtree(before / "mlartifacts")
    with pytest.raises(TrackingError) as refused:
        shipped.check(before / "model")
    message = str(refused.value)
    assert message.startswith("version 2 of the model, the champion, has lost its files: there is no bundle in file://")
    assert message.endswith(". Bring the folder mlartifacts back, or move mlflow.db aside, and a new store is begun")
    shutil.rmtree(before / "model")
    shipped.check(before / "model")  # nothing makes way, so nothing of it is needed


@pytest.mark.parametrize("name", ["model.pkl", "columns.pkl", "manifest.json", "best_threshold"])
def test_a_model_that_is_a_pointer_is_not_taken_for_none(before, name):
    tracking.open_store(before)
    pointer(before / "model" / name)
    for use in (shipped.check, shipped.register_shipped, challenger.roll_back, load_bundle):
        with pytest.raises(BundleError) as refused:
            use(before / "model")
        wanted = f"{before}/model/{name} is a Git LFS pointer and not the file itself: run git lfs pull."
        assert str(refused.value) == wanted


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A file of studies as Optuna makes it."""
    path = tmp_path_factory.mktemp("study") / "optuna.db"
    search_study.optuna.storages.RDBStorage(f"sqlite:///{path}")
    return path


NEW_SEARCH = "; or move it aside, and a new search begins: mv optuna.db optuna.db.old"


@pytest.mark.parametrize(
    ("spoil", "words", "cure"),
    [
        (pointer, "optuna.db is a Git LFS pointer and not the file itself: run git lfs pull", ""),
        (text, "optuna.db is not a SQLite database: restore it from a copy", NEW_SEARCH),
        (damaged, "optuna.db is damaged (", NEW_SEARCH),
        (of_another_program, "optuna.db is a database of another program, not of Optuna", NEW_SEARCH),
        (turned_back, "optuna.db is of another version: The runtime optuna version ", NEW_SEARCH),
        (newer, "optuna.db is of another version: The runtime optuna version ", NEW_SEARCH),
    ],
    ids=lambda one: one.__name__ if callable(one) else "",
)
def test_a_study_that_optuna_cannot_go_on_with_is_refused_in_one_sentence(
    study, tmp_path, monkeypatch, spoil, words, cure
):
    monkeypatch.chdir(tmp_path)
    shutil.copyfile(study, "optuna.db")
    search_study.check_storage("optuna.db")
    spoil(Path("optuna.db"))
    with pytest.raises(ValueError, match=r"optuna\.db") as refused:
        search_study.check_storage("optuna.db")
    assert str(refused.value).startswith(words)
    assert str(refused.value).endswith(cure)
    assert "\n" not in str(refused.value)


def test_a_study_that_is_not_there_yet_is_not_made_by_the_check(tmp_path):
    search_study.check_storage(tmp_path / "optuna.db")
    assert not (tmp_path / "optuna.db").exists()
