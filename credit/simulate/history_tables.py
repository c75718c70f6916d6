"""The six history tables of some clients in one call, linked by their keys."""

import numpy as np
import polars as pl

from credit.simulate.bureau import bureau
from credit.simulate.credit_card import card
from credit.simulate.instalments import instalments
from credit.simulate.pos_cash import pos
from credit.simulate.previous_application import previous
from credit.simulate.traits import Traits


def histories(
    rng: np.random.Generator, applications: pl.DataFrame, traits: Traits, first_bureau: int, first_previous: int
) -> dict[str, pl.DataFrame]:
    """The history tables by their published names.

    ``applications``: one row per client, SK_ID_CURR ascending, in the order of the ``traits``. ``rng``: draws all of
    it. ``first_bureau`` and ``first_previous``: the first SK_ID_BUREAU and SK_ID_PREV to give, counted up from there
    (some are left out of bureau and previous_application; a client uses fewer than 120 and 51 of them).

    Raises ValueError if SK_ID_CURR does not ascend.
    """
    clients = applications["SK_ID_CURR"].to_numpy()
    if np.any(np.diff(clients) <= 0):
        raise ValueError("SK_ID_CURR must ascend from row to row: sort the applications, with their traits")
    credits, balances = bureau(rng, applications, traits, first_bureau)
    applied, lost = previous(rng, applications, traits, first_previous)
    loans = pl.concat([applied, lost])
    cards = card(rng, loans, clients, traits)
    payments = instalments(rng, loans, cards, clients, traits)
    return {
        "bureau": credits,
        "bureau_balance": balances,
        "previous_application": applied,
        "POS_CASH_balance": pos(rng, loans, payments),
        "installments_payments": payments,
        "credit_card_balance": cards,
    }
