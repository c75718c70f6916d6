"""Drift: what a model's clients look like now, beside those that it was trained on.

`profile` is what a bundle keeps of its training clients, `comparison` holds others against it, `watch` does so with the
decision log while the service runs. These import neither pandas nor Evidently nor matplotlib; `application`, which asks
Evidently about the application's own columns, is for the command line and the notebook.
"""

from credit.monitoring.population_stability import LEVELS, Comparison, Shift, compare, importance_of
from credit.monitoring.profile import Profile, Tally

__all__ = ["LEVELS", "Comparison", "Profile", "Shift", "Tally", "compare", "importance_of"]
