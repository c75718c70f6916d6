"""The later clients differ from the training clients in nine columns, and in no others, as Evidently sees it."""

from pathlib import Path
from warnings import catch_warnings, simplefilter

import polars as pl

from credit.simulate import simulate

DRIFTED = {
    "AMT_REQ_CREDIT_BUREAU_QRT",
    "AMT_REQ_CREDIT_BUREAU_MON",
    "AMT_REQ_CREDIT_BUREAU_WEEK",
    "AMT_GOODS_PRICE",
    "AMT_CREDIT",
    "AMT_ANNUITY",
    "NAME_CONTRACT_TYPE",
    "DAYS_LAST_PHONE_CHANGE",
    "FLAG_EMAIL",
}


def distances(folder: Path) -> dict[str, float]:
    """Column -> distance of Evidently's default tests between application_train and application_test."""
    with catch_warnings():
        simplefilter("ignore")  # of Evidently's own dependencies
        from evidently import Dataset, Report
        from evidently.presets import DataDriftPreset

        train, test = (
            Dataset.from_pandas(
                pl.read_parquet(folder / f"application_{part}.parquet").drop("TARGET", strict=False).to_pandas()
            )
            for part in ("train", "test")
        )
        metrics = Report([DataDriftPreset()]).run(test, train).dict()["metrics"]
    return {m["config"]["column"]: float(m["value"]) for m in metrics if "column" in m["config"]}


def test_nine_columns_drift_and_no_others(tmp_path: Path) -> None:
    # Fewer clients may show AMT_REQ_CREDIT_BUREAU_WEEK with five values only, and Evidently then takes another test.
    found = distances(simulate(tmp_path / "bank", clients=24_000, seed=3, test_clients=8_000))
    assert len(found) == 121
    assert {column for column, distance in found.items() if distance >= 0.1} == DRIFTED
