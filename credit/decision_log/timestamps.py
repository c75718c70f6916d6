"""A moment as the log writes it."""

from datetime import UTC, datetime


def as_text(moment: datetime) -> str:
    """In UTC, to the microsecond, always as long: so texts sort as times do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
