"""What a feature is in words, for the explanations: loaded on first use."""

from functools import cache
from typing import NamedTuple


class About(NamedTuple):
    """A feature's meaning and its unit, in English and French."""

    en: str
    fr: str
    unit: str
    unit_fr: str


def about(feature: str) -> About:
    """What ``feature`` is; a column that `credit.features` does not know is called by its name and has no unit."""
    return _all().get(feature, About(feature, feature, "", ""))


@cache
def _all() -> dict[str, About]:
    # The recipe takes Narwhals and half a second: a service that is never asked for an explanation does without.
    from credit.features import FEATURES

    return {feature.name: About(feature.en, feature.fr, feature.unit, feature.unit_fr) for feature in FEATURES}
