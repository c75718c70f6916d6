"""The amounts of a loan, without which no client is decided on: for tests that ask about something else."""

LOAN = {"AMT_CREDIT": 450000.0, "AMT_ANNUITY": 24500.0, "AMT_GOODS_PRICE": 450000.0}


def loan_of(columns):
    """Those of the amounts that a model with ``columns`` reads."""
    return {name: value for name, value in LOAN.items() if name in columns}


#: For the many small models that read the amount alone.
CREDIT = loan_of(("AMT_CREDIT",))
