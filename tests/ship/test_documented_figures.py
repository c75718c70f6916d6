"""What README and docs say of the shipped model is what its manifest, its card and its closing table say.

A model that is trained anew changes both sides: the failure says which sentence holds which figure, and which is right.
"""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from credit.cli import main
from credit.features import COLUMNS, EXTRA
from credit.model import load_bundle
from credit.model.lightgbm_fast import trees

ROOT = Path(__file__).parents[2]
BUNDLE = ROOT / "mlruns_reduced"
MANIFEST = json.loads((BUNDLE / "manifest.json").read_text(encoding="utf-8"))
CARD = (BUNDLE / "MODEL_CARD.md").read_text(encoding="utf-8")
KNOWN = {one["known"]: one for one in MANIFEST["known"]}
#: Case -> by which share its mean probability is above the default rate.
OFF = {name: one["mean_probability"] / one["default_rate"] - 1 for name, one in KNOWN.items()}
#: The case whose mean probability is furthest off, and how far the others are at most.
FURTHEST = max(OFF, key=lambda name: abs(OFF[name]))
OTHERS = max(abs(value) for name, value in OFF.items() if name != FURTHEST)
WORDS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine", 10: "ten"}

#: A row of the page -> the case in the manifest.
CASES = {
    "the application alone": "application",
    "with the bureau": "application and bureau",
    "with own loans": "application and own loans",
    "everything": "everything",
    "the columns of README's example": "the columns of README's example",
    "the application without external scores": "application without the external scores",
}


def page(name):
    return (ROOT / name).read_text(encoding="utf-8")


def differences(name, text, claims):
    """Of each claim whose figures are not in the page: the sentence as it stands there, and the figures as they are.

    ``claims``: a pattern with a group for each figure -> the figures, as the page has to write them.
    """
    flat = " ".join(text.split())
    found = []
    for pattern, figures in claims.items():
        said = re.search(pattern, flat)
        if said is None:
            found.append(f"{name}: no sentence fits {pattern!r}; the figures are {', '.join(figures)}")
        elif said.groups() != figures:
            found.append(f"{name} says {said[0]!r}; the figures are {', '.join(figures)}")
    return found


def compared(name, claims, text=None):
    found = differences(name, page(name) if text is None else text, claims)
    assert not found, "\n".join(found)


def percent(share, digits=1):
    return f"{100 * share:.{digits}f}"


def thousands(number):
    return f"{number:,}"


def ends(part, digits):
    return percent(part["saving_low"], digits), percent(part["saving_high"], digits)


def above(share):
    return "above" if share > 0 else "below"


def higher(difference):
    return f"{abs(difference):.4f}", "higher" if difference > 0 else "lower"


def section(heading):
    return re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", page("docs/decisions-by-cost.md"), re.M | re.S)[1]


def rows_between(text, marker):
    """Row -> its cells by heading, of the table between these comments."""
    table = re.search(rf"<!-- {marker}: begin -->(.*?)<!-- {marker}: end -->", text, re.S)[1]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if line[:1] == "|"]
    heading, _, *others = rows
    return {row[0]: dict(zip(heading, row, strict=True)) for row in others}


def closing_table():
    return rows_between(page("docs/decisions-by-cost.md"), "closing table")


def test_a_figure_that_is_wrong_is_told_with_its_sentence_and_the_right_one():
    claims = {r"saves (\S+) % of the cost \((\S+) to (\S+)\)": ("24.7", "22.8", "26.6"), r"(\S+) clients": ("7",)}
    assert differences("a page", "It saves 24.7 % of\nthe cost (22.8 to 26.6), of 7 clients.", claims) == []
    assert differences("a page", "It saves 25.0 % of\nthe cost (22.8 to 26.6).", claims) == [
        "a page says 'saves 25.0 % of the cost (22.8 to 26.6)'; the figures are 24.7, 22.8, 26.6",
        r"a page: no sentence fits '(\\S+) clients'; the figures are 7",
    ]


@pytest.mark.parametrize("row", CASES)
def test_savings_with_less_information_are_those_of_the_manifest(row):
    case = KNOWN[CASES[row]]
    claim = {rf"\| {re.escape(row)} \| (\S+) % \| (\S+) % \|": (percent(case["saving"]), percent(case["saving_alone"]))}
    compared("docs/decisions-by-cost.md", claim, section("With less information"))


def test_the_price_of_signs_and_the_calibration_are_those_of_the_manifest():
    price = max(one["saving_free"] - one["saving_alone"] for one in KNOWN.values())
    claims = {
        r"Signs cost models for just one case up to (\S+) points": (percent(price),),
        r"within (\S+) % of the default rate in (\w+) of (\w+) cases, and (\d+) % (\w+) it where `(\w+)` alone": (
            percent(OTHERS),
            WORDS[len(KNOWN) - 1],
            WORDS[len(KNOWN)],
            percent(abs(OFF[FURTHEST]), 0),
            above(OFF[FURTHEST]),
            FURTHEST.removeprefix("everything but "),
        ),
        r"On (\S+) fresh simulated clients": (thousands(KNOWN["everything"]["clients"]),),
    }
    compared("docs/decisions-by-cost.md", claims, section("With less information"))


