"""Oddities of a request's raw tables are counted and told, client by client."""

import time

from credit.features import DataWarning, find_data_warnings

ONE = {"application": [{"SK_ID_CURR": 1}]}


def test_a_clean_request_has_no_remarks():
    assert (
        find_data_warnings(
            {
                "application": [{"SK_ID_CURR": 1, "CODE_GENDER": "F", "DAYS_EMPLOYED": 365_243}],
                "bureau": [{"SK_ID_CURR": 1, "SK_ID_BUREAU": 2, "DAYS_CREDIT": -1, "CREDIT_TYPE": None}],
                "bureau_balance": [{"SK_ID_BUREAU": 2, "MONTHS_BALANCE": 0}],
                "previous_application": [{"SK_ID_CURR": 1, "SK_ID_PREV": 3, "DAYS_LAST_DUE": 365_243}],
                "POS_CASH_balance": [{"SK_ID_CURR": 1.0, "SK_ID_PREV": 3.0, "MONTHS_BALANCE": -1}],
            }
        )
        == ()
    )


def test_unknown_texts_are_counted_by_client_and_value():
    rows = [
        {"SK_ID_CURR": client, "SK_ID_BUREAU": 3, "CREDIT_ACTIVE": text}
        for client, text in ((1, "Active"), (1, "Frozen"), (2, "Frozen"), (1, "Frozen"), (1, "Asleep"))
    ]
    found = find_data_warnings({"application": [{"SK_ID_CURR": 1}, {"SK_ID_CURR": 2}], "bureau": rows})
    assert found == (
        DataWarning("unknown value", "bureau", "CREDIT_ACTIVE", 2, "Frozen", 1),
        DataWarning("unknown value", "bureau", "CREDIT_ACTIVE", 1, "Frozen", 2),
        DataWarning("unknown value", "bureau", "CREDIT_ACTIVE", 1, "Asleep", 1),
    )
    assert str(found[0]) == (
        "2 rows of bureau: CREDIT_ACTIVE 'Frozen' is not a published value; it counts as no known value."
    )


def test_every_kind_of_warning_is_worded_in_french():
    previous = {"SK_ID_CURR": 1, "SK_ID_PREV": 3}
    found = find_data_warnings(
        {
            "application": [
                {"SK_ID_CURR": 1, "CODE_GENDER": "X", "NAME_TYPE_SUITE": "", "DAYS_BIRTH": 5, "EXT_SOURCE_2": 1.5}
            ],
            "bureau": [{"SK_ID_CURR": 2, "SK_ID_BUREAU": 7}],
            "bureau_balance": [{"SK_ID_BUREAU": 8, "MONTHS_BALANCE": 0}, {"SK_ID_BUREAU": 8, "MONTHS_BALANCE": -1}],
            "previous_application": [previous],
            "POS_CASH_balance": [{**previous, "SK_ID_PREV": 4}],
        }
    )
    assert {one.sentence("fr").replace("\u00a0", " ") for one in found} == {
        "1 ligne de application : NAME_TYPE_SUITE «  » est un texte vide ; la valeur compte comme manquante.",
        "1 ligne de application : CODE_GENDER « X » ne fait pas partie des valeurs publiées ; elle ne compte comme "
        "aucune d'elles.",
        "1 ligne de application : DAYS_BIRTH 5 est postérieur à la demande ; la valeur compte comme manquante.",
        "1 ligne de application : EXT_SOURCE_2 1,5 sort des valeurs publiées, de 0 à 1 ; la valeur compte telle "
        "quelle.",
        "1 ligne de bureau : SK_ID_CURR 2 n'est pas un client de application ; la ligne est laissée de côté.",
        "2 lignes de bureau_balance : SK_ID_BUREAU 8 n'est pas un prêt de bureau d'un client de application ; la ligne "
        "est laissée de côté.",
        "1 ligne de POS_CASH_balance : SK_ID_PREV 4 n'est pas dans previous_application ; la ligne compte tout de "
        "même.",
    }
    assert [one.sentence("en") for one in found] == [str(one) for one in found]


def test_what_is_ignored_is_worded_in_french():
    outcome = DataWarning("ignored", "application", "TARGET", 1, None, 1, "is the outcome and no input")
    index = DataWarning("ignored", "bureau", "Unnamed: 0", 2, None, 1, "is the number of a row")
    assert [one.sentence("fr").replace("\u00a0", " ") for one in (outcome, index)] == [
        "1 ligne de application : 'TARGET' est le résultat et non une donnée ; cette colonne est ignorée.",
        "2 lignes de bureau : 'Unnamed: 0' est un numéro de ligne ; cette colonne est ignorée.",
    ]


def test_an_empty_text_is_told_as_what_it_counts_as():
    (remark,) = find_data_warnings({"application": [{"SK_ID_CURR": 1, "CODE_GENDER": ""}]})
    assert str(remark) == "1 row of application: CODE_GENDER '' is an empty text; it counts as missing."


def test_of_a_long_text_a_hundred_characters_are_told():
    (remark,) = find_data_warnings({"application": [{"SK_ID_CURR": 1, "CODE_GENDER": "x" * 5000}]})
    assert remark.example == "x" * 100


