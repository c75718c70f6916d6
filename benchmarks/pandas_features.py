"""The 795 columns of the recipe in plain pandas, the way public notebooks write them: the yardstick of features.py.

Whole tables in memory, ``get_dummies`` for every text column, one ``groupby`` with a dictionary of aggregates for each
table, its column pairs flattened to names, days past due cut at 0 by a function called row by row. Only the fixes
without which the numbers would differ are in: fixed vocabularies, the sign of lateness, sums of nothing known and
divisions by 0 are missing.

The notebooks read the published CSV files; a folder of Parquet files does too.
"""

import runpy
from pathlib import Path

import numpy as np
import pandas as pd

# The file of the schema alone: with its package would come Polars, and pandas would be charged for its import.
SCHEMA = runpy.run_path(str(Path(__file__).parents[1] / "credit" / "tables" / "schema.py"))
TABLES, NO_DATE = SCHEMA["TABLES"], SCHEMA["NO_DATE"]
KEY = "SK_ID_CURR"

#: Beginning of a name here -> of the feature's name in credit.features; the first that fits counts.
NAMES = {
    "DAYS_EMPLOYED_PERC": "EMPLOYED_TO_AGE",
    "INCOME_CREDIT_PERC": "INCOME_TO_CREDIT",
    "INCOME_PER_PERSON": "INCOME_PER_FAMILY_MEMBER",
    "ANNUITY_INCOME_PERC": "ANNUITY_TO_INCOME",
    "PAYMENT_RATE": "ANNUITY_TO_CREDIT",
    "BURO_": "BUREAU_",
    "ACTIVE_": "BUREAU_ACTIVE_",
    "CLOSED_": "BUREAU_CLOSED_",
    "PREV_": "PREVIOUS_",
    "APPROVED_": "PREVIOUS_APPROVED_",
    "REFUSED_": "PREVIOUS_REFUSED_",
    "INSTAL_": "INSTALMENTS_",
    "CC_": "CARD_",
}
#: Part of a name here -> of the feature's name.
PARTS = {
    "MONTHS_BALANCE_MIN_MIN": "MONTHS_FIRST_MIN",
    "MONTHS_BALANCE_MAX_MAX": "MONTHS_LAST_MAX",
    "MONTHS_BALANCE_SIZE_": "MONTHS_COUNT_",
    "MONTHS_BALANCE_SIZE": "MONTHS_BALANCE_COUNT",
    "APP_CREDIT_PERC": "ASKED_TO_GRANTED",
    "PAYMENT_PERC": "PAID_FRACTION",
    "PAYMENT_DIFF": "SHORTFALL",
    "_DPD_M": "_DAYS_PAST_DUE_M",
    "_DPD_S": "_DAYS_PAST_DUE_S",
    "_DBD_": "_DAYS_BEFORE_DUE_",
    "_NUNIQUE": "_DISTINCT",
    "_MEAN_MEAN": "_MEAN",
    "_nan_": "_MISSING_",
}

MONTHS = {
    "MONTHS_BALANCE_MIN": ["min"],
    "MONTHS_BALANCE_MAX": ["max"],
    "MONTHS_BALANCE_SIZE": ["mean", "sum"],
}
BUREAU = {
    "DAYS_CREDIT": ["min", "max", "mean", "var"],
    "DAYS_CREDIT_ENDDATE": ["min", "max", "mean"],
    "DAYS_CREDIT_UPDATE": ["mean"],
    "CREDIT_DAY_OVERDUE": ["max", "mean"],
    "AMT_CREDIT_MAX_OVERDUE": ["mean"],
    "AMT_CREDIT_SUM": ["max", "mean", "sum"],
    "AMT_CREDIT_SUM_DEBT": ["max", "mean", "sum"],
    "AMT_CREDIT_SUM_OVERDUE": ["mean"],
    "AMT_CREDIT_SUM_LIMIT": ["mean", "sum"],
    "AMT_ANNUITY": ["max", "mean"],
    "CNT_CREDIT_PROLONG": ["sum"],
    **MONTHS,
}
PREVIOUS = {
    "AMT_ANNUITY": ["min", "max", "mean"],
    "AMT_APPLICATION": ["min", "max", "mean"],
    "AMT_CREDIT": ["min", "max", "mean"],
    "AMT_DOWN_PAYMENT": ["min", "max", "mean"],
    "AMT_GOODS_PRICE": ["min", "max", "mean"],
    "HOUR_APPR_PROCESS_START": ["min", "max", "mean"],
    "RATE_DOWN_PAYMENT": ["min", "max", "mean"],
    "DAYS_DECISION": ["min", "max", "mean"],
    "APP_CREDIT_PERC": ["min", "max", "mean", "var"],
    "CNT_PAYMENT": ["mean", "sum"],
}


