"""What the histories say about a client: the quantities that the true probability of default may use.

Everything is computed from the tables alone, so that anyone who has the tables can compute it too. Each family comes
for the whole history, for the last months, and as their difference: ``recent`` is the window named, ``before`` the time
before it, ``trend`` recent minus before (missing where one of them is). A client without rows has null; ``has_*`` says
so. Sums run row after row in table order, so the result does not depend on the number of threads.
"""

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from credit.simulate.row_sampling import Flags, Floats, Integers

Columns = dict[str, Floats]


class Rows:
    """The rows of a table by client, for sums, means, shares and extremes per client.

    ``client``: array (rows,), place of the row's client, -1 where it is not asked about. ``clients``: how many.
    """

    def __init__(self, client: Integers, clients: int) -> None:
        self.client = client
        self.clients = clients
        self.known = client >= 0

    def _pick(self, where: Flags | None) -> Flags:
        return self.known if where is None else self.known & where

    def count(self, where: Flags | None = None) -> Floats:
        """Number of rows."""
        return np.bincount(self.client[self._pick(where)], minlength=self.clients).astype(np.float64)

    def total(self, values: ArrayLike, where: Flags | None = None) -> Floats:
        """Sum of the values that are known (0 where there is none)."""
        numbers = np.asarray(values, dtype=np.float64)
        pick = self._pick(where) & ~np.isnan(numbers)
        sums = np.bincount(self.client[pick], weights=numbers[pick], minlength=self.clients)
        return np.asarray(sums, dtype=np.float64)

    def mean(self, values: ArrayLike, where: Flags | None = None) -> Floats:
        """Mean of the values that are known; NaN where there is none."""
        numbers = np.asarray(values, dtype=np.float64)
        pick = self._pick(where) & ~np.isnan(numbers)
        return _over(self.total(numbers, where), np.bincount(self.client[pick], minlength=self.clients))

    def share(self, hit: Flags, where: Flags | None = None) -> Floats:
        """Share of the rows for which ``hit`` holds; NaN where there is no row."""
        return _over(self.count(hit if where is None else hit & where), self.count(where))

    def highest(self, values: ArrayLike, where: Flags | None = None) -> Floats:
        """Largest value that is known; NaN where there is none."""
        numbers = np.asarray(values, dtype=np.float64)
        pick = self._pick(where) & ~np.isnan(numbers)
        top = np.full(self.clients, -np.inf)
        np.maximum.at(top, self.client[pick], numbers[pick])
        return np.where(np.isinf(top), np.nan, top)


def _over(above: Floats, below: ArrayLike) -> Floats:
    """A ratio, NaN where the denominator is not above 0."""
    divisor = np.asarray(below, dtype=np.float64)
    return np.divide(above, divisor, out=np.full(above.shape, np.nan), where=divisor > 0)


def signals(tables: dict[str, pl.DataFrame], clients: pl.Series) -> pl.DataFrame:
    """One row per client, in the order of ``clients`` (SK_ID_CURR): SK_ID_CURR and the signals as Float64.

    ``tables``: the six history tables by published name. Raises KeyError if one is missing.
    """
    identity = clients.to_numpy()
    order = np.argsort(identity, kind="stable")
    ascending = identity[order]

    def rows(table: pl.DataFrame, keys: Integers | None = None) -> Rows:
        asked = table["SK_ID_CURR"].to_numpy() if keys is None else keys
        place = np.minimum(np.searchsorted(ascending, asked), ascending.size - 1)
        return Rows(np.where(ascending[place] == asked, order[place], -1), identity.size)

    credits, months = tables["bureau"], tables["bureau_balance"]
    found = _bureau(credits, rows(credits))
    found |= _balances(months, rows(months, _owners(credits, months["SK_ID_BUREAU"].to_numpy())))
    found |= _previous(tables["previous_application"], rows(tables["previous_application"]))
    found |= _pos(tables["POS_CASH_balance"], rows(tables["POS_CASH_balance"]))
    found |= _instalments(tables["installments_payments"], rows(tables["installments_payments"]))
    found |= _card(tables["credit_card_balance"], rows(tables["credit_card_balance"]))
    return pl.DataFrame(
        [pl.Series("SK_ID_CURR", identity)]
        + [pl.Series(name, values, nan_to_null=True) for name, values in found.items()]
    )


