"""Every tenth feature, and those that no training can do without."""

from credit.features import COLUMNS

_NEEDED = ("AMT_CREDIT", "CODE_GENDER", "DAYS_BIRTH", "DAYS_ID_PUBLISH", "DAYS_REGISTRATION")

#: Enough to tell clients apart, few enough to be quick; in the order of `COLUMNS`.
FEW = tuple(name for k, name in enumerate(COLUMNS) if k % 10 == 0 or name in _NEEDED or name.startswith("EXT_SOURCE"))
