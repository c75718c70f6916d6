"""Who learns and who judges."""

import numpy as np
import polars as pl
import pytest

from credit.features.descriptions import identifier
from credit.monitoring.text_columns import VOCABULARIES
from credit.tables import HISTORIES, TablesWarning
from credit.training import dataset, source_of, split


def prepared(n=400, **columns) -> pl.DataFrame:
    """n clients of n persons, every tenth of whom defaulted."""
    rng = np.random.default_rng(1)
    values = {
        "SK_ID_CURR": np.arange(n) + 100001,
        "TARGET": (np.arange(n) % 10 == 0).astype(int),
        "CODE_GENDER": rng.integers(0, 2, n).astype(float),
        "AMT_CREDIT": rng.uniform(1e5, 1e6, n),
        "DAYS_BIRTH": -20000.0 + np.arange(n),
        "DAYS_REGISTRATION": np.full(n, -3000.0),
        "DAYS_ID_PUBLISH": np.full(n, -1000.0),
    }
    return pl.DataFrame({**values, **columns})


def test_arrays_hold_features_outcomes_and_amounts_client_by_client():
    frame = prepared(50).with_columns(pl.when(pl.col("SK_ID_CURR") > 100003).then("CODE_GENDER").alias("CODE_GENDER"))
    data = dataset(frame, {"folder": "bank"})
    assert data.columns == tuple(frame.columns[2:])
    assert data.x.shape == (50, 5)
    assert np.isnan(data.x[:3, 0]).all()
    assert not np.isnan(data.x[3:, 0]).any()
    assert data.defaulted.tolist() == frame["TARGET"].to_list()
    assert data.amount.tolist() == frame["AMT_CREDIT"].to_list()
    assert data.source["folder"] == "bank"
    assert data.source["simulated"] is False
    assert data.true_probability is None


def test_the_truth_of_a_simulated_bank_is_no_feature():
    data = dataset(prepared(50, PROBABILITY_OF_DEFAULT=np.full(50, 0.08)))
    assert data.source["simulated"] is True
    assert "PROBABILITY_OF_DEFAULT" not in data.columns
    assert data.true_probability == pytest.approx(0.08)


def test_the_same_person_has_one_number_whenever_the_application_was():
    # The second client is the first one, applying 300 days later: every date lies 300 days further back.
    frame = prepared(3).with_columns(
        CODE_GENDER=pl.Series([1.0, 1.0, 1.0]),
        DAYS_BIRTH=pl.Series([-10000.0, -10300.0, -10300.0]),
        DAYS_REGISTRATION=pl.Series([-500.0, -800.0, -801.0]),
        DAYS_ID_PUBLISH=pl.Series([-200.0, -500.0, -500.0]),
    )
    first, second, third = dataset(frame).person
    assert first == second != third


def test_the_fingerprint_is_that_of_the_data():
    frame = prepared(50)
    same, other = dataset(frame), dataset(frame.with_columns(AMT_CREDIT=pl.col("AMT_CREDIT") + 1))
    assert dataset(frame).source["fingerprint"] == same.source["fingerprint"] != other.source["fingerprint"]


def test_every_client_is_in_one_part_and_the_folds_are_stratified():
    parts = split(dataset(prepared(1000)), seed=3)
    assert sorted([*parts.train, *parts.test]) == list(range(1000))
    # A fifth of 1,000 but for chance: the standard deviation is 12.6.
    assert 150 < len(parts.test) < 250
    assert parts.test_share == 0.2
    y = dataset(prepared(1000)).defaulted
    each = y[parts.train].sum() / 5
    for learn, judge in parts.folds:
        assert sorted([*learn, *judge]) == list(range(len(parts.train)))
        assert abs(y[parts.train][judge].sum() - each) < 1


def test_a_test_client_is_one_in_every_bank_and_at_every_size():
    whole = prepared(2000)
    everybody = dataset(whole)
    test = set(everybody.client[split(everybody).test])
    for some in (whole.head(700), whole.sample(1200, shuffle=True, seed=1), whole.tail(900)):
        data = dataset(some)
        assert set(data.client[split(data, seed=11).test]) == test & set(some["SK_ID_CURR"])
    # Years later, under another number and with other amounts: the days are counted back from another application.
    later = whole.with_columns(
        SK_ID_CURR=pl.col("SK_ID_CURR") + 500_000,
        AMT_CREDIT=pl.col("AMT_CREDIT") * 2,
        **{name: pl.col(name) - 900 for name in ("DAYS_BIRTH", "DAYS_REGISTRATION", "DAYS_ID_PUBLISH")},
    )
    data = dataset(later)
    assert set(data.client[split(data).test] - 500_000) == test


def test_no_person_stands_on_both_sides():
    # 500 persons, two clients each.
    frame = prepared(1000).with_columns(
        DAYS_BIRTH=-20000.0 - pl.int_range(1000) // 2,
        CODE_GENDER=pl.lit(1.0),
        TARGET=(pl.int_range(1000) % 20 == 0).cast(int),
    )
    data = dataset(frame)
    parts = split(data, seed=3)
    assert len(np.unique(data.person)) == 500
    assert not set(data.person[parts.train]) & set(data.person[parts.test])
    for learn, judge in parts.folds:
        assert not set(data.person[parts.train][learn]) & set(data.person[parts.train][judge])


def test_the_seed_deals_the_folds_and_no_test_client():
    data = dataset(prepared(1000))
    assert (split(data, 3).fold == split(data, 3).fold).all()
    assert (split(data, 4).fold != split(data, 3).fold).any()
    assert (split(data, 4).test == split(data, 3).test).all()


