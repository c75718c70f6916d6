"""A challenger beside the champion: held against it in the shadow, promoted by the rules alone, and back."""

import json
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from mlflow import MlflowClient
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier

from credit import cost, scorer, training
from credit.cli import main
from credit.cost import Costs
from credit.decisions import Columns, Decision, Log
from credit.decisions.inputs import written
from credit.drift import Profile
from credit.intervals import Interval
from credit.models import Candidate
from credit.outcomes import Outcome, tell
from credit.training import challenger, settle, tracking
from credit.training.recording import record_comparison

GOOD = Candidate("Forest", lambda seed: RandomForestClassifier(30, min_samples_leaf=20, random_state=seed))
USELESS = Candidate("Dummy", lambda seed: DummyClassifier(strategy="prior"))


def recorded(data, one):
    parts = training.split(data)
    original = training.search(USELESS, training.application_columns(data), parts, costs=Costs())
    candidates = [training.search(one, data, parts, costs=Costs())]
    settings = {"seed": 7, "clients": len(data)}
    return record_comparison(data, parts, candidates, original, settings, costs=Costs())[1]


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
def newer(made_up):
    """400 newer clients: those of the log have numbers that no training client has."""
    data = made_up(400, seed=3)
    return replace(data, client=data.client + 1_000_000)


