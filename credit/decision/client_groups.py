"""The groups of clients on whom decisions are compared: women and men, and bands of age; fixed for all comparisons."""

import math

GENDER, AGE = "gender", "age"
#: CODE_GENDER of the features, and what it says.
GENDERS = {0: "women", 1: "men"}
#: The first year of age of every band but the first. Fixed, so that two models are compared on the same bands.
BANDS = (25, 35, 45, 55)
AGES = ("under 25", "25 to 34", "35 to 44", "45 to 54", "55 and over")
#: The group of the clients who did not say.
NOT_GIVEN = "not given"
#: Figures of groups of fewer clients are withheld wherever they are written: of one or two they would be a person's.
FEWEST_SHOWN = 10
#: The length of a year in days, leap years included: DAYS_BIRTH counts days.
YEAR = 365.25


def gender(code: float) -> str:
    """The group of a value of CODE_GENDER, NaN where it is not known.

    >>> gender(1.0), gender(math.nan)
    ('men', 'not given')
    """
    return NOT_GIVEN if math.isnan(code) else GENDERS.get(int(code), NOT_GIVEN)


def age(days_birth: float) -> str:
    """The band of a value of DAYS_BIRTH, days before the application, NaN where it is not known.

    >>> age(-24.9 * YEAR), age(-25.1 * YEAR), age(-70 * YEAR), age(math.nan)
    ('under 25', '25 to 34', '55 and over', 'not given')
    """
    if math.isnan(days_birth):
        return NOT_GIVEN
    return AGES[sum(-days_birth / YEAR >= first for first in BANDS)]
