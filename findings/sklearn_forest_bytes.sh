#!/usr/bin/env bash
# scikit-learn 1.9.1: a random forest that is loaded twice from one file is written as two different files.
#
# Behaviour. A forest that has just been fitted is dumped to the same bytes every time. Once it has been loaded, the
# dump has other bytes than its file and than the dump of the same file loaded again, and joblib.hash() of the two
# differs, so that joblib.Memory calculates again. Predictions are the same. The nodes of a tree take 64 bytes, of which
# 7 are padding; loading copies the fields and leaves in the padding whatever the memory held. Pickles of fitted trees
# were made the same for that reason in 1.4, those of loaded trees were not. A model's SHA-256 is one of its file, not
# of the model.
# Source. https://github.com/scikit-learn/scikit-learn/pull/27580 (the fix for fitted trees)
#
# Output seen: "fitted: 1 hash of 4 dumps; loaded: 4 hashes of 4 dumps, 4 of joblib.hash; predictions equal: True" (the
# number may be lower by chance). Exits with 1 where loaded ones have one hash.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    scikit-learn==1.9.1 joblib==1.6.0 numpy==2.4.6 scipy==1.17.1
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import hashlib
import io
import sys

import joblib
import numpy as np
import sklearn
from sklearn.ensemble import RandomForestClassifier

generator = np.random.default_rng(0)
x = generator.normal(size=(400, 4))
y = (x[:, 0] + generator.normal(size=400) > 0).astype(int)
fitted = RandomForestClassifier(20, random_state=0).fit(x, y)


def dump(model):
    file = io.BytesIO()
    joblib.dump(model, file)
    return file.getvalue()


def different(models):
    return len({hashlib.sha256(dump(model)).hexdigest() for model in models})


loaded = [joblib.load(io.BytesIO(dump(fitted))) for _ in range(4)]
of_fitted, of_loaded = different([fitted] * 4), different(loaded)
hashes = len({joblib.hash(model) for model in loaded})
equal = all(np.array_equal(model.predict_proba(x), fitted.predict_proba(x)) for model in loaded)
print(f"scikit-learn {sklearn.__version__}, joblib {joblib.__version__}, NumPy {np.__version__}")
print(f"fitted: {of_fitted} hash of 4 dumps; loaded: {of_loaded} hashes of 4 dumps, {hashes} of joblib.hash; ", end="")
print(f"predictions equal: {equal}")
sys.exit(0 if of_fitted == 1 and min(of_loaded, hashes) > 1 and equal else "the behaviour has changed")
PYTHON
