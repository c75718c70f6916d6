"""`credit.model.boosted` under the name that models pickled before version 0.2 hold."""

from credit.model.boosted import Boosted

__all__ = ["Boosted"]
