"""scikit-learn's checks of estimators, on those that a model is made of; what is waived, and why.

They are wrapped when they have learnt, and refuse to be fitted: most of the checks begin with a fit. So each is checked
twice: as it is, with those checks waived that cannot do without a fit; and taught by a class of this test, whose fit
makes the wrapped model and whose answers are ours.
"""

import lightgbm as lgb
import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.utils.estimator_checks import check_estimator
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from credit.model.boosted import Boosted
from credit.model.calibration import Calibrated, Calibration
from credit.model.column_subset import ChosenColumns

#: These pass without a fit: names, parameters, copies, tags. All others are waived of the estimators as they are: they
#: begin with a fit, which is refused, since an estimator is made of what has learnt from outcomes that are not kept.
WITHOUT_A_FIT = {
    "check_classifiers_one_label_sample_weights",
    "check_decision_proba_consistency",
    "check_do_not_raise_errors_in_init_or_set_params",
    "check_estimator_cloneable",
    "check_estimator_repr",
    "check_estimator_tags_renamed",
    "check_estimators_partial_fit_n_features",
    "check_get_params_invariance",
    "check_mixin_order",
    "check_no_attributes_set_in_init",
    "check_non_transformer_estimators_n_iter",
    "check_parameters_default_constructible",
    "check_set_params",
    "check_valid_tag_types",
}


def boosted(X, y):
    settings = {"objective": "binary", "verbose": -1, "num_threads": 1, "num_leaves": 4, "min_data_in_leaf": 1}
    return Boosted(lgb.train({**settings, "min_data_in_bin": 1}, lgb.Dataset(X, y), 20))


def chosen(X, y):
    columns = X.shape[1]
    positions = list(range(columns if columns < 3 else columns - 1))  # a check of two columns wants to be learnt well
    return ChosenColumns(LogisticRegression().fit(X[:, positions], y), positions, X.shape[1])


def calibrated(X, y):
    return Calibrated(LogisticRegression().fit(X, y), Calibration(0.9, 0.1))


def calibrated_trees(X, y):
    every = np.arange(X.shape[1])
    return Calibrated(ChosenColumns(boosted(X, y), every, len(every)), Calibration(1.1, 0.0))


class Taught(ClassifierMixin, BaseEstimator):
    """``made``: what makes the wrapped model of features and labels 0 and 1."""

    def __init__(self, made=boosted):
        self.made = made

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags

    def fit(self, X, y):
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        self.classes_, labels = np.unique(y, return_inverse=True)
        if len(self.classes_) > 2:
            raise ValueError(f"Only binary classification is supported. The number of classes is {len(self.classes_)}.")
        if len(self.classes_) < 2:
            raise ValueError("Classifier can't train when only one class is present.")
        self.model_ = self.made(X, labels)
        return self

    def predict_proba(self, X):
        check_is_fitted(self)
        return self.model_.predict_proba(X)

    def predict(self, X):
        check_is_fitted(self)
        return self.classes_[self.model_.predict(X)]


#: Checks of the taught estimators that are waived, each with its reason.
WAIVED = {
    "check_estimators_nan_inf": "a gap is NaN by design, and trees take infinity for a very large number",
}
#: The same of the calibrated ones.
NO_FRAMES = {
    "check_classifier_data_not_an_array": "a frame is refused: its names would be passed over, see Calibrated",
}


def example():
    X = np.random.default_rng(0).normal(size=(200, 3))
    return X, (X[:, 0] > 0).astype(int)


@pytest.mark.parametrize("made", [boosted, chosen, calibrated, calibrated_trees])
def test_what_needs_no_fit_holds_of_the_estimators_as_they_are(made):
    found = check_estimator(made(*example()), on_fail=None, on_skip=None)
    assert {one["check_name"] for one in found if one["status"] == "passed"} >= WITHOUT_A_FIT
    for one in found:
        if one["status"] == "failed":
            assert one["check_name"] not in WITHOUT_A_FIT


@pytest.mark.parametrize("made", [boosted, chosen, calibrated, calibrated_trees])
def test_an_estimator_refuses_to_be_fitted_again(made):
    with pytest.raises(TypeError, match=r"see credit\.training"):
        made(*example()).fit(*example())


@pytest.mark.parametrize("made", [boosted, chosen, calibrated, calibrated_trees])
def test_all_checks_hold_of_the_answers_but_those_that_are_waived(made):
    waived = WAIVED | (NO_FRAMES if made in (calibrated, calibrated_trees) else {})
    found = check_estimator(Taught(made), expected_failed_checks=waived, on_fail=None, on_skip=None)
    failed = {one["check_name"]: str(one["exception"])[:300] for one in found if one["status"] == "failed"}
    assert failed == {}
    assert len([one for one in found if one["status"] == "passed"]) > 45


@pytest.mark.parametrize("made", [boosted, chosen, calibrated, calibrated_trees])
def test_an_array_of_another_width_or_shape_is_a_sentence(made):
    model = made(*example())
    with pytest.raises(ValueError, match=r"X has 2 features, but .* is expecting 3 features as input"):
        model.predict_proba(np.zeros((1, 2)))
    with pytest.raises(ValueError, match="Reshape your data"):
        model.predict_proba(np.zeros(3))
