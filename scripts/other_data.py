"""Turn packaged credit data of other banks into a folder with application_train.csv.

    python scripts/other_data.py german germancredit.csv data/german
    python scripts/other_data.py consumer credit_data.csv data/consumer

docs/other-data.md says in which package each file is, under which terms, what becomes which column and in which units,
what has no counterpart and is left out, and how well a model of such clients does.
"""

import argparse
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from credit.tables import TABLES, TARGET
from credit.tables.schema import NO_DATE

CLIENT = "SK_ID_CURR"
#: Days of a year in the published tables, which count ages and years of employment in days.
YEAR = 365.25

#: Text of the source -> text of the published table; None where there is no counterpart.
Words = Mapping[str, str | int | None]


@dataclass(frozen=True)
class Recipe:
    """How one data set becomes the application table.

    ``label``: its column, and which of its words stands for a client who defaulted (True) and who did not.
    ``numbers``: published name -> expression over columns of the source. ``words``: published name -> column of the
    source and what its words become; a word that is not listed is an error. ``same``: published name -> the one text
    that all clients of the source have.
    """

    label: tuple[str, Mapping[str, bool]]
    numbers: Mapping[str, pl.Expr]
    words: Mapping[str, tuple[str, Words]]
    same: Mapping[str, str] = field(default_factory=dict)

    @property
    def needed(self) -> tuple[str, ...]:
        """The columns of the source that are read, each once, in alphabetical order."""
        read = {name for expression in self.numbers.values() for name in expression.meta.root_names()}
        return tuple(sorted(read | {self.label[0]} | {name for name, _ in self.words.values()}))


def _days_before(years: str) -> pl.Expr:
    return -(pl.col(years) * YEAR).round(0).cast(pl.Int64)


def _per_month(amount: str, months: str) -> pl.Expr:
    """The repayment of a month, in hundredths. No source gives the interest, so the annuity has none."""
    return (pl.col(amount) / pl.col(months)).round(2)


#: Middle of a class of years of employment, in days; of the open class its lower end.
_EMPLOYED: Words = {
    "unemployed": NO_DATE,
    "... < 1 year": -183,
    "1 <= ... < 4 years": -913,
    "4 <= ... < 7 years": -2009,
    "... >= 7 years": -2557,
}

GERMAN = Recipe(
    label=("creditability", {"bad": True, "good": False}),
    numbers={
        "AMT_CREDIT": pl.col("credit_amount"),
        "AMT_ANNUITY": _per_month("credit_amount", "duration_in_month"),
        "DAYS_BIRTH": _days_before("age_in_years"),
    },
    words={
        "DAYS_EMPLOYED": ("present_employment_since", _EMPLOYED),
        "FLAG_OWN_REALTY": (
            "property",  # the most valuable thing a client has, of which real estate is the first
            {
                "real estate": "Y",
                "building society savings agreement/ life insurance": "N",
                "car or other, not in attribute Savings account/bonds": "N",
                "unknown / no property": "N",
            },
        ),
        "FLAG_PHONE": ("telephone", {"none": 0, "yes, registered under the customers name": 1}),
        "NAME_HOUSING_TYPE": ("housing", {"own": "House / apartment", "rent": "Rented apartment", "for free": None}),
        "NAME_INCOME_TYPE": (
            "present_employment_since",
            {years: "Unemployed" if years == "unemployed" else "Working" for years in _EMPLOYED},
        ),
        "OCCUPATION_TYPE": (
            "job",
            {
                "unemployed/ unskilled - non-resident": None,
                "unskilled - resident": "Low-skill Laborers",
                "skilled employee / official": "Core staff",
                "management/ self-employed/ highly qualified employee/ officer": "Managers",
            },
        ),
    },
    same={"NAME_CONTRACT_TYPE": "Cash loans"},
)

