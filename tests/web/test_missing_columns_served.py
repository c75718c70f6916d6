"""The real server says within a request of /metrics that a provider is down, and that it is back."""

import json

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from support.server import Server

from credit.model import save_bundle

COLUMNS = ["AMT_CREDIT", "EXT_SOURCE_1", "EXT_SOURCE_2", "EXT_SOURCE_3"]
MISSING = dict(zip(COLUMNS, (0.0, 0.5571, 0.0016, 0.1938), strict=True))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("absence")
    X = np.random.default_rng(0).random((200, len(COLUMNS)))
    model = HistGradientBoostingClassifier(max_iter=5).fit(X, X[:, 2] < 0.3)
    manifest = {"data": {"simulated": True}, "model": {"name": "scores"}, "features": {"missing": MISSING}}
    running = Server(folder, save_bundle(folder / "bundle", model, COLUMNS, 0.5, manifest))
    yield running.wait()
    assert running.stop() == 0


def told(server):
    lines = server.ask("/metrics")[1].splitlines()
    found = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: value for name, value in found.items() if "missing" in name and "column" in name}


def lines(server):
    written = [json.loads(line) for line in server.written().splitlines() if line.startswith("{")]
    return [line for line in written if "missing" in line]


def test_a_provider_that_is_down_is_said_once_and_so_is_its_return(server):
    nothing = told(server)
    assert nothing == {
        f'{name}{{column="{column}"}}': "0"
        for name in ("credit_feature_missing_total", "credit_suddenly_missing")
        for column in COLUMNS
    }
    others = {"AMT_CREDIT": 500_000, "EXT_SOURCE_1": 0.5, "EXT_SOURCE_3": 0.5}
    for number in range(100):  # both workers take their share
        assert server.ask("/score", {"SK_ID_CURR": number, **others})[0] == 200
    down = {
        **nothing,
        'credit_feature_missing_total{column="EXT_SOURCE_2"}': "100",
        'credit_suddenly_missing{column="EXT_SOURCE_2"}': "1",
    }
    assert [told(server) for _ in range(10)] == [down] * 10  # whichever is asked
    (begun,) = lines(server)
    assert (begun["level"], begun["missing"].keys()) == ("warning", {"EXT_SOURCE_2"})
    assert 30 <= begun["missing"]["EXT_SOURCE_2"] == begun["clients"] <= 100

    sound = {**others, "EXT_SOURCE_2": 0.5}
    for _ in range(5):  # 100 of 5,100 are fewer than 2.3 %
        assert server.ask("/score", [{"SK_ID_CURR": number, **sound} for number in range(1000)])[0] == 200
    up = {**down, 'credit_suddenly_missing{column="EXT_SOURCE_2"}': "0"}
    assert [told(server) for _ in range(10)] == [up] * 10
    _, ended = lines(server)
    assert (ended["level"], ended["missing"].keys()) == ("info", {"EXT_SOURCE_2"})
    assert server.written().count("500000") == 0
