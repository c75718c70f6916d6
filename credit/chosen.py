"""`credit.model.column_subset` under the name that models pickled before version 0.2 hold."""

from credit.model.column_subset import ChosenColumns

__all__ = ["ChosenColumns"]
