"""A challenger beside the champion: held against it in the shadow, promoted by the rules alone, and back."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from mlflow import MlflowClient
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from support.logged import decision

from credit import training
from credit.cli import main
from credit.decision import cost
from credit.decision.cost import Costs
from credit.decision.intervals import Interval
from credit.decision.review import Review
from credit.decision_log import Columns, Decision, Log, exploration
from credit.decision_log.encoding import to_bytes
from credit.decision_log.outcomes import Outcome, record_outcomes
from credit.model import Scorer, adopt_bundle, load_bundle, rewrite_bundle, save_bundle
from credit.monitoring import Profile
from credit.program import PROGRAM
from credit.training import challenger, finalize, rethreshold, tracking
from credit.training.candidates import Candidate
from credit.training.model_identity import identity
from credit.training.recording import record_comparison
from credit.training.shadow import Shadow

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
    finalize(bundle, recorded(made_up(6000, seed=1), USELESS))
    champion = load_bundle(bundle).model_hash
    settled = finalize(bundle, recorded(made_up(6000, seed=2), GOOD), ship=False)
    with tracking.registered("challenger", "bundle") as made:
        other = load_bundle(made).model_hash
    return folder, bundle, champion, other, settled


@pytest.fixture
def newer(made_up):
    """1,200 newer clients: those of the log have numbers that no training client has."""
    data = made_up(1200, seed=3)
    return replace(data, client=data.client + 1_000_000)


@pytest.fixture
def log(project, newer, tmp_path):
    """The newer clients, whom the champion has decided on."""
    model = load_bundle(project[1])
    found = Log(tmp_path / "decisions.db")
    decided(found, model, newer.client, newer.x)
    yield found
    found.close()


def decided(log, model, clients, x, columns=None):
    """Decisions of that model in the log; their ids."""
    columns = Columns(model.columns if columns is None else columns)
    return log.record(
        [
            Decision("r", "ann", int(client), columns, to_bytes(row), float(one), model.threshold, "accept",
                     None, None, model.model_hash, "application,bureau")
            for client, row, one in zip(clients, x, model.probability(x), strict=True)
        ]
    )  # fmt: skip


def tell_of(log, data, chosen=slice(None)):
    """What became of these clients."""
    some = zip(data.client[chosen], data.defaulted[chosen], strict=True)
    record_outcomes(log, [Outcome(bool(y), client=int(client)) for client, y in some], "ann")


def spent(model, champion, data, some=slice(None)):
    """What the model's decisions on some clients cost, by the champion's review."""
    p, y, amount = model.probability(data.x[some]), data.defaulted[some], data.amount[some]
    by_threshold = cost.client_costs(y, p >= model.threshold, amount)
    review = Review.of(champion.manifest)
    reviewed = review.cost + (1 - review.skill) * by_threshold
    return np.where(review.pays(p, amount, Costs()), reviewed, by_threshold).sum()


def test_a_challenger_is_registered_and_not_shipped(project):
    _, bundle, champion, other, settled = project
    assert load_bundle(bundle).model_hash == champion != other
    assert (settled.outcome.shipped, settled.outcome.allowed) == (False, True)
    assert tracking.aliases() == {"champion": 1, "challenger": 2}


def test_a_challenger_of_another_folder_is_not_promoted_even_by_force(project, tmp_path):
    _, bundle, champion, *_ = project
    copy = shutil.copytree(bundle, tmp_path / "other")
    for force in (False, True):
        with pytest.raises(challenger.NotPromoted, match=r"was trained for bundle, and not for .*other"):
            challenger.promote(copy, force=force)
    assert load_bundle(copy).model_hash == champion


def test_the_training_ships_a_profile_of_its_clients(project, made_up):
    bundle = project[1]
    found = Profile.read((bundle / "profile.json").read_bytes())
    data = made_up(6000, seed=1)
    assert found.columns == data.columns
    assert found.clients == len(training.split(data).train)
    manifest = json.loads((bundle / "manifest.json").read_text())
    assert set(manifest["files"]) == {"model.pkl", "columns.pkl", "best_threshold", "profile.json"}


def test_without_outcomes_the_shadow_says_who_would_be_decided_otherwise(project, log):
    found = challenger.in_shadow(log, project[1])
    assert (found.applications, found.told, found.gain) == (1200, 0, None)
    assert 0 < found.changed < 1200
    assert "0 outcomes with 0 defaults are known, too few to say more" in str(found)
    assert "save: 0 defaults are known there, and at least 100" in found.objection


def test_the_shadow_says_what_the_change_would_have_saved(project, log, newer):
    data, bundle = newer, project[1]
    tell_of(log, data)
    found = challenger.in_shadow(log, bundle)
    with tracking.registered("challenger", "bundle") as made:
        new, old = load_bundle(made), load_bundle(bundle)
    costs = [spent(model, old, data) for model in (new, old)]
    everybody = cost.accept_everybody(data.defaulted, data.amount)
    assert (found.told, found.defaults) == (1200, data.defaulted.sum())
    assert found.gain.estimate == pytest.approx((costs[1] - costs[0]) / everybody)
    assert found.gain.low < found.gain.estimate < found.gain.high
    assert found.gain.low > 0
    # All is known, so nothing has to be expected.
    assert found.expected == found.gain
    assert found.objection is None
    assert f"it would have saved {100 * found.gain.estimate:+.1f} points" in str(found)
    assert (found.learnt, found.newly_told, found.lost) == (0, found.newly, 0)
    # The other way round the same change is a loss.
    back = challenger.shadow(log, old, new)
    assert back.gain.estimate == pytest.approx(found.gain.estimate)


def test_a_challenger_that_reads_more_is_told(project, log):
    old = load_bundle(project[1])
    other = Scorer(old.model, [*old.columns[:-1], "ANOTHER"], 0.2, old.manifest, old._default_probability)
    with pytest.raises(ValueError, match="does not hold, such as 'ANOTHER'"):
        challenger.shadow(log, old, other)


def test_clients_from_whom_one_of_both_has_learnt_are_left_out(project, log, newer):
    _, bundle, *_ = project
    tell_of(log, newer)
    with tracking.registered("challenger", "bundle") as made:
        old, new = load_bundle(bundle), load_bundle(made)
    learnt = frozenset(newer.client[:150].tolist())
    found = challenger.shadow(log, old, new, learnt=learnt)
    assert (found.learnt, found.applications, found.told, found.lost) == (150, 1050, 1050, 0)
    assert "(150 more are left out: one of both models has learnt from these clients)" in str(found)
    rest = slice(150, None)
    costs = [spent(model, old, newer, rest) for model in (new, old)]
    everybody = cost.accept_everybody(newer.defaulted[rest], newer.amount[rest])
    assert found.gain.estimate == pytest.approx((costs[1] - costs[0]) / everybody)
    everybody_learnt = challenger.shadow(log, old, new, learnt=frozenset(newer.client.tolist()))
    assert (everybody_learnt.applications, everybody_learnt.gain) == (0, None)


def test_the_registry_says_whom_both_have_learnt_from(project, log, made_up, tmp_path):
    data = made_up(6000, seed=2)
    learners = set(data.client[training.split(data).train].tolist())
    assert tracking.training_clients("challenger") == tracking.training_clients("champion") == learners
    model = load_bundle(project[1])
    known = sorted(learners)[:30]
    decided(log, model, known, data.x[:30])
    found = challenger.in_shadow(log, project[1])
    assert (found.applications, found.learnt, found.unsure) == (1200, 30, False)
    # Of a model that a repository ships, and that was not trained here, it is not known.
    other = tmp_path / "bundle"
    save_bundle(other, model.model, model.columns, 0.3, model.manifest)
    found = challenger.in_shadow(log, other)
    assert found.unsure
    assert "From whom the champion has learnt is not recorded here" in str(found)


NOTHING = Shadow(0)
WORSE = Shadow(
    900, changed=90, told=900, defaults=100, changed_told=90, gain=Interval(-0.2, -0.3, -0.1),
    expected=Interval(-0.2, -0.3, -0.1),
)  # fmt: skip


@pytest.fixture
def registry(project):
    """Everything as it was before, afterwards."""
    folder, bundle, *_ = project
    known, files = (
        tracking.aliases(),
        {path.relative_to(bundle).as_posix(): path.read_bytes() for path in bundle.rglob("*") if path.is_file()},
    )
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
    before = {path.relative_to(bundle).as_posix(): path.read_bytes() for path in bundle.rglob("*") if path.is_file()}
    challenger.promote(bundle, NOTHING)
    assert load_bundle(bundle).model_hash == other
    assert tracking.aliases() == {"champion": 2, "previous": 1}
    challenger.roll_back(bundle)
    assert {
        path.relative_to(bundle).as_posix(): path.read_bytes() for path in bundle.rglob("*") if path.is_file()
    } == before
    assert tracking.aliases() == {"champion": 1, "previous": 2}
    challenger.roll_back(bundle)
    assert load_bundle(bundle).model_hash == other
    assert [path.name for path in folder.iterdir() if "bundle" in path.name] == ["bundle"]
    assert champion != other


@pytest.mark.parametrize(
    ("noted", "found", "said"),
    [
        (
            {"allowed": "no", "reason": "it is worse beyond chance"},
            NOTHING,
            "not promoted by itself: it is worse",
        ),
        ({"against": "0" * 64}, NOTHING, "was held against another model, threshold or costs than those in"),
        ({}, WORSE, "not promoted by itself: with what is not known at its expected cost, it is worse beyond chance"),
        ({}, None, "was not held against the champion on the log"),
    ],
    ids=["refused by the duel", "another champion", "worse in the shadow", "no shadow"],
)
def test_a_challenger_that_the_rules_refuse_gets_nowhere(project, registry, noted, found, said):
    _, bundle, champion, *_ = project
    before = tracking.aliases()
    tracking.note(before["challenger"], **noted)
    with pytest.raises(challenger.NotPromoted, match=said) as refused:
        challenger.promote(bundle, found)
    assert "python -m credit promote --force" in str(refused.value)
    # Nor is there a way around by going back: nothing was shipped before.
    with pytest.raises(tracking.TrackingError, match="previous one; there is one as soon as another model was shipped"):
        challenger.roll_back(bundle)
    # Not even where another bundle has made it the one before.
    tracking.set_alias("previous", before["challenger"])
    tracking.set_alias("champion", before["challenger"])
    with pytest.raises(challenger.NotPromoted, match="is not the registered champion, so what was shipped before it"):
        challenger.roll_back(bundle)
    tracking.set_alias("champion", before["champion"])
    MlflowClient().delete_registered_model_alias(tracking.MODEL, "previous")
    assert load_bundle(bundle).model_hash == champion
    assert tracking.aliases() == before


def test_a_shipped_model_that_was_never_registered_can_be_gone_back_to(project, registry, made_up, tmp_path):
    _, bundle, _, other, _ = project
    data = made_up(300, seed=9)
    model = RandomForestClassifier(5, random_state=0).fit(data.x, data.defaulted)
    shipped = save_bundle(tmp_path / "bundle", model, data.columns, 0.2, load_bundle(bundle).manifest)
    mine = load_bundle(shipped).model_hash
    held = {"against": identity(load_bundle(shipped)), "bundle": tracking.place_of(shipped)}
    tracking.note(tracking.aliases()["challenger"], **held)
    challenger.promote(shipped, NOTHING)
    assert load_bundle(shipped).model_hash == other
    assert tracking.aliases() == {"champion": 2, "previous": 3}
    challenger.roll_back(shipped)
    assert load_bundle(shipped).model_hash == mine


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
        patched.setattr(tracking, "set_champion", stopped)
        with pytest.raises(KeyboardInterrupt):
            job()
    job()
    there = {"champion": 2, "previous": 1} if alias == "challenger" else {"champion": 1, "previous": 2}
    assert tracking.aliases() == there
    assert load_bundle(bundle).model_hash == (other if alias == "challenger" else champion)


def test_a_threshold_that_was_applied_is_gone_back_to(project, registry):
    _, bundle, champion, other, _ = project
    rewrite_bundle(bundle, 0.43, lambda manifest: manifest)
    with pytest.raises(challenger.NotPromoted, match="another model, threshold or costs"):
        challenger.promote(bundle, NOTHING)
    tracking.note(tracking.aliases()["challenger"], against=identity(load_bundle(bundle)))
    challenger.promote(bundle, NOTHING)
    assert load_bundle(bundle).model_hash == other
    challenger.roll_back(bundle)
    assert (load_bundle(bundle).model_hash, load_bundle(bundle).threshold) == (champion, 0.43)


def test_promoting_and_rolling_back_by_command(project, registry, log, newer, monkeypatch):
    folder, bundle, champion, other, _ = project
    monkeypatch.chdir(folder)
    database = log.name.removeprefix("sqlite:///")
    tell_of(log, newer)

    def credit(*words):
        return CliRunner().invoke(main, [*words, "--bundle", "bundle"])

    refused = tracking.aliases()["challenger"]
    tracking.note(refused, allowed="no", reason="it is worse beyond chance")
    done = credit("promote", "--database", database)
    assert done.exit_code != 0
    assert "the challenger is not promoted by itself: it is worse beyond chance" in done.output
    assert load_bundle(bundle).model_hash == champion
    tracking.note(refused, allowed="yes")
    done = credit("promote", "--database", database)
    assert done.exit_code == 0, done.output
    assert "challenger: in the shadow it decides" in done.output
    assert load_bundle(bundle).model_hash == other
    for expected in (champion, other):
        done = credit("rollback")
        assert done.exit_code == 0, done.output
        assert load_bundle(bundle).model_hash == expected
    done = credit("promote", "--database", database)
    assert "no model in" in done.output
    assert "is the challenger one; train one: python -m credit challenge DIR" in done.output


def test_a_person_overrules_the_judgements_and_needs_no_log(project, registry, monkeypatch):
    folder, bundle, _, other, _ = project
    monkeypatch.chdir(folder)
    tracking.note(tracking.aliases()["challenger"], allowed="no", reason="16 of 80 test clients defaulted")
    done = CliRunner().invoke(main, ["promote", "--force", "--bundle", "bundle", "--database", "nowhere.db"])
    assert done.exit_code == 0, done.output
    assert "challenger: 16 of 80 test clients defaulted; promoted by force" in done.output
    assert "costs:" not in done.output
    assert load_bundle(bundle).model_hash == other
    assert tracking.aliases() == {"champion": 2, "previous": 1}
    challenger.roll_back(bundle)


def test_who_promotes_by_force_reads_which_costs_make_way(project, registry, monkeypatch):
    folder, bundle, _, other, _ = project
    monkeypatch.chdir(folder)
    rethreshold.apply(bundle, rethreshold.propose(bundle, margin=0.25, loss_given_default=0.45))
    done = CliRunner().invoke(main, ["promote", "--force", "--bundle", "bundle"])
    assert done.exit_code == 0, done.output
    assert load_bundle(bundle).model_hash == other
    assert (
        "costs: the challenger decides by a margin of 0.19 and a loss given default of 1; in bundle were 0.25 and 0.45"
        in done.output
    )
    again = done.output.split(f"To decide by these again: {PROGRAM} ")[1].split("\n")[0].split()
    assert CliRunner().invoke(main, again).exit_code == 0
    assert Costs.of(load_bundle(bundle).manifest) == Costs(0.25, 0.45)
    challenger.roll_back(bundle)


def test_another_challenger_than_the_one_that_was_held_against_the_log_is_not_promoted(project, registry):
    _, bundle, champion, *_ = project
    with pytest.raises(challenger.NotPromoted, match="another challenger was registered while this one was held"):
        challenger.promote(bundle, replace(NOTHING, challenger="another one"))
    assert load_bundle(bundle).model_hash == champion


def test_training_the_same_model_twice_leaves_something_to_go_back_to(project, registry):
    """The same trees make other bytes: to go back to such a copy would change nothing."""
    _, bundle, champion, other, _ = project
    challenger.promote(bundle, NOTHING)
    with tracking.registered("champion", "bundle") as made:
        model = load_bundle(made)
        copy = save_bundle(made / "copy", model.model, model.columns, model.threshold, model.manifest)
        manifest = json.loads((copy / "manifest.json").read_text())
        assert manifest["metrics"] == model.manifest["metrics"]
        adopt_bundle(bundle, copy)
        with tracking.run("Best Threshold") as run:
            run.folder(bundle, tracking.BUNDLE)
            number = run.register(bundle, champion=True)
    assert tracking.aliases() == {"champion": number, "previous": 1}
    assert challenger.roll_back(bundle).model_hash == champion != other
    assert tracking.aliases() == {"champion": 1, "previous": number}


@pytest.fixture
def made_up_features(project, monkeypatch):
    """The features that tables make are those of the made-up clients."""
    columns = load_bundle(project[1]).columns
    monkeypatch.setattr("credit.features.needed_tables.columns_of", lambda histories: columns)


@pytest.mark.parametrize("promoting", [False, True])
@pytest.mark.parametrize(("allowed", "found"), [(True, NOTHING), (False, NOTHING), (True, WORSE)])
def test_training_a_challenger_promotes_it_where_it_is_not_worse_and_is_asked_to(
    project, registry, log, monkeypatch, made_up_features, promoting, allowed, found
):
    folder, bundle, champion, other, settled = project
    monkeypatch.chdir(folder)
    monkeypatch.setattr(challenger, "in_shadow", lambda *_: found)
    monkeypatch.setattr("credit.training.train", lambda *_, **said: replace(settled.outcome, allowed=allowed))
    database = log.name.removeprefix("sqlite:///")
    words = ["challenge", ".", "--bundle", "bundle", "--database", database]
    done = CliRunner().invoke(main, [*words, *(["--promote"] if promoting else [])])
    may = allowed and found is NOTHING
    assert done.exit_code == (0 if may else 1), done.output
    assert load_bundle(bundle).model_hash == (other if may and promoting else champion)
    assert ("It may take the champion's place: python -m credit promote" in done.output) == (may and not promoting)
    assert ("python -m credit promote --force --bundle bundle" in done.output) == (not may)


def no_training(*_, **__):
    pytest.fail("a search began whose challenger cannot be held against the champion")


@pytest.mark.parametrize("missing", ["log", "columns", "champion", "store"])
def test_what_a_challenger_needs_is_opened_before_it_is_trained(
    project, log, monkeypatch, tmp_path, made_up_features, missing
):
    folder, bundle, *_ = project
    monkeypatch.chdir(folder)
    monkeypatch.setattr("credit.training.train", no_training)
    place, database = bundle, log.name.removeprefix("sqlite:///")
    if missing == "log":
        database, said = "nowhere.db", "there is no file nowhere.db: name the log with --database"
    elif missing == "columns":
        monkeypatch.setattr("credit.features.needed_tables.columns_of", lambda histories: ("AMT_CREDIT", "ANOTHER"))
        said = "the challenger reads 1 columns that the log does not hold, such as 'ANOTHER'"
    elif missing == "champion":
        place = tmp_path / "spoilt"
        shutil.copytree(bundle, place)
        (place / "model.pkl").write_bytes(b"something else")
        said = "was changed after it was exported"
    else:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "mlflow.db").write_text("no database, and long enough to be one that was spoilt")
        said = "mlflow.db"
    done = CliRunner().invoke(main, ["challenge", ".", "--bundle", str(place), "--database", str(database)])
    assert done.exit_code == 1
    assert said in done.output


@pytest.mark.parametrize("entry", ["no_values", "not_in_log"])
def test_a_challenger_of_a_bank_without_some_columns_is_trained_on_those_that_the_log_has(
    project, log, monkeypatch, tmp_path, made_up_features, entry
):
    """A bank that collects no prices of goods: its champion has not read them, and so the log has none."""
    folder, bundle, *_, settled = project
    monkeypatch.chdir(folder)
    own = rewrite_bundle(
        shutil.copytree(bundle, tmp_path / "own"),
        0.5,
        lambda manifest: {**manifest, "data": {**manifest["data"], entry: ["ANOTHER"]}},
    )
    columns = load_bundle(own).columns
    monkeypatch.setattr("credit.features.needed_tables.columns_of", lambda histories: (*columns, "ANOTHER"))
    asked = {}

    def trained(*_, **named):
        asked.update(named)
        return settled.outcome

    monkeypatch.setattr("credit.training.train", trained)
    monkeypatch.setattr(challenger, "in_shadow", lambda *_: NOTHING)
    database = log.name.removeprefix("sqlite:///")
    done = CliRunner().invoke(main, ["challenge", ".", "--bundle", str(own), "--database", database])
    assert done.exit_code == 0, done.output
    assert asked["readable"] == tuple(columns)


def test_a_challenger_learns_from_refused_clients_whom_chance_has_drawn(
    project, log, newer, monkeypatch, made_up_features
):
    folder, bundle, *_, settled = project
    monkeypatch.chdir(folder)
    monkeypatch.setattr("credit.training.train", no_training)
    words = ["challenge", ".", "--bundle", "bundle", "--database", log.name.removeprefix("sqlite:///")]
    done = CliRunner().invoke(main, [*words, "--explored", "10%"])
    assert done.exit_code == 1
    assert "no client who was drawn at a share of 0.1" in " ".join(done.output.split())
    columns = Columns(load_bundle(bundle).columns)
    refused = [decision(2_000_000 + row, columns=columns, inputs=tuple(newer.x[row].tolist())) for row in range(400)]
    log.record(refused)
    chosen = exploration.drawn(exploration.refusals(log), 0.1)
    exploration.accept(log, chosen, "risk", "r")
    record_outcomes(log, [Outcome(number == 0, decision=one.decision) for number, one in enumerate(chosen)], "ann")
    asked = {}

    def trained(*_, **named):
        asked.update(named)
        return replace(settled.outcome, allowed=True)

    monkeypatch.setattr("credit.training.train", trained)
    monkeypatch.setattr(challenger, "in_shadow", lambda *_: NOTHING)
    done = CliRunner().invoke(main, [*words, "--explored", "10%"])
    assert done.exit_code == 0, done.output
    assert asked["explored"].client.tolist() == [one.client for one in chosen]
    assert f"explored: {len(chosen)} refused clients drawn at 10.00% and accepted, of whom 1 defaulted" in done.output


@pytest.mark.parametrize("option", [("--fairness",), ("--fairness-point", "1"), ("--fairness-cost", "0.5")])
def test_alternatives_are_not_looked_at_with_refused_clients_who_stand_for_others(project, log, monkeypatch, option):
    folder, *_ = project
    monkeypatch.chdir(folder)
    monkeypatch.setattr("credit.training.train", no_training)
    words = ["challenge", ".", "--bundle", "bundle", "--database", log.name.removeprefix("sqlite:///")]
    done = CliRunner().invoke(main, [*words, "--explored", "10%", *option])
    assert done.exit_code == 1
    assert "leave --explored out, or --fairness" in " ".join(done.output.split())


def test_a_challenger_that_cannot_be_held_is_told_with_which_options_it_can(project, log, monkeypatch, tmp_path):
    folder, bundle, *_ = project
    monkeypatch.chdir(folder)
    monkeypatch.setattr("credit.training.train", no_training)
    known = {"tables": ["application", "bureau"], "without": ["CODE_GENDER", "DAYS_BIRTH"]}
    own = rewrite_bundle(
        shutil.copytree(bundle, tmp_path / "own"),
        0.5,
        lambda manifest: {**manifest, "data": {**manifest["data"], **known}},
    )
    database = log.name.removeprefix("sqlite:///")
    done = CliRunner().invoke(main, ["challenge", ".", "--bundle", str(own), "--database", database])
    assert done.exit_code == 1
    said = " ".join(done.output.split())
    assert "Train it on the tables of the champion (--tables application,bureau) and without the columns" in said
    assert "was trained without (--without CODE_GENDER,DAYS_BIRTH), or use python -m credit train" in said


def test_a_log_without_decisions_is_an_empty_shadow_and_leaves_the_word_to_the_test_clients(project, tmp_path):
    empty = Log(tmp_path / "decisions.db")
    found = challenger.in_shadow(empty, project[1])
    assert (found.applications, found.changed, found.gain, found.expected) == (0, 0, None, None)
    assert found.objection is None
    assert "points" not in str(found)
    empty.close()