CONSUMER = Recipe(
    label=("Status", {"bad": True, "good": False}),
    numbers={
        "AMT_INCOME_TOTAL": pl.col("Income") * 12,
        "AMT_CREDIT": pl.col("Amount"),
        "AMT_ANNUITY": _per_month("Amount", "Time"),
        "AMT_GOODS_PRICE": pl.col("Price"),
        "DAYS_BIRTH": _days_before("Age"),
        "DAYS_EMPLOYED": _days_before("Seniority"),
    },
    words={
        "FLAG_OWN_REALTY": (
            "Home",
            {"owner": "Y", "rent": "N", "parents": "N", "priv": None, "other": None, "ignore": None},
        ),
        "NAME_HOUSING_TYPE": (
            "Home",
            {
                "owner": "House / apartment",
                "rent": "Rented apartment",
                "parents": "With parents",
                **dict.fromkeys(("priv", "other", "ignore")),
            },
        ),
        "NAME_FAMILY_STATUS": (
            "Marital",
            {
                "married": "Married",
                "single": "Single / not married",
                "separated": "Separated",
                "divorced": "Separated",
                "widow": "Widow",
            },
        ),
        "NAME_INCOME_TYPE": ("Job", {"fixed": "Working", "partime": "Working", "freelance": "Working", "others": None}),
        "ORGANIZATION_TYPE": ("Job", {"fixed": None, "partime": None, "freelance": "Self-employed", "others": None}),
    },
    same={"NAME_CONTRACT_TYPE": "Cash loans"},
)

RECIPES = {"german": GERMAN, "consumer": CONSUMER}


def application_train(source: pl.DataFrame, recipe: Recipe) -> pl.DataFrame:
    """The clients of a source as the published table: its columns, in its order, a gap where the source has nothing.

    ``SK_ID_CURR`` counts the rows of the source from 1. Raises `ValueError` that names a column that the source lacks,
    or a word that the recipe does not know.
    """
    if lacking := [name for name in recipe.needed if name not in source.columns]:
        raise ValueError(f"the file has no column {', '.join(lacking)}; is it the file that docs/other-data.md names?")
    column, meaning = recipe.label
    words = {**recipe.words, TARGET: (column, {word: int(bad) for word, bad in meaning.items()})}
    for name, known in words.values():
        texts = source[name].drop_nulls()
        if unknown := texts.filter(~texts.is_in(list(known))).unique().sort().to_list():
            raise ValueError(f"{name} holds {unknown[0]!r}, which the recipe does not know; add what it becomes")
    made = source.select(
        pl.int_range(1, pl.len() + 1).alias(CLIENT),
        *(expression.alias(name) for name, expression in recipe.numbers.items()),
        *(pl.lit(text).alias(name) for name, text in recipe.same.items()),
        *(pl.col(name).replace_strict(dict(known), default=None).alias(to) for to, (name, known) in words.items()),
    )
    if made[TARGET].null_count():
        raise ValueError(f"{column} has gaps; of a client without an outcome no model learns: leave these rows out")
    table = TABLES["application_train"]
    gaps = (pl.lit(None).alias(name) for name in table.names if name not in made.columns)
    return made.with_columns(*gaps).select(table.names)


def main() -> None:
    """Read the file of a package, write the folder."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("recipe", choices=RECIPES)
    words.add_argument("file", type=Path, help="the CSV file of the package")
    words.add_argument("folder", type=Path, help="folder to write application_train.csv to")
    asked = words.parse_args()
    out = asked.folder / "application_train.csv"
    if out.exists():
        sys.exit(f"{out} is there already; give another folder, or remove it first.")
    try:
        made = application_train(pl.read_csv(asked.file, null_values=["NA"]), RECIPES[asked.recipe])
    except (OSError, ValueError, pl.exceptions.PolarsError) as error:
        sys.exit(f"{asked.file}: {error}")
    out.parent.mkdir(parents=True, exist_ok=True)
    made.write_csv(out)
    filled = sum(made[name].null_count() < len(made) for name in made.columns)
    print(f"{out}: {len(made):,} clients, {filled} of {made.width} columns filled, {made[TARGET].mean():.1%} defaulted")


if __name__ == "__main__":
    main()
