"""A pickled model names its classes and carries none of their code, so that another Python can load it and call it.

cloudpickle writes what it cannot import by value: the byte code of one Python, which another one loads and then runs
wrongly, or not at all (docs/borders.md).
"""

import pickletools

import cloudpickle
import pytest
from support.shipped import ROOT

SHIPPED = ROOT / "mlruns_reduced" / "model.pkl"
OLD = ROOT / "tests" / "data" / "bundles" / "0.1" / "model.pkl"


def names(content: bytes) -> list[tuple[str, str]]:
    """Module and name of all that loading the pickle would import, in its order; nothing is loaded."""
    found, pushed, memo = [], [], []
    for code, argument, _ in pickletools.genops(content):
        if code.name in ("GLOBAL", "INST"):
            module, name = argument.split(" ", 1)
            found.append((module, name))
        elif code.name == "STACK_GLOBAL":
            module, name = pushed[-2:]
            assert isinstance(module, str), f"the module of {name} is not a text"
            found.append((module, name))
        if code.name == "MEMOIZE":
            memo.append(pushed[-1])
        elif code.name in ("BINGET", "LONG_BINGET"):
            pushed.append(memo[argument])
        elif code.name not in ("PROTO", "FRAME"):
            pushed.append(argument if "UNICODE" in code.name else None)
    return found


def test_the_shipped_model_is_four_classes_of_the_package_and_a_booster():
    assert names(SHIPPED.read_bytes()) == [
        ("credit.model.calibration", "Calibrated"),
        ("credit.model.column_subset", "ChosenColumns"),
        ("credit.model.boosted", "Boosted"),
        ("lightgbm.basic", "Booster"),
        ("credit.model.calibration", "Calibration"),
    ]


@pytest.mark.parametrize("file", [SHIPPED, OLD], ids=["shipped", "0.1"])
def test_no_code_is_in_a_model(file):
    modules = {module for module, _ in names(file.read_bytes())}
    assert all(module.split(".")[0] in ("credit", "lightgbm", "collections") for module in modules)
    # cloudpickle's own modules build what is pickled by value; types and builtins make code objects and classes.
    assert not modules & {"cloudpickle", "cloudpickle.cloudpickle", "types", "builtins", "__main__"}


def test_a_function_and_a_class_that_are_pickled_by_value_are_seen():
    space = {"__name__": "__main__"}
    exec("def double(x):\n    return 2 * x\n\nclass Doubling:\n    def predict(self, x):\n        return 2 * x", space)
    function, instance = space["double"], space["Doubling"]()
    assert ("cloudpickle.cloudpickle", "_make_function") in names(cloudpickle.dumps(function, protocol=4))
    assert ("cloudpickle.cloudpickle", "_make_skeleton_class") in names(cloudpickle.dumps(instance, protocol=4))
