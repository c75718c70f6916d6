"""One look at drift, from the command line: tables or the log, beside a model's profile and a folder of tables."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from credit import features
from credit.decision.cost import Costs
from credit.decision_log import Columns, Log
from credit.decision_log.outcomes import decided
from credit.decision_log.reviewed_decisions import reviewed_decisions
from credit.features.needed_tables import histories_of
from credit.model import Scorer, load_bundle
from credit.model.manifest_parts import Manifest
from credit.monitoring.alarms import Alarm, Kind, alarms, split_muted
from credit.monitoring.background import drift_in_log, read_profile
from credit.monitoring.performance import Account, account
from credit.monitoring.population_stability import Comparison, compare, importance_of
from credit.monitoring.profile import Floats, Profile
from credit.monitoring.report_page import Shown, page
from credit.monitoring.review_figures import ReviewFigures, review_figures
from credit.monitoring.weekly_shares import FollowedShare, Usual, weekly_shares
from credit.monitoring.window import Window, inputs
from credit.tables import read

if TYPE_CHECKING:
    from credit.monitoring.column_verdicts import ColumnDrift


@dataclass(frozen=True)
class Settings:
    """``bundle``: the model. ``reference``: a folder of tables, or None. ``some``, ``much``: the thresholds of the
    index. ``sample``: clients of each side that Evidently tests. ``margin``, ``loss_given_default``: the model's where
    None.
    """

    bundle: Path
    reference: Path | None = None
    some: float = 0.10
    much: float = 0.25
    sample: int = 20_000
    margin: float | None = None
    loss_given_default: float | None = None

    def costs(self, manifest: Manifest) -> Costs:
        """What errors cost: the model's, and in place of them what was asked for. Raises ValueError for no shares."""
        wanted = {"margin": self.margin, "loss_given_default": self.loss_given_default}
        return replace(Costs.of(manifest), **{name: share for name, share in wanted.items() if share is not None})


@dataclass(frozen=True)
class DriftReport:
    """``about``: what was compared. ``columns``: of the application, the most drifted first, empty without a
    reference. ``drift``: None where there is nothing to compare. ``costs``, ``reviews``: of the log. ``note``: why
    something is missing, and what is to be taken with care. ``muted``: codes of alarms that are raised and left out.
    ``weekly``: of the log, shares of reasons and of what was known.
    """

    about: str
    columns: Sequence["ColumnDrift"]
    drift: Comparison | None
    costs: Account | None
    alarms: tuple[Alarm, ...]
    note: str
    reviews: ReviewFigures | None = None
    muted: tuple[Kind, ...] = ()
    weekly: tuple[FollowedShare, ...] = ()

    def muting(self, codes: Collection[str]) -> "DriftReport":
        """The same, with the alarms of these codes said by their codes alone."""
        raised, muted = split_muted(self.alarms, codes)
        return replace(self, alarms=raised, muted=muted)

    def page(self) -> str:
        """The report."""
        note = _joined(self.note, f"Alarms that are raised and muted: {', '.join(self.muted)}." if self.muted else "")
        shown = Shown(
            self.about,
            self.drift,
            self.costs,
            self.alarms,
            self.columns,
            note,
            reviews=self.reviews,
            weekly=self.weekly,
        )
        return page(shown)

    def as_json(self) -> dict[str, Any]:
        """The same for programs."""
        drift = None
        if self.drift is not None:
            drift = {**asdict(self.drift), "level": self.drift.level, "score": self.drift.score}
        return {
            "about": self.about,
            "columns": [asdict(one) for one in self.columns],
            "drift": drift,
            "costs": None if self.costs is None else asdict(self.costs),
            "reviews": None if self.reviews is None else asdict(self.reviews),
            "weekly": [asdict(one) for one in self.weekly],
            "alarms": [asdict(one) for one in self.alarms],
            "muted_alarms": self.muted,
            "note": self.note or None,
        }


