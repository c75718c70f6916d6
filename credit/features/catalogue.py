"""What the columns of a model and of the published table mean, in English or French: the details of GET /features."""

from collections.abc import Iterable, Mapping
from typing import Any

from credit.features import FEATURES, descriptions, value_words
from credit.features.feature import Feature
from credit.tables import Column

LANGUAGES = ("en", "fr")

_BY_NAME = {feature.name: feature for feature in FEATURES}


def details(columns: Iterable[str], manifest: Mapping[str, Any], language: str) -> list[dict[str, Any]]:
    """One entry a column, in the model's order: name, description, unit, table, family, missing, values.

    ``language``: of description and unit, one of ``LANGUAGES``. ``table``: whose rows it is made from. ``family``:
    "recipe" for the columns of the public recipe. ``missing``: the share of the training clients of whom it is not
    known, in [0, 1], as the ``manifest`` says under features. Whatever nobody has said is None: the words for a column
    that the tables do not make, the share where the manifest has none. ``values``: what 0 and 1 mean, each as value
    and meaning; empty for a quantity.
    """
    missing = manifest.get("features", {}).get("missing", {})
    return [_entry(name, _BY_NAME.get(name), missing.get(name), language) for name in columns]


def published(columns: Iterable[Column], language: str) -> list[dict[str, Any]]:
    """One entry for each column of the published application table: name, description, type and texts.

    A client by name may use these names, beside those of the model's features. ``type``: text, integer or number.
    ``texts``: the published ones, empty for numbers; others are taken, too, and count as none of them.
    """
    return [
        {
            "name": column.name,
            "description": about.fr if language == "fr" else about.en,
            "type": column.kind,
            "texts": list(column.values),
        }
        for column in columns
        if (about := descriptions.column("application", column.name))
    ]


def _entry(name: str, feature: Feature | None, missing: float | None, language: str) -> dict[str, Any]:
    french = language == "fr"
    return {
        "name": name,
        "description": feature and (feature.fr if french else feature.en),
        "unit": feature and (feature.unit_fr if french else feature.unit),
        "table": feature and feature.table,
        "family": feature and feature.family,
        "missing": missing,
        "values": [
            {"value": one.value, "meaning": one.fr if french else one.en}
            for one in (value_words.of_feature(feature) if feature else ())
        ],
    }
