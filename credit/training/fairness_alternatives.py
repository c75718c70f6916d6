"""Which other models are looked at: other trials, columns left out, and constraints on what is learnt.

A bank that looks for a less discriminatory alternative has to try some. These are tried, each alone:

- other trials of the search that all folds have judged;
- without gender, without the date of birth, without both, without all protected columns, without each column by which
  approvals are compared;
- without the columns, and groups of columns, that carry most of the difference in approvals
  (`credit.training.gap_contributions`), and without all protected columns and the first of these;
- clients weighed so that group and outcome are independent, in part or in full (`credit.training.training_changes`),
  also without protected columns;
- age may only help who is older: no tree rises with age, and nothing else that is made of it is read. After 12 CFR
  1002.6(b)(2)(ii): the age of an elderly applicant must not be assigned a negative factor or value.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from credit.decision.client_groups import AGE, GENDER
from credit.features.needed_columns import features_made_of
from credit.training.client_attributes import SOURCES, Attribute, Values
from credit.training.gap_contributions import Carried
from credit.training.left_out import ALL_PROTECTED, features_left_out
from credit.training.search_study import Trial
from credit.training.training_changes import Changes, reweighed

#: So many other trials are looked at, the best of them; and so many parts that carry most, of each attribute.
OTHER_TRIALS, PROXIES = 3, 3
#: Exponents of the weights.
STRENGTHS = (0.5, 1.0)

UNCHANGED, TRIAL, COLUMNS, WEIGHTS, SIGN = "unchanged", "trial", "columns", "weights", "sign"


@dataclass(frozen=True)
class Alternative:
    """``name``: in words. ``kind``: what is changed, one of the five above. ``parameters``: of LightGBM.

    ``without``: columns that no model reads, as ``train --without`` takes them. ``weighed``: attribute by which clients
    are weighed, with the strength; None where all weigh the same. ``older``: whether age may only help the older.
    """

    name: str
    kind: str
    parameters: Mapping[str, Any]
    without: tuple[str, ...] = ()
    weighed: tuple[str, float] | None = None
    older: bool = False

    def changes(
        self, attributes: Iterable[Attribute], values: Values, clients: Any, defaulted: Any, columns: Iterable[str]
    ) -> Changes:
        """What this changes of a training. ``attributes``: among which is that of ``weighed``. ``values``: of all
        clients, of which ``clients`` are the positions of those who train; ``defaulted``: (n_train,) their outcomes;
        ``columns``: that the data have.
        """
        weight = None
        if self.weighed is not None:
            name, strength = self.weighed
            attribute = next(one for one in attributes if one.name == name)
            weight = reweighed(attribute.groups(values)[clients], defaulted, strength)
        # DAYS_BIRTH counts back from the application: more of it is a younger client.
        signs = {SOURCES[AGE]: 1} if self.older else {}
        unread = frozenset(features_left_out(self.without)) & frozenset(columns)
        return Changes(dict(self.parameters), weight, signs, unread)

    def to_dict(self) -> dict[str, Any]:
        """As a manifest keeps it; parameters stand there already."""
        return {
            "name": self.name,
            "kind": self.kind,
            "without": [*self.without],
            "weighed": None if self.weighed is None else [*self.weighed],
            "older": self.older,
        }


def unchanged(best: Trial) -> Alternative:
    """The model of the best trial, to which all others are compared."""
    return Alternative("unchanged", UNCHANGED, best.parameters)


def alternatives(
    best: Trial,
    done: Sequence[Trial],
    attributes: Sequence[Attribute],
    carries: Sequence[Sequence[Carried]],
    columns: Sequence[str],
) -> list[Alternative]:
    """All others, in a fixed order. ``best``: the trial of the unchanged model, ``done``: all trials. ``attributes``:
    by which approvals are compared. ``carries``: what carries the difference of each attribute, most first, see
    `credit.training.gap_contributions.carried`. ``columns``: that the unchanged model may read.
    """
    there = frozenset(columns)
    found: dict[object, Alternative] = {}

    def add(one: Alternative) -> None:
        read = there & frozenset(features_left_out(one.without))
        if one.kind == COLUMNS and not read:
            return  # it is left out already, and so nothing changes
        found.setdefault((read, one.weighed, one.older, tuple(sorted(one.parameters.items()))), one)

    others = sorted((one for one in done if not one.halved and one != best), key=lambda one: (one.log_loss, one.number))
    for trial in others[:OTHER_TRIALS]:
        add(Alternative(f"trial {trial.number}", TRIAL, trial.parameters))

    def without(names: Sequence[str], called: str | None = None) -> None:
        add(Alternative(f"without {called or ', '.join(names)}", COLUMNS, best.parameters, tuple(names)))

    gender, birth = SOURCES[GENDER], SOURCES[AGE]
    for names in ([gender], [birth], [gender, birth], [ALL_PROTECTED]):
        without(names)
    for attribute in attributes:
        without([attribute.column])
    for parts in carries:
        for part in parts[:PROXIES]:
            if part.points > 0:
                without(part.features, part.part)
        if parts and parts[0].points > 0:
            without((ALL_PROTECTED, *parts[0].features), f"{ALL_PROTECTED} and {parts[0].part}")
    for attribute in attributes:
        for strength in STRENGTHS:
            name = f"weighed by {attribute.name}, strength {strength:g}"
            add(Alternative(name, WEIGHTS, best.parameters, weighed=(attribute.name, strength)))
        name = f"without {ALL_PROTECTED}, weighed by {attribute.name}"
        add(Alternative(name, WEIGHTS, best.parameters, (ALL_PROTECTED,), (attribute.name, STRENGTHS[-1])))
    if birth in there:
        made = tuple(name for name in features_made_of([birth]) if name != birth and name in there)
        add(Alternative("age may only help the older", SIGN, best.parameters, made, older=True))
    return list(found.values())
