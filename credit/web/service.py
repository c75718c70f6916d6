"""What the routes work with, loaded once: model, bodies, policy, explanations, log, counters, drift, gaps."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from flask import current_app

from credit.decision.policy import Policy
from credit.decision_log import Columns, Log
from credit.explain import Explainer, NotExplainable
from credit.features.known_tables import KnownTables
from credit.features.needed_columns import columns_read, own_columns
from credit.letters import BankDetails, LetterWriter
from credit.model import Scorer, load_bundle
from credit.monitoring.background import Watch
from credit.monitoring.missing_sources import Causes
from credit.tables import Column
from credit.web.answers.answer import ModelVersion
from credit.web.auth import Callers
from credit.web.missing_counts import Absences
from credit.web.payload import Bodies
from credit.web.prometheus import Metrics

#: The model card, where the bundle has one.
CARD = "MODEL_CARD.md"

#: Bodies beyond this size take turns in a process. Bytes.
LARGE = 1_000_000


@dataclass(frozen=True)
class Service:
    """``explainer``: None where the model has no exact contributions, and then ``unexplained`` says why. ``card``: the
    model card in Markdown, or None. ``log``: None where none is kept. ``four_eyes``: nobody reviews what
    they sent, or decides twice. ``muted_alarms``: codes of alarms that are counted apart. ``show_protected``: whether
    the pages show the client's protected attributes. ``next_policy``: which decides nothing, and is compared with the
    one that does; None without one.
    """

    scorer: Scorer
    columns: Columns
    known_tables: KnownTables
    bodies: Bodies
    policy: Policy
    explainer: Explainer | None
    unexplained: str
    card: str | None
    callers: Callers
    log: Log | None
    metrics: Metrics
    watch: Watch
    absences: Absences
    letters: LetterWriter
    four_eyes: bool = False
    muted_alarms: frozenset[str] = frozenset()
    show_protected: bool = False
    next_policy: Policy | None = None
    _one_at_a_time: Lock = field(default_factory=Lock)

    @classmethod
    def load(
        cls,
        bundle: str | Path,
        callers: Callers,
        log: Log | None,
        paths: Sequence[str],
        four_eyes: bool = False,
        rules: str | Path | None = None,
        letters: LetterWriter | None = None,
        muted_alarms: frozenset[str] = frozenset(),
        show_protected: bool = False,
        muted_warnings: frozenset[str] = frozenset(),
        next_rules: str | Path | None = None,
    ) -> "Service":
        """With the model in the folder ``bundle``, the bank's ``rules`` and its ``letters``. ``callers``: who may ask.
        ``log``, ``four_eyes``, ``muted_alarms``, ``show_protected``: as the class says. ``paths``: of the routes, by
        which requests are counted. ``muted_warnings``: codes of warnings about bodies that answers count apart.
        ``next_rules``: the file of a policy that is compared with the one that decides.

        Raises `BundleError`, `BankRulesError`.
        """
        model = load_bundle(bundle)
        try:
            explainer, unexplained = Explainer(model), ""
        except NotExplainable as error:
            explainer, unexplained = None, str(error)
        page, policy = Path(bundle) / CARD, Policy(model, rules)
        watch = Watch.load(model, bundle, log)
        return cls(
            scorer=model,
            columns=Columns(model.columns),
            known_tables=KnownTables(model.columns),
            bodies=Bodies(model.columns, own=model.amount_ranges, muted=muted_warnings),
            policy=policy,
            explainer=explainer,
            unexplained=unexplained,
            card=page.read_text(encoding="utf-8") if page.is_file() else None,
            callers=callers,
            log=log,
            metrics=Metrics(paths, () if policy.bank_rules is None else policy.bank_rules.outcomes),
            watch=watch,
            absences=Absences(Causes.of(model.columns, model.manifest, watch.profile)),
            letters=letters or LetterWriter(BankDetails()),
            four_eyes=four_eyes,
            muted_alarms=muted_alarms,
            show_protected=show_protected,
            next_policy=None if next_rules is None else Policy(model, next_rules),
        )

    def turn(self, size: int) -> AbstractContextManager[object]:
        """The turn of a body of ``size`` bytes, at once for a small one: 43 MB take some 100 MB more to work on."""
        return self._one_at_a_time if size > LARGE else nullcontext()

    @property
    def model(self) -> ModelVersion:
        """The version of the model that answers: its name, and the SHA-256 of model.pkl."""
        return ModelVersion(self.scorer.manifest["model"]["name"], self.scorer.model_hash)

    @property
    def compares_policies(self) -> bool:
        """Whether there are two policies to compare, and a log with decisions to compare them on."""
        return self.log is not None and (self.next_policy is not None or self.policy.bank_rules is not None)

    @property
    def asked_columns(self) -> list[Column]:
        """The columns of the published application table, but those that the model was trained without, by request or
        for want of any value at the time or in the log.

        A whole row of the table is taken all the same: what the model does not read makes no difference.
        """
        data = self.scorer.manifest["data"]
        unread = columns_read(data.get("left_out", [])) - columns_read(self.scorer.columns)
        unread |= own_columns([*data.get("no_values", []), *data.get("not_in_log", [])])
        return [column for name, column in self.bodies.published.columns.items() if name not in unread]


def service() -> Service:
    """What the running app works with."""
    here: Service = current_app.extensions["service"]
    return here
