"""Beyond the recipe: the three external scores taken together. The higher a score, the lower the risk."""

import narwhals.stable.v2 as nw

from credit.features.feature import Feature, added, ratio

FAMILY = "external score"

_SCORES = tuple(nw.col(f"EXT_SOURCE_{number}") for number in (1, 2, 3))


def _product() -> nw.Expr:
    first, second, third = _SCORES
    return first * second * third


def _feature(name: str, unit: str, en: str, fr: str, expr: nw.Expr) -> Feature:
    return Feature(f"EXT_SOURCE_{name}", unit, "application", en, fr, expr, FAMILY)


def _sum() -> nw.Expr:
    first, second, third = (score.fill_null(0.0) for score in _SCORES)
    return first + (second + third)  # the order in which the shipped model has learnt it


_MISSING = added(*(score.is_null().cast(nw.Float64) for score in _SCORES))
_MEAN = ratio(_sum(), 3 - _MISSING)
_LARGEST, _SMALLEST = nw.max_horizontal(*_SCORES), nw.min_horizontal(*_SCORES)

FEATURES: tuple[Feature, ...] = (
    _feature(
        "MEAN",
        "score 0-1",
        "Mean of the known external scores",
        "Moyenne des scores externes connus",
        _MEAN,
    ),
    _feature(
        "MIN",
        "score 0-1",
        "Smallest of the known external scores",
        "Plus petit des scores externes connus",
        _SMALLEST,
    ),
    _feature(
        "MAX",
        "score 0-1",
        "Largest of the known external scores",
        "Plus grand des scores externes connus",
        _LARGEST,
    ),
    _feature(
        "SPREAD",
        "score 0-1",
        "Largest less smallest of the known external scores",
        "Écart entre le plus grand et le plus petit des scores externes connus",
        _LARGEST - _SMALLEST,
    ),
    _feature(
        "PRODUCT",
        "score 0-1",
        "Product of the three external scores",
        "Produit des trois scores externes",
        _product(),
    ),
    _feature(
        "2_TIMES_3",
        "score 0-1",
        "Product of external scores 2 and 3",
        "Produit des scores externes 2 et 3",
        _SCORES[1] * _SCORES[2],
    ),
    _feature(
        "MISSING",
        "count",
        "Number of missing external scores",
        "Nombre de scores externes manquants",
        _MISSING,
    ),
)
