"""python -m credit drift as a scheduled job: how it ends, and what it does not take."""

import numpy as np
import pytest
from click.testing import CliRunner
from lightgbm import LGBMClassifier

from credit.cli import main
from credit.decision_log import Columns, Decision, Log
from credit.decision_log.encoding import to_bytes
from credit.decision_log.outcomes import Outcome, record_outcomes
from credit.model import load_bundle, save_bundle
from credit.monitoring import Profile

COLUMNS = ["AMT_CREDIT", "EXT_SOURCE_2"]
DECIDED = ("accept", "refuse")
MANIFEST = {
    "data": {"simulated": True},
    "model": {"name": "Small"},
    "features": {"contribution": {"EXT_SOURCE_2": 0.9, "AMT_CREDIT": 0.1}},
}


def clients(n, seed, shift=0.0):
    rng = np.random.default_rng(seed)
    return np.column_stack([rng.uniform(1e5, 1e6, n), rng.normal(shift, 1, n)])


@pytest.fixture(scope="module")
def fitted():
    x = clients(2000, 5)
    y = np.random.default_rng(6).random(2000) < 1 / (1 + np.exp(2 + x[:, 1]))
    return LGBMClassifier(n_estimators=20, num_leaves=4, verbose=-1, n_jobs=1).fit(x, y.astype(int))


@pytest.fixture(scope="module")
def bundles(fitted, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundles")
    profile = Profile.of(COLUMNS, clients(4000, 8), fitted.predict_proba(clients(2000, 7))[:, 1]).written()
    for name, made in (("whole", profile), ("blind", None)):
        save_bundle(folder / name, fitted, COLUMNS, 0.16, MANIFEST, profile=made)
    return folder


@pytest.fixture
def job(bundles, tmp_path):
    """Runs the command on a log of so many clients; its exit code and output."""

    def job(n, *words, shift=0.0, bundle="whole", defaulted=None):
        path = tmp_path / "decisions.db"
        log = Log(path)
        log.prepare()
        model = load_bundle(bundles / bundle)
        if n:
            x = clients(n, 1, shift)
            p = model.probability(x)
            rows = zip(range(n), x, p.tolist(), strict=True)
            columns, band = Columns(COLUMNS), (None, None, model.model_hash, "application")
            log.record(
                [
                    Decision("r", "ann", k, columns, to_bytes(row), one, 0.16, DECIDED[one >= 0.16], *band)
                    for k, row, one in rows
                ]
            )
            if defaulted is not None:
                record_outcomes(log, [Outcome(defaulted, client=k) for k in range(n)], "ann")
        log.close()
        words = ["drift", "--current", "log", "--database", path, "--bundle", bundles / bundle, *words]
        done = CliRunner().invoke(main, [*map(str, words)])
        return done.exit_code, done.output

    return job


def test_stable_clients_end_well_and_others_with_1(job):
    assert job(400, "--fail-on", 0.25)[0] == 0
    code, output = job(400, "--fail-on", 0.25, shift=-1)
    assert (code, "Verdict: drifted" in output) == (1, True)


@pytest.mark.parametrize(
    ("n", "bundle", "why"),
    [
        (400, "blind", "without a profile of its training clients"),
        (0, "whole", "holds no decision of this window"),
        (50, "whole", "Verdict: none, 50 clients are too few"),
    ],
)
def test_a_job_that_sees_nothing_ends_with_3_and_says_why(job, n, bundle, why):
    code, output = job(n, "--fail-on", 0.25, bundle=bundle)
    assert code == 3
    assert why in output
    assert "there is no verdict to fail on" in output
    assert job(0, bundle=bundle)[0] == 0


def test_a_job_that_waits_for_alarms_does_not_take_an_empty_log_for_silence(job):
    code, output = job(0, "--fail-on-alarm", bundle="blind")
    assert (code, "there is nothing to look at" in output) == (3, True)


def test_a_job_may_fail_on_anything_that_there_is_to_look_at(job):
    assert job(400, "--fail-on-alarm")[0] == 0
    assert job(400, defaulted=True)[0] == 0
    code, output = job(400, "--fail-on-alarm", "--fail-on", 0.25, defaulted=True)
    assert code == 1
    assert "standard errors apart" in output


def test_a_muted_alarm_fails_no_job_and_is_said(job):
    code, output = job(400, "--fail-on-alarm", "--mute", "model", "--mute", "features", shift=-1)
    assert "muted alarms: model, features" in output
    raised = [line for line in output.splitlines() if line.startswith("look: ")]
    assert code == (1 if raised else 0)
    assert not any("What the model reads" in line or "have drifted" in line for line in raised)


@pytest.mark.parametrize(
    "words",
    [
        ("--days", "-5"),
        ("--days", "1e9"),
        ("--days", "nan"),
        ("--fail-on", "nan"),
        ("--fail-on", "0"),
        ("--moderate-at", "0.3"),
        ("--drifted-at", "inf"),
    ],
)
def test_numbers_that_are_none_are_refused(job, words):
    code, output = job(3, *words)
    assert code != 0
    assert "Traceback" not in output
    assert words[0].lstrip("-") in output
