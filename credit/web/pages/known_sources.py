"""Where what is known of a client comes from, in words: for pages that people read.

The log keeps the tables that were known, "application,bureau,bureau_balance"; an officer knows the report of a bureau.
"""

from credit.features import history_flags
from credit.features.information_sources import BUREAU, OWN

_WORDS = {
    "en": {
        "application": "application",
        BUREAU.name: "credit bureau",
        OWN.name: "own earlier loans",
        "part": "{name} (in part)",
    },
    "fr": {
        "application": "demande",
        BUREAU.name: "bureau de crédit",
        OWN.name: "prêts antérieurs ici",
        "part": "{name} (en partie)",
    },
}

_ROWS = {rows.table: (rows.en, rows.fr) for rows in history_flags.ROWS}


def sources(sent: str | None, language: str) -> list[str]:
    """The sources of the tables ``sent`` ("application,bureau,..."), in ``language``; none where that was not kept."""
    known, words = set(sent.split(",")) if sent else set(), _WORDS[language]
    found = [words["application"]] if "application" in known else []
    for part in (BUREAU, OWN):
        # The months of bureau loans have no history of their own: the log does not tell of them.
        whole = {table for table in part.tables if table in _ROWS}
        there = known & whole
        if there:
            name = words[part.name]
            found.append(name if there == whole else words["part"].format(name=name))
    return found


def table_words(language: str) -> dict[str, str]:
    """Each table of a client's histories -> what its rows are, in ``language``."""
    at = 1 if language == "fr" else 0
    told = {table: words[at] for table, words in _ROWS.items()}
    months = ("months of the bureau's loans", "les mois des crédits du bureau")
    return told | {"bureau_balance": months[at]}
