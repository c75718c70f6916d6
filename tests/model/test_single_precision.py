"""A model that takes all numbers in single precision."""

import numpy as np
import pytest

from credit.model.single_precision import SinglePrecision


class Told:
    """Keeps what it is asked with."""

    classes_ = np.array([0, 1])
    n_features_in_ = 2

    def predict_proba(self, X):
        self.asked = X
        return np.column_stack([1 - X[:, 0], X[:, 0]])

    def predict(self, X):
        self.asked = X
        return X[:, 0] > 0.5


@pytest.mark.parametrize("rows", [[[0.1, 1]], np.array([[0.1, np.nan]]), np.array([[1, 0]]), np.float32([[0.1, 2]])])
def test_whatever_is_asked_is_rounded_to_single_precision(rows):
    model = Told()
    found = SinglePrecision(model).predict_proba(rows)
    assert model.asked.dtype == np.float32
    np.testing.assert_array_equal(model.asked, np.asarray(rows).astype(np.float32))
    assert found.dtype == np.float64
    assert found[0, 1] == float(np.float32(np.asarray(rows)[0, 0]))
    assert SinglePrecision(model).predict(rows).tolist() == [np.asarray(rows)[0, 0] > 0.5]


def test_it_is_described_as_what_it_wraps_and_is_not_fitted_again():
    model = SinglePrecision(Told())
    assert (model.classes_.tolist(), model.n_features_in_) == ([0, 1], 2)
    with pytest.raises(TypeError, match="a fitted estimator is wrapped"):
        model.fit([[0, 1]], [0])
