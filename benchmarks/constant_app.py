"""The limit of any scoring service on Flask: it parses the body, at compiled speed, and answers a constant."""

from typing import Any

import msgspec
from flask import Flask, Response, request

app = Flask(__name__)


@app.post("/predict_proba")
def predict_proba() -> Any:
    sent = msgspec.json.decode(request.get_data(cache=False))
    one = sent[0] if isinstance(sent, list) else sent
    application = one.get("application", one)  # a row, or a list of one
    number = (application[0] if isinstance(application, list) else application)["SK_ID_CURR"]
    return Response(
        msgspec.json.encode({"prediction": {f"client n° {number}": 0.0834}}) + b"\n", mimetype="application/json"
    )
