"""`credit.model.calibration` under the name that models pickled before version 0.2 hold."""

from credit.model.calibration import Calibrated, Calibration

__all__ = ["Calibrated", "Calibration"]
