"""What is wrong with the database of the log, in one sentence."""

from collections.abc import Mapping


class LogError(Exception):
    """The log cannot be written or read; the text is for the operator and holds no client's values."""


def unusable(error: Exception) -> LogError:
    """The reason in the database's own words, its first line.

    Of what PostgreSQL says only the message is taken: its details quote the values of a row.
    """
    cause = getattr(error, "orig", None) or error
    told = cause.args[0] if cause.args else None
    reason = str(told.get("M", "") if isinstance(told, Mapping) else cause).strip().splitlines()
    return LogError(reason[0] if reason else type(cause).__name__)
