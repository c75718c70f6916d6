"""Choose the example clients of the page from a simulated bank: python scripts/examples.py BANK [--bundle FOLDER].

BANK is a folder that `python -m credit simulate` wrote; of a bank of real clients no row may be published, and this
refuses it. Of the clients with few rows one each is taken that the model clearly accepts, that it refers to a person
and would accept with a small change, that it clearly refuses, and one without any history. The last comes twice:
with empty histories (there are none), and with the application alone (they are not known). Writes examples.json in
credit/web/static.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import polars as pl

from credit.decision.policy import Policy, today
from credit.features import build
from credit.model import load_bundle
from credit.tables import HISTORIES, TABLES, read
from credit.web.payload import Bodies
from credit.whatif import levers, smallest

ROOT = Path(__file__).parents[1]
CLIENT = "SK_ID_CURR"
#: So many rows of histories at least and at most: enough to be a history, few enough to be read.
ROWS = (12, 60)
#: The probability of default that each example is nearest to.
WANTED = {"accepted": 0.025, "borderline": 0.14, "refused": 0.42, "no_history": 0.06}
#: The example without history, sent with its application alone.
UNKNOWN = "history_unknown"
#: Of the borderline ones so many are looked at for a small change.
LOOKED_AT = 200


def main() -> None:
    """Choose and write."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("bank", type=Path)
    words.add_argument("--bundle", type=Path, default=ROOT / "mlruns_reduced")
    asked = words.parse_args()
    if not (asked.bank / "truth.parquet").is_file():
        sys.exit(f"{asked.bank} is not a simulated bank (it has no truth.parquet): rows of real clients stay at home.")
    model = load_bundle(asked.bundle)
    policy = Policy(model)
    tables = read(asked.bank, ("application_train", *HISTORIES))
    made = build(tables, columns=model.columns).collect(engine="in-memory").sort(CLIENT)
    X = np.ascontiguousarray(made.select(model.columns).cast(pl.Float64).fill_null(float("nan")).to_numpy())
    probability = model.probability(X)
    rows = made.select(CLIENT).join(_rows(tables), on=CLIENT, how="left").sort(CLIENT)["rows"].fill_null(0).to_numpy()

    def decide(p: Any, x: Any) -> list[str]:
        return policy.decide(x, p, policy.amounts(x), today()).decisions

    decisions = np.array(decide(probability, X))
    some = (rows >= ROWS[0]) & (rows <= ROWS[1])
    fits = {
        "accepted": some & (decisions == "accept"),
        "borderline": some & (decisions == "refer"),
        "refused": some & (decisions == "refuse"),
        "no_history": rows == 0,
    }
    chosen, amount = {}, model.index["AMT_CREDIT"]
    for name, fit in fits.items():
        order = np.flatnonzero(fit)[np.argsort(np.abs(probability[fit] - WANTED[name]), kind="stable")]
        if name == "borderline":
            known = levers(model.columns)
            found = [(i, smallest(model, known, X[i], decide).changes) for i in order[:LOOKED_AT]]
            loan = {i: change["AMT_CREDIT"] / X[i, amount] for i, change in found if change and "AMT_CREDIT" in change}
            order = np.array(sorted(loan, key=lambda i: -loan[i]))
        if not len(order):
            sys.exit(f"No client of this bank fits {name!r} with this model; simulate more clients.")
        chosen[name] = int(made[CLIENT][int(order[0])])
        print(f"{name}: client {chosen[name]}, {probability[order[0]]:.3f}, {rows[order[0]]} rows")
    bodies = {name: _body(tables, client) for name, client in chosen.items()}
    bodies[UNKNOWN] = {"application": bodies["no_history"]["application"]}
    alone = model.probability(Bodies(model.columns).read(msgspec.json.encode(bodies[UNKNOWN])).X)
    print(f"{UNKNOWN}: client {chosen['no_history']}, {alone[0]:.3f}, the application alone")
    (ROOT / "credit" / "web" / "static" / "examples.json").write_bytes(msgspec.json.encode(bodies) + b"\n")


def _rows(tables: Any) -> pl.DataFrame:
    """How many rows of histories each client has."""
    counts = [tables[name].select(CLIENT) for name in HISTORIES if CLIENT in TABLES[name].names]
    return pl.concat(counts).group_by(CLIENT).agg(pl.len().alias("rows")).collect()


def _body(tables: Any, client: int) -> dict[str, Any]:
    """The client's raw tables as a request has them; of histories what is not known is left out."""
    application = tables["application_train"].filter(pl.col(CLIENT) == client).drop("TARGET").collect()
    body: dict[str, Any] = {"application": application.to_dicts()[0]}
    loans = tables["bureau"].filter(pl.col(CLIENT) == client).collect()
    for name in HISTORIES:
        if name == "bureau":
            found = loans
        elif name == "bureau_balance":
            mine = loans["SK_ID_BUREAU"].implode()
            found = tables[name].filter(pl.col("SK_ID_BUREAU").is_in(mine)).collect()
        else:
            found = tables[name].filter(pl.col(CLIENT) == client).collect()
        body[name] = [{key: value for key, value in row.items() if value is not None} for row in found.to_dicts()]
    return body


if __name__ == "__main__":
    main()
