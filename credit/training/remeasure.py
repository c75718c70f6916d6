"""A bundle's figures at another threshold, measured on the test clients of its training: from its tables.

Who is a test client follows from the person alone (`credit.training.split_membership`), so the tables say it again.
That they are the clients of the export is checked: there are as many, and the model ranks them as well.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from credit import features
from credit.decision.cost import Costs
from credit.decision.review import Review
from credit.features.needed_tables import histories_of
from credit.model import Scorer, load_bundle
from credit.model.manifest import MANIFEST, BundleError
from credit.program import PROGRAM
from credit.tables import TARGET, of_clients
from credit.training import decision_figures
from credit.training.dataset import labelled_tables, with_features
from credit.training.evaluation import gains
from credit.training.fairness import Groups
from credit.training.split_membership import COLUMNS, is_test, persons, share_of

Floats = NDArray[np.float64]

#: How far the area under the ROC curve may be from the manifest's: another processor may round a probability otherwise.
TOLERANCE = 1e-4
#: The name of the true probability in the tables of a simulated bank.
TRUTH = "PROBABILITY_OF_DEFAULT"
#: Read for the figures by gender and age, whether or not the model reads them.
_OF_GROUPS = ("CODE_GENDER", "DAYS_BIRTH")


@dataclass(frozen=True)
class Measured:
    """Figures of the test clients, as the manifest has them.

    - ``metrics``, ``served``, ``gains``: see `credit.training.decision_figures`; of the gains that over the truth of a
      simulated bank alone, since a bundle keeps no model to compare with
    - ``groups``: by gender and age
    """

    metrics: dict[str, Any]
    served: dict[str, float | None]
    gains: dict[str, dict[str, float | None]]
    groups: Groups


def measure(bundle: str | Path, folder: str | Path, threshold: float, costs: Costs, review: Review | None) -> Measured:
    """The figures of the model in ``bundle`` on its test clients in ``folder``, the tables that it was trained on.

    ``threshold``: at which they are measured. ``costs``: of errors. ``review``: None refers no client. Raises
    ``BundleError`` for a bundle that cannot be used or does not say who its test clients are, ``TablesError`` for a
    folder that cannot be read, ``ValueError`` where these have other test clients.
    """
    model = load_bundle(bundle)
    test, _ = clients_held_out(model, bundle, folder, costs)
    return Measured(
        decision_figures.metrics(test, threshold, costs),
        decision_figures.served(test, threshold, costs, review),
        decision_figures.gains_as_dict(gains(test, threshold, None, costs)),
        decision_figures.groups(test, threshold, costs, review),
    )


def clients_held_out(
    model: Scorer, bundle: str | Path, folder: str | Path, costs: Costs
) -> tuple[pl.DataFrame, Floats]:
    """The test clients of ``model``, which is that in ``bundle``, in ``folder``: a row each as
    `credit.training.evaluation.judged_table` has it, with CODE_GENDER and DAYS_BIRTH, and their features (n, k).
    ``costs``: of errors; the ROC AUC, by which the clients are checked, does not depend on them. Raises what `measure`
    does.
    """
    written = model.manifest.get("metrics", {})
    share = share_of(model.manifest)
    if share is None or not {"test_clients", "roc_auc"} <= written.keys():
        raise BundleError(
            f"{Path(bundle) / MANIFEST} does not say who the test clients were and how well they were ranked, so "
            f"nothing can be measured on them again; retrain with this version: {PROGRAM} train"
        )
    test, x = _made(model, Path(folder), share)
    if len(test) != written["test_clients"]:
        raise ValueError(_others(folder, f"{len(test):,} test clients", f"{written['test_clients']:,}"))
    area = decision_figures.metrics(test, model.threshold, costs)["roc_auc"]
    if not abs(area - (math.nan if written["roc_auc"] is None else written["roc_auc"])) <= TOLERANCE:
        raise ValueError(_others(folder, f"test clients with an ROC AUC of {area:.4f}", f"{written['roc_auc']}"))
    return test, x


def _others(folder: str | Path, found: str, written: str) -> str:
    return f"{folder} has {found} where the manifest has {written}: name the tables that the model was trained on"


def _made(model: Scorer, folder: Path, share: float) -> tuple[pl.DataFrame, Floats]:
    manifest = model.manifest
    tables = labelled_tables(
        folder,
        histories_of(model.columns),
        manifest["model"].get("clients"),
        manifest["model"].get("seed", 7),
        manifest["data"].get("label_one_means"),
    )
    application = {"application_train": tables["application_train"]}
    people = features.build(application, columns=COLUMNS[1:]).collect(engine="streaming")
    test = people.filter(pl.Series(is_test(persons(people), share)))["SK_ID_CURR"]
    columns = tuple(dict.fromkeys((*model.columns, *_OF_GROUPS, "AMT_CREDIT")))
    made = with_features(folder, of_clients(tables, test), columns)
    x = made.select(model.columns).cast(pl.Float64).fill_null(float("nan")).to_numpy()
    found = made.select("SK_ID_CURR", TARGET, "AMT_CREDIT", *_OF_GROUPS)
    if TRUTH in made.columns:
        found = found.with_columns(TRUE_PROBABILITY=made[TRUTH])
    x = np.ascontiguousarray(x)
    return found.with_columns(PROBABILITY_OF_DEFAULT=pl.Series(model.probability(x))), x