def _owners(credits: pl.DataFrame, identity: Integers) -> Integers:
    """SK_ID_CURR of each SK_ID_BUREAU; -1 where the bureau does not list the credit."""
    listed = credits["SK_ID_BUREAU"].to_numpy()
    if not listed.size:
        return np.full(identity.size, -1)
    order = np.argsort(listed, kind="stable")
    place = np.minimum(np.searchsorted(listed[order], identity), listed.size - 1)
    owner = credits["SK_ID_CURR"].to_numpy()[order][place]
    return np.where(listed[order][place] == identity, owner, -1)


def _number(table: pl.DataFrame, name: str) -> Floats:
    return table[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()


def _is(table: pl.DataFrame, name: str, *values: str) -> Flags:
    return table[name].is_in(values).fill_null(False).to_numpy()


def _present(rows: Rows, values: Columns, has: str) -> Columns:
    """Blank out clients without rows and say who has some."""
    any_row = rows.count() > 0
    return {has: any_row.astype(np.float64)} | {name: np.where(any_row, v, np.nan) for name, v in values.items()}


def _bureau(table: pl.DataFrame, rows: Rows) -> Columns:
    opened = _number(table, "DAYS_CREDIT")
    active, closed = _is(table, "CREDIT_ACTIVE", "Active"), _is(table, "CREDIT_ACTIVE", "Closed")
    amount, debt = _number(table, "AMT_CREDIT_SUM"), _number(table, "AMT_CREDIT_SUM_DEBT")
    year, half = opened >= -365, opened >= -180
    last, before = rows.count(year), rows.count((opened < -365) & (opened >= -1095))
    values = {
        "bureau_rows": rows.count(),
        "bureau_days_credit_mean": rows.mean(opened),
        "bureau_days_credit_max": rows.highest(opened),
        "bureau_opened_365": last,
        "bureau_opened_180": rows.count(half),
        "bureau_opened_90": rows.count(opened >= -90),
        "bureau_opened_trend": last - before / 2,
        "bureau_active_share": rows.share(active),
        "bureau_active_credits": rows.count(active),
        "bureau_newest_active": rows.highest(opened, active),
        "bureau_newest_closed": rows.highest(opened, closed),
        "bureau_closed_share": rows.share(closed),
        "bureau_enddate_mean": rows.mean(np.where(_number(table, "DAYS_CREDIT_ENDDATE") < 20000,
                                                  _number(table, "DAYS_CREDIT_ENDDATE"), np.nan)),
        "bureau_ended_mean": rows.mean(_number(table, "DAYS_ENDDATE_FACT")),
        "bureau_update_mean": rows.mean(_number(table, "DAYS_CREDIT_UPDATE")),
        "bureau_debt_mean": rows.mean(debt),
        "bureau_debt_sum": rows.total(debt),
        "bureau_debt_over_credit": _over(rows.total(debt), rows.total(amount)),
        "bureau_active_debt_over_credit": _over(rows.total(debt, active), rows.total(amount, active)),
        "bureau_recent_debt_over_credit": _over(rows.total(debt, year), rows.total(amount, year)),
        "bureau_limit_mean": rows.mean(_number(table, "AMT_CREDIT_SUM_LIMIT")),
        "bureau_card_share": rows.share(_is(table, "CREDIT_TYPE", "Credit card")),
        "bureau_consumer_share": rows.share(_is(table, "CREDIT_TYPE", "Consumer credit")),
        "bureau_microloan_share": rows.share(_is(table, "CREDIT_TYPE", "Microloan")),
        "bureau_car_share": rows.share(_is(table, "CREDIT_TYPE", "Car loan")),
        "bureau_sold": rows.count(_is(table, "CREDIT_ACTIVE", "Sold", "Bad debt")),
        "bureau_overdue": rows.count(_number(table, "CREDIT_DAY_OVERDUE") > 0),
        "bureau_max_overdue_mean": rows.mean(_number(table, "AMT_CREDIT_MAX_OVERDUE")),
        "bureau_prolonged": rows.total(_number(table, "CNT_CREDIT_PROLONG")),
    }  # fmt: skip
    return _present(rows, values, "has_bureau")


def _balances(table: pl.DataFrame, rows: Rows) -> Columns:
    month = table["MONTHS_BALANCE"].to_numpy()
    late, told = _is(table, "STATUS", "1", "2", "3", "4", "5"), ~_is(table, "STATUS", "X")
    recent = month >= -12
    values = {
        "balance_rows": rows.count(),
        "balance_late_share": rows.share(late),
        "balance_late_12": rows.count(late & recent),
        "balance_late_share_12": rows.share(late, recent & told),
        "balance_late_share_before": rows.share(late, ~recent & told),
        "balance_current_share": rows.share(_is(table, "STATUS", "0")),
        "balance_closed_share": rows.share(_is(table, "STATUS", "C")),
        "balance_written_off_share": rows.share(_is(table, "STATUS", "5")),
    }
    values["balance_late_trend"] = values["balance_late_share_12"] - values["balance_late_share_before"]
    return _present(rows, values, "has_balances")


def _previous(table: pl.DataFrame, rows: Rows) -> Columns:
    decided = _number(table, "DAYS_DECISION")
    refused, approved = (_is(table, "NAME_CONTRACT_STATUS", value) for value in ("Refused", "Approved"))
    year = decided >= -365
    asked, granted = _number(table, "AMT_APPLICATION"), _number(table, "AMT_CREDIT")
    ratio = np.divide(asked, granted, out=np.full(asked.shape, np.nan), where=granted > 0)
    values = {
        "previous_rows": rows.count(),
        "previous_rows_365": rows.count(year),
        "previous_rows_180": rows.count(decided >= -180),
        "previous_refused": rows.count(refused),
        "previous_refused_share": rows.share(refused),
        "previous_refused_365": rows.count(refused & year),
        "previous_refused_share_365": rows.share(refused, year),
        "previous_refused_share_before": rows.share(refused, ~year),
        "previous_approved_share": rows.share(approved),
        "previous_cancelled_share": rows.share(_is(table, "NAME_CONTRACT_STATUS", "Canceled")),
        "previous_score_refusals_share": rows.share(_is(table, "CODE_REJECT_REASON", "SCOFR", "HC")),
        "previous_scofr_share": rows.share(_is(table, "CODE_REJECT_REASON", "SCOFR")),
        "previous_days_mean": rows.mean(decided),
        "previous_days_max": rows.highest(decided),
        "previous_down_payment_mean": rows.mean(_number(table, "AMT_DOWN_PAYMENT")),
        "previous_down_rate_mean": rows.mean(_number(table, "RATE_DOWN_PAYMENT")),
        "previous_annuity_mean": rows.mean(_number(table, "AMT_ANNUITY")),
        "previous_term_mean": rows.mean(_number(table, "CNT_PAYMENT")),
        "previous_hour_mean": rows.mean(_number(table, "HOUR_APPR_PROCESS_START")),
        "previous_asked_over_granted": rows.mean(ratio),
        "previous_high_yield_share": rows.share(_is(table, "NAME_YIELD_GROUP", "high")),
        "previous_low_yield_share": rows.share(_is(table, "NAME_YIELD_GROUP", "low_normal", "low_action")),
        "previous_walk_in_share": rows.share(_is(table, "NAME_PRODUCT_TYPE", "walk-in")),
        "previous_x_sell_share": rows.share(_is(table, "NAME_PRODUCT_TYPE", "x-sell")),
        "previous_consumer_share": rows.share(_is(table, "NAME_CONTRACT_TYPE", "Consumer loans")),
        "previous_revolving_share": rows.share(_is(table, "NAME_CONTRACT_TYPE", "Revolving loans")),
    }
    values["previous_refused_trend"] = values["previous_refused_share_365"] - values["previous_refused_share_before"]
    return _present(rows, values, "has_previous")


def _pos(table: pl.DataFrame, rows: Rows) -> Columns:
    month, late = table["MONTHS_BALANCE"].to_numpy(), _number(table, "SK_DPD") > 0
    recent = month >= -12
    values = {
        "pos_rows": rows.count(),
        "pos_months_sum": rows.total(month),
        "pos_late_share": rows.share(late),
        "pos_late_12": rows.count(late & recent),
        "pos_late_share_12": rows.share(late, recent),
        "pos_late_share_before": rows.share(late, ~recent),
        "pos_late_tolerated_share": rows.share(_number(table, "SK_DPD_DEF") > 0),
        "pos_future_recent": rows.mean(_number(table, "CNT_INSTALMENT_FUTURE"), month >= -3),
        "pos_term_mean": rows.mean(_number(table, "CNT_INSTALMENT")),
    }
    values["pos_late_trend"] = values["pos_late_share_12"] - values["pos_late_share_before"]
    return _present(rows, values, "has_pos")


def _instalments(table: pl.DataFrame, rows: Rows) -> Columns:
    due, paid = _number(table, "DAYS_INSTALMENT"), _number(table, "DAYS_ENTRY_PAYMENT")
    # What was due and has not been paid is late, too: not to pay at all is no better than to pay a day too late.
    late, delay = (paid > due) | np.isnan(paid), np.maximum(paid - due, 0)
    owed = _number(table, "AMT_INSTALMENT")
    short = np.maximum(owed - _number(table, "AMT_PAYMENT"), 0)
    values: Columns = {
        "instalment_rows": rows.count(),
        "instalment_late_share": rows.share(late),
        "instalment_delay_mean": rows.mean(delay),
        "instalment_delay_max": rows.highest(delay),
        "instalment_early_mean": rows.mean(np.maximum(due - paid, 0)),
        "instalment_short_share": _over(rows.total(short), rows.total(owed)),
        "instalment_rows_365": rows.count(due >= -365),
    }
    for days in (90, 180, 365):
        window = due >= -days
        values[f"instalment_late_share_{days}"] = rows.share(late, window)
        values[f"instalment_late_share_before_{days}"] = rows.share(late, ~window)
        values[f"instalment_delay_mean_{days}"] = rows.mean(delay, window)
        values[f"instalment_late_trend_{days}"] = (
            values[f"instalment_late_share_{days}"] - values[f"instalment_late_share_before_{days}"]
        )
    values["instalment_early_mean_365"] = rows.mean(np.maximum(due - paid, 0), due >= -365)
    values["instalment_short_share_365"] = _over(rows.total(short, due >= -365), rows.total(owed, due >= -365))
    return _present(rows, values, "has_instalments")


def _card(table: pl.DataFrame, rows: Rows) -> Columns:
    month, limit = table["MONTHS_BALANCE"].to_numpy(), _number(table, "AMT_CREDIT_LIMIT_ACTUAL")
    balance = _number(table, "AMT_BALANCE")
    used = np.divide(balance, limit, out=np.full(balance.shape, np.nan), where=limit > 0)
    drawings, atm = _number(table, "CNT_DRAWINGS_CURRENT"), _number(table, "CNT_DRAWINGS_ATM_CURRENT")
    recent, quarter = month >= -6, month >= -3
    values = {
        "card_rows": rows.count(),
        "card_utilisation": rows.mean(used),
        "card_utilisation_6": rows.mean(used, recent),
        "card_utilisation_3": rows.mean(used, quarter),
        "card_utilisation_before_6": rows.mean(used, ~recent),
        "card_balance_mean": rows.mean(balance),
        "card_drawings_mean": rows.mean(drawings),
        "card_drawings_max": rows.highest(drawings),
        "card_atm_amount_mean": rows.mean(_number(table, "AMT_DRAWINGS_ATM_CURRENT")),
        "card_active_share": rows.share(_is(table, "NAME_CONTRACT_STATUS", "Active")),
        "card_drawings_mean_6": rows.mean(drawings, recent),
        "card_drawings_before_6": rows.mean(drawings, ~recent),
        "card_atm_drawings_mean": rows.mean(atm),
        "card_atm_drawings_mean_6": rows.mean(atm, recent),
        "card_amount_drawn_mean": rows.mean(_number(table, "AMT_DRAWINGS_CURRENT")),
        "card_minimum_mean": rows.mean(_number(table, "AMT_INST_MIN_REGULARITY")),
        "card_limit_mean": rows.mean(limit),
        "card_late_share": rows.share(_number(table, "SK_DPD") > 0),
        "card_late_share_6": rows.share(_number(table, "SK_DPD") > 0, recent),
    }
    values["card_utilisation_trend"] = values["card_utilisation_6"] - values["card_utilisation_before_6"]
    values["card_drawings_trend"] = values["card_drawings_mean_6"] - values["card_drawings_before_6"]
    return _present(rows, values, "has_card")
