#!/usr/bin/env bash
# MLflow 3.17.2: an infinite metric comes back as the largest finite number.
#
# Behaviour. log_metric() takes infinity, such as the log loss of a model that was sure and wrong, or the loss of a
# training that diverged. The SQL store writes 1.7976931348623157e+308 in its place, and that is what get_run(), the
# history, the pages and search_runs() say, where math.isinf() is False. NaN comes back as NaN. An average over runs is
# infinite or overflows, and no filter tells the two apart.
# Source. sanitize_metric_value in mlflow/store/tracking/sqlalchemy_store.py: https://github.com/mlflow/mlflow
#
# Output seen: "logged [inf, -inf, nan], read [1.7976931348623157e+308, -1.7976931348623157e+308, nan]".
# Exits with 1 where that is no longer so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    mlflow-skinny==3.17.2 sqlalchemy==2.1.9 alembic==1.20.1
cd "$folder"
export MLFLOW_DISABLE_TELEMETRY=true DO_NOT_TRACK=true
"$folder/venv/bin/python" - <<'PYTHON'
import logging
import math
import sys

import mlflow

logging.disable(logging.INFO)
mlflow.set_tracking_uri("sqlite:///runs.db")
logged = {"high": math.inf, "low": -math.inf, "none": math.nan}
with mlflow.start_run() as run:
    mlflow.log_metrics(logged)
metrics = mlflow.get_run(run.info.run_id).data.metrics
read = [metrics[name] for name in logged]
print(f"MLflow {mlflow.__version__}: logged {[*logged.values()]}, read {read}")
largest = sys.float_info.max
sys.exit(0 if read[:2] == [largest, -largest] and math.isnan(read[2]) else "the behaviour has changed")
PYTHON
