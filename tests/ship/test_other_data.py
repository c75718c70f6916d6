"""scripts/other_data.py: three invented clients of each format become the published application table."""

import subprocess
import sys

import polars as pl
import pytest
from support.shipped import ROOT

from credit.tables import NO_DATE, TABLES, TARGET, read
from credit.tables.quality import quality

sys.path.insert(0, str(ROOT / "scripts"))
import other_data

#: Invented: no client of any data set.
GERMAN = pl.DataFrame(
    {
        "credit_amount": [1200, 6000, 900],
        "duration_in_month": [12, 48, 7],
        "age_in_years": [40, 20, 61],
        "present_employment_since": ["1 <= ... < 4 years", "unemployed", "... >= 7 years"],
        "property": ["real estate", "unknown / no property", "car or other, not in attribute Savings account/bonds"],
        "telephone": ["none", "yes, registered under the customers name", "none"],
        "housing": ["own", "rent", "for free"],
        "job": ["skilled employee / official", "unskilled - resident", "unemployed/ unskilled - non-resident"],
        "creditability": ["good", "bad", "good"],
    }
)
CONSUMER = pl.DataFrame(
    {
        "Status": ["bad", "good", "good"],
        "Seniority": [10, 0, 3],
        "Home": ["owner", "other", None],
        "Time": [60, 24, 36],
        "Age": [50, 19, 33],
        "Marital": ["married", "divorced", None],
        "Job": ["freelance", "fixed", "others"],
        "Income": ["100", "NA", "80"],
        "Amount": [1500, 240, 1000],
        "Price": [2000, 300, 1000],
    }
)


def run(recipe, source, folder):
    source.write_csv(folder / "source.csv")
    script = [sys.executable, str(ROOT / "scripts" / "other_data.py"), recipe]
    return subprocess.run([*script, folder / "source.csv", folder / "bank"], capture_output=True, text=True, cwd=ROOT)


def filled(frame):
    return {name: frame[name].to_list() for name in frame.columns if frame[name].null_count() < len(frame)}


def test_german_clients_become_applications_in_the_units_of_the_published_table():
    made = other_data.application_train(GERMAN, other_data.GERMAN)
    assert tuple(made.columns) == TABLES["application_train"].names
    assert filled(made) == {
        "SK_ID_CURR": [1, 2, 3],
        "TARGET": [0, 1, 0],
        "NAME_CONTRACT_TYPE": ["Cash loans"] * 3,
        "FLAG_OWN_REALTY": ["Y", "N", "N"],
        "AMT_CREDIT": [1200, 6000, 900],
        "AMT_ANNUITY": [100.0, 125.0, 128.57],
        "NAME_INCOME_TYPE": ["Working", "Unemployed", "Working"],
        "NAME_HOUSING_TYPE": ["House / apartment", "Rented apartment", None],
        "DAYS_BIRTH": [-14610, -7305, -22280],
        "DAYS_EMPLOYED": [-913, NO_DATE, -2557],
        "FLAG_PHONE": [0, 1, 0],
        "OCCUPATION_TYPE": ["Core staff", "Low-skill Laborers", None],
    }


def test_consumer_clients_are_written_read_and_checked(tmp_path):
    done = run("consumer", CONSUMER, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "3 clients, 14 of 122 columns filled, 33.3% defaulted" in done.stdout
    made = read(tmp_path / "bank", ("application_train",))["application_train"].collect()
    assert filled(made) == {
        "SK_ID_CURR": [1, 2, 3],
        "TARGET": [1, 0, 0],
        "NAME_CONTRACT_TYPE": ["Cash loans"] * 3,
        "FLAG_OWN_REALTY": ["Y", None, None],
        "AMT_INCOME_TOTAL": [1200.0, None, 960.0],
        "AMT_CREDIT": [1500.0, 240.0, 1000.0],
        "AMT_ANNUITY": [25.0, 10.0, 27.78],
        "AMT_GOODS_PRICE": [2000.0, 300.0, 1000.0],
        "NAME_INCOME_TYPE": ["Working", "Working", None],
        "NAME_FAMILY_STATUS": ["Married", "Separated", None],
        "NAME_HOUSING_TYPE": ["House / apartment", None, None],
        "DAYS_BIRTH": [-18262, -6940, -12053],
        "DAYS_EMPLOYED": [-3652, 0, -1096],
        "ORGANIZATION_TYPE": ["Self-employed", None, None],
    }
    assert quality(tmp_path / "bank", names=("application_train",)).errors == ()
    again = run("consumer", CONSUMER, tmp_path)
    assert again.returncode == 1
    assert "application_train.csv is there already; give another folder, or remove it first." in again.stderr


@pytest.mark.parametrize("recipe", other_data.RECIPES.values())
def test_every_text_of_a_recipe_is_a_published_one(recipe):
    table = TABLES["application_train"]
    for name, (_, words) in recipe.words.items():
        if table[name].kind == "text":
            assert {text for text in words.values() if text is not None} <= set(table[name].values)
    assert TARGET not in {*recipe.words, *recipe.numbers}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (GERMAN.drop("job"), "the file has no column job; is it the file that docs/other-data.md names?"),
        (GERMAN.with_columns(housing=pl.lit("a boat")), "housing holds 'a boat', which the recipe does not know"),
        (GERMAN.with_columns(creditability=pl.lit(None, pl.String)), "creditability has gaps; of a client without"),
    ],
)
def test_a_file_that_the_recipe_does_not_know_is_refused(tmp_path, change, said):
    done = run("german", change, tmp_path)
    assert done.returncode == 1
    assert said in done.stderr
    assert not (tmp_path / "bank").exists()
