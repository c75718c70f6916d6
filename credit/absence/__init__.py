"""Columns and tables that were nearly always known in training and are suddenly missing: a source that has dried up."""

from credit.absence.causes import Cause, Causes
from credit.absence.counts import Absences, Change
from credit.absence.rule import bar, suddenly_missing

__all__ = ["Absences", "Cause", "Causes", "Change", "bar", "suddenly_missing"]
