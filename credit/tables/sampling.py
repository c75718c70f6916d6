"""Draw some of the clients, with all their history."""

import polars as pl

from credit.tables.schema import HISTORIES, TARGET


def sample(tables: dict[str, pl.LazyFrame], clients: int, seed: int) -> dict[str, pl.LazyFrame]:
    """A stratified sample of application_train, with the history of those clients and no other.

    ``clients``: how many clients to draw; the share of defaulters stays that of the table, to within one client.
    ``seed``: same seed, same clients, whatever the order of the rows. application_test is left out.

    Raises ``ValueError`` where the table has fewer clients than asked for.
    """
    labels = tables["application_train"].select("SK_ID_CURR", TARGET).collect(engine="streaming").sort("SK_ID_CURR")
    if not 2 <= clients <= labels.height:
        raise ValueError(
            f"cannot draw {clients:,} clients: application_train has {labels.height:,}; ask for 2 to that many"
        )
    bad = labels.filter(pl.col(TARGET) == 1)
    good = labels.filter(pl.col(TARGET) == 0)
    n_bad = min(max(round(clients * bad.height / labels.height), clients - good.height), bad.height)
    chosen = pl.concat(
        [bad["SK_ID_CURR"].sample(n_bad, seed=seed), good["SK_ID_CURR"].sample(clients - n_bad, seed=seed + 1)]
    )
    return of_clients({name: frame for name, frame in tables.items() if name != "application_test"}, chosen)


def of_clients(tables: dict[str, pl.LazyFrame], clients: pl.Series) -> dict[str, pl.LazyFrame]:
    """The rows of the given clients in every table. ``clients``: a series of SK_ID_CURR."""
    wanted = clients.alias("SK_ID_CURR").to_frame().lazy()
    kept = {
        name: frame.join(wanted, on="SK_ID_CURR", how="semi")
        for name, frame in tables.items()
        if name != "bureau_balance"
    }
    if "bureau_balance" in tables:
        if "bureau" not in tables:
            raise ValueError(
                "bureau_balance can only be cut to some clients together with bureau, which links it to them"
            )
        credits = kept["bureau"].select("SK_ID_BUREAU").unique()
        kept["bureau_balance"] = tables["bureau_balance"].join(credits, on="SK_ID_BUREAU", how="semi")
    return {name: kept[name] for name in tables}


def without_history(tables: dict[str, pl.LazyFrame]) -> dict[str, pl.LazyFrame]:
    """Only the application tables."""
    return {name: frame for name, frame in tables.items() if name not in HISTORIES}
