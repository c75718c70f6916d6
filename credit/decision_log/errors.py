"""What is wrong with the database of the log, in one sentence."""


class LogError(Exception):
    """The log cannot be written or read; the text is for the operator and holds no client's values."""


def unusable(error: Exception) -> LogError:
    """The reason in the database's own words, its first line: below it PostgreSQL quotes the values of a row."""
    cause = getattr(error, "orig", None) or error
    reason = str(cause).strip().splitlines()
    return LogError(reason[0] if reason else type(cause).__name__)
