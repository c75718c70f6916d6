"""Made-up clients of a service that compares its log with a profile, and what it finds."""

import time

import numpy as np

COLUMNS = ["AMT_CREDIT", "EXT_SOURCE_2", "FLAG_EMAIL"]


MANIFEST = {
    "data": {"simulated": True},
    "model": {"name": "Small"},
    "costs": {"margin": 0.19, "loss_given_default": 1.0},
    "features": {"contribution": {"EXT_SOURCE_2": 0.9, "AMT_CREDIT": 0.1}},
}


def clients(n, seed, shift=0.0):
    rng = np.random.default_rng(seed)
    scores = np.clip(0.5 + rng.normal(shift, 1, n) / 10, 0, 1)
    return np.column_stack([rng.uniform(1e5, 1e6, n), scores, rng.integers(0, 2, n)])


def bodies(X, first=1):
    return [{"SK_ID_CURR": first + k, **dict(zip(COLUMNS, row, strict=True))} for k, row in enumerate(X.tolist())]


def looked(client, query=""):
    """What a look finds that began after now."""
    watch = client.application.extensions["service"].watch
    before = client.get(f"/drift{query}").json
    until = time.monotonic() + 120
    while watch._running:
        assert time.monotonic() < until
        time.sleep(0.01)
    if before["status"] == "ready":
        watch._every = 3600  # what was found is told, and no other look begins
        found = client.get(f"/drift{query}").json
        watch._every = 0
        return found
    return looked(client, query)
