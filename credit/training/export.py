"""Put what serving needs into one folder: model, columns, threshold, manifest, model card."""

import tempfile
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from credit.decision.cost import Costs
from credit.decision.exposure import Exposure
from credit.decision.points import Scale
from credit.decision.review import ACCEPT, Review, decided
from credit.decision.value_of_information import Unknown
from credit.explain import Explainer, NotExplainable
from credit.model import Scorer, save_bundle
from credit.model import manifest as manifests
from credit.model.calibration import Calibrated
from credit.model.lightgbm_fast import default_probability
from credit.model.manifest_parts import Data, Fairness, Features, GivenReasons, Intervals, Manifest, Model, Trained
from credit.training import answer_spreads, decision_figures, interval_tables, mlflow_flavour, monotone_check
from credit.training.evaluation import GROUP_COLUMNS, Gain
from credit.training.fairness import Groups
from credit.training.interval_tables import HeldOut
from credit.training.metrics import reliability
from credit.training.model_card import NAME as MODEL_CARD
from credit.training.model_card import card
from credit.training.served_precision import for_service
from credit.training.threshold_rule import Threshold

Floats = NDArray[np.float64]

#: So many test clients' contributions are averaged.
EXPLAINED = 2_000


@dataclass(frozen=True)
class Shipment:
    """All that is exported, or that the exported figures are measured from.

    ``review``: who is referred. ``exposure``: of the training clients, out of fold. ``scale``: of the points. ``test``:
    the table of ``judged_table``. ``judges``: features of test clients. ``closing``: the closing table. ``data``: where
    the clients came from. ``training``: seed, parameters and the like. ``missing``: feature -> share of training
    clients without it. ``known``: the rows of ``credit.training.knowledge_states``, empty where it was not measured.
    ``out_of_fold``: calibration of the training clients' predictions. ``costs``: of errors. ``profile``: of the
    training clients' features, as ``credit.monitoring.profile`` writes it. ``answers``: outcomes and predictions of the
    training clients out of fold, by which rates are measured; without, those of the test clients. ``fairness``: the
    alternatives that were looked at and the gate, as `credit.model.manifest_parts.Fairness` describes them.
    """

    model: Calibrated
    name: str
    columns: tuple[str, ...]
    threshold: Threshold
    review: Review
    exposure: Exposure
    scale: Scale
    test: pl.DataFrame
    judges: pl.DataFrame
    closing: pl.DataFrame
    gains: list[Gain]
    data: Data
    training: dict[str, Any]
    missing: dict[str, float]
    known: list[dict[str, Any]]
    out_of_fold: dict[str, float]
    costs: Costs
    profile: bytes | None = None
    answers: tuple[NDArray[np.int64], Floats] | None = None
    fairness: Fairness = field(default_factory=lambda: Fairness())


def export(folder: str | Path, what: Shipment) -> Path:
    """Write ``folder`` (mlruns_reduced/): a model of MLflow, and what the app adds to it.

    Nothing is left half written. No client's values are in it: amounts are summed by probability, shares over clients.
    The model decides in double precision as it was judged in single, see `credit.training.served_precision`.
    """
    what = replace(what, model=for_service(what.model))
    groups = _groups(what)
    contributions = _contributions(what)
    features: Features = {"missing": what.missing, "signs": monotone_check.obeyed(what.model, what.columns)}
    if contributions:
        features["contribution"] = contributions
    manifest: Trained = {
        "data": what.data,
        "model": cast(Model, {"name": what.name, **what.training}),
        "calibration": {
            "slope": what.model.calibration.slope,
            "intercept": what.model.calibration.intercept,
            "out_of_fold": what.out_of_fold,
        },
        "costs": what.costs.to_dict(),
        "threshold": what.threshold.to_dict(),
        "review": what.review.to_dict(),
        "points": what.scale.written(),
        "metrics": decision_figures.metrics(what.test, what.threshold.value, what.costs),
        "served": decision_figures.served(what.test, what.threshold.value, what.costs, what.review),
        "gains": decision_figures.gains_as_dict(what.gains),
        "groups": decision_figures.groups_as_rows(groups),
        "reliability": reliability(what.test["TARGET"], what.test["PROBABILITY_OF_DEFAULT"]),
        "exposure": what.exposure.written(),
        "features": features,
        "known": what.known,
        "unknown": _unknown(what, contributions),
    }
    manifest["intervals"] = _intervals(what, manifest["unknown"])
    if (reasons := _reasons(what)) is not None:
        manifest["reasons"] = reasons
    if what.fairness:
        manifest["fairness"] = what.fairness
    with tempfile.TemporaryDirectory() as staging:
        folder_of_mlflow = Path(staging) / "model"
        mlflow_flavour.write(what.model, what.columns, folder_of_mlflow)
        return save_bundle(
            Path(folder),
            what.model,
            list(what.columns),
            what.threshold.value,
            manifest,
            extra_files=folder_of_mlflow,
            pages=lambda full: {MODEL_CARD: card(full, groups, what.closing, what.columns)},
            profile=what.profile,
        )


