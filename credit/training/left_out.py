"""Columns that a model is trained without, because the bank may not or will not use them."""

from collections.abc import Iterable
from difflib import get_close_matches

from credit.explain.reasons import PROTECTED, group_of
from credit.features import COLUMNS
from credit.features.loan_amounts import AMOUNTS
from credit.features.needed_columns import APPLICATION_COLUMNS, features_made_of

#: Stands for all features of gender, age, family status, religion and health: those that are never given as reasons.
ALL_PROTECTED = "protected"


def named_columns(text: str | None) -> tuple[str, ...]:
    """The columns that ``text`` names, with commas between: of the application, features, or the word "protected".

    None names none. Raises ``ValueError`` for an unknown name, with the nearest known one, and for the amounts of the
    loan, without which there is nothing to decide.
    """
    names = tuple(dict.fromkeys(name.strip() for name in (text or "").split(",") if name.strip()))
    known = {ALL_PROTECTED, *APPLICATION_COLUMNS, *COLUMNS}
    for name in names:
        if name in AMOUNTS:
            raise ValueError(f"{name} is an amount of the loan that is decided about: no model can do without it")
        if name not in known:
            near = get_close_matches(name, sorted(known), n=1) or get_close_matches(name.upper(), sorted(known), n=1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise ValueError(
                f"{name!r} is no column of the application and no feature; {hint}GET /features lists the features, and "
                f"the word {ALL_PROTECTED} stands for gender, age, family status, religion and health"
            )
    return names


def features_left_out(names: Iterable[str]) -> tuple[str, ...]:
    """The features, in frozen order, that a model without the columns ``names`` (`named_columns`) does not see."""
    wanted = set(names)
    if ALL_PROTECTED in wanted:
        wanted |= {name for name in COLUMNS if group_of(name) == PROTECTED}
    return features_made_of(wanted)
