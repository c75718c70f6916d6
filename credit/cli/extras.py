"""What an installation without extras lacks: which packages belong to which extra, and the sentence that says so."""

from importlib.metadata import PackageNotFoundError, version

#: Package that is imported -> the extra of pyproject.toml that installs it.
EXTRA = {
    "dask": "train",
    "distributed": "train",
    "duckdb": "train",
    "evidently": "train",
    "matplotlib": "train",
    "mlflow": "train",
    "optuna": "train",
    "pandas": "train",
    "psycopg": "postgresql",
    "pyarrow": "train",
    "rich": "train",
    "yaml": "train",
}


def missing(error: ModuleNotFoundError) -> str | None:
    """What to install where ``error`` is about a package of an extra; None for any other."""
    package = (error.name or "").partition(".")[0]
    extra = EXTRA.get(package)
    if extra is None or _installed(package):
        return None
    return f"this command needs {package}, which is not installed: pip install 'credit[{extra}]'"


def _installed(package: str) -> bool:
    """Whether it is there, and a part of it is not, which is another matter."""
    try:
        return bool(version(package))
    except PackageNotFoundError:
        return False
