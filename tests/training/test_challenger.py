"""A challenger beside the champion: never shipped by itself, held against it in the shadow, swapped and back."""

import json

import mlflow
import numpy as np
import pytest
from click.testing import CliRunner
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier

from credit import cost, scorer, training
from credit.cli import main
from credit.decisions import Columns, Decision, Log
from credit.decisions.inputs import written
from credit.drift import Profile
from credit.models import Candidate
from credit.outcomes import Outcome, tell
from credit.training import challenger, settle, tracking
from credit.training.recording import record_comparison

GOOD = Candidate("Forest", lambda seed: RandomForestClassifier(30, min_samples_leaf=20, random_state=seed))
USELESS = Candidate("Dummy", lambda seed: DummyClassifier(strategy="prior"))


def recorded(data, one):
    parts = training.split(data)
    original = training.search(USELESS, training.application_columns(data), parts)
    record_comparison(data, parts, [training.search(one, data, parts)], original, {"seed": 7, "clients": len(data)})


@pytest.fixture(scope="module")
def project(made_up, open_store, tmp_path_factory):
    """A useless champion that was shipped, and a good challenger that was not, each with its hash."""
    folder = open_store(tmp_path_factory.mktemp("challenge"))
    bundle = folder / "bundle"
    recorded(made_up(2000, seed=1), USELESS)
    settle(bundle)
    champion = scorer.load(bundle).model_hash
    recorded(made_up(2000, seed=2), GOOD)
    settled = settle(bundle, ship=False)
    with tracking.registered("challenger", "bundle") as made:
        other = scorer.load(made).model_hash
    return folder, bundle, champion, other, settled


@pytest.fixture
def log(project, made_up, tmp_path):
    """400 newer clients whom the champion has decided on."""
    model, data = scorer.load(project[1]), made_up(400, seed=3)
    found = Log(tmp_path / "decisions.db")
    p = model.probability(data.x)
    found.record(
        [
            Decision("r", "ann", int(client), Columns(model.columns), written(x), float(one), model.threshold, "accept",
                     None, None, model.model_hash)
            for client, x, one in zip(data.client, data.x, p, strict=True)
        ]
    )  # fmt: skip
    yield found
    found.close()


def test_a_challenger_is_registered_and_not_shipped(project):
    _, bundle, champion, other, settled = project
    assert scorer.load(bundle).model_hash == champion != other
    assert (settled.outcome.shipped, settled.outcome.allowed) == (False, True)
    assert tracking.aliases() == {"champion": 1, "challenger": 2}


def test_the_training_ships_a_profile_of_its_clients(project, made_up):
    bundle = project[1]
    found = Profile.read((bundle / "profile.json").read_bytes())
    data = made_up(2000, seed=1)
    assert found.columns == data.columns
    assert found.clients == len(training.split(data).train)
    manifest = json.loads((bundle / "manifest.json").read_text())
    assert set(manifest["files"]) == {"model.pkl", "columns.pkl", "best_threshold", "profile.json"}


def test_without_outcomes_the_shadow_says_who_would_be_decided_otherwise(project, log):
    found = challenger.in_shadow(log, project[1])
    assert (found.clients, found.told, found.gain) == (400, 0, None)
    assert 0 < found.changed < 400
    assert "no outcomes" in str(found)


def test_the_shadow_says_what_the_change_would_have_saved(project, log, made_up):
    data, bundle = made_up(400, seed=3), project[1]
    tell(log, [Outcome(bool(y), client=int(c)) for c, y in zip(data.client, data.defaulted, strict=True)], "ann")
    found = challenger.in_shadow(log, bundle)
    with tracking.registered("challenger", "bundle") as made:
        new, old = scorer.load(made), scorer.load(bundle)
    costs = [cost.cost(data.defaulted, model.refused(model.probability(data.x)), data.amount) for model in (new, old)]
    everybody = cost.accept_everybody(data.defaulted, data.amount)
    assert found.told == 400
    assert found.gain.estimate == pytest.approx((costs[1] - costs[0]) / everybody)
    assert found.gain.low < found.gain.estimate < found.gain.high
    assert found.gain.estimate > 0
    assert not found.worse
    assert f"it would have saved {100 * found.gain.estimate:+.1f} points" in str(found)
    # The other way round the same change is a loss.
    back = challenger.shadow(log, old, new)
    assert back.gain.estimate == found.gain.estimate


def test_a_challenger_that_reads_more_is_told(project, log):
    old = scorer.load(project[1])
    other = scorer.Scorer(old.model, [*old.columns[:-1], "ANOTHER"], 0.2, old.manifest, old._default_probability)
    with pytest.raises(ValueError, match="does not hold, such as 'ANOTHER'"):
        challenger.shadow(log, old, other)


def test_a_swap_promotes_and_another_rolls_back(project):
    folder, bundle, champion, other, _ = project
    before = {path.name: path.read_bytes() for path in bundle.iterdir()}
    challenger.swap(bundle)
    assert scorer.load(bundle).model_hash == other
    assert tracking.aliases() == {"champion": 2, "challenger": 1}
    challenger.swap(bundle)
    assert {path.name: path.read_bytes() for path in bundle.iterdir()} == before
    assert tracking.aliases() == {"champion": 1, "challenger": 2}
    assert [path.name for path in folder.iterdir() if "bundle" in path.name] == ["bundle"]
    assert scorer.load(bundle).model_hash == champion


def test_a_shipped_model_that_was_never_registered_can_be_gone_back_to(project, made_up, tmp_path):
    _, bundle, _, other, _ = project
    data = made_up(300, seed=9)
    model = RandomForestClassifier(5, random_state=0).fit(data.x, data.defaulted)
    shipped = scorer.save(tmp_path / "bundle", model, data.columns, 0.2, scorer.load(bundle).manifest)
    mine = scorer.load(shipped).model_hash
    with_both = tracking.aliases()
    try:
        challenger.swap(shipped)
        assert scorer.load(shipped).model_hash == other
        assert tracking.aliases() == {"champion": with_both["challenger"], "challenger": 3}
        challenger.swap(shipped)
        assert scorer.load(shipped).model_hash == mine
    finally:
        for alias, version in with_both.items():
            tracking.set_alias(alias, version)


def test_rolling_back_by_the_command(project, monkeypatch):
    folder, bundle, champion, other, _ = project
    monkeypatch.chdir(folder)
    for expected in (other, champion):
        done = CliRunner().invoke(main, ["rollback", "--bundle", "bundle"])
        assert done.exit_code == 0, done.output
        assert scorer.load(bundle).model_hash == expected


def test_without_a_challenger_there_is_nothing_to_swap(open_store, tmp_path):
    before = mlflow.get_tracking_uri()
    open_store(tmp_path)
    with pytest.raises(tracking.TrackingError, match=r"no model in .* is the challenger"):
        challenger.swap(tmp_path / "bundle")
    mlflow.set_tracking_uri(before)


def test_a_log_without_decisions_is_an_empty_shadow(project, tmp_path):
    empty = Log(tmp_path / "decisions.db")
    found = challenger.in_shadow(empty, project[1])
    assert (found.clients, found.changed, found.gain) == (0, 0, None)
    assert np.isfinite(found.told)
    empty.close()
