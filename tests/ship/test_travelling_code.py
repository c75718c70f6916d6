"""The code that travels with the shipped model is that of the package."""

from pathlib import Path

from credit.training import mlflow_flavour

ROOT = Path(__file__).parents[2]


def files_of(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.py")}


def test_the_shipped_model_carries_the_code_of_this_version(tmp_path):
    mlflow_flavour._add_code(tmp_path / "code")
    kept, made = files_of(ROOT / "mlruns_reduced" / "code"), files_of(tmp_path / "code")
    other = sorted(name for name in kept.keys() | made.keys() if kept.get(name) != made.get(name))
    assert other == [], "write them anew: python -m credit describe"