def test_what_unknown_says_of_less_information_is_what_the_manifest_says():
    alone = {name: one["roc_auc"] - one["roc_auc_alone"] for name, one in KNOWN.items()}
    free = {name: one["roc_auc"] - one["roc_auc_free"] for name, one in KNOWN.items()}
    kept = {name: one["saving"] / one["saving_alone"] for name, one in KNOWN.items()}
    slopes = [one["slope"] for one in KNOWN.values()]
    exception = "application without the external scores"
    rest = [name for name in KNOWN if name not in ("everything", exception)]
    claims = {
        r"Measured on (\S+) fresh simulated clients": (thousands(KNOWN["everything"]["clients"]),),
        r"lies within (\S+) % of the default rate in (\w+) of the (\w+) cases, and is (\d+) % too (\w+) without "
        r"`(\w+)`": (
            percent(OTHERS),
            WORDS[len(KNOWN) - 1],
            WORDS[len(KNOWN)],
            percent(abs(OFF[FURTHEST]), 0),
            "high" if OFF[FURTHEST] > 0 else "low",
            FURTHEST.removeprefix("everything but "),
        ),
        r"The slope of the calibration lies between (\S+) and (\S+)\.": (f"{min(slopes):.2f}", f"{max(slopes):.2f}"),
        r"under the same signs, its AUC is (\S+) (\w+) with all known": higher(alone["everything"]),
        r"and at most (\S+) lower in all other cases but one": (f"{-min(alone[name] for name in rest):.4f}",),
        r"It saves (\S+) % of what they save or more": (
            percent(min(kept[name] for name in KNOWN if name != exception)),
        ),
        r"an application without the external scores: (\S+) (\w+), and (\S+) % of the saving": (
            *higher(alone[exception]),
            percent(kept[exception]),
        ),
        r"its AUC is (\S+) (\w+) with all known and (\S+) (\w+) with the application alone": (
            *higher(free["everything"]),
            *higher(free["application"]),
        ),
    }
    compared("docs/unknown.md", claims)


def test_unknown_says_whether_a_tree_asks_for_the_bureau():
    model = load_bundle(BUNDLE)
    parts = trees(model.model)
    read = [model.columns[place] for place in parts.positions]
    splits = dict(zip(read, parts.booster.feature_importance("split").tolist(), strict=True))
    said = "No tree of the shipped model splits on `BUREAU_HISTORY`" in " ".join(page("docs/unknown.md").split())
    assert said == (splits.get("BUREAU_HISTORY", 0) == 0), f"{splits.get('BUREAU_HISTORY', 0)} splits on BUREAU_HISTORY"


def test_what_training_says_of_the_shipped_model_is_what_its_manifest_says():
    model, metrics, served = (MANIFEST[name] for name in ("model", "metrics", "served"))
    settings, threshold = model["parameters"], MANIFEST["threshold"]
    of_truth = MANIFEST["gains"]["the true probability"]["expected_share"]
    teachers = "without teachers" if settings["teacher"] == 0 else "with teachers"
    claims = {
        r"The shipped model learned from (\S+) clients of a simulated bank of (\S+), from (\w+) copies of each and "
        r"(with\w* teachers): (\S+) trees of (\d+) leaves, (\S+) MB\.": (
            thousands(model["training_clients"]),
            thousands(model["clients"]),
            WORDS[settings["copies"]],
            teachers,
            thousands(model["trees"]),
            str(settings["num_leaves"]),
            f"{(BUNDLE / 'model.pkl').stat().st_size / 1e6:.1f}",
        ),
        r"On the (\S+) test clients its AUC is (\S+) \(the true probability: (\S+)\)": (
            thousands(metrics["test_clients"]),
            f"{metrics['roc_auc']:.3f}",
            closing_table()["the true probability"]["ROC AUC"],
        ),
        r"Its threshold saves (\S+) % of what accepting everybody costs \((\S+) to (\S+)\)": (
            percent(metrics["saving"]),
            *ends(metrics, 1),
        ),
        r"in expectation (\d+) % of what the true probability saves": (percent(of_truth, 0),),
        r"as served, with reviews, (\S+) % \((\S+) to (\S+)\)": (percent(served["saving"]), *ends(served, 1)),
        r"keeps all its digits \((\d\.\d{7})\.\.\. at the default costs\)": (
            str(int(threshold["break_even"] * 1e7) / 1e7),
        ),
    }
    compared("docs/training.md", claims)


def test_the_size_of_the_shipped_models_query_is_that_of_the_export(tmp_path):
    done = CliRunner().invoke(
        main, ["export", "--to", "sql", "--bundle", str(BUNDLE), "--out", str(tmp_path / "q.sql")]
    )
    assert done.exit_code == 0, done.output
    query = (tmp_path / "q.sql").read_text()
    (read,) = re.findall(r"reads SK_ID_CURR and (\d+) columns", done.output)
    claims = {
        r"and the amounts of the loan, (\d+) of the shipped model's (\S+) and SK_ID_CURR": (
            read,
            thousands(MANIFEST["model"]["columns"]),
        ),
        r"one CASE for each tree, (\S+) of the shipped model, which are (\S+) MB of SQL": (
            thousands(MANIFEST["model"]["trees"]),
            f"{len(query) / 1e6:.1f}",
        ),
    }
    compared("docs/export.md", claims)


