"""A small seeded training from nothing: a simulated bank, its features, the search, the threshold, the judgement.

tests/data/golden_run.json holds its figures. Whoever means to change them writes them anew, and says in the commit why:

    python -m tests.support.golden_run
"""

import json
import tempfile
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from sklearn.metrics import roc_auc_score

from credit.decision import cost as money
from credit.decision.cost import Costs
from credit.decision.exposure import Exposure
from credit.simulate import simulate
from credit.training import choose_threshold, dataset, lightgbm_search, prepare, pupil, split
from credit.training.bootstrap import redraw
from credit.training.dataset import Dataset, Split
from credit.training.lightgbm_search import Champion

FILE = Path(__file__).parents[1] / "data" / "golden_run.json"
COMMAND = "python -m tests.support.golden_run"

CLIENTS, SEED = 800, 7
#: So many test clients' probabilities are kept, to so many digits.
SHOWN, DIGITS = 20, 6


def trained(folder: Path) -> tuple[Dataset, Split, Champion]:
    """The clients of a bank simulated in ``folder``, and the champion of a search that has few trees."""
    data = dataset(prepare(simulate(folder / "bank", CLIENTS, seed=SEED), seed=SEED))
    parts = split(data, SEED)
    return data, parts, searched(data, parts)


def searched(data: Dataset, parts: Split) -> Champion:
    """One trial, with at most forty trees for each model."""
    with mock.patch.object(pupil, "MOST_TREES", 40), mock.patch.object(lightgbm_search, "PATIENCE", 10):
        return lightgbm_search.search(data, parts, SEED, trials=1, costs=Costs())


def figures(data: Dataset, parts: Split, champion: Champion) -> dict[str, Any]:
    """What the file holds: figures out of fold and of the test clients, the columns that are read, some answers."""
    costs, out_of_fold = Costs(), champion.contender.out_of_fold
    y, amount = data.defaulted[parts.train], data.amount[parts.train]
    exposure = Exposure.of(y, out_of_fold, amount, parts.fold)
    threshold = choose_threshold(y, out_of_fold, amount, exposure, redraw(y, out_of_fold, amount, costs), costs)

    model = champion.contender.model
    p = np.asarray(model.predict_proba(data.x[parts.test])[:, 1])
    tested, loans = data.defaulted[parts.test], data.amount[parts.test]
    columns = [data.columns[position] for position in model.estimator.positions]
    return {
        "clients": len(data),
        "features": len(data.columns),
        "test_clients": len(p),
        "default_rate": round(float(data.defaulted.mean()), DIGITS),
        "trees": champion.trees,
        "columns": sorted(columns),
        "calibration": {
            "slope": round(model.calibration.slope, DIGITS),
            "intercept": round(model.calibration.intercept, DIGITS),
        },
        "auc": {
            "out_of_fold": round(float(roc_auc_score(y, out_of_fold)), DIGITS),
            "test": round(float(roc_auc_score(tested, p)), DIGITS),
        },
        "threshold": {
            "exported": round(threshold.value, DIGITS),
            "searched": round(threshold.searched.estimate, DIGITS),
        },
        "cost": {
            "out_of_fold": round(threshold.cost),
            "test": round(money.cost(tested, p >= threshold.value, loans)),
            "accept_everybody": round(money.accept_everybody(tested, loans)),
            "refuse_everybody": round(money.refuse_everybody(tested, loans)),
        },
        "probability_of_default": {
            str(client): round(float(one), DIGITS)
            for client, one in zip(data.client[parts.test][:SHOWN], p[:SHOWN], strict=True)
        },
    }


def main() -> None:
    """Write the figures anew."""
    with tempfile.TemporaryDirectory() as folder:
        found = figures(*trained(Path(folder)))
    FILE.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    print(f"{FILE.name}: AUC {found['auc']['test']}, cost {found['cost']['test']:,} on {found['test_clients']} clients")


if __name__ == "__main__":
    main()
