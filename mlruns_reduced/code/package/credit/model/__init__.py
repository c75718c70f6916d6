"""The model: columns, classifier and threshold of mlruns_reduced/, checked on loading; arrays in, probabilities out."""

from credit.model.bundle import adopt_bundle, load_bundle, read_threshold, rewrite_bundle, save_bundle
from credit.model.manifest import BundleError
from credit.model.scorer import Scorer

__all__ = [
    "BundleError",
    "Scorer",
    "adopt_bundle",
    "load_bundle",
    "read_threshold",
    "rewrite_bundle",
    "save_bundle",
]