def test_too_few_defaulters_are_told():
    frame = prepared(100).with_columns(TARGET=(pl.int_range(100) < 5).cast(int))
    with pytest.raises(ValueError, match="only 5 of 100 persons defaulted"):
        split(dataset(frame))


def test_a_test_part_without_defaulters_is_reported():
    frame = prepared(1000)
    judged = np.zeros(1000, dtype=bool)
    judged[split(dataset(frame)).test] = True
    nobody = frame.with_columns(TARGET=pl.when(pl.Series(judged)).then(0).otherwise("TARGET"))
    with pytest.raises(ValueError, match=r"persons who defaulted 0 are test clients and \d+ can teach"):
        split(dataset(nobody))


def test_a_source_names_folder_tables_and_the_seed_of_the_simulation_alone(bank, tmp_path):
    assert source_of(bank) == {"folder": "bank", "simulation_seed": 11, "tables": ["application", *HISTORIES]}
    assert source_of(tmp_path / "real", ("bureau",), "repaid") == {
        "folder": "real",
        "tables": ["application", "bureau"],
        "label_one_means": "repaid",
    }


def test_features_that_no_client_has_are_left_out_with_a_warning():
    frame = prepared(50, AMT_GOODS_PRICE=pl.Series([None] * 50, dtype=pl.Float64), FLAG_MOBIL=[None] * 49 + [1.0])
    with pytest.warns(TablesWarning, match=r"no client has a value of a feature of the application.*AMT_GOODS_PRICE"):
        data = dataset(frame)
    assert "AMT_GOODS_PRICE" not in data.columns
    assert "FLAG_MOBIL" in data.columns
    assert data.x.shape == (50, len(data.columns))
    assert data.source["no_values"] == ["AMT_GOODS_PRICE"]
    assert data.unread.columns == ["AMT_GOODS_PRICE"]
    kept = dataset(frame, wanted=("AMT_GOODS_PRICE",))
    assert "AMT_GOODS_PRICE" in kept.columns
    assert "no_values" not in kept.source


def test_what_is_left_out_on_request_is_not_mixed_with_what_nobody_has():
    frame = prepared(50, AMT_GOODS_PRICE=pl.Series([None] * 50, dtype=pl.Float64))
    with pytest.warns(TablesWarning):
        source = dataset(frame, without=("CODE_GENDER",)).source
    assert (source["left_out"], source["no_values"]) == (["CODE_GENDER"], ["AMT_GOODS_PRICE"])


def test_a_challenger_does_not_read_what_the_log_of_its_champion_lacks():
    frame = prepared(50, AMT_GOODS_PRICE=np.full(50, 2e5), FLAG_MOBIL=[None] * 50)
    readable = ("CODE_GENDER", "AMT_CREDIT", "DAYS_BIRTH", "DAYS_REGISTRATION", "DAYS_ID_PUBLISH", "FLAG_MOBIL")
    with pytest.warns(TablesWarning) as warned:
        data = dataset(frame, without=("CODE_GENDER",), readable=readable)
    assert "AMT_GOODS_PRICE, so the decision log has none" in str(warned[1].message)
    assert data.columns == ("AMT_CREDIT", "DAYS_BIRTH", "DAYS_REGISTRATION", "DAYS_ID_PUBLISH")
    source = data.source
    assert (source["left_out"], source["no_values"]) == (["CODE_GENDER"], ["FLAG_MOBIL"])
    assert source["not_in_log"] == ["AMT_GOODS_PRICE"]
    assert sorted(data.unread.columns) == ["AMT_GOODS_PRICE", "CODE_GENDER", "FLAG_MOBIL"]
    assert "not_in_log" not in dataset(prepared(50), readable=prepared(50).columns).source


def test_texts_that_no_client_has_in_published_words_are_left_out_with_advice_of_their_own():
    """0/1 columns that are all 0 and a code without value: the bank may have other words for both."""
    income = [f"NAME_INCOME_TYPE_{identifier(text)}" for text in VOCABULARIES["NAME_INCOME_TYPE"]]
    family = [f"NAME_FAMILY_STATUS_{identifier(text)}" for text in VOCABULARIES["NAME_FAMILY_STATUS"]]
    nothing = {name: np.zeros(50) for name in (*income, *family)}
    frame = prepared(50, **nothing, FLAG_OWN_CAR=[None] * 50, FLAG_MOBIL=[None] * 50)
    frame = frame.with_columns(pl.when(pl.int_range(50) == 7).then(1.0).otherwise(0.0).alias(family[2]))
    with pytest.warns(TablesWarning) as warned:
        data = dataset(frame)
    said = [str(one.message) for one in warned]
    assert said == [
        "no client has a value of a feature of the application, and no model reads what nobody has: FLAG_MOBIL. Export "
        "it again where the bank has it",
        "no client has a published text in 2 text columns of the application, and no model reads what nobody has: "
        "NAME_INCOME_TYPE, FLAG_OWN_CAR. Where the bank has it in words of its own, write the published ones, which "
        "the check command asks for; where it was lost, export it again",
    ]
    assert set(data.source["no_values"]) == {*income, "FLAG_OWN_CAR", "FLAG_MOBIL"}
    # One client with a text is enough for all columns of it: those of other texts say that it is not theirs.
    assert set(family) <= set(data.columns)


def test_the_amount_of_the_loan_is_a_column_also_where_no_client_has_it():
    frame = prepared(50).with_columns(AMT_CREDIT=pl.lit(None, pl.Float64))
    data = dataset(frame)
    assert "AMT_CREDIT" in data.columns
    assert not {"no_values", "amount_ranges"} & data.source.keys()
