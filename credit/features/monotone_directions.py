"""Which way a feature may move a probability of default, where sense leaves no doubt.

Anyone who pays later or never, owes more, is refused more often, earns less or has lower scores must not get a better
probability for it, whatever the clients that a model learnt from happen to show. So some features have a sign: +1 where
more of it is riskier, -1 where less is. The champion is trained under these constraints
(`credit.training.lightgbm_search`).

A sign is not enough where one change for the worse moves a feature either way: a late payment of last year raises the
mean of all payments, and so lowers what the last months exceed it by. Such features are mixed, and the champion does
not read them. Neither does it read a share of months with one status among several: from 30 days past due to 60, the
share of the first falls. Nor one that such a change makes missing: what is missing lies on neither side of a split.

Most features have no sign: a larger loan, a younger client or another occupation is not worse by itself.
"""

import re
from collections.abc import Sequence

#: Whole names, as regular expressions -> +1: more is riskier.
_MORE = (
    # Days overdue, late and unpaid parts of instalments, months past due.
    r"INSTALMENTS_(?:.+_)?(?:DAYS_OVERDUE|AMT_UNPAID)_(?:MAX|MEAN|SUM)",
    r"INSTALMENTS_(?:.+_)?(?:OVERDUE|PART_UNPAID)_SHARE",
    r".+_(?:LATE|VERY_LATE|OVER_LIMIT)_SHARE",
    r"(?:POS|CARD)_(?:.+_)?SK_DPD(?:_DEF)?_(?:MIN|MAX|MEAN|SUM)",
    r"BUREAU_(?:.+_)?(?:CREDIT_DAY_OVERDUE|AMT_CREDIT_MAX_OVERDUE|AMT_CREDIT_SUM_OVERDUE|CNT_CREDIT_PROLONG)_.+",
    r"BUREAU_EVER_OVERDUE_SHARE",
    r"BUREAU_CLOSED_DAYS_AFTER_PLANNED_END_(?:MEAN|MAX)",
    r"BUREAU_STATUS_5_MEAN",
    r"BUREAU_CREDIT_ACTIVE_Bad_debt_SHARE",
    # Debt: what is owed, and beside income, limits and loans.
    r"BUREAU_(?:.+_)?AMT_CREDIT_SUM_DEBT(?:_MAX|_MEAN|_SUM)?",
    r"BUREAU_(?:DEBT|ANNUITY)_TO_INCOME",
    r"BUREAU_DEBT_TO_CREDIT_ASKED",
    r"BUREAU_(?:ACTIVE_)?DEBT_TO_CREDIT",
    r"BUREAU_ACTIVE_CARD_DEBT_TO_LIMIT",
    r"BUREAU_(?:ACTIVE_)?AMT_ANNUITY_(?:MAX|MEAN|SUM)",
    r"CARD_(?:.+_)?(?:AMT_BALANCE|AMT_RECEIVABLE_PRINCIPAL|AMT_RECIVABLE|AMT_TOTAL_RECEIVABLE)_(?:MIN|MAX|MEAN|SUM)",
    r"CARD_(?:.+_)?UTILISATION_(?:MEAN|MAX)",
    r"CARD_BALANCE_TO_INCOME",
    # What a loan weighs beside the income.
    r"(?:ANNUITY|GOODS|RUNNING_ANNUITY)_TO_INCOME",
    # Applications that were refused.
    r"PREVIOUS_(?:LAST_[35]_)?REFUSED_SHARE",
    r"PREVIOUS_NAME_CONTRACT_STATUS_Refused_SHARE",
    r"PREVIOUS_LAST_NAME_CONTRACT_STATUS_Refused",
    r"PREVIOUS_REFUSED_(?:LAST_\d+_DAYS_)?ROWS",
    # The bureau was asked about the client; people around it defaulted; a region that the bank rates worse.
    r"AMT_REQ_CREDIT_BUREAU_(?:HOUR|DAY|WEEK|MON|QRT|YEAR)",
    r"ENQUIRIES",
    r"DEF_(?:30|60)_CNT_SOCIAL_CIRCLE",
    r"DEF_TO_OBS_(?:30|60)_SOCIAL_CIRCLE",
    r"REGION_RATING_CLIENT(?:_W_CITY)?",
    r"(?:REG|LIVE)_(?:REGION|CITY)_NOT_(?:LIVE|WORK)_(?:REGION|CITY)",
    r"ADDRESS_MISMATCHES",
    # DAYS_EMPLOYED counts back from the application: nearer to 0 is a shorter employment.
    r"DAYS_EMPLOYED",
)

