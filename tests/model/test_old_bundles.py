"""Bundles that earlier versions exported load and give the same probabilities, to the last bit, by every way in."""

import hashlib
import json
import shutil
from pathlib import Path

import mlflow
import msgspec
import numpy as np
import pandas as pd
import pytest

from credit.model import BundleError, load_bundle
from credit.model.boosted import Boosted
from credit.model.calibration import Calibrated
from credit.model.column_subset import ChosenColumns
from credit.model.manifest import FILES, PICKLED_BY, PROFILE, versions
from credit.web.application import create_app

FOLDER = Path(__file__).parents[1] / "data" / "bundles"
VERSIONS = sorted(path.name for path in FOLDER.iterdir() if path.is_dir())


@pytest.fixture(params=VERSIONS)
def exported(request) -> Path:
    """The folder as it was exported."""
    return FOLDER / request.param


@pytest.fixture
def bundle(exported, tmp_path) -> Path:
    """A copy whose manifest names the installed scikit-learn, LightGBM and NumPy.

    A bundle of another release series is refused by rule, which tests/model/test_refused_bundles.py holds. Here the
    question is another one: whether this project still finds the classes that a pickle names, and reads the files
    beside it.
    """
    copy = shutil.copytree(exported, tmp_path / "bundle")
    manifest = msgspec.json.decode((copy / "manifest.json").read_bytes())
    manifest["versions"] |= {name: versions()[name] for name in PICKLED_BY}
    (copy / "manifest.json").write_bytes(msgspec.json.encode(manifest))
    return copy


@pytest.fixture
def clients(exported) -> list[dict[str, float | None]]:
    """Features by name, None where one is not known."""
    return [
        {name: None if value is None else float.fromhex(value) for name, value in client.items()}
        for client in expected(exported)["clients"]
    ]


@pytest.fixture
def probability(exported) -> list[float]:
    """What the version that exported the bundle gave the clients."""
    return [float.fromhex(value) for value in expected(exported)["probability_of_default"]]


def expected(exported: Path) -> dict[str, list]:
    return json.loads((exported / "expected.json").read_text())


def rows(clients, columns) -> np.ndarray:
    """(n_clients, n_columns), NaN where a feature is not known."""
    return np.array([[client[name] for name in columns] for client in clients], dtype=np.float64)


def test_there_is_a_bundle_of_the_version_whose_modules_had_other_names():
    assert "0.1" in VERSIONS


def test_its_pickle_names_modules_that_have_moved():
    content = (FOLDER / "0.1" / "model.pkl").read_bytes()
    for name in (b"credit.calibration", b"credit.chosen", b"credit.boosted"):
        assert name in content
    assert b"credit.model" not in content
    assert "loader_module: credit.scorer.pyfunc" in (FOLDER / "0.1" / "MLmodel").read_text()


def test_no_byte_was_changed_since_it_was_exported(exported):
    files = json.loads((exported / "manifest.json").read_text())["files"]
    assert set(files) == {*FILES, PROFILE}
    assert {name: hashlib.sha256((exported / name).read_bytes()).hexdigest() for name in files} == files


def test_it_loads_into_the_classes_of_today(bundle):
    loaded = load_bundle(bundle)
    assert type(loaded.model) is Calibrated
    assert type(loaded.model.estimator) is ChosenColumns
    assert type(loaded.model.estimator.estimator) is Boosted
    assert len(loaded.model.estimator.positions) < len(loaded.columns)
    assert loaded.threshold == float((bundle / "best_threshold").read_text())


def test_its_probabilities_are_the_same_to_the_last_bit(bundle, clients, probability):
    loaded = load_bundle(bundle)
    x = rows(clients, loaded.columns)
    assert loaded.probability(x).tolist() == probability
    assert [loaded.probability(row[None])[0] for row in x] == probability
    assert len(set(probability)) > len(probability) / 2


@pytest.mark.parametrize("name", [*FILES, PROFILE])
def test_a_changed_file_is_refused(bundle, name):
    content = (bundle / name).read_bytes()
    changed = content[:-2] + bytes([content[-2] ^ 1]) + content[-1:]
    (bundle / name).write_bytes(changed)
    with pytest.raises(BundleError, match=rf"{name} was changed after it was exported"):
        load_bundle(bundle)


def test_the_service_answers_with_the_same_probabilities(bundle, clients, probability, tmp_path):
    service = create_app(bundle, database=tmp_path / "decisions.db").test_client()
    body = [{"SK_ID_CURR": number, **client} for number, client in enumerate(clients)]
    sent = [client for client in body if client["AMT_CREDIT"] is not None]
    assert len(sent) > len(body) / 2
    wanted = {f"client n° {one['SK_ID_CURR']}": probability[one["SK_ID_CURR"]] for one in sent}
    found = service.post("/predict_proba", json=sent)
    assert (found.status_code, found.json["prediction"]) == (200, wanted)

    threshold = load_bundle(bundle).threshold
    decided = service.post("/predict", json=sent)
    assert decided.status_code == 200
    assert decided.json["prediction"] == {name: "Yes" if p < threshold else "No" for name, p in wanted.items()}
    assert set(decided.json["prediction"].values()) == {"Yes", "No"}


def test_its_pages_and_its_card_are_served(bundle, tmp_path):
    service = create_app(bundle, database=tmp_path / "decisions.db").test_client()
    for address in ("/", "/model", "/features", "/ready"):
        assert service.get(address).status_code == 200, address


def test_mlflow_loads_it_by_the_module_that_its_mlmodel_names(bundle, clients, probability):
    frame = pd.DataFrame(clients, dtype=np.float64)
    default = mlflow.pyfunc.load_model(str(bundle)).predict(frame[frame.columns[::-1]])[:, 1]
    assert default.tolist() == probability
