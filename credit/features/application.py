"""The application itself: its own columns, its text columns as 0/1 columns, and five ratios. 245 features.

The numeric columns and CODE_GENDER, FLAG_OWN_CAR, FLAG_OWN_REALTY keep their names and the table's order. Coding:
CODE_GENDER F = 0, M = 1 (XNA: missing); the flags N = 0, Y = 1. A text that is missing or unknown is 0 in all of its
columns. DAYS_EMPLOYED 365243 (pensioners, unemployed) and any other day in the future is missing.
"""

from collections.abc import Iterable, Iterator, Mapping

import narwhals.stable.v2 as nw

from credit.features import descriptions
from credit.features.feature import CLIENT, Feature, Frame, equals, past, ratio, texts
from credit.tables import TABLES

_TABLE = TABLES["application_test"]

#: Text columns with two values of interest: the text that is 0, the text that is 1; any other is missing.
CODES = {"CODE_GENDER": ("F", "M"), "FLAG_OWN_CAR": ("N", "Y"), "FLAG_OWN_REALTY": ("N", "Y")}


def rows(tables: Mapping[str, Frame], application: str) -> Frame:
    """The applications, with days in the future taken out."""
    return tables[application].with_columns(*past("application"), *texts(_TABLE))


def per_client(
    tables: Mapping[str, Frame], features: Iterable[Feature], application: str = "application_train"
) -> Frame:
    """One row per application: SK_ID_CURR and the features."""
    return rows(tables, application).select(CLIENT, *(feature.column for feature in features))


def _own() -> Iterator[Feature]:
    for column in _TABLE.columns:
        name = column.name
        if name in CODES:
            zero, one = CODES[name]
            expr: nw.Expr = nw.when(nw.col(name) == zero).then(nw.lit(0.0)).when(nw.col(name) == one).then(nw.lit(1.0))
        elif column.kind == "text" or name == CLIENT:
            continue
        else:
            expr = nw.col(name)
        about = descriptions.column("application", name)
        yield Feature(name, about.unit, "application", about.en, about.fr, expr)


def _texts() -> Iterator[Feature]:
    for name, values in _TABLE.vocabularies.items():
        if name in CODES:
            continue
        about = descriptions.column("application", name)
        for text in values:
            en, fr = descriptions.value("application", name, text)
            yield Feature(
                f"{name}_{descriptions.identifier(text)}",
                "0/1",
                "application",
                f"{about.en}: {en}",
                f"{about.fr}\u00a0: {fr}",
                equals(name, text),
                is_float=True,
            )


def _ratio(name: str, unit: str, numerator: str, denominator: str, en: str, fr: str) -> Feature:
    return Feature(name, unit, "application", en, fr, ratio(nw.col(numerator), nw.col(denominator)))


FEATURES: tuple[Feature, ...] = (
    *_own(),
    *_texts(),
    _ratio(
        "EMPLOYED_TO_AGE",
        "ratio",
        "DAYS_EMPLOYED",
        "DAYS_BIRTH",
        "Share of the client's life spent in the present employment",
        "Part de la vie du client passée dans l'emploi actuel",
    ),
    _ratio(
        "INCOME_TO_CREDIT",
        "ratio",
        "AMT_INCOME_TOTAL",
        "AMT_CREDIT",
        "Yearly income / amount of the loan asked for",
        "Revenu annuel / montant du prêt demandé",
    ),
    _ratio(
        "INCOME_PER_FAMILY_MEMBER",
        "currency",
        "AMT_INCOME_TOTAL",
        "CNT_FAM_MEMBERS",
        "Yearly income per family member",
        "Revenu annuel par membre de la famille",
    ),
    _ratio(
        "ANNUITY_TO_INCOME",
        "ratio",
        "AMT_ANNUITY",
        "AMT_INCOME_TOTAL",
        "Annuity of the loan asked for / yearly income",
        "Échéance du prêt demandé / revenu annuel",
    ),
    _ratio(
        "ANNUITY_TO_CREDIT",
        "ratio",
        "AMT_ANNUITY",
        "AMT_CREDIT",
        "Annuity / amount of the loan asked for",
        "Échéance / montant du prêt demandé",
    ),
)
