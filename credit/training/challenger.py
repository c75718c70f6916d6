"""A challenger: a model trained on newer data, held against the champion before it may take its place.

It is held against it twice: on the test clients of its own training, as every new model is (`promotion.duel`), and in
the shadow, on the applications of the decision log (`shadow.shadow`). It is promoted by itself only where both show
that it is not worse; by force, a person decides. The champion that made way is the previous one, and can be gone back
to; a challenger that was refused never gets there by that way.
"""

from dataclasses import replace
from pathlib import Path

from credit.decision.cost import Costs
from credit.decision_log import Log
from credit.model import Scorer, adopt_bundle, load_bundle
from credit.model.manifest import bundle_option
from credit.program import PROGRAM
from credit.training import tracking
from credit.training.model_identity import alike, identity
from credit.training.result import force_command
from credit.training.shadow import Shadow, shadow
from credit.training.shipped import register_shipped, registered_as, shipped


class NotPromoted(ValueError):
    """A challenger that may not take the champion's place; the text says why."""


def in_shadow(log: Log, bundle: str | Path, rules: str | Path | None = None) -> Shadow:
    """Compare the registered challenger with the model in ``bundle``.

    Left out are the clients from whom either has learnt, as far as the registry has recorded it. Raises as `shadow`,
    ``TrackingError``, ``BundleError``.
    """
    champion = load_bundle(bundle)
    theirs = None
    registered = registered_as(tracking.CHAMPION)
    if registered is not None and alike(registered, champion):
        theirs = tracking.training_clients(tracking.CHAMPION)
    with tracking.registered(tracking.CHALLENGER, tracking.BUNDLE) as folder:
        ours = tracking.training_clients(tracking.CHALLENGER) or frozenset()
        learnt = ours | (theirs or frozenset())
        model = load_bundle(folder)
        found = shadow(log, champion, model, learnt, unsure=theirs is None, rules=rules)
    return replace(found, challenger=identity(model))


def promote(bundle: str | Path, found: Shadow | None = None, force: bool = False) -> Scorer:
    """Let the challenger take the champion's place, in the registry and in ``bundle``.

    ``found``: how it does in the shadow, needed without ``force``. ``force``: whatever the judgements say. Returns the
    new champion. Raises `NotPromoted` where the rules do not allow it, and, with ``force``, too, for a challenger that
    was trained for another folder; ``TrackingError`` where there is no challenger, ``BundleError`` for one that cannot
    be used.
    """
    if (done := _finished(bundle, tracking.CHALLENGER)) is not None:
        return done
    said, here = tracking.notes(tracking.CHALLENGER), shipped(bundle)
    meant, asked = said.get("bundle"), tracking.place_of(bundle)
    if meant is not None and meant != asked:
        raise NotPromoted(
            f"the challenger was trained for {meant}, and not for {asked}: a later training has taken the place of the "
            f"one for {asked}. Train that again: {PROGRAM} challenge DIR{bundle_option(bundle)}"
        )
    if not force:
        overrule = f"to promote it anyway: {force_command(bundle)}"
        if said.get("allowed") != "yes":
            reason = said.get("reason", "it was not held against the champion")
            raise NotPromoted(f"the challenger is not promoted by itself: {reason}; {overrule}")
        if said.get("against", "") != ("" if here is None else identity(here)):
            raise NotPromoted(
                f"the challenger was held against another model, threshold or costs than those in {bundle}: train it "
                f"again, {PROGRAM} challenge DIR{bundle_option(bundle)}; {overrule}"
            )
        if found is None:
            raise NotPromoted(f"the challenger was not held against the champion on the log; {overrule}")
        if found.objection is not None:
            raise NotPromoted(f"the challenger is not promoted by itself: {found.objection}; {overrule}")
    register_shipped(bundle)
    return _adopt(bundle, tracking.CHALLENGER, None if found is None else found.challenger)


def costs_replaced(bundle: str | Path) -> str | None:
    """A sentence for who promotes by force: the costs in ``bundle`` that make way, and the command that has them again.

    None where the challenger decides by the same costs. Raises ``TrackingError`` where there is no challenger,
    ``BundleError`` for one that cannot be used.
    """
    here = shipped(bundle)
    with tracking.registered(tracking.CHALLENGER, tracking.BUNDLE) as folder:
        theirs = Costs.of(load_bundle(folder).manifest)
    if here is None or (ours := Costs.of(here.manifest)) == theirs:
        return None
    return (
        f"the challenger decides by a margin of {theirs.margin:g} and a loss given default of "
        f"{theirs.loss_given_default:g}; in {bundle} were {ours.margin:g} and {ours.loss_given_default:g}. To decide "
        f"by these again: {PROGRAM} threshold --margin {ours.margin:g} --lgd {ours.loss_given_default:g} "
        f"--apply{bundle_option(bundle)}"
    )


def roll_back(bundle: str | Path) -> Scorer:
    """Go back to the model that was shipped before; the one that makes way is then the previous one.

    Raises `NotPromoted` where the model in ``bundle`` is not the registered champion: then the previous one was never
    shipped there. Raises ``TrackingError`` where there is none, ``BundleError`` for one that cannot be used.
    """
    if (done := _finished(bundle, tracking.PREVIOUS)) is not None:
        return done
    here, champion = shipped(bundle), registered_as(tracking.CHAMPION)
    if champion is None or here is None or here.model_hash != champion.model_hash:
        raise NotPromoted(
            f"the model in {bundle} is not the registered champion, so what was shipped before it is not known; "
            "take it from the repository's history, or train again"
        )
    tracking.notes(tracking.PREVIOUS)  # there is one
    register_shipped(bundle)
    return _adopt(bundle, tracking.PREVIOUS)


def _adopt(bundle: str | Path, alias: str, judged: str | None = None) -> Scorer:
    """The model with that alias in ``bundle``, as the champion. ``judged``: the `identity` it must have, if any."""
    with tracking.registered(alias, tracking.BUNDLE) as folder:
        made = load_bundle(folder)
        if judged is not None and identity(made) != judged:
            raise NotPromoted(
                "another challenger was registered while this one was held against the log; look at that one: "
                f"{PROGRAM} promote{bundle_option(bundle)}"
            )
        adopt_bundle(bundle, folder)
    tracking.set_champion(alias)
    return made


def _finished(bundle: str | Path, alias: str) -> Scorer | None:
    """What an earlier attempt has begun: the bundle holds the model with that alias, and the registry does not know."""
    here, other, champion = shipped(bundle), registered_as(alias), registered_as(tracking.CHAMPION)
    if here is None or other is None or identity(here) != identity(other):
        return None
    if champion is not None and identity(champion) == identity(here):
        return None
    tracking.set_champion(alias)
    return here
