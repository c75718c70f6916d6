"""Credit scoring for consumer loans: tables become features, features a probability, a probability a decision."""

#: As in pyproject.toml, which a deployed app has not installed.
__version__ = "0.2.0"
