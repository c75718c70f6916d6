"""The scorer: columns, model and threshold of mlruns_reduced/, checked on loading; arrays in, probabilities out."""

from credit.manifest import BundleError
from credit.scorer.bundle import adopt, load, rewrite, save, threshold
from credit.scorer.scorer import Scorer

__all__ = ["BundleError", "Scorer", "adopt", "load", "rewrite", "save", "threshold"]
