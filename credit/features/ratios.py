"""Beyond the recipe: ratios and counts within one table."""

from collections.abc import Iterator

import narwhals.stable.v2 as nw

from credit.features import bureau, credit_card, descriptions, previous_application
from credit.features.feature import Feature, added, ratio
from credit.tables import TABLES

FAMILY = "ratio"

_BUILDING = [name for name in TABLES["application_test"].names if name.endswith(("_AVG", "_MODE", "_MEDI"))]
_DOCUMENTS = [name for name in TABLES["application_test"].names if name.startswith("FLAG_DOCUMENT_")]
_CONTACTS = ("FLAG_EMP_PHONE", "FLAG_WORK_PHONE", "FLAG_CONT_MOBILE", "FLAG_PHONE", "FLAG_EMAIL")
_ADDRESSES = (
    "REG_REGION_NOT_LIVE_REGION",
    "REG_REGION_NOT_WORK_REGION",
    "LIVE_REGION_NOT_WORK_REGION",
    "REG_CITY_NOT_LIVE_CITY",
    "REG_CITY_NOT_WORK_CITY",
    "LIVE_CITY_NOT_WORK_CITY",
)
_ENQUIRIES = [name for name in TABLES["application_test"].names if name.startswith("AMT_REQ_CREDIT_BUREAU_")]

#: Kinds of bureau loans with numbers of their own: published value -> part of the name.
LOANS = {
    "Consumer credit": "CONSUMER",
    "Credit card": "CARD",
    "Car loan": "CAR",
    "Mortgage": "MORTGAGE",
    "Microloan": "MICROLOAN",
}


def _known_sum(*columns: str) -> nw.Expr:
    nothing = nw.coalesce(*columns).is_null()
    return nw.when(~nothing).then(added(*(nw.col(name).fill_null(0) for name in columns)))


def _number_missing(*columns: str) -> nw.Expr:
    # A missing text has become an empty one; is_null is about numbers here.
    text = TABLES["application_test"].vocabularies
    gone = (nw.col(name) == "" if name in text else nw.col(name).is_null() for name in columns)
    return added(*(one.cast(nw.Float64) for one in gone))


def _application() -> Iterator[Feature]:
    def feature(name: str, unit: str, en: str, fr: str, expr: nw.Expr) -> Feature:
        """A feature of the application: its ``name``, its ``unit``, what it is in words, ``en`` and ``fr``, and the
        formula ``expr``.
        """
        return Feature(name, unit, "application", en, fr, expr, FAMILY)

    def quotient(name: str, numerator: str, denominator: str, en: str, fr: str, unit: str = "ratio") -> Feature:
        """Feature ``name``: the column ``numerator`` over the column ``denominator``, missing where that is 0. ``en``,
        ``fr``: in words. ``unit``: as of `Feature`.
        """
        return feature(name, unit, en, fr, ratio(nw.col(numerator), nw.col(denominator)))

    asked = ("the loan asked for", "le prêt demandé")
    yield quotient(
        "CREDIT_TO_ANNUITY",
        "AMT_CREDIT",
        "AMT_ANNUITY",
        f"Number of annuities that repay {asked[0]} without interest",
        f"Nombre d'échéances qui remboursent {asked[1]} sans intérêts",
        "count",
    )
    yield quotient(
        "CREDIT_TO_GOODS",
        "AMT_CREDIT",
        "AMT_GOODS_PRICE",
        "Amount of the loan asked for / price of the goods",
        "Montant du prêt demandé / prix des biens",
    )
    yield feature(
        "GOODS_LESS_CREDIT",
        "currency",
        "Price of the goods less amount of the loan asked for",
        "Prix des biens moins montant du prêt demandé",
        nw.col("AMT_GOODS_PRICE") - nw.col("AMT_CREDIT"),
    )
    yield quotient(
        "GOODS_TO_INCOME",
        "AMT_GOODS_PRICE",
        "AMT_INCOME_TOTAL",
        "Price of the goods / yearly income",
        "Prix des biens / revenu annuel",
    )
    yield feature(
        "INCOME_LESS_ANNUITY",
        "currency",
        "Yearly income less annuity of the loan asked for",
        "Revenu annuel moins échéance du prêt demandé",
        nw.col("AMT_INCOME_TOTAL") - nw.col("AMT_ANNUITY"),
    )
    yield quotient(
        "CHILDREN_TO_FAMILY",
        "CNT_CHILDREN",
        "CNT_FAM_MEMBERS",
        "Share of children in the family",
        "Part des enfants dans la famille",
        "share",
    )
    for name, column, en, fr in (
        ("REGISTRATION_TO_AGE", "DAYS_REGISTRATION", "change of registration", "changement d'enregistrement"),
        ("ID_PUBLISH_TO_AGE", "DAYS_ID_PUBLISH", "issue of the identity document", "délivrance de la pièce d'identité"),
        ("PHONE_CHANGE_TO_AGE", "DAYS_LAST_PHONE_CHANGE", "change of the phone", "changement de téléphone"),
    ):
        yield quotient(
            name,
            column,
            "DAYS_BIRTH",
            f"Share of the client's life since the last {en}",
            f"Part de la vie du client écoulée depuis la dernière {fr}"
            if fr.startswith("délivrance")
            else f"Part de la vie du client écoulée depuis le dernier {fr}",
            "share",
        )
    yield feature(
        "CAR_AGE_TO_AGE",
        "ratio",
        "Age of the car / age of the client",
        "Âge de la voiture / âge du client",
        ratio(nw.col("OWN_CAR_AGE") * -365.25, nw.col("DAYS_BIRTH")),
    )
    for number in (30, 60):
        yield quotient(
            f"DEF_TO_OBS_{number}_SOCIAL_CIRCLE",
            f"DEF_{number}_CNT_SOCIAL_CIRCLE",
            f"OBS_{number}_CNT_SOCIAL_CIRCLE",
            f"Share of defaulters among the people around the client, {number} days past due",
            f"Part des personnes en défaut dans l'entourage du client, à {number} jours de retard",
            "share",
        )
    yield feature(
        "DOCUMENTS",
        "count",
        "Number of documents provided",
        "Nombre de documents fournis",
        _known_sum(*_DOCUMENTS),
    )
    yield feature(
        "CONTACTS",
        "count",
        "Number of ways to reach the client",
        "Nombre de moyens de joindre le client",
        _known_sum(*_CONTACTS),
    )
    yield feature(
        "ADDRESS_MISMATCHES",
        "count",
        "Number of differences between the client's addresses",
        "Nombre de différences entre les adresses du client",
        _known_sum(*_ADDRESSES),
    )
    yield feature(
        "ENQUIRIES",
        "count",
        "All enquiries to the credit bureau about the client in the last year",
        "Ensemble des consultations du bureau de crédit sur le client sur un an",
        _known_sum(*_ENQUIRIES),
    )
    yield feature(
        "BUILDING_MISSING",
        "count",
        "Number of missing facts about the building",
        "Nombre d'informations manquantes sur l'immeuble",
        _number_missing(*_BUILDING),
    )


