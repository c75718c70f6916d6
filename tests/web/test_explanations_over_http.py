"""/explain over HTTP, of the shipped model and 200 clients: parts add up, and no digit is lost on the way."""

import json
import math
import os
import urllib.request
from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from support.server import JSON, ROOT, Server

from credit.explain import Explainer
from credit.model import load_bundle

pytestmark = pytest.mark.skipif(os.name != "posix", reason="gunicorn runs on POSIX systems only")

CLIENTS = 200


class Written(float):
    """A number of an answer, and how it is written there."""

    def __new__(cls, text):
        found = super().__new__(cls, text)
        found.text = text
        return found


@pytest.fixture(scope="module")
def answers(bank, tmp_path_factory):
    """What the server writes about each client: the text of /explain, and the probability of /predict_proba."""
    rows = pl.read_parquet(bank / "application_test.parquet").head(CLIENTS).to_dicts()
    assert len(rows) == CLIENTS
    server = Server(tmp_path_factory.mktemp("explained"), ROOT / "mlruns_reduced", WEB_CONCURRENCY="1").wait()
    try:
        yield [(explained(server, row), probability(server, row)) for row in rows]
    finally:
        server.stop()


def explained(server, row):
    request = urllib.request.Request(f"http://127.0.0.1:{server.port}/explain", json.dumps(row).encode(), JSON)
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.loads(response.read(), parse_float=Written)


def probability(server, row):
    status, found = server.ask("/predict_proba", row)
    assert status == 200
    return found["prediction"][f"client n° {row['SK_ID_CURR']}"]


def test_base_value_and_contributions_are_the_log_odds_to_a_billionth(answers):
    for found, p in answers:
        parts = found["base_value"] + math.fsum(one["contribution"] for one in found["contributions"])
        assert parts == pytest.approx(found["log_odds"], rel=0, abs=1e-9)
        assert parts == pytest.approx(math.log(p / (1 - p)), rel=0, abs=1e-9)
        assert found["probability"] == pytest.approx(p, rel=0, abs=1e-12)


def test_every_number_is_the_shortest_that_gives_the_same_double(answers):
    seen = 0
    for found, _ in answers:
        numbers = [found[name] for name in ("base_value", "base_probability", "log_odds", "probability")]
        numbers += [one["contribution"] for one in found["contributions"]]
        for number in numbers:
            # repr gives the shortest digits that are read as the same double.
            assert Decimal(number.text) == Decimal(repr(float(number)))
            seen += 1
    assert seen > CLIENTS * 1000


def test_the_numbers_are_those_of_the_explainer_to_the_last_bit(answers, bank):
    """Asked with what the answer says of the client: nothing is rounded before it is written."""
    model = load_bundle("mlruns_reduced")
    explainer = Explainer(model)
    for found, _ in answers[:20]:
        values = {one["feature"]: one["value"] for one in found["contributions"]}
        x = np.array([[math.nan if values[name] is None else float(values[name]) for name in model.columns]])
        again = explainer.explain(x)
        assert found["base_value"] == again.base_value
        assert found["log_odds"] == again.log_odds
        assert {one["feature"]: one["contribution"] for one in found["contributions"]} == {
            one.feature: one.contribution for one in again.contributions
        }