#: -1: less is riskier.
_LESS = (
    r"EXT_SOURCE_(?:1|2|3|MEAN|MIN|MAX|PRODUCT|2_TIMES_3)",
    r"AMT_INCOME_TOTAL",
    r"INCOME_(?:TO_CREDIT|PER_FAMILY_MEMBER|LESS_ANNUITY)",
    r"EMPLOYED_TO_AGE",
    r"INSTALMENTS_(?:.+_)?PAID_TO_INSTALMENT_MEAN",
    r"INSTALMENTS_DAYS_EARLY_(?:MAX|MEAN|SUM)",
    r"INSTALMENTS_AMT_PAID_(?:MIN|MAX|MEAN|SUM)",
    r"BUREAU_STATUS_0_MEAN",
    r"PREVIOUS_(?:LAST_[35]_)?APPROVED_SHARE",
    r"PREVIOUS_NAME_CONTRACT_STATUS_Approved_SHARE",
    r"PREVIOUS_LAST_NAME_CONTRACT_STATUS_Approved",
    r"PREVIOUS_CODE_REJECT_REASON_XAP_SHARE",
)

#: What a change for the worse may move either way.
_MIXED = (
    r".+_LESS_WHOLE",
    r".+_SLOPE",
    r"EXT_SOURCE_SPREAD",
    # The recipe's columns of a payment are missing where there is none: one that is never made takes its instalment out
    # of every mean and sum, and the last of them leaves nothing. `instalments` has counterparts that have a sign.
    r"INSTALMENTS_(?:DAYS_PAST_DUE|DAYS_BEFORE_DUE|PAID_FRACTION|SHORTFALL|AMT_PAYMENT)_(?:MIN|MAX|MEAN|SUM|VAR)",
    r"CARD_(?:SK_DPD|SK_DPD_DEF|AMT_BALANCE|AMT_RECEIVABLE_PRINCIPAL|AMT_RECIVABLE|AMT_TOTAL_RECEIVABLE)_VAR",
    # Later payments lie nearer to the application, and so do those of later loans.
    r"INSTALMENTS_DAYS_ENTRY_PAYMENT_(?:MAX|MEAN|SUM)",
    r"BUREAU_STATUS_[1-4]_MEAN",
    r"BUREAU_ACTIVE_OVERDUE_TO_DEBT",
    # One more refusal moves what is counted, shared out or averaged over all applications either way, and over the
    # refused ones; what is made of the approved ones alone stays. The latest application is then another one.
    r"PREVIOUS_REFUSED_(?:AMT|HOUR|RATE|DAYS|ASKED|CNT)_.+",
    r"PREVIOUS_(?:LAST_[35]_)?(?:AMT|HOUR|RATE|DAYS|ASKED|CNT|IMPLIED)_.+",
    r"PREVIOUS_(?:LAST_\d+_DAYS_)?ROWS",
    r"PREVIOUS_LAST_\d+_DAYS_REFUSED_SHARE",
    r"PREVIOUS_(?:NAME|WEEKDAY|FLAG|CODE|CHANNEL|PRODUCT)_.+_SHARE",
    r"PREVIOUS_LAST_(?:AMT|ASKED|CNT|IMPLIED|PRODUCT|NAME_YIELD)_.+",
    r"PREVIOUS_LAST_(?:CNT_PAYMENT|ASKED_TO_GRANTED|IMPLIED_INTEREST)",
    r"PREVIOUS_LAST_NAME_CONTRACT_STATUS_(?:Canceled|Unused_offer|MISSING)",
    r"CREDIT_TO_LAST_APPLICATION",
    # Missing where nothing is owed, so that the first debt brings a value.
    r"CARD_PAYMENT_TO_BALANCE",
)


def _any(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{one})" for one in patterns))


_PATTERNS = ((1, _any(_MORE)), (-1, _any(_LESS)))
_EITHER_WAY = _any(_MIXED)


def sign(feature: str) -> int:
    """+1 where more of a feature is riskier, -1 where less is, 0 where sense does not say."""
    return next((way for way, pattern in _PATTERNS if pattern.fullmatch(feature)), 0)


def signs(columns: Sequence[str]) -> list[int]:
    """The sign of each column, as LightGBM's ``monotone_constraints`` takes them."""
    return [sign(name) for name in columns]


def mixed(feature: str) -> bool:
    """Whether one change for the worse may move this feature either way; no feature with a sign."""
    return sign(feature) == 0 and _EITHER_WAY.fullmatch(feature) is not None