def _unsaved(what: Shipment) -> Scorer:
    """The model as a scorer that no folder holds yet."""
    answers = default_probability(what.model, len(what.columns))
    nothing = cast(Manifest, {"files": {manifests.MODEL: ""}})
    return Scorer(what.model, what.columns, what.threshold.value, nothing, answers)


def _contributions(what: Shipment) -> dict[str, float]:
    """Feature -> mean |contribution| to the log odds of some test clients; empty where a model has no exact ones."""
    columns = what.columns
    x = what.judges.head(EXPLAINED).select(columns).cast(pl.Float64).fill_null(float("nan")).to_numpy()
    try:
        found = Explainer(_unsaved(what)).importance(np.ascontiguousarray(x))
    except NotExplainable:
        return {}
    return {one.feature: round(one.contribution, 6) for one in found}


def _reasons(what: Shipment) -> GivenReasons | None:
    """How often each reason is given to test clients whom the model does not accept; None where it gives none, and
    where it accepts all.
    """
    amounts = {"AMT_CREDIT": "AMOUNT"}
    judged = what.judges.join(
        what.test.select("SK_ID_CURR", "PROBABILITY_OF_DEFAULT", "AMT_CREDIT").rename(amounts), on="SK_ID_CURR"
    )
    p, amount = judged["PROBABILITY_OF_DEFAULT"].to_numpy(), judged["AMOUNT"].to_numpy()
    decisions = decided(p, amount, what.threshold.value, what.costs, what.review)
    some = judged.filter(pl.Series(decisions != ACCEPT)).head(EXPLAINED)
    if not len(some):
        return None
    try:
        explainer = Explainer(_unsaved(what))
    except NotExplainable:
        return None
    x = some.select(what.columns).cast(pl.Float64).fill_null(float("nan")).to_numpy()
    counted = Counter(one.code for of_one in explainer.reasons(np.ascontiguousarray(x)) for one in of_one)
    return GivenReasons(
        clients=len(some), shares={code: round(number / len(some), 4) for code, number in sorted(counted.items())}
    )


def _unknown(what: Shipment, weights: dict[str, float]) -> dict[str, Any]:
    """What knowing more of a client would do to the answer, from test clients whose features were kept."""
    x = (
        what.judges.head(answer_spreads.CLIENTS)
        .select(what.columns)
        .cast(pl.Float64)
        .fill_null(float("nan"))
        .to_numpy()
    )

    def probability(rows: Floats) -> Floats:
        return np.asarray(what.model.predict_proba(rows)[:, 1])

    return answer_spreads.measured(probability, np.ascontiguousarray(x), what.columns, what.missing, weights)


def _intervals(what: Shipment, unknown: dict[str, Any]) -> Intervals:
    """How sure answers are, from test clients whose features were kept, and where all is known from training clients
    out of fold.
    """
    held_out = what.judges.join(what.test, on="SK_ID_CURR", how="inner", maintain_order="left", suffix="_JUDGED")
    x = held_out.select(what.columns).cast(pl.Float64).fill_null(float("nan")).to_numpy()
    truth = held_out["TRUE_PROBABILITY"].to_numpy() if "TRUE_PROBABILITY" in held_out.columns else None
    parts = Unknown(what.columns, unknown, what.threshold.value, what.costs.margin, what.costs.loss_given_default)

    def probability(rows: Floats) -> Floats:
        return np.asarray(what.model.predict_proba(rows)[:, 1])

    clients = HeldOut(np.ascontiguousarray(x), held_out["TARGET"].to_numpy(), truth)
    return interval_tables.measured(probability, what.columns, parts, clients, what.answers)


def _groups(what: Shipment) -> Groups:
    """By gender and age, of all test clients; of those whose features were kept, where an earlier version judged."""
    judged = what.test
    if not set(GROUP_COLUMNS) <= set(judged.columns):
        features = what.judges.select("SK_ID_CURR", *GROUP_COLUMNS)
        judged = judged.drop(GROUP_COLUMNS, strict=False).join(features, on="SK_ID_CURR", how="inner")
    return decision_figures.groups(judged, what.threshold.value, what.costs, what.review)
