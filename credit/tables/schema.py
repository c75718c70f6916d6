"""The schema of the eight Home Credit tables, as the competition publishes them.

Names, their order, types and vocabularies are frozen here: the feature columns are derived from this module and never
from a sample. Source: the files of "Home Credit Default Risk" and their description of columns (Kaggle, 2018).
Values absent from the larger part of the files but known from the published data (``Interbank credit``, ``Animals``,
...) are listed too.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Kind = Literal["integer", "number", "text"]

#: Stands for "no date" in DAYS_EMPLOYED and in five dates of previous_application (about a thousand years).
NO_DATE = 365243


#: How the names of columns begin that hold 0 and 1 alone.
_FLAGS = ("TARGET", "FLAG_", "NFLAG_", "REG_REGION_NOT_", "REG_CITY_NOT_", "LIVE_REGION_NOT_", "LIVE_CITY_NOT_")

#: The vocabularies of text columns that hold a flag: no, yes.
_YES_OR_NO = (("N", "Y"), ("No", "Yes"))


@dataclass(frozen=True)
class Column:
    """One column of a table.

    ``kind``: ``integer`` (a whole number of 64 bits, never missing), ``number`` (64-bit float, may be missing) or
    ``text``. ``values``: the vocabulary of a text column, empty for the others. ``decimal``: the published CSV file
    writes it with a decimal point, also where every value is whole (``-3648.0``), as pandas writes a float64.
    """

    name: str
    kind: Kind
    values: tuple[str, ...] = ()
    decimal: bool = False

    @property
    def is_flag(self) -> bool:
        """Whether the column holds 0 and 1 alone (``number``: or nothing), by the meaning of its published name."""
        return self.kind != "text" and self.name.startswith(_FLAGS)

    @cached_property
    def values_or_gap(self) -> frozenset[str | None]:
        """What a text column holds: its vocabulary, and None."""
        return frozenset((*self.values, None))

    @property
    def is_yes_or_no(self) -> bool:
        """Whether the column holds a text for no and a text for yes, in this order in ``values``."""
        return self.values in _YES_OR_NO


@dataclass(frozen=True)
class Table:
    """One table: its published file name without ending, its columns in order, its key and what the key points at."""

    name: str
    columns: tuple[Column, ...]
    key: str

    @property
    def names(self) -> tuple[str, ...]:
        """The column names in published order."""
        return tuple(column.name for column in self.columns)

    @property
    def vocabularies(self) -> dict[str, tuple[str, ...]]:
        """Text column -> its known values."""
        return {column.name: column.values for column in self.columns if column.kind == "text"}

    def __getitem__(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name!r}")


def integer(name: str) -> Column:
    """A whole number that is never missing, published without a decimal point."""
    return Column(name, "integer")


def decimal(name: str) -> Column:
    """A whole number that is never missing, published with a decimal point."""
    return Column(name, "integer", decimal=True)


def number(name: str) -> Column:
    """A 64-bit float that may be missing, published with a decimal point."""
    return Column(name, "number", decimal=True)


def text(name: str, *values: str) -> Column:
    """A text column with its vocabulary."""
    return Column(name, "text", values)


# fmt: off
# A table of data: one column a line reads better than one value a line.
_COLUMNS: dict[str, tuple[Column, ...]] = {
    "application": (
        integer("SK_ID_CURR"),
        text("NAME_CONTRACT_TYPE", "Cash loans", "Revolving loans"),
        text("CODE_GENDER", "F", "M", "XNA"),
        text("FLAG_OWN_CAR", "N", "Y"),
        text("FLAG_OWN_REALTY", "N", "Y"),
        integer("CNT_CHILDREN"),
        number("AMT_INCOME_TOTAL"),
        number("AMT_CREDIT"),
        number("AMT_ANNUITY"),
        number("AMT_GOODS_PRICE"),
        text("NAME_TYPE_SUITE", "Children", "Family", "Group of people", "Other_A", "Other_B", "Spouse, partner",
            "Unaccompanied"),
        text("NAME_INCOME_TYPE", "Businessman", "Commercial associate", "Maternity leave", "Pensioner",
            "State servant", "Student", "Unemployed", "Working"),
        text("NAME_EDUCATION_TYPE", "Academic degree", "Higher education", "Incomplete higher", "Lower secondary",
            "Secondary / secondary special"),
        text("NAME_FAMILY_STATUS", "Civil marriage", "Married", "Separated", "Single / not married", "Unknown",
            "Widow"),
        text("NAME_HOUSING_TYPE", "Co-op apartment", "House / apartment", "Municipal apartment", "Office apartment",
            "Rented apartment", "With parents"),
        number("REGION_POPULATION_RELATIVE"),
        integer("DAYS_BIRTH"),
        integer("DAYS_EMPLOYED"),
        decimal("DAYS_REGISTRATION"),
        integer("DAYS_ID_PUBLISH"),
        number("OWN_CAR_AGE"),
        integer("FLAG_MOBIL"),
        integer("FLAG_EMP_PHONE"),
        integer("FLAG_WORK_PHONE"),
        integer("FLAG_CONT_MOBILE"),
        integer("FLAG_PHONE"),
        integer("FLAG_EMAIL"),
        text("OCCUPATION_TYPE", "Accountants", "Cleaning staff", "Cooking staff", "Core staff", "Drivers", "HR staff",
            "High skill tech staff", "IT staff", "Laborers", "Low-skill Laborers", "Managers", "Medicine staff",
            "Private service staff", "Realty agents", "Sales staff", "Secretaries", "Security staff",
            "Waiters/barmen staff"),
        number("CNT_FAM_MEMBERS"),
        integer("REGION_RATING_CLIENT"),
        integer("REGION_RATING_CLIENT_W_CITY"),
        text("WEEKDAY_APPR_PROCESS_START", "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY",
            "SUNDAY"),
        integer("HOUR_APPR_PROCESS_START"),
        integer("REG_REGION_NOT_LIVE_REGION"),
        integer("REG_REGION_NOT_WORK_REGION"),
        integer("LIVE_REGION_NOT_WORK_REGION"),
        integer("REG_CITY_NOT_LIVE_CITY"),
        integer("REG_CITY_NOT_WORK_CITY"),
        integer("LIVE_CITY_NOT_WORK_CITY"),
        text("ORGANIZATION_TYPE", "Advertising", "Agriculture", "Bank", "Business Entity Type 1",
            "Business Entity Type 2", "Business Entity Type 3", "Cleaning", "Construction", "Culture", "Electricity",
            "Emergency", "Government", "Hotel", "Housing", "Industry: type 1", "Industry: type 10",
            "Industry: type 11", "Industry: type 12", "Industry: type 13", "Industry: type 2", "Industry: type 3",
            "Industry: type 4", "Industry: type 5", "Industry: type 6", "Industry: type 7", "Industry: type 8",
            "Industry: type 9", "Insurance", "Kindergarten", "Legal Services", "Medicine", "Military", "Mobile",
            "Other", "Police", "Postal", "Realtor", "Religion", "Restaurant", "School", "Security",
            "Security Ministries", "Self-employed", "Services", "Telecom", "Trade: type 1", "Trade: type 2",
            "Trade: type 3", "Trade: type 4", "Trade: type 5", "Trade: type 6", "Trade: type 7", "Transport: type 1",
            "Transport: type 2", "Transport: type 3", "Transport: type 4", "University", "XNA"),
        number("EXT_SOURCE_1"),
        number("EXT_SOURCE_2"),
        number("EXT_SOURCE_3"),
        number("APARTMENTS_AVG"),
        number("BASEMENTAREA_AVG"),
        number("YEARS_BEGINEXPLUATATION_AVG"),
        number("YEARS_BUILD_AVG"),
        number("COMMONAREA_AVG"),
        number("ELEVATORS_AVG"),
        number("ENTRANCES_AVG"),
        number("FLOORSMAX_AVG"),
        number("FLOORSMIN_AVG"),
        number("LANDAREA_AVG"),
        number("LIVINGAPARTMENTS_AVG"),
        number("LIVINGAREA_AVG"),
        number("NONLIVINGAPARTMENTS_AVG"),
        number("NONLIVINGAREA_AVG"),
        number("APARTMENTS_MODE"),
        number("BASEMENTAREA_MODE"),
        number("YEARS_BEGINEXPLUATATION_MODE"),
        number("YEARS_BUILD_MODE"),
        number("COMMONAREA_MODE"),
        number("ELEVATORS_MODE"),
        number("ENTRANCES_MODE"),
        number("FLOORSMAX_MODE"),
        number("FLOORSMIN_MODE"),
        number("LANDAREA_MODE"),
        number("LIVINGAPARTMENTS_MODE"),
        number("LIVINGAREA_MODE"),
        number("NONLIVINGAPARTMENTS_MODE"),
        number("NONLIVINGAREA_MODE"),
        number("APARTMENTS_MEDI"),
        number("BASEMENTAREA_MEDI"),
        number("YEARS_BEGINEXPLUATATION_MEDI"),
        number("YEARS_BUILD_MEDI"),
        number("COMMONAREA_MEDI"),
        number("ELEVATORS_MEDI"),
        number("ENTRANCES_MEDI"),
        number("FLOORSMAX_MEDI"),
        number("FLOORSMIN_MEDI"),
        number("LANDAREA_MEDI"),
        number("LIVINGAPARTMENTS_MEDI"),
        number("LIVINGAREA_MEDI"),
        number("NONLIVINGAPARTMENTS_MEDI"),
        number("NONLIVINGAREA_MEDI"),
        text("FONDKAPREMONT_MODE", "not specified", "org spec account", "reg oper account", "reg oper spec account"),
        text("HOUSETYPE_MODE", "block of flats", "specific housing", "terraced house"),
        number("TOTALAREA_MODE"),
        text("WALLSMATERIAL_MODE", "Block", "Mixed", "Monolithic", "Others", "Panel", "Stone, brick", "Wooden"),
        text("EMERGENCYSTATE_MODE", "No", "Yes"),
        number("OBS_30_CNT_SOCIAL_CIRCLE"),
        number("DEF_30_CNT_SOCIAL_CIRCLE"),
        number("OBS_60_CNT_SOCIAL_CIRCLE"),
        number("DEF_60_CNT_SOCIAL_CIRCLE"),
        number("DAYS_LAST_PHONE_CHANGE"),
        integer("FLAG_DOCUMENT_2"),
        integer("FLAG_DOCUMENT_3"),
        integer("FLAG_DOCUMENT_4"),
        integer("FLAG_DOCUMENT_5"),
        integer("FLAG_DOCUMENT_6"),
        integer("FLAG_DOCUMENT_7"),
        integer("FLAG_DOCUMENT_8"),
        integer("FLAG_DOCUMENT_9"),
        integer("FLAG_DOCUMENT_10"),
        integer("FLAG_DOCUMENT_11"),
        integer("FLAG_DOCUMENT_12"),
        integer("FLAG_DOCUMENT_13"),
        integer("FLAG_DOCUMENT_14"),
        integer("FLAG_DOCUMENT_15"),
        integer("FLAG_DOCUMENT_16"),
        integer("FLAG_DOCUMENT_17"),
        integer("FLAG_DOCUMENT_18"),
        integer("FLAG_DOCUMENT_19"),
        integer("FLAG_DOCUMENT_20"),
        integer("FLAG_DOCUMENT_21"),
        number("AMT_REQ_CREDIT_BUREAU_HOUR"),
        number("AMT_REQ_CREDIT_BUREAU_DAY"),
        number("AMT_REQ_CREDIT_BUREAU_WEEK"),
        number("AMT_REQ_CREDIT_BUREAU_MON"),
        number("AMT_REQ_CREDIT_BUREAU_QRT"),
        number("AMT_REQ_CREDIT_BUREAU_YEAR"),
    ),
    "bureau": (
        integer("SK_ID_CURR"),
        integer("SK_ID_BUREAU"),
        text("CREDIT_ACTIVE", "Active", "Bad debt", "Closed", "Sold"),
        text("CREDIT_CURRENCY", "currency 1", "currency 2", "currency 3", "currency 4"),
        integer("DAYS_CREDIT"),
        integer("CREDIT_DAY_OVERDUE"),
        number("DAYS_CREDIT_ENDDATE"),
        number("DAYS_ENDDATE_FACT"),
        number("AMT_CREDIT_MAX_OVERDUE"),
        integer("CNT_CREDIT_PROLONG"),
        number("AMT_CREDIT_SUM"),
        number("AMT_CREDIT_SUM_DEBT"),
        number("AMT_CREDIT_SUM_LIMIT"),
        number("AMT_CREDIT_SUM_OVERDUE"),
        text("CREDIT_TYPE", "Another type of loan", "Car loan", "Cash loan (non-earmarked)", "Consumer credit",
            "Credit card", "Interbank credit", "Loan for business development",
            "Loan for purchase of shares (margin lending)", "Loan for the purchase of equipment",
            "Loan for working capital replenishment", "Microloan", "Mobile operator loan", "Mortgage",
            "Real estate loan", "Unknown type of loan"),
        integer("DAYS_CREDIT_UPDATE"),
        number("AMT_ANNUITY"),
    ),
    "bureau_balance": (
        integer("SK_ID_BUREAU"),
        integer("MONTHS_BALANCE"),
        text("STATUS", "0", "1", "2", "3", "4", "5", "C", "X"),
    ),
    "previous_application": (
        integer("SK_ID_PREV"),
        integer("SK_ID_CURR"),
        text("NAME_CONTRACT_TYPE", "Cash loans", "Consumer loans", "Revolving loans", "XNA"),
        number("AMT_ANNUITY"),
        number("AMT_APPLICATION"),
        number("AMT_CREDIT"),
        number("AMT_DOWN_PAYMENT"),
        number("AMT_GOODS_PRICE"),
        text("WEEKDAY_APPR_PROCESS_START", "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY",
            "SUNDAY"),
        integer("HOUR_APPR_PROCESS_START"),
        text("FLAG_LAST_APPL_PER_CONTRACT", "N", "Y"),
        integer("NFLAG_LAST_APPL_IN_DAY"),
        number("RATE_DOWN_PAYMENT"),
        number("RATE_INTEREST_PRIMARY"),
        number("RATE_INTEREST_PRIVILEGED"),
        text("NAME_CASH_LOAN_PURPOSE", "Building a house or an annex", "Business development", "Buying a garage",
            "Buying a holiday home / land", "Buying a home", "Buying a new car", "Buying a used car", "Car repairs",
            "Education", "Everyday expenses", "Furniture", "Gasification / water supply", "Hobby", "Journey",
            "Medicine", "Money for a third person", "Other", "Payments on other loans",
            "Purchase of electronic equipment", "Refusal to name the goal", "Repairs", "Urgent needs",
            "Wedding / gift / holiday", "XAP", "XNA"),
        text("NAME_CONTRACT_STATUS", "Approved", "Canceled", "Refused", "Unused offer"),
        integer("DAYS_DECISION"),
        text("NAME_PAYMENT_TYPE", "Cash through the bank", "Cashless from the account of the employer",
            "Non-cash from your account", "XNA"),
        text("CODE_REJECT_REASON", "CLIENT", "HC", "LIMIT", "SCO", "SCOFR", "SYSTEM", "VERIF", "XAP", "XNA"),
        text("NAME_TYPE_SUITE", "Children", "Family", "Group of people", "Other_A", "Other_B", "Spouse, partner",
            "Unaccompanied"),
        text("NAME_CLIENT_TYPE", "New", "Refreshed", "Repeater", "XNA"),
        text("NAME_GOODS_CATEGORY", "Additional Service", "Animals", "Audio/Video", "Auto Accessories",
            "Clothing and Accessories", "Computers", "Construction Materials", "Consumer Electronics", "Direct Sales",
            "Education", "Fitness", "Furniture", "Gardening", "Homewares", "House Construction", "Insurance",
            "Jewelry", "Medical Supplies", "Medicine", "Mobile", "Office Appliances", "Other",
            "Photo / Cinema Equipment", "Sport and Leisure", "Tourism", "Vehicles", "Weapon", "XNA"),
        text("NAME_PORTFOLIO", "Cards", "Cars", "Cash", "POS", "XNA"),
        text("NAME_PRODUCT_TYPE", "XNA", "walk-in", "x-sell"),
        text("CHANNEL_TYPE", "AP+ (Cash loan)", "Car dealer", "Channel of corporate sales", "Contact center",
            "Country-wide", "Credit and cash offices", "Regional / Local", "Stone"),
        integer("SELLERPLACE_AREA"),
        text("NAME_SELLER_INDUSTRY", "Auto technology", "Clothing", "Connectivity", "Construction",
            "Consumer electronics", "Furniture", "Industry", "Jewelry", "MLM partners", "Tourism", "XNA"),
        number("CNT_PAYMENT"),
        text("NAME_YIELD_GROUP", "XNA", "high", "low_action", "low_normal", "middle"),
        text("PRODUCT_COMBINATION", "Card Street", "Card X-Sell", "Cash", "Cash Street: high", "Cash Street: low",
            "Cash Street: middle", "Cash X-Sell: high", "Cash X-Sell: low", "Cash X-Sell: middle",
            "POS household with interest", "POS household without interest", "POS industry with interest",
            "POS industry without interest", "POS mobile with interest", "POS mobile without interest",
            "POS other with interest", "POS others without interest"),
        number("DAYS_FIRST_DRAWING"),
        number("DAYS_FIRST_DUE"),
        number("DAYS_LAST_DUE_1ST_VERSION"),
        number("DAYS_LAST_DUE"),
        number("DAYS_TERMINATION"),
        number("NFLAG_INSURED_ON_APPROVAL"),
    ),
    "POS_CASH_balance": (
        integer("SK_ID_PREV"),
        integer("SK_ID_CURR"),
        integer("MONTHS_BALANCE"),
        number("CNT_INSTALMENT"),
        number("CNT_INSTALMENT_FUTURE"),
        text("NAME_CONTRACT_STATUS", "Active", "Amortized debt", "Approved", "Canceled", "Completed", "Demand",
            "Returned to the store", "Signed", "XNA"),
        integer("SK_DPD"),
        integer("SK_DPD_DEF"),
    ),
    "installments_payments": (
        integer("SK_ID_PREV"),
        integer("SK_ID_CURR"),
        decimal("NUM_INSTALMENT_VERSION"),
        integer("NUM_INSTALMENT_NUMBER"),
        decimal("DAYS_INSTALMENT"),
        number("DAYS_ENTRY_PAYMENT"),
        number("AMT_INSTALMENT"),
        number("AMT_PAYMENT"),
    ),
    "credit_card_balance": (
        integer("SK_ID_PREV"),
        integer("SK_ID_CURR"),
        integer("MONTHS_BALANCE"),
        number("AMT_BALANCE"),
        integer("AMT_CREDIT_LIMIT_ACTUAL"),
        number("AMT_DRAWINGS_ATM_CURRENT"),
        number("AMT_DRAWINGS_CURRENT"),
        number("AMT_DRAWINGS_OTHER_CURRENT"),
        number("AMT_DRAWINGS_POS_CURRENT"),
        number("AMT_INST_MIN_REGULARITY"),
        number("AMT_PAYMENT_CURRENT"),
        number("AMT_PAYMENT_TOTAL_CURRENT"),
        number("AMT_RECEIVABLE_PRINCIPAL"),
        number("AMT_RECIVABLE"),
        number("AMT_TOTAL_RECEIVABLE"),
        number("CNT_DRAWINGS_ATM_CURRENT"),
        integer("CNT_DRAWINGS_CURRENT"),
        number("CNT_DRAWINGS_OTHER_CURRENT"),
        number("CNT_DRAWINGS_POS_CURRENT"),
        number("CNT_INSTALMENT_MATURE_CUM"),
        text("NAME_CONTRACT_STATUS", "Active", "Approved", "Completed", "Demand", "Refused", "Sent proposal",
            "Signed"),
        integer("SK_DPD"),
        integer("SK_DPD_DEF"),
    ),
}
# fmt: on

#: Label of application_train: 1 = payment difficulties (default), 0 = all other cases.
TARGET = "TARGET"

_APPLICATION = _COLUMNS["application"]

#: Every table by its published name, in the order in which they are told.
TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table("application_train", (_APPLICATION[0], integer(TARGET), *_APPLICATION[1:]), "SK_ID_CURR"),
        Table("application_test", _APPLICATION, "SK_ID_CURR"),
        Table("bureau", _COLUMNS["bureau"], "SK_ID_BUREAU"),
        Table("bureau_balance", _COLUMNS["bureau_balance"], "SK_ID_BUREAU"),
        Table("previous_application", _COLUMNS["previous_application"], "SK_ID_PREV"),
        Table("POS_CASH_balance", _COLUMNS["POS_CASH_balance"], "SK_ID_PREV"),
        Table("installments_payments", _COLUMNS["installments_payments"], "SK_ID_PREV"),
        Table("credit_card_balance", _COLUMNS["credit_card_balance"], "SK_ID_PREV"),
    )
}

#: The six tables of a client's past; a client may have no row in any of them.
HISTORIES = tuple(name for name in TABLES if not name.startswith("application"))
