"""What the environment says about a server; read here and nowhere else."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from credit.callers import Callers


class SettingError(Exception):
    """A variable of the environment has a value that means nothing."""


@dataclass(frozen=True)
class Settings:
    """BUNDLE, DATABASE_URL, API_KEYS and TRUST_PROXY of the environment.

    ``bundle``: the folder with the model. ``database``: the decision log's file or address. ``callers``: who may score.
    ``trust_proxy``: the one proxy in front says who calls (as Heroku's does).
    """

    bundle: str
    database: str
    callers: Callers
    trust_proxy: bool

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "Settings":
        """Read them. Raises `KeysError` or `SettingError`."""
        trust = environ.get("TRUST_PROXY", "")
        if trust not in ("", "0", "1"):
            raise SettingError(f"TRUST_PROXY is 1 where one proxy in front is to be trusted, else 0, not {trust!r}.")
        return cls(
            bundle=environ.get("BUNDLE") or "mlruns_reduced",
            database=environ.get("DATABASE_URL") or "decisions.db",
            callers=Callers.parse(environ.get("API_KEYS", "")),
            trust_proxy=trust == "1",
        )