def test_what_readme_says_of_the_shipped_model_is_what_its_manifest_says():
    metrics, served, model = (MANIFEST[name] for name in ("metrics", "served", "model"))
    claims = {
        r"\| money \| (\S+) % saved \((\S+) to (\S+)\), (\S+) % with reviews \((\S+) to (\S+)\) \|": (
            percent(metrics["saving"]),
            *ends(metrics, 0),
            percent(served["saving"]),
            *ends(served, 0),
        ),
        r"\| features \| (\S+) \((\d+) beyond the recipe\)": (thousands(model["columns"]), str(len(EXTRA))),
        r"ended with this table: (\S+) simulated clients, a fifth of them": (thousands(model["clients"]),),
        r"make run BANK_CLIENTS=(\d+) # the same on the bank of the shipped model": (str(model["clients"]),),
        r"if and only if \*p\* < 0\.19 / 1\.19 = \*\*(\S+)\*\*": (f"{MANIFEST['threshold']['break_even']:.4f}",),
    }
    compared("README.md", claims)
    assert model["columns"] == len(COLUMNS)
    assert 0.19 < metrics["test_clients"] / model["clients"] < 0.21


def test_readmes_table_is_that_of_the_page_and_both_are_that_of_the_card():
    mine = rows_between(page("README.md"), "results")
    whole = closing_table()
    card = re.search(r"^### Beside other rules\n(.*?)^###? ", CARD, re.M | re.S)[1]
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in card.splitlines() if line[:1] == "|"]
    of_card = {row[0]: dict(zip(lines[0], row, strict=True)) for row in lines[2:]}
    assert whole.keys() == of_card.keys()
    same = {"threshold": "threshold", "CV cost": "CV cost, millions", "test cost": "test cost, millions"}
    same |= {name: name for name in ("ROC AUC", "Gini", "KS", "Brier")}
    for name, row in whole.items():
        for here, there in same.items():
            assert row[here] == of_card[name][there].replace("-", "" if of_card[name][there] == "-" else "-"), (
                f"docs/decisions-by-cost.md has {row[here]} as {here} of {name!r}, the card {of_card[name][there]}"
            )
        saving = row["saving % (95 %)"].split()[0]
        assert saving == of_card[name]["saving"].split("%")[0], f"{name!r} saves {saving} % in the page"
    columns = {"refuse from": "threshold", "CV cost": "CV cost", "test cost": "test cost", "ROC AUC": "ROC AUC"}
    columns["saving % (95 % interval)"] = "saving % (95 %)"
    assert mine.keys() == whole.keys() - {"Champion"}
    for name, row in mine.items():
        for here, there in columns.items():
            assert row[here] == whole[name][there], (
                f"README has {row[here]} as {here} of {name!r}, the page {whole[name]}"
            )


def test_the_row_of_the_shipped_model_is_its_manifest():
    table, metrics, served = closing_table(), MANIFEST["metrics"], MANIFEST["served"]
    row, as_served = table["Champion at its threshold"], table["Champion as served"]
    assert (row["CV cost"], row["test cost"]) == (
        f"{MANIFEST['threshold']['out_of_fold_cost'] / 1e6:,.1f}",
        f"{metrics['cost'] / 1e6:,.1f}",
    )
    saving = "{} ({} to {})"
    assert row["saving % (95 %)"] == saving.format(percent(metrics["saving"]), *ends(metrics, 0))
    assert as_served["saving % (95 %)"] == saving.format(percent(served["saving"]), *ends(served, 0))
    assert as_served["expected %"] == percent(served["expected_saving"])
    figures = ("roc_auc", "gini", "ks", "brier", "accuracy", "f1")
    columns = ("ROC AUC", "Gini", "KS", "Brier", "accuracy", "F1")
    for name, column in zip(figures, columns, strict=True):
        assert row[column] == f"{metrics[name]:.{4 if name == 'brier' else 3}f}", column
    assert (as_served["refused"], as_served["referred"]) == (f"{served['refused']:.1%}", f"{served['referred']:.1%}")


def test_the_comparison_with_the_system_followed_quotes_the_closing_table():
    text = section("Compared with the system that it follows")
    table = closing_table()
    saving = next(name for name in table["Champion"] if name.startswith("saving"))
    mine, served = table["Champion at its threshold"][saving], table["Champion as served"][saving].split()[0]
    old, best = (table[f"predecessor at {at}"][saving].split()[0] for at in ("0.48", "its best"))
    value, interval = mine.split(maxsplit=1)
    assert f"{value} % {interval}, at a threshold that follows from the costs, {served} % with reviews" in text
    assert f"the predecessor {old} %, at its best {best} %" in text
    assert f"the predecessor is {float(table['predecessor at 0.48']['error']):.1f} points off" in text
    assert f"calibrated: {abs(float(table['Champion at its threshold']['error'])):.1f} points off" in text
