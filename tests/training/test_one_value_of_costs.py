"""What errors cost is one value, handed through the whole training: no step falls back on the usual margin or loss."""

import ast
import inspect
from pathlib import Path

import pytest

import credit
from credit.decision import cost

SHARES = ("margin", "loss_given_default")
#: Functions of credit.decision.cost that know usual shares, with their signatures.
WITH_USUAL = {
    name: signature
    for name, function in inspect.getmembers(cost, inspect.isfunction)
    if any(parameter in (signature := inspect.signature(function)).parameters for parameter in SHARES)
}
ROOT = Path(credit.__file__).parent
MODULES = sorted(
    [
        *(ROOT / "training").glob("*.py"),
        *(ROOT / "decision" / f"{name}.py" for name in ("exposure", "policy", "review")),
    ]
)


def called(node: ast.Call, modules: set[str], names: dict[str, str]) -> str | None:
    """The function of credit.decision.cost that is called, or Costs; None for any other."""
    if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name) and node.func.value.id in modules:
        return node.func.attr
    return names.get(node.func.id) if isinstance(node.func, ast.Name) else None


def usual_values(source: str) -> list[str]:
    """Calls that leave a share to its usual value, and parameters that have one, as "line: what"."""
    tree, modules, names = ast.parse(source), set(), {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "credit.decision":
            modules |= {one.asname or one.name for one in node.names if one.name == "cost"}
        if isinstance(node, ast.ImportFrom) and node.module == "credit.decision.cost":
            names |= {one.asname or one.name: one.name for one in node.names}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            arguments = [*node.args.posonlyargs, *node.args.args]
            defaults = [None] * (len(arguments) - len(node.args.defaults)) + node.args.defaults
            pairs = [
                *zip(arguments, defaults, strict=True),
                *zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True),
            ]
            for argument, default in pairs:
                named = argument.arg in (*SHARES, "costs")
                if named and default is not None and not (isinstance(default, ast.Constant) and default.value is None):
                    found.append(f"{node.lineno}: {node.name}({argument.arg}=...)")
        if not isinstance(node, ast.Call) or any(one.arg is None for one in node.keywords):
            continue  # ** hands on what there is
        name = called(node, modules, names)
        if name == "Costs" and len(node.args) + len(node.keywords) < 2:
            found.append(f"{node.lineno}: Costs()")
        if name in WITH_USUAL:
            given = WITH_USUAL[name].bind_partial(*node.args, **{str(one.arg): one for one in node.keywords}).arguments
            missing = [share for share in SHARES if share in WITH_USUAL[name].parameters and share not in given]
            found += [f"{node.lineno}: {name} without {share}" for share in missing]
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_no_function_of_training_falls_back_on_the_usual_costs(path):
    assert usual_values(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("money.cost(y, no, a)", ["cost without margin", "cost without loss_given_default"]),
        ("money.cost(y, no, a, 0.2)", ["cost without loss_given_default"]),
        ("money.cost(y, no, a, margin=m, loss_given_default=l)", []),
        ("money.cost(y, no, a, **costs.to_dict())", []),
        ("money.accept_everybody(y, a)", ["accept_everybody without loss_given_default"]),
        ("money.best_threshold(curve)", []),
        ("Costs()", ["Costs()"]),
        ("Costs(0.1, 0.5)", []),
        ("def f(y, margin=0.19, *, costs=Costs(1, 1)): pass", ["f(margin=...)", "f(costs=...)"]),
        ("def f(y, margin=None, *, costs): pass", []),
    ],
)
def test_a_fallback_is_seen_where_there_is_one(source, found):
    text = f"from credit.decision import cost as money\nfrom credit.decision.cost import Costs\n{source}\n"
    assert [one.partition(": ")[2] for one in usual_values(text)] == found
