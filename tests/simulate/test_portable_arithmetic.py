"""Arithmetic of IEEE operations alone, beside the libraries that it stands in for and beside values known by hand."""

import ast
from collections.abc import Iterator
from math import e, inf, log1p, nextafter, pi, sqrt
from pathlib import Path

import numpy as np
import pytest
from scipy.special import ndtr

from credit import simulate
from credit.simulate import portable_arithmetic

#: The modules of the simulator that draw nothing: they fit its parameters, or compare a bank with the real one.
NOT_DRAWING = {
    *("fit", "fit_terms", "default_rate_bins", "signal_strengths", "portable_arithmetic"),
    *("validation", "history_validation", "validation_report"),
}
#: Functions of the others that fit, too.
FITTING = {"_constant", "_constants", "from_spearman", "nearest_correlation"}
#: What has variants for instruction sets, by name, whatever the module it is taken from.
VARIANTS = {"dot", "matmul", "inner", "vdot", "einsum", "tensordot", "linalg", "exp", "exp2", "expm1", "log", "log2"}
VARIANTS |= {"log10", "log1p", "pow", "power", "float_power", "sin", "cos", "tan", "tanh", "cbrt", "ndtr", "expit"}


def test_powers_of_e_and_logarithms_are_those_known_by_hand():
    assert portable_arithmetic.exp(0.0) == 1
    assert portable_arithmetic.exp(1.0) == pytest.approx(e, rel=4e-16)
    assert portable_arithmetic.exp(-inf) == portable_arithmetic.exp(-700.0) > 0
    assert portable_arithmetic.log(1.0) == 0
    assert portable_arithmetic.log(8.0) == pytest.approx(3 * portable_arithmetic.log(2.0), rel=4e-16)
    assert portable_arithmetic.log(1.02) == pytest.approx(log1p(0.02), rel=1e-14)
    assert portable_arithmetic.logit(0.5) == 0
    assert portable_arithmetic.logit(0.8) == pytest.approx(portable_arithmetic.log(4.0), rel=1e-15)  # 0.8 / 0.2
    # 2^10, the square root of 2, 1 / 1.1^2, and what is left of nothing.
    assert portable_arithmetic.power([2.0, 2.0, 1.1, 0.0], [10, 0.5, -2, 0.3]) == pytest.approx(
        [1024, sqrt(2), 1 / 1.21, 0]
    )


def test_they_agree_with_the_libraries_over_the_whole_range():
    x = np.linspace(-650, 650, 200_001)
    assert portable_arithmetic.exp(x) == pytest.approx(np.exp(x), rel=5e-16)
    assert portable_arithmetic.log(np.exp(x)) == pytest.approx(x, rel=1e-15, abs=1e-15)
    x = np.linspace(-9, 9, 200_001)
    assert portable_arithmetic.normal_cdf(x) == pytest.approx(ndtr(x), abs=1e-15, rel=0)


def test_half_of_the_normal_values_lie_below_0_and_the_shares_never_fall():
    assert portable_arithmetic.normal_cdf(0.0) == pytest.approx(0.5, abs=3e-16)
    # The 97.5th percentile, and the first term of the series around 0: 1/2 + x / sqrt(2 pi).
    assert portable_arithmetic.normal_cdf(1.959963984540054) == pytest.approx(0.975, abs=1e-15)
    assert portable_arithmetic.normal_cdf(1e-6) == pytest.approx(0.5 + 1e-6 / sqrt(2 * pi), abs=3e-16)
    assert portable_arithmetic.normal_cdf([-inf, inf]) == pytest.approx([0, 1])
    assert (np.diff(portable_arithmetic.normal_cdf(np.linspace(-8, 8, 10_001))) >= 0).all()


def test_a_factor_times_its_transpose_is_the_matrix_and_a_solution_solves():
    # L = [[2, 0], [1, 3]]: L L^T = [[4, 2], [2, 10]]; x = [1, 2] gives [8, 22].
    matrix = np.array([[4.0, 2.0], [2.0, 10.0]])
    assert portable_arithmetic.cholesky(matrix).tolist() == [[2, 0], [1, 3]]
    assert portable_arithmetic.solve(matrix, [8.0, 22.0]) == pytest.approx([1, 2], rel=1e-15)
    with pytest.raises(ValueError, match="not positive definite"):
        portable_arithmetic.cholesky(np.array([[1.0, 2.0], [2.0, 1.0]]))


def test_weighted_rows_are_added_in_their_order():
    rows = np.array([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]])
    assert portable_arithmetic.weighted([1, 0, -1], rows).tolist() == [-2, -20]
    # 1e16 + 1 - 1e16 is 0 from left to right, and 1 in any order that takes the large ones first.
    assert portable_arithmetic.weighted([1, 1, 1], np.array([[1e16], [1.0], [-1e16]])).tolist() == [0]


def test_neighbours_of_a_number_fall_on_the_same_point_of_the_grid():
    x = 4.123456789
    assert (
        portable_arithmetic.on_grid(np.array([x, nextafter(x, inf), nextafter(x, -inf)])).tolist()
        == [round(x * 2**30) / 2**30] * 3
    )


def test_nothing_that_draws_uses_what_has_variants_for_instruction_sets():
    found = []
    for path in sorted(Path(simulate.__file__).parent.glob("*.py")):
        if path.stem not in NOT_DRAWING:
            found += [f"{path.name}: {what}" for what in variants(ast.parse(path.read_text(encoding="utf-8")))]
    assert found == []


def variants(tree: ast.AST) -> Iterator[str]:
    """What a module uses of ``VARIANTS``, outside of functions that fit."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef) and node.name in FITTING:
            continue
        if isinstance(node, ast.MatMult):
            yield "@"
        if isinstance(node, ast.Attribute) and node.attr in VARIANTS:
            yield node.attr
        if isinstance(node, ast.ImportFrom) and node.module != "credit.simulate.portable_arithmetic":
            yield from (one.name for one in node.names if one.name in VARIANTS)
        yield from variants(node)


def test_what_has_variants_is_found_wherever_it_stands():
    code = "import numpy as np\nfrom scipy.special import ndtr\ndef f(a):\n    return np.exp(a @ np.linalg.inv(a))"
    assert sorted(variants(ast.parse(code))) == ["@", "exp", "linalg", "ndtr"]
    assert list(variants(ast.parse("def _constants(a):\n    return a @ a"))) == []
