"""A portfolio is decided with the columns of its model, whatever this version makes beside them."""

import numpy as np
import polars as pl
import pytest

from credit import scorer
from credit.portfolio import decide
from credit.simulate import simulate
from credit.tables import HISTORIES, read

MANIFEST = {"data": {"simulated": True}, "model": {"name": "share of loans"}}


class Share:
    """The probability of default is the first column, one half where it is unknown."""

    classes_ = np.array([0, 1])

    def predict_proba(self, X):
        p = np.nan_to_num(X[:, 0], nan=0.5)
        return np.column_stack([1 - p, p])


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    folder = simulate(tmp_path_factory.mktemp("portfolio") / "bank", 100, seed=4)
    return read(folder, ("application_train", *HISTORIES))


def bundle(folder, *columns):
    return scorer.save(folder / "bundle", Share(), list(columns), 0.5, MANIFEST)


def test_a_model_of_one_column_decides_on_every_client(tables, tmp_path):
    decided = decide(tables, scorer.load(bundle(tmp_path, "BUREAU_CREDIT_ACTIVE_Active_SHARE")), "application_train")
    applications = tables["application_train"].select("SK_ID_CURR", "AMT_CREDIT").collect().sort("SK_ID_CURR")
    assert decided.select("SK_ID_CURR", "AMT_CREDIT").equals(applications)
    running = (pl.col("CREDIT_ACTIVE") == "Active").mean()
    shares = dict(tables["bureau"].group_by("SK_ID_CURR").agg(running).collect().iter_rows())
    expected = [shares.get(client, 0.5) for client in decided["SK_ID_CURR"]]
    np.testing.assert_allclose(decided["PROBABILITY_OF_DEFAULT"], expected, rtol=1e-12)
    assert set(decided.filter(pl.col("PROBABILITY_OF_DEFAULT") >= 0.5)["DECISION"]) == {"refuse"}
    assert set(decided.filter(pl.col("PROBABILITY_OF_DEFAULT") < 0.5)["DECISION"]) == {"accept"}


def test_a_model_with_columns_of_another_version_is_refused_in_plain_words(tables, tmp_path):
    words = "wants 1 features that this version does not make, such as 'SHOE_SIZE'; retrain with this version"
    with pytest.raises(ValueError, match=words):
        decide(tables, scorer.load(bundle(tmp_path, "EXT_SOURCE_2", "SHOE_SIZE")), "application_train")
