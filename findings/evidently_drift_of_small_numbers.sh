#!/usr/bin/env bash
# Evidently 0.7.23: a column of small numbers never drifts: its distance is divided by 0.001, not by its spread.
#
# Behaviour. From 1,000 rows on, a numeric column is compared by the "Wasserstein distance (normed)", which is said to
# be the distance in standard deviations of the reference, so that no unit matters. The standard deviation is taken as
# 0.001 where it is smaller. A daily interest rate of some 0.0002 may double for every client, ten standard deviations,
# and the report says 0.2 of one in place of ten; a rate of 0.00002 that doubles is no drift. The same column in
# percent, or in basis points, is. One very large value in the reference hides all drift, too, but that can be guessed
# from the formula.
# Source. norm = max(std, 0.001) in src/evidently/legacy/calculations/stattests/wasserstein_distance_norm.py:
# https://github.com/evidentlyai/evidently
#
# Output seen: "as fractions 0.02, drifted 0 of 1; times 10,000: 10.07, drifted 1 of 1".
# Exits with 1 where that is no longer so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    evidently==0.7.23 pandas==3.0.6 numpy==2.4.6 scipy==1.17.1
cd "$folder"
export DO_NOT_TRACK=1
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import sys

import evidently
import numpy as np
import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.presets import DataDriftPreset

generator = np.random.default_rng(0)
rate = generator.normal(2e-5, 2e-6, size=5_000)  # the daily rate, with a spread of a tenth of it
doubled = generator.normal(4e-5, 2e-6, size=5_000)
definition = DataDefinition(numerical_columns=["rate"])


def drift(scale):
    """The normed distance of the column, and the number of columns that drifted."""
    current, reference = (
        Dataset.from_pandas(pd.DataFrame({"rate": rates * scale}), data_definition=definition)
        for rates in (doubled, rate)
    )
    counted, column = Report([DataDriftPreset()]).run(current, reference).dict()["metrics"]
    assert "Wasserstein" in str(column), column
    return float(column["value"]), int(counted["value"]["count"])


small, large = drift(1), drift(10_000)
print(f"Evidently {evidently.__version__}: as fractions {small[0]:.2f}, drifted {small[1]} of 1; ", end="")
print(f"times 10,000: {large[0]:.2f}, drifted {large[1]} of 1")
sys.exit(0 if small[1] == 0 and large[1] == 1 and large[0] > 100 * small[0] else "the behaviour has changed")
PYTHON