def test_days_in_the_future_are_counted():
    rows = [{"SK_ID_CURR": 1, "SK_ID_PREV": 3, "DAYS_INSTALMENT": day} for day in (5, -5, 2)]
    (remark,) = find_data_warnings({**ONE, "installments_payments": rows})
    assert remark == DataWarning("future", "installments_payments", "DAYS_INSTALMENT", 2, 5, 1)
    assert str(remark) == (
        "2 rows of installments_payments: DAYS_INSTALMENT 5 is after the application; it counts as missing."
    )


def test_only_where_365243_stands_for_no_date_it_is_none_of_the_future():
    applications = [{"SK_ID_CURR": 1, "DAYS_EMPLOYED": 365_243, "DAYS_BIRTH": 365_243}]
    assert find_data_warnings({"application": applications}) == (
        DataWarning("future", "application", "DAYS_BIRTH", 1, 365_243, 1),
    )


def test_months_in_the_future_belong_to_the_client_of_their_loan():
    tables = {
        "application": [{"SK_ID_CURR": 1}, {"SK_ID_CURR": 2}],
        "bureau": [{"SK_ID_CURR": 2, "SK_ID_BUREAU": 7}],
        "bureau_balance": [{"SK_ID_BUREAU": 7, "MONTHS_BALANCE": 1}],
    }
    assert find_data_warnings(tables) == (DataWarning("future", "bureau_balance", "MONTHS_BALANCE", 1, 1, 2),)


def test_rows_that_belong_to_nobody_are_counted_and_nothing_else_is_told_of_them():
    tables = {
        **ONE,
        "bureau": [{"SK_ID_CURR": 9, "SK_ID_BUREAU": 2, "DAYS_CREDIT": 5}, {"SK_ID_CURR": 1, "SK_ID_BUREAU": 3}],
        "bureau_balance": [{"SK_ID_BUREAU": 2}, {"SK_ID_BUREAU": 3}, {"SK_ID_BUREAU": 4}],
    }
    found = find_data_warnings(tables)
    assert found == (
        DataWarning("orphan", "bureau", "SK_ID_CURR", 1, 9, None),
        DataWarning("orphan", "bureau_balance", "SK_ID_BUREAU", 2, 2, None),
    )
    assert str(found[0]) == "1 row of bureau: SK_ID_CURR 9 is no client in application; the row is left out."
    assert str(found[1]) == (
        "2 rows of bureau_balance: SK_ID_BUREAU 2 is no loan in bureau of a client in application; the row is left out."
    )


def test_rows_of_an_unknown_previous_application_are_told_where_these_are_sent():
    rows = [{"SK_ID_CURR": 1, "SK_ID_PREV": 8}, {"SK_ID_CURR": 1, "SK_ID_PREV": 3}, {"SK_ID_CURR": 1}]
    assert find_data_warnings({**ONE, "POS_CASH_balance": rows}) == ()
    sent = {**ONE, "POS_CASH_balance": rows, "previous_application": [{"SK_ID_CURR": 1, "SK_ID_PREV": 3}]}
    (remark,) = find_data_warnings(sent)
    assert remark == DataWarning("orphan", "POS_CASH_balance", "SK_ID_PREV", 1, 8, 1)
    assert str(remark) == (
        "1 row of POS_CASH_balance: SK_ID_PREV 8 is not in previous_application; the row still counts."
    )


def test_many_odd_rows_are_told_in_a_moment():
    rows = [{"SK_ID_CURR": 1, "SK_ID_BUREAU": n, "CREDIT_ACTIVE": f"text {n}", "DAYS_CREDIT": 1} for n in range(20_000)]

    def seconds(number):
        started = time.process_time()
        assert len(find_data_warnings({**ONE, "bureau": rows[:number]})) == number + 1
        return time.process_time() - started

    # Sixteen times the rows take sixteen times as long, and would take 256 times if each was held against all others.
    assert min(seconds(20_000) for _ in range(2)) < 100 * min(seconds(1_250) for _ in range(5))


def test_an_amount_of_another_currency_is_held_against_the_training_clients():
    own = {"AMT_CREDIT": (250.0, 19_000.0)}
    client = {"SK_ID_CURR": 1, "AMT_CREDIT": 1169, "AMT_ANNUITY": 194.83}
    (annuity,) = find_data_warnings({"application": [client]}, own)
    assert annuity.column == "AMT_ANNUITY"
    assert "is outside the published range, 1615.4 to 230170;" in annuity.sentence("en")
    loan, _ = find_data_warnings({"application": [{**client, "AMT_CREDIT": 45_000}]}, own)
    assert loan == DataWarning("out of range", "application", "AMT_CREDIT", 1, 45_000, 1, limits=(250.0, 19_000.0))
    assert loan.sentence("en") == (
        "1 row of application: AMT_CREDIT 45000 is outside the range of the training clients, 250 to 19000; it counts "
        "as it is."
    )
    assert "sort des valeurs des clients de l'apprentissage, de 250 à 19000" in loan.sentence("fr")