def read(folder: Path, table: str) -> pd.DataFrame:
    """A whole table, from whichever file is there."""
    path = folder / f"{table}.csv"
    return pd.read_csv(path) if path.exists() else pd.read_parquet(path.with_suffix(".parquet"))


def one_hot(df, table, nan_as_category=True):
    """Every text column as 0/1 columns, brought to the frozen list: lacking values are added, unknown ones dropped."""
    columns = {name: values for name, values in TABLES[table].vocabularies.items() if name in df.columns}
    old = [name for name in df.columns if name not in columns]
    df = pd.get_dummies(df, columns=list(columns), dummy_na=nan_as_category, dtype="uint8")
    endings = ["nan"] if nan_as_category else []
    new = [f"{name}_{value}" for name, values in columns.items() for value in (*values, *endings)]
    return df.reindex(columns=[*old, *new], fill_value=0), new


def quotient(above, below):
    """A column divided by another; missing where it is divided by 0."""
    return (above / below).replace([np.inf, -np.inf], np.nan)


def flat(aggregated, prefix):
    aggregated.columns = pd.Index([f"{prefix}_{column}_{how.upper()}" for column, how in aggregated.columns])
    return aggregated


def aggregate(df, key, aggregations, prefix):
    """``groupby(key).agg``, with the sum of nothing known missing."""
    groups = df.groupby(key)
    others = {column: [how for how in hows if how != "sum"] for column, hows in aggregations.items()}
    sums = [column for column, hows in aggregations.items() if "sum" in hows]
    result = flat(groups.agg({column: hows for column, hows in others.items() if hows}), prefix)
    if sums:
        result = result.join(groups[sums].sum(min_count=1).add_prefix(f"{prefix}_").add_suffix("_SUM"))
    return result


def application(folder: Path, table: str):
    df = read(folder, table).drop(columns="TARGET", errors="ignore")
    df["CODE_GENDER"] = df["CODE_GENDER"].map({"F": 0, "M": 1})
    for flag in ("FLAG_OWN_CAR", "FLAG_OWN_REALTY"):
        df[flag] = df[flag].map({"N": 0, "Y": 1})
    df["DAYS_EMPLOYED"] = df["DAYS_EMPLOYED"].replace(NO_DATE, np.nan)
    df["DAYS_EMPLOYED_PERC"] = df["DAYS_EMPLOYED"] / df["DAYS_BIRTH"]
    df["INCOME_CREDIT_PERC"] = df["AMT_INCOME_TOTAL"] / df["AMT_CREDIT"]
    df["INCOME_PER_PERSON"] = df["AMT_INCOME_TOTAL"] / df["CNT_FAM_MEMBERS"]
    df["ANNUITY_INCOME_PERC"] = df["AMT_ANNUITY"] / df["AMT_INCOME_TOTAL"]
    df["PAYMENT_RATE"] = df["AMT_ANNUITY"] / df["AMT_CREDIT"]
    own = df[["CODE_GENDER", "FLAG_OWN_CAR", "FLAG_OWN_REALTY"]]
    df, _ = one_hot(df.drop(columns=own.columns), table, nan_as_category=False)
    df = df.join(own)
    return df.set_index(KEY)


def bureau(folder: Path):
    months = read(folder, "bureau_balance")
    months, months_cat = one_hot(months, "bureau_balance")
    aggregated = flat(
        months.groupby("SK_ID_BUREAU").agg(
            {"MONTHS_BALANCE": ["min", "max", "size"], **{name: ["mean"] for name in months_cat}}
        ),
        "",
    )
    aggregated.columns = pd.Index([name.lstrip("_") for name in aggregated.columns])
    df = read(folder, "bureau")
    df, cat = one_hot(df, "bureau")
    df = df.join(aggregated, how="left", on="SK_ID_BUREAU")
    shares = {name: ["mean"] for name in [*cat, *(f"{name}_MEAN" for name in months_cat)]}
    result = aggregate(df, KEY, {**BUREAU, **shares}, "BURO")
    for status in ("Active", "Closed"):
        chosen = df[df[f"CREDIT_ACTIVE_{status}"] == 1]
        result = result.join(aggregate(chosen, KEY, BUREAU, status.upper()), how="left")
    return result


