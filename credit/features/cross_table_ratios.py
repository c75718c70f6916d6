"""Beyond the recipe: ratios of finished features, such as the loan asked for over the client's largest one before."""

from collections.abc import Iterator

import narwhals.stable.v2 as nw

from credit.features.feature import Feature, ratio

FAMILY = "ratio"

#: Name, numerator, denominator, table of the past, English, French.
_RATIOS = (
    (
        "ANNUITY_TO_LARGEST_INSTALMENT",
        "AMT_ANNUITY",
        "INSTALMENTS_AMT_INSTALMENT_MAX",
        "installments_payments",
        "Annuity of the loan asked for / largest instalment paid so far",
        "Échéance du prêt demandé / plus grande échéance jusqu'ici",
    ),
    (
        "ANNUITY_TO_MEAN_INSTALMENT",
        "AMT_ANNUITY",
        "INSTALMENTS_AMT_INSTALMENT_MEAN",
        "installments_payments",
        "Annuity of the loan asked for / mean instalment so far",
        "Échéance du prêt demandé / échéance moyenne jusqu'ici",
    ),
    (
        "CREDIT_TO_LARGEST_PREVIOUS",
        "AMT_CREDIT",
        "PREVIOUS_APPROVED_AMT_CREDIT_MAX",
        "previous_application",
        "Amount of the loan asked for / largest amount granted before",
        "Montant du prêt demandé / plus grand montant accordé auparavant",
    ),
    (
        "CREDIT_TO_MEAN_PREVIOUS",
        "AMT_CREDIT",
        "PREVIOUS_APPROVED_AMT_CREDIT_MEAN",
        "previous_application",
        "Amount of the loan asked for / mean amount granted before",
        "Montant du prêt demandé / montant moyen accordé auparavant",
    ),
    (
        "ANNUITY_TO_LARGEST_PREVIOUS",
        "AMT_ANNUITY",
        "PREVIOUS_APPROVED_AMT_ANNUITY_MAX",
        "previous_application",
        "Annuity of the loan asked for / largest annuity before",
        "Échéance du prêt demandé / plus grande échéance d'une demande antérieure",
    ),
    (
        "CREDIT_TO_LAST_APPLICATION",
        "AMT_CREDIT",
        "PREVIOUS_LAST_AMT_APPLICATION",
        "previous_application",
        "Amount of the loan asked for / amount asked for the last time",
        "Montant du prêt demandé / montant demandé la dernière fois",
    ),
    (
        "RUNNING_ANNUITY_TO_INCOME",
        "PREVIOUS_RUNNING_AMT_ANNUITY_SUM",
        "AMT_INCOME_TOTAL",
        "previous_application",
        "Annuities of running loans at this lender / yearly income",
        "Échéances des prêts en cours chez ce prêteur / revenu annuel",
    ),
    (
        "BUREAU_DEBT_TO_INCOME",
        "BUREAU_ACTIVE_AMT_CREDIT_SUM_DEBT_SUM",
        "AMT_INCOME_TOTAL",
        "bureau",
        "Debt owed to other lenders / yearly income",
        "Dette envers d'autres prêteurs / revenu annuel",
    ),
    (
        "BUREAU_DEBT_TO_CREDIT_ASKED",
        "BUREAU_ACTIVE_AMT_CREDIT_SUM_DEBT_SUM",
        "AMT_CREDIT",
        "bureau",
        "Debt owed to other lenders / amount of the loan asked for",
        "Dette envers d'autres prêteurs / montant du prêt demandé",
    ),
    (
        "BUREAU_ANNUITY_TO_INCOME",
        "BUREAU_ACTIVE_AMT_ANNUITY_SUM",
        "AMT_INCOME_TOTAL",
        "bureau",
        "Annuities owed to other lenders / yearly income",
        "Échéances dues à d'autres prêteurs / revenu annuel",
    ),
    (
        "CREDIT_TO_LARGEST_BUREAU",
        "AMT_CREDIT",
        "BUREAU_AMT_CREDIT_SUM_MAX",
        "bureau",
        "Amount of the loan asked for / largest loan at other lenders",
        "Montant du prêt demandé / plus grand crédit chez d'autres prêteurs",
    ),
    (
        "CARD_BALANCE_TO_INCOME",
        "CARD_LAST_3_MONTHS_AMT_BALANCE_MEAN",
        "AMT_INCOME_TOTAL",
        "credit_card_balance",
        "Mean balance of credit cards in the last 3 months / yearly income",
        "Solde moyen des cartes de crédit sur les 3 derniers mois / revenu annuel",
    ),
    (
        "BUREAU_DEBT_TO_CREDIT",
        "BUREAU_AMT_CREDIT_SUM_DEBT_SUM",
        "BUREAU_AMT_CREDIT_SUM_SUM",
        "bureau",
        "Debt owed to other lenders / amount of all loans known to the credit bureau",
        "Dette envers d'autres prêteurs / montant de tous les crédits connus du bureau de crédit",
    ),
    (
        "BUREAU_ACTIVE_DEBT_TO_CREDIT",
        "BUREAU_ACTIVE_AMT_CREDIT_SUM_DEBT_SUM",
        "BUREAU_ACTIVE_AMT_CREDIT_SUM_SUM",
        "bureau",
        "Debt owed to other lenders / amount of the running loans known to the credit bureau",
        "Dette envers d'autres prêteurs / montant des crédits en cours connus du bureau de crédit",
    ),
    (
        "BUREAU_ACTIVE_OVERDUE_TO_DEBT",
        "BUREAU_ACTIVE_AMT_CREDIT_SUM_OVERDUE_SUM",
        "BUREAU_ACTIVE_AMT_CREDIT_SUM_DEBT_SUM",
        "bureau",
        "Amount past due / debt owed to other lenders",
        "Montant en retard / dette envers d'autres prêteurs",
    ),
    (
        "BUREAU_ACTIVE_CARD_DEBT_TO_LIMIT",
        "BUREAU_ACTIVE_CARD_AMT_CREDIT_SUM_DEBT_SUM",
        "BUREAU_ACTIVE_AMT_CREDIT_SUM_LIMIT_SUM",
        "bureau",
        "Debt on credit cards of other lenders / their limits",
        "Dette sur les cartes de crédit d'autres prêteurs / leurs plafonds",
    ),
    (
        "CARD_ATM_TO_DRAWINGS",
        "CARD_AMT_DRAWINGS_ATM_CURRENT_SUM",
        "CARD_AMT_DRAWINGS_CURRENT_SUM",
        "credit_card_balance",
        "Share of cash machines in all amounts drawn with credit cards",
        "Part des distributeurs dans les montants tirés par carte de crédit",
    ),
    (
        "CARD_PAYMENT_TO_MINIMUM",
        "CARD_AMT_PAYMENT_TOTAL_CURRENT_SUM",
        "CARD_AMT_INST_MIN_REGULARITY_SUM",
        "credit_card_balance",
        "Amounts paid / smallest instalments due, over all months of credit cards",
        "Montants payés / échéances minimales, sur l'ensemble des mois de cartes de crédit",
    ),
    (
        "CARD_PAYMENT_TO_BALANCE",
        "CARD_AMT_PAYMENT_TOTAL_CURRENT_SUM",
        "CARD_AMT_BALANCE_SUM",
        "credit_card_balance",
        "Amounts paid / balances, over all months of credit cards",
        "Montants payés / soldes, sur l'ensemble des mois de cartes de crédit",
    ),
)


