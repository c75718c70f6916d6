"""How decisions fall on women and men, and on younger and older clients.

For every group: how many the threshold approves, and how many the rule that is served accepts, refers to a person and
refuses (`credit.decision.review`); how likely they were held to default and how many did, and whom the threshold got
wrong. For gender and for age, the four-fifths ratio, of those approved by the threshold and of those accepted without a
person (`credit.training.approval_ratios`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from credit.decision.client_groups import AGE, AGES, BANDS, FEWEST_SHOWN, GENDER, GENDERS, NOT_GIVEN, YEAR
from credit.decision.intervals import wilson
from credit.decision.review import ACCEPT, DECISIONS, REFER, REFUSE
from credit.training.approval_ratios import LEAST_SHARE, FourFifths, compare

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Groups:
    """What ``by_group`` measured.

    ``table``: one row a group, in a fixed order, empty groups included; null is what could not be measured:

        attribute, group            gender or age; which
        clients, judged             how many; whether they are enough to be compared (2 % of all)
        approved                    share below the threshold, with approved_low and approved_high (Wilson)
        amount_approved             share of the amounts asked for that is lent
        ratio                       approved over that of the judged group in which it is highest, with ratio_low and
                                    ratio_high (bootstrap); 1 without an interval for that group itself
        accepted, referred, refused shares by the rule that is served, with accepted_low and accepted_high (Wilson)
        accepted_ratio              as ratio, of those accepted, with accepted_ratio_low and accepted_ratio_high
        predicted, defaulted        mean probability of default, and the share that did, with defaulted_low and
                                    defaulted_high (Wilson): calibration group by group
        false_negative_rate         share of those who defaulted that was approved
        false_positive_rate         share of those who repaid that was refused

    ``four_fifths``: one for gender and one for age, where two groups are judged and somebody is approved; ``accepted``:
    the same of the rule that is served.
    ``threshold``: refused from here; ``level``: of all intervals.
    """

    table: pl.DataFrame
    four_fifths: tuple[FourFifths, ...]
    accepted: tuple[FourFifths, ...]
    threshold: float
    level: float

    def __len__(self) -> int:
        return self.table.height

    @property
    def shown(self) -> pl.DataFrame:
        """The table as it may be written down: no figure of a group of fewer than ``FEWEST_SHOWN`` clients, which would
        be those of a person, and no ratio of a group that is not judged.
        """
        few, unjudged = pl.col("clients").is_between(1, FEWEST_SHOWN - 1), ~pl.col("judged")
        return self.table.with_columns(
            pl.when(few | unjudged if "ratio" in name else few).then(None).otherwise(pl.col(name)).alias(name)
            for name in _FIGURES
        )


def by_group(
    clients: pl.DataFrame, threshold: float, repeats: int = 2000, level: float = 0.95, seed: int = 0
) -> Groups:
    """Approval, calibration and errors by gender and by age.

    ``clients``: one row each, not seen by the model: CODE_GENDER as the features have it (0 woman, 1 man, missing: not
    given), DAYS_BIRTH (days before the application, < 0), TARGET (0/1), PROBABILITY_OF_DEFAULT as the model says,
    AMT_CREDIT, DECISION (accept, refer or refuse) by `credit.decision.review.decided`. ``threshold``: refused at or
    above.

    ``level``: of all intervals, in (0, 1).
    A client belongs to one group of each attribute. ``repeats`` draws of as many clients give the intervals of ratios,
    the same for the same ``seed``. Before it draws, every group that has clients is lent one more, half approved and
    half refused: else three approved clients out of three would pass for a certainty. Source: B. Efron, Annals of
    Statistics 7, 1979 (bootstrap); the lent client is Jeffreys' prior of a share.

    Raises ``ValueError`` for values that are none of these, and where there are no clients.
    """
    _check(clients)
    approved = (pl.col("PROBABILITY_OF_DEFAULT") < threshold).alias("approved")
    frame = clients.select("TARGET", "PROBABILITY_OF_DEFAULT", "AMT_CREDIT", "DECISION", _gender(), _age(), approved)
    of_threshold, of_rule = np.random.default_rng(seed), np.random.default_rng((seed, 1))
    rows: list[dict[str, Any]] = []
    found: list[FourFifths] = []
    accepted: list[FourFifths] = []
    for attribute, names in ((GENDER, (*GENDERS.values(), NOT_GIVEN)), (AGE, (*AGES, NOT_GIVEN))):
        parts = [frame.filter(pl.col(attribute) == name) for name in names]
        if not parts[-1].height:  # a row for those who did not say only where there are some
            names, parts = names[:-1], parts[:-1]
        measured = [
            {"attribute": attribute, "group": name, **_measured(part, frame.height, level)}
            for name, part in zip(names, parts, strict=True)
        ]
        found += compare(measured, attribute, of_threshold, repeats, level, "approved", "ratio")
        accepted += compare(measured, attribute, of_rule, repeats, level, "accepted", "accepted_ratio")
        rows += measured
    return Groups(pl.DataFrame(rows, schema=_SCHEMA), tuple(found), tuple(accepted), threshold, level)


def groups_of(clients: pl.DataFrame) -> pl.DataFrame:
    """``clients`` with their groups in the columns gender and age; of each CODE_GENDER and DAYS_BIRTH as `by_group`
    takes them.
    """
    return clients.with_columns(_gender(), _age())


def _gender() -> pl.Expr:
    known = {float(code): name for code, name in GENDERS.items()}
    return _number("CODE_GENDER").replace_strict(known, default=NOT_GIVEN, return_dtype=pl.String).alias(GENDER)


def _age() -> pl.Expr:
    years = -_number("DAYS_BIRTH") / YEAR
    passed = pl.sum_horizontal((years >= first).cast(pl.Int64) for first in BANDS)  # how many bands are behind
    band = pl.when(years.is_not_null()).then(passed)
    return band.replace_strict(dict(enumerate(AGES)), default=NOT_GIVEN, return_dtype=pl.String).alias(AGE)


def _measured(part: pl.DataFrame, everybody: int, level: float) -> dict[str, Any]:
    bad, approved = part["TARGET"].cast(pl.Float64).to_numpy(), part["approved"].to_numpy()
    loan = part["AMT_CREDIT"].cast(pl.Float64).to_numpy()
    n, passed, defaulted = part.height, int(approved.sum()), int(bad.sum())
    counts = {one: int((part["DECISION"] == one).sum()) for one in DECISIONS}
    accepted_low, accepted_high = wilson(counts[ACCEPT], n, level)
    approved_low, approved_high = wilson(passed, n, level)
    defaulted_low, defaulted_high = wilson(defaulted, n, level)
    return {
        "clients": n,
        "judged": 0 < n >= LEAST_SHARE * everybody,
        "approved": _share(passed, n),
        "approved_low": _known(approved_low),
        "approved_high": _known(approved_high),
        "amount_approved": _share(float(loan[approved].sum()), float(loan.sum())),
        "ratio": None,
        "ratio_low": None,
        "ratio_high": None,
        "accepted": _share(counts[ACCEPT], n),
        "accepted_low": _known(accepted_low),
        "accepted_high": _known(accepted_high),
        "referred": _share(counts[REFER], n),
        "refused": _share(counts[REFUSE], n),
        "accepted_ratio": None,
        "accepted_ratio_low": None,
        "accepted_ratio_high": None,
        "predicted": part["PROBABILITY_OF_DEFAULT"].mean(),
        "defaulted": _share(defaulted, n),
        "defaulted_low": _known(defaulted_low),
        "defaulted_high": _known(defaulted_high),
        "false_negative_rate": _share(float(bad[approved].sum()), defaulted),
        "false_positive_rate": _share(float((1 - bad)[~approved].sum()), n - defaulted),
    }


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None


def _known(value: Floats) -> float | None:
    return None if np.isnan(value) else float(value)


def _check(clients: pl.DataFrame) -> None:
    if not clients.height:
        raise ValueError("there are no clients to compare; give the test clients, one a row")
    wrong_decisions = clients.filter(~pl.col("DECISION").is_in(DECISIONS).fill_null(False))
    if wrong_decisions.height:
        raise ValueError(
            f"DECISION must be accept, refer or refuse, and is something else for {wrong_decisions.height:,} clients; "
            "take it from credit.decision.review.decided"
        )
    for name, rule in _RULES.items():
        given = clients[name]
        if not given.dtype.is_numeric():
            raise ValueError(f"{name} must be {rule}, but is a column of {given.dtype}; take it from the features")
        values = _number(name)
        wrong = clients.filter(_BROKEN[name](values).fill_null(name not in _MAY_BE_MISSING))
        if wrong.height:
            raise ValueError(f"{name} must be {rule}, not {wrong[name][0]}, as it is for {wrong.height:,} clients")


def _number(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.Float64).fill_nan(None)


_MAY_BE_MISSING = ("CODE_GENDER", "DAYS_BIRTH")
_RULES = {
    "CODE_GENDER": "0 (woman), 1 (man) or missing",
    "DAYS_BIRTH": "days before the application, below 0, or missing",
    "TARGET": "0 (repaid) or 1 (defaulted)",
    "PROBABILITY_OF_DEFAULT": "between 0 and 1",
    "AMT_CREDIT": "an amount, at least 0",
}
_BROKEN: dict[str, Callable[[pl.Expr], pl.Expr]] = {
    "CODE_GENDER": lambda value: ~value.is_in([0.0, 1.0]),
    "DAYS_BIRTH": lambda value: value >= 0,
    "TARGET": lambda value: ~value.is_in([0.0, 1.0]),
    "PROBABILITY_OF_DEFAULT": lambda value: ~value.is_between(0, 1),
    "AMT_CREDIT": lambda value: ~value.is_finite() | (value < 0),
}
_FIGURES = (
    "approved",
    "approved_low",
    "approved_high",
    "amount_approved",
    "ratio",
    "ratio_low",
    "ratio_high",
    "accepted",
    "accepted_low",
    "accepted_high",
    "referred",
    "refused",
    "accepted_ratio",
    "accepted_ratio_low",
    "accepted_ratio_high",
    "predicted",
    "defaulted",
    "defaulted_low",
    "defaulted_high",
    "false_negative_rate",
    "false_positive_rate",
)
_SCHEMA = {"attribute": pl.String, "group": pl.String, "clients": pl.Int64, "judged": pl.Boolean} | dict.fromkeys(
    _FIGURES, pl.Float64
)
