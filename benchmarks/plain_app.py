"""The plain way to serve a model: Flask, a pickled pipeline, and a pandas DataFrame made from each request.

``PLAIN_MODEL`` of the environment: a joblib file with a scikit-learn pipeline fitted on a DataFrame.
"""

import os
from typing import Any

import joblib
import pandas as pd  # type: ignore[import-untyped]
from flask import Flask, jsonify, request

app = Flask(__name__)
model = joblib.load(os.environ["PLAIN_MODEL"])


@app.post("/predict_proba")
def predict_proba() -> Any:
    sent = request.get_json()
    clients = pd.DataFrame([sent] if isinstance(sent, dict) else sent).set_index("SK_ID_CURR")
    features = clients[list(model.feature_names_in_)].astype(float)
    probabilities = model.predict_proba(features)[:, 1]
    return jsonify(
        {"prediction": {f"client n° {n}": float(p) for n, p in zip(clients.index, probabilities, strict=True)}}
    )