def _features() -> Iterator[Feature]:
    for name, numerator, denominator, table, en, fr in _RATIOS:
        expr = ratio(nw.col(numerator), nw.col(denominator))
        yield Feature(name, "ratio", table, en, fr, expr, FAMILY, needs=(numerator, denominator))
    yield Feature(
        "AGE_AT_FIRST_BUREAU_LOAN",
        "days",
        "bureau",
        "Age of the client at the opening of the first loan known to the credit bureau",
        "Âge du client à l'ouverture du premier crédit connu du bureau de crédit",
        nw.col("BUREAU_DAYS_CREDIT_MIN") - nw.col("DAYS_BIRTH"),
        FAMILY,
        needs=("BUREAU_DAYS_CREDIT_MIN", "DAYS_BIRTH"),
    )
    yield Feature(
        "BUREAU_DAYS_BETWEEN",
        "days",
        "bureau",
        "Mean number of days between the openings of two loans known to the credit bureau",
        "Nombre moyen de jours entre les ouvertures de deux crédits connus du bureau de crédit",
        ratio(nw.col("BUREAU_DAYS_CREDIT_MAX") - nw.col("BUREAU_DAYS_CREDIT_MIN"), nw.col("BUREAU_ROWS") - 1),
        FAMILY,
        needs=("BUREAU_DAYS_CREDIT_MAX", "BUREAU_DAYS_CREDIT_MIN", "BUREAU_ROWS"),
    )


FEATURES: tuple[Feature, ...] = tuple(_features())