def of_tables(folder: Path, settings: Settings) -> DriftReport:
    """The applications in ``folder`` (the new ones, application_test, where there are any) beside the profile.

    Raises ``BundleError``, ``TablesError``, and ValueError where the model wants features that are not made.
    """
    from credit.monitoring import application_drift

    model = load_bundle(settings.bundle)
    table = application_drift.table_in(folder)
    found, care = [], ""
    if settings.reference is not None:
        then = application_drift.applications(settings.reference, "application_train", settings.sample)
        here = application_drift.applications(folder, table, settings.sample)
        found, care = application_drift.drifted_columns(then, here), application_drift.warning(then, here)
    known, drift, note = read_profile(model, settings.bundle), None, ""
    if isinstance(known, str) and settings.reference is not None:
        then_x = features_of(model, settings.reference, "application_train")
        known = Profile.of(model.columns, then_x, model.probability(then_x))
        note = f"The model has no profile; its place takes application_train in {settings.reference.name}."
    if isinstance(known, str):
        note = known
    else:
        drift = _compared(known, model, features_of(model, folder, table), settings)
    about = f"{table} in {folder.name} beside " + (
        f"application_train in {settings.reference.name}, and " if settings.reference is not None else ""
    )
    return DriftReport(
        about=f"{about}the training of {model.manifest['model']['name']}.",
        columns=found,
        drift=drift,
        costs=None,
        alarms=alarms(drift, None),
        note=_joined(note, care),
    )


def of_log(log: Log, window: Window, settings: Settings) -> DriftReport:
    """The clients of the log beside the profile, and the costs. Raises ``BundleError``, `LogError`."""
    model = load_bundle(settings.bundle)
    found: Sequence[ColumnDrift] = ()
    care = ""
    if settings.reference is not None:
        from credit.monitoring import application_drift

        drawn = Window(min(window.limit, settings.sample), window.days)
        now = [part.X for part in inputs(log, drawn, Columns(model.columns), model.model_hash)]
        if now:
            # Both sides from features: there DAYS_EMPLOYED is missing where the tables say 365243.
            own, x = _own_features(model, settings.reference, settings.sample)
            told = application_drift.from_features(model.columns, np.concatenate(now))
            then = application_drift.from_features(own, x)
            found, care = application_drift.drifted_columns(then, told), application_drift.warning(then, told)
    known, drift, note = read_profile(model, settings.bundle), None, ""
    if isinstance(known, str):
        note = known
    else:
        drift = drift_in_log(log, window, known, model, settings.some, settings.much)
        note = "" if drift is not None else "The log holds no decision of this window whose inputs can be compared."
    shares = settings.costs(model.manifest).to_dict()
    costs = account(decided(log, window.limit, window.days, (model.model_hash, model.threshold)), **shares)
    reviews = review_figures(reviewed_decisions(log, window.limit, window.days), **shares)
    name = model.manifest["model"]["name"]
    about = f"The clients of the decision log ({window.said}, each once) beside the training of {name}."
    weekly = weekly_shares(log, window, Usual.of(model.manifest), model.model_hash)
    said = alarms(drift, costs, weekly=weekly)
    return DriftReport(about, found, drift, costs, said, _joined(note, care), reviews, weekly=weekly)


def _joined(*sentences: str) -> str:
    return " ".join(filter(None, sentences))


def features_of(model: Scorer, folder: Path, table: str) -> Floats:
    """What the model reads of the clients of ``table``, array (n, k), by SK_ID_CURR.

    Raises ``TablesError``, ValueError.
    """
    tables = read(folder, (table, *histories_of(model.columns)))
    made = features.build(tables, table, model.columns).collect(engine="streaming").sort("SK_ID_CURR")
    return np.ascontiguousarray(made.select(model.columns).cast(pl.Float64).fill_null(float("nan")).to_numpy())


def _own_features(model: Scorer, folder: Path, clients: int) -> tuple[tuple[str, ...], Floats]:
    """The features that the application itself gives, and their values for some clients of application_train."""
    names = [one.name for one in features.FEATURES if one.table == "application" and not one.needs]
    own = tuple(name for name in names if name in model.columns)
    made = features.build(read(folder, ("application_train",)), "application_train", own).collect().select(own)
    if made.height > clients:
        made = made.sample(clients, seed=0)
    return own, made.cast(pl.Float64).fill_null(float("nan")).to_numpy()


def _compared(known: Profile, model: Scorer, x: Floats, settings: Settings) -> Comparison:
    tally = known.tally()
    tally.add(x)
    importance = importance_of(model.manifest)
    return compare(known, tally, model.probability(x), importance, settings.some, settings.much)