def _bureau() -> Iterator[Feature]:
    loans, running = bureau.ALL.of_family(FAMILY), bureau.ACTIVE.of_family(FAMILY)

    yield loans.share("EVER_OVERDUE")
    yield running.count()
    for rows in (loans, running):
        yield from rows.aggregates("AMT_CREDIT_MAX_OVERDUE", "MAX", "SUM")
    yield loans.count()
    yield from running.aggregates("AMT_ANNUITY", "SUM")
    yield from running.aggregates("AMT_CREDIT_SUM_OVERDUE", "SUM")
    yield from bureau.CLOSED.of_family(FAMILY).aggregates("DAYS_AFTER_PLANNED_END", "MEAN", "MAX")
    for value, name in LOANS.items():
        en, fr = descriptions.value("bureau", "CREDIT_TYPE", value)
        kind = running.narrowed(
            f"BUREAU_ACTIVE_{name}",
            f"{running.en} (type: {en})",
            f"{running.fr} (type\u00a0: {fr})",
            nw.col("CREDIT_TYPE") == value,
        )
        yield kind.count()
        yield from kind.aggregates("AMT_CREDIT_SUM_DEBT", "SUM")


def _previous() -> Iterator[Feature]:
    everything, approved = previous_application.ALL.of_family(FAMILY), previous_application.APPROVED.of_family(FAMILY)
    yield everything.count()
    yield approved.count()
    yield from approved.aggregates("CREDIT_TO_GOODS", "MEAN", "MAX")
    yield approved.share("NFLAG_INSURED_ON_APPROVAL")
    yield from approved.aggregates("CNT_PAYMENT", "MAX")
    # The end of a running loan is unknown (365243) or lies in the future.
    running = approved.narrowed(
        "PREVIOUS_RUNNING",
        "running loans at this lender",
        "prêts en cours chez ce prêteur",
        nw.col("DAYS_TERMINATION").is_null() | (nw.col("DAYS_TERMINATION") > 0),
    )
    yield running.count()
    yield from running.aggregates("AMT_ANNUITY", "SUM")
    yield from running.aggregates("AMT_CREDIT", "SUM")


def _card() -> Iterator[Feature]:
    months = credit_card.ALL.of_family(FAMILY)
    yield from months.aggregates("UTILISATION", "MEAN", "MAX")
    yield months.share("OVER_LIMIT")


FEATURES: tuple[Feature, ...] = (*_application(), *_bureau(), *_previous(), *_card())