def previous(folder: Path):
    df = read(folder, "previous_application")
    df, cat = one_hot(df, "previous_application")
    for name in (
        "DAYS_FIRST_DRAWING",
        "DAYS_FIRST_DUE",
        "DAYS_LAST_DUE_1ST_VERSION",
        "DAYS_LAST_DUE",
        "DAYS_TERMINATION",
    ):
        df[name] = df[name].replace(NO_DATE, np.nan)
    df["APP_CREDIT_PERC"] = quotient(df["AMT_APPLICATION"], df["AMT_CREDIT"])
    result = aggregate(df, KEY, {**PREVIOUS, **{name: ["mean"] for name in cat}}, "PREV")
    for status in ("Approved", "Refused"):
        chosen = df[df[f"NAME_CONTRACT_STATUS_{status}"] == 1]
        result = result.join(aggregate(chosen, KEY, PREVIOUS, status.upper()), how="left")
    return result


def pos(folder: Path):
    df = read(folder, "POS_CASH_balance")
    df, cat = one_hot(df, "POS_CASH_balance")
    how = {"MONTHS_BALANCE": ["max", "mean", "size"], "SK_DPD": ["max", "mean"], "SK_DPD_DEF": ["max", "mean"]}
    result = aggregate(df, KEY, {**how, **{name: ["mean"] for name in cat}}, "POS")
    result["POS_COUNT"] = df.groupby(KEY).size()
    return result


def instalments(folder: Path):
    df = read(folder, "installments_payments")
    df["PAYMENT_PERC"] = quotient(df["AMT_PAYMENT"], df["AMT_INSTALMENT"])
    df["PAYMENT_DIFF"] = df["AMT_INSTALMENT"] - df["AMT_PAYMENT"]
    df["DPD"] = (df["DAYS_ENTRY_PAYMENT"] - df["DAYS_INSTALMENT"]).apply(lambda x: max(x, 0.0))
    df["DBD"] = (df["DAYS_INSTALMENT"] - df["DAYS_ENTRY_PAYMENT"]).apply(lambda x: max(x, 0.0))
    how = {
        "NUM_INSTALMENT_VERSION": ["nunique"],
        "DPD": ["max", "mean", "sum"],
        "DBD": ["max", "mean", "sum"],
        "PAYMENT_PERC": ["max", "mean", "sum", "var"],
        "PAYMENT_DIFF": ["max", "mean", "sum", "var"],
        "AMT_INSTALMENT": ["max", "mean", "sum"],
        "AMT_PAYMENT": ["min", "max", "mean", "sum"],
        "DAYS_ENTRY_PAYMENT": ["max", "mean", "sum"],
    }
    result = aggregate(df, KEY, how, "INSTAL")
    result["INSTAL_COUNT"] = df.groupby(KEY).size()
    return result


def card(folder: Path):
    df = read(folder, "credit_card_balance")
    df, _ = one_hot(df, "credit_card_balance")
    df = df.drop(columns="SK_ID_PREV")
    numbers = [name for name in df.columns if name != KEY]
    result = aggregate(df, KEY, {name: ["min", "max", "mean", "sum", "var"] for name in numbers}, "CC")
    result["CC_COUNT"] = df.groupby(KEY).size()
    return result


def features(folder: Path, table: str = "application_train") -> pd.DataFrame:
    """The 795 columns of every client of ``table``, indexed by SK_ID_CURR, under the names that notebooks give them."""
    df = application(folder, table)
    for block in (bureau, previous, pos, instalments, card):
        df = df.join(block(folder), how="left")
    return df.replace({np.inf: np.nan, -np.inf: np.nan})


def names(columns) -> dict[str, str]:
    """Name of a column here -> the feature of the same values."""
    from credit.features.descriptions import identifier

    texts = {"BUREAU": "bureau", "PREVIOUS": "previous_application", "POS": "POS_CASH_balance"}
    shares = tuple(f"{prefix}_{name}_" for prefix, table in texts.items() for name in TABLES[table].vocabularies)
    found = {}
    for column in columns:
        name = column
        for start, ours in NAMES.items():
            if name.startswith(start):
                name = ours + name.removeprefix(start)
                break
        for part, ours in PARTS.items():
            if part.startswith("_DPD") and "SK_DPD" in name:
                continue
            name = name.replace(part, ours)
        if name.startswith(shares) and name.endswith("_MEAN"):
            name = name.removesuffix("_MEAN") + "_SHARE"
        if name in ("POS_COUNT", "INSTALMENTS_COUNT", "CARD_COUNT"):
            name = name.removesuffix("COUNT") + "ROWS"
        found[column] = identifier(name)
    return found
