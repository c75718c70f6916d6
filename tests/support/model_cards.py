"""A manifest that says all that a model card tells, the clients and the closing table beside it."""

import polars as pl


def manifest(**changed):
    full = {
        "format": 1,
        "created": "2031-02-03T04:05:06+00:00",
        "files": {"model.pkl": "ab" * 32},
        "versions": {"python": "3.11.7", "lightgbm": "4.7.0"},
        "data": {
            "simulated": True,
            "clients": 12345,
            "default_rate": 0.0765,
            "fingerprint": "cd" * 32,
            "folder": "bank",
            "simulation_seed": 5,
        },
        "model": {
            "name": "Champion",
            "seed": 11,
            "clients": 12345,
            "training_clients": 9876,
            "parameters": {"num_leaves": 6},
            "columns": 795,
            "trees": 321,
        },
        "calibration": {"slope": 1.1, "intercept": 0.25},
        "costs": {"margin": 0.195, "loss_given_default": 0.6},
        "threshold": {
            "best": 0.17,
            "break_even": 0.1597,
            "rule": "search",
            "searched": {"best": 0.17, "low": 0.165, "high": 0.19},
            "gain": {"points": 0.0123, "low": 0.0011, "high": 0.0235},
            "alike": {"low": 0.1625, "high": 0.18},
            "warning": "the probabilities are off",
        },
        "review": {"cost": 1234.5, "skill": 0.4, "capacity": 0.1},
        "served": {"accepted": 0.8, "referred": 0.123, "refused": 0.077, "saving": 0.17},
        "points": {"points": 600, "odds": 50, "double": 20},
        "features": {
            "missing": {"A": 0.1, "B": 0.2, "C": 0.3},
            "signs": {"INSTALMENTS_OVERDUE_SHARE": 1, "EXT_SOURCE_2": -1, "ENQUIRIES": 1},
        },
        "known": [
            {
                "known": "application",
                "clients": 20000,
                "default_rate": 0.081,
                "mean_probability": 0.0804,
                "slope": 0.98,
                "roc_auc": 0.7521,
                "roc_auc_alone": 0.7514,
                "roc_auc_free": 0.7523,
                "saving": 0.169,
                "saving_alone": 0.166,
                "saving_free": 0.171,
                "refused": 0.11,
            }
        ],
        "metrics": {
            "test_clients": 2469,
            "accuracy": 0.9,
            "roc_auc": 0.75,
            "roc_auc_low": 0.7,
            "roc_auc_high": 0.8,
            "gini": 0.5,
            "ks": 0.37,
            "f1": 0.3,
            "brier": 0.0654,
            "calibration_slope": 1.02,
            "calibration_in_the_large": -0.03,
            "calibration_error": -0.0041,
            "refused": 0.08,
            "cost": 1234567.8,
            "saving": 0.16,
            "saving_low": 0.09,
            "saving_high": 0.23,
        },
    }
    return full | changed


def clients():
    """400 women, none refused at 0.17, and 400 men, half of them refused; half of each defaulted."""
    rows = [(0.0, 0.05, 1), (0.0, 0.05, 0), (1.0, 0.05, 0), (1.0, 0.4, 1)] * 200
    return pl.DataFrame(rows, schema=["CODE_GENDER", "PROBABILITY_OF_DEFAULT", "TARGET"], orient="row").with_columns(
        DAYS_BIRTH=pl.lit(-15000),
        AMT_CREDIT=pl.lit(1000.0),
        # A quarter of the clients, the riskier men, are refused, but for every second of them, who is referred.
        DECISION=pl.when(pl.col("PROBABILITY_OF_DEFAULT") < 0.17)
        .then(pl.lit("accept"))
        .when(pl.int_range(pl.len()) % 8 < 4)
        .then(pl.lit("refer"))
        .otherwise(pl.lit("refuse")),
    )


CLOSING = pl.DataFrame(
    {
        "model": ["accept everybody", "Champion at its threshold"],
        "threshold": [1.0, 0.17],
        "test_cost": [1.5e6, 1.26e6],
        "saving": [0.0, 0.16],
        "saving_low": [0.0, 0.09],
        "saving_high": [0.0, 0.23],
        "roc_auc": [0.5, 0.75],
        "calibration_slope": [float("nan"), 1.02],
        "seconds": [None, 12.5],
    }
)
