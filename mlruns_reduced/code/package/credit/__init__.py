"""Credit scoring for consumer loans: tables become features, features a probability, a probability a decision.

As a library: ``credit.load(folder)`` gives a model with ``probability(X)`` and ``score(rows)``;
``credit.features.build(tables)`` makes features from tables. See docs/library.md.
"""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from credit.library import LoadedModel

__all__ = ["__version__", "load"]

#: As in pyproject.toml, which a deployed app has not installed.
__version__ = "0.2.0"


def load(folder: str | Path | None = None, rules: str | Path | None = None) -> "LoadedModel":
    """The model in ``folder``: by default mlruns_reduced/ in the working folder, else the installed package's.

    ``rules``: the file of the bank's rules, None without any. Returns a `credit.library.LoadedModel`. Raises
    ``BundleError`` for a folder that cannot be used and ``BankRulesError`` for such rules, in one sentence that says
    what to do.
    """
    # Here and not above: whoever imports a part of the package does not wait for all that a model needs.
    from credit.library import load as loaded

    return loaded(folder, rules)
