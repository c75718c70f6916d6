"""Features: the tables of a bank in, one row per client out; the same expressions for a portfolio and for one request.

``FEATURES`` is frozen: it follows from the schema of the tables and never from a sample. It begins with the 795
columns of the public recipe, ``RECIPE`` (application 245, bureau with its balances 116, previous applications 249,
instalment loans 18, instalments 26, credit cards 141); the 289 of ``EXTRA`` follow. Conventions: null = missing, and so
is the history of a client who has none (the five features of `histories` tell none from unknown); sums of nothing
known, variances of one value and divisions by 0 are missing. NaN is a number to the engines: ``build`` turns it into
null, and the tables of a request have none (JSON knows no NaN).
"""

from credit.features.batch import COLUMNS, EXTRA, EXTRA_FEATURES, FEATURES, RECIPE, build
from credit.features.data_warnings import DataWarning, find_data_warnings, split_muted_warnings
from credit.features.feature import Feature
from credit.features.online import ClientPlan, client_plan, of_clients
from credit.features.raw_rows import InvalidTables

__all__ = [
    "COLUMNS",
    "EXTRA",
    "EXTRA_FEATURES",
    "FEATURES",
    "RECIPE",
    "ClientPlan",
    "DataWarning",
    "Feature",
    "InvalidTables",
    "build",
    "client_plan",
    "find_data_warnings",
    "of_clients",
    "split_muted_warnings",
]
