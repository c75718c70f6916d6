"""A model with a profile, and a log of three quarters with outcomes, of which packs of evidence are made."""

import sqlite3

import numpy as np
from lightgbm import LGBMClassifier

from credit.decision_log import Log
from credit.decision_log.hash_chain import START, link
from credit.decision_log.outcomes import Outcome, record_outcomes
from credit.model import save_bundle
from credit.monitoring import Profile
from credit.web.application import create_app
from support.watched import COLUMNS, MANIFEST, bodies, clients

REQUIREMENTS = "flask==3.1.3 \\\n    --hash=sha256:" + "ab" * 32 + "\nTzdata==2026.6 ; sys_platform == 'win32' \\\n"

#: A client's number, an amount and a word that stand nowhere else in a pack.
CLIENT, AMOUNT, WORD = 70_707_001, 123_457.0, "Wahrscheinlichkeitswerk"


def bundle(folder):
    """A model of three columns that has decided on nobody yet, with figures of a simulated bank."""
    X = clients(2000, 5)
    y = np.random.default_rng(6).random(2000) < 1 / (1 + np.exp(2 + (10 * X[:, 1] - 5)))
    fitted = LGBMClassifier(n_estimators=20, num_leaves=4, verbose=-1, n_jobs=1).fit(X, y.astype(int))
    made = Profile.of(COLUMNS, clients(4000, 8), fitted.predict_proba(clients(2000, 7))[:, 1]).written()
    manifest = {
        **MANIFEST,
        "data": {"simulated": True, "clients": 2000, "folder": "bank", "fingerprint": "cd" * 32},
        "model": {"name": "Small", "clients": 2000, "seed": 7},
        "metrics": {"test_clients": 400, "roc_auc": 0.7125, "roc_auc_low": 0.65, "roc_auc_high": 0.77},
    }
    return save_bundle(folder, fitted, COLUMNS, 0.3, manifest, profile=made)


def with_manifest(scorer, manifest):
    """The scorer as if its bundle had this manifest."""

    class Other:
        def __getattr__(self, name):
            return manifest if name == "manifest" else getattr(scorer, name)

    return Other()


def log_of_three_quarters(model, file):
    """Decisions on 900 clients in ``file``, 300 a quarter, with the outcomes of the first two; the chain is whole."""
    service = create_app(model, database=file, log_requests=False).test_client()
    for part in range(3):
        body = bodies(clients(300, 20 + part), first=CLIENT + 300 * part)
        body[0]["AMT_CREDIT"] = AMOUNT
        assert service.post("/predict", json=body, headers={"X-Request-ID": WORD}).status_code == 200
    _backdate(file)
    log = Log(file)
    rng = np.random.default_rng(3)
    with log.reading() as connection:
        rows = connection.exec_driver_sql("SELECT id, probability FROM decisions WHERE id <= 600").all()
    told = [Outcome(bool(rng.random() < row.probability), decision=row.id) for row in rows]
    record_outcomes(log, told, caller="file", everybodys=True)
    log.close()
    return file


def copied(log, file):
    """The database of a log, with what stands in its log of writes, as another file."""
    source, target = sqlite3.connect(log), sqlite3.connect(file)
    source.backup(target)
    source.close()
    target.close()
    return file


def altered(log, file):
    """A copy of a log in which somebody has changed the probability of the fifth decision."""
    database = sqlite3.connect(copied(log, file))
    database.execute("UPDATE decisions SET probability = 0.01 WHERE id = 5")
    database.commit()
    database.close()
    return file


def _backdate(file):
    """Give each 300 decisions a quarter of their own, and all rows their hashes anew."""
    database = sqlite3.connect(file)
    database.row_factory = sqlite3.Row
    head = START
    for row in database.execute("SELECT * FROM decisions ORDER BY id").fetchall():
        month = ("02", "05", "08")[(row["id"] - 1) // 300]
        now = {**dict(row), "time": f"2026-{month}-11T10:00:00.000000+00:00"}
        head = link(head, now)
        database.execute("UPDATE decisions SET time = ?, hash = ? WHERE id = ?", (now["time"], head, row["id"]))
    database.execute("UPDATE chain SET head = ?", (head,))
    database.commit()
    database.close()