@pytest.fixture
def log(project, newer, tmp_path):
    """The newer clients, whom the champion has decided on."""
    model, data = scorer.load(project[1]), newer
    found = Log(tmp_path / "decisions.db")
    p = model.probability(data.x)
    found.record(
        [
            Decision("r", "ann", int(client), Columns(model.columns), written(x), float(one), model.threshold, "accept",
                     None, None, model.model_hash, "application,bureau")
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
    assert "what that saves is not known: too few defaults to tell" in str(found)


def test_the_shadow_says_what_the_change_would_have_saved(project, log, newer):
    data, bundle = newer, project[1]
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
    assert (found.learnt, found.newly_told) == (0, found.newly)


def test_a_challenger_that_reads_more_is_told(project, log):
    old = scorer.load(project[1])
    other = scorer.Scorer(old.model, [*old.columns[:-1], "ANOTHER"], 0.2, old.manifest, old._default_probability)
    with pytest.raises(ValueError, match="does not hold, such as 'ANOTHER'"):
        challenger.shadow(log, old, other)


def test_clients_from_whom_the_challenger_has_learnt_are_left_out(project, log, newer):
    _, bundle, *_ = project
    tell(log, [Outcome(bool(y), client=int(c)) for c, y in zip(newer.client, newer.defaulted, strict=True)], "ann")
    with tracking.registered("challenger", "bundle") as made:
        old, new = scorer.load(bundle), scorer.load(made)
    learnt = frozenset(newer.client[:150].tolist())
    found = challenger.shadow(log, old, new, learnt=learnt)
    assert (found.learnt, found.clients, found.told) == (150, 250, 250)
    assert "(150 more are left out: it has learnt from them)" in str(found)
    rest = slice(150, None)
    costs = [
        cost.cost(newer.defaulted[rest], model.refused(model.probability(newer.x[rest])), newer.amount[rest])
        for model in (new, old)
    ]
    everybody = cost.accept_everybody(newer.defaulted[rest], newer.amount[rest])
    assert found.gain.estimate == pytest.approx((costs[1] - costs[0]) / everybody)
    everybody_learnt = challenger.shadow(log, old, new, learnt=frozenset(newer.client.tolist()))
    assert (everybody_learnt.clients, everybody_learnt.gain) == (0, None)


def test_the_registry_knows_whom_a_version_has_learnt_from(project, made_up):
    data = made_up(2000, seed=2)
    assert tracking.training_clients("challenger") == set(data.client[training.split(data).train].tolist())


def test_what_a_challenger_would_newly_grant_and_nobody_knows_is_said(log, newer):
    """The champion has refused; who was refused has no outcome, and that the figure leaves them out is told."""
    with tracking.registered("challenger", "bundle") as made:
        good = scorer.load(made)
    shy = scorer.Scorer(good.model, good.columns, 0.02, good.manifest, good._default_probability)
    granted = ~shy.refused(shy.probability(newer.x))
    assert 20 < granted.sum() < 380
    tell(
        log,
        [
            Outcome(bool(y), client=int(c))
            for c, y, told in zip(newer.client, newer.defaulted, granted, strict=True)
            if told
        ],
        "ann",
    )
    found = challenger.shadow(log, shy, good)
    assert (found.newly_told, found.told) == (0, int(granted.sum()))
    assert found.newly > 0
    assert "what the others would bring or cost is not counted" in str(found)


NOTHING = challenger.Shadow(0, 0, 0, 0, 0, 0, None)
WORSE = replace(NOTHING, clients=9, told=9, gain=Interval(-0.2, -0.3, -0.1))


@pytest.fixture
def registry(project):
    """Everything as it was before, afterwards."""
    folder, bundle, *_ = project
    known, files = tracking.aliases(), {path.name: path.read_bytes() for path in bundle.iterdir()}
    said = tracking.notes("challenger")
    yield folder, bundle
    for alias in tracking.aliases().keys() - known.keys():
        MlflowClient().delete_registered_model_alias(tracking.MODEL, alias)
    for alias, version in known.items():
        tracking.set_alias(alias, version)
    tracking.note(known["challenger"], **said)
    for name, content in files.items():
        (bundle / name).write_bytes(content)


def test_a_promotion_keeps_the_champion_to_go_back_to(project, registry):
    folder, bundle, champion, other, _ = project
    before = {path.name: path.read_bytes() for path in bundle.iterdir()}
    challenger.promote(bundle, NOTHING)
    assert scorer.load(bundle).model_hash == other
    assert tracking.aliases() == {"champion": 2, "previous": 1}
    challenger.roll_back(bundle)
    assert {path.name: path.read_bytes() for path in bundle.iterdir()} == before
    assert tracking.aliases() == {"champion": 1, "previous": 2}
    challenger.roll_back(bundle)
    assert scorer.load(bundle).model_hash == other
    assert [path.name for path in folder.iterdir() if "bundle" in path.name] == ["bundle"]
    assert champion != other


@pytest.mark.parametrize(
    ("noted", "found", "said"),
    [
        ({"allowed": "no", "reason": "it is worse beyond chance"}, NOTHING, "was refused: it is worse beyond chance"),
        ({"against": "0" * 64}, NOTHING, "was held against another model or threshold than the one in"),
        ({}, WORSE, "worse beyond chance: in the shadow"),
    ],
    ids=["refused by the duel", "another champion", "worse in the shadow"],
)
def test_a_challenger_that_the_rules_refuse_gets_nowhere(project, registry, noted, found, said):
    _, bundle, champion, *_ = project
    before = tracking.aliases()
    tracking.note(before["challenger"], **noted)
    with pytest.raises(challenger.NotPromoted, match=said):
        challenger.promote(bundle, found)
    # Nor is there a way around by going back: nothing was shipped before.
    with pytest.raises(
        tracking.TrackingError, match="previous one; there is one as soon as a second model was shipped"
    ):
        challenger.roll_back(bundle)
    # Not even where another bundle has made it the one before.
    tracking.set_alias("previous", before["challenger"])
    tracking.set_alias("champion", before["challenger"])
    with pytest.raises(challenger.NotPromoted, match="is not the registered champion, so what was shipped before it"):
        challenger.roll_back(bundle)
    tracking.set_alias("champion", before["champion"])
    MlflowClient().delete_registered_model_alias(tracking.MODEL, "previous")
    assert scorer.load(bundle).model_hash == champion
    assert tracking.aliases() == before


def test_a_shipped_model_that_was_never_registered_can_be_gone_back_to(project, registry, made_up, tmp_path):
    _, bundle, _, other, _ = project
    data = made_up(300, seed=9)
    model = RandomForestClassifier(5, random_state=0).fit(data.x, data.defaulted)
    shipped = scorer.save(tmp_path / "bundle", model, data.columns, 0.2, scorer.load(bundle).manifest)
    mine = scorer.load(shipped).model_hash
    tracking.note(tracking.aliases()["challenger"], against=f"{mine} at 0.2")
    challenger.promote(shipped, NOTHING)
    assert scorer.load(shipped).model_hash == other
    assert tracking.aliases() == {"champion": 2, "previous": 3}
    challenger.roll_back(shipped)
    assert scorer.load(shipped).model_hash == mine


@pytest.mark.parametrize("alias", ["challenger", "previous"])
def test_whoever_was_stopped_between_the_bundle_and_the_registry_goes_on(project, registry, monkeypatch, alias):
    _, bundle, champion, other, _ = project
    if alias == "previous":
        challenger.promote(bundle, NOTHING)

    def job():
        return challenger.promote(bundle, NOTHING) if alias == "challenger" else challenger.roll_back(bundle)

    def stopped(_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(tracking, "crown", stopped)
        with pytest.raises(KeyboardInterrupt):
            job()
    job()
    there = {"champion": 2, "previous": 1} if alias == "challenger" else {"champion": 1, "previous": 2}
    assert tracking.aliases() == there
    assert scorer.load(bundle).model_hash == (other if alias == "challenger" else champion)


def test_a_threshold_that_was_applied_is_gone_back_to(project, registry):
    _, bundle, champion, other, _ = project
    scorer.rewrite(bundle, 0.43, lambda manifest: manifest)
    with pytest.raises(challenger.NotPromoted, match="another model or threshold"):
        challenger.promote(bundle, NOTHING)
    tracking.note(tracking.aliases()["challenger"], against=f"{champion} at 0.43")
    challenger.promote(bundle, NOTHING)
    assert scorer.load(bundle).model_hash == other
    challenger.roll_back(bundle)
    assert (scorer.load(bundle).model_hash, scorer.load(bundle).threshold) == (champion, 0.43)


def test_promoting_and_rolling_back_by_command(project, registry, log, monkeypatch):
    folder, bundle, champion, other, _ = project
    monkeypatch.chdir(folder)
    database = log.name.removeprefix("sqlite:///")

    def credit(*words):
        return CliRunner().invoke(main, [*words, "--bundle", "bundle"])

    refused = tracking.aliases()["challenger"]
    tracking.note(refused, allowed="no", reason="it is worse beyond chance")
    done = credit("promote", "--database", database)
    assert done.exit_code != 0
    assert "the challenger was refused: it is worse beyond chance" in done.output
    assert scorer.load(bundle).model_hash == champion
    tracking.note(refused, allowed="yes")
    done = credit("promote", "--database", database)
    assert done.exit_code == 0, done.output
    assert "challenger: in the shadow it decides" in done.output
    assert scorer.load(bundle).model_hash == other
    for expected in (champion, other):
        done = credit("rollback")
        assert done.exit_code == 0, done.output
        assert scorer.load(bundle).model_hash == expected
    done = credit("promote", "--database", database)
    assert "no model in" in done.output
    assert "is the challenger one; train one: python -m credit train DIR --challenger" in done.output


@pytest.mark.parametrize("promoting", [False, True])
@pytest.mark.parametrize(("allowed", "gain"), [(True, None), (False, None), (True, Interval(-0.2, -0.3, -0.1))])
def test_training_a_challenger_promotes_it_where_it_is_not_worse_and_is_asked_to(
    project, registry, log, monkeypatch, promoting, allowed, gain
):
    folder, bundle, champion, other, settled = project
    monkeypatch.chdir(folder)
    found = replace(NOTHING, gain=gain)
    monkeypatch.setattr(challenger, "in_shadow", lambda *_: found)
    monkeypatch.setattr("credit.training.train", lambda *_, **said: replace(settled.outcome, allowed=allowed))
    database = log.name.removeprefix("sqlite:///")
    words = [
        "train",
        ".",
        "--challenger",
        "--bundle",
        "bundle",
        "--database",
        database,
        *(["--promote"] if promoting else []),
    ]
    done = CliRunner().invoke(main, words)
    may = allowed and gain is None
    assert done.exit_code == (0 if may else 1), done.output
    assert scorer.load(bundle).model_hash == (other if may and promoting else champion)
    assert ("python -m credit promote" in done.output) == (may and not promoting)


def test_a_log_without_decisions_is_an_empty_shadow(project, tmp_path):
    empty = Log(tmp_path / "decisions.db")
    found = challenger.in_shadow(empty, project[1])
    assert (found.clients, found.changed, found.gain) == (0, 0, None)
    assert np.isfinite(found.told)
    empty.close()
