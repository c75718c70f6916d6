"""What a pack says of less discriminatory alternatives: all that the manifest keeps of them, or that it keeps none."""

import csv
import io
from dataclasses import replace

import pytest
from support.evidence import with_manifest
from support.frontier import looked_at

from credit.evidence.alternative_models import alternatives, gate_notes, table_of_alternatives
from credit.evidence.pack import make_pack

LINE = "2g.alternatives"
GAIN = {"gain": -0.004, "gain_low": -0.011, "gain_high": 0.002}


def manifest(**changed):
    """Of a training that took model 1, which costs 0.4 points out of fold; on the test clients that cannot be told."""
    fairness = looked_at(**changed)
    fairness["points"][1]["out_of_fold"] |= GAIN
    return {"fairness": fairness}


def line_of(pack):
    (line,) = [one for one in pack.lines if one.id == LINE]
    return line


def test_the_line_says_what_was_looked_at_what_was_taken_and_what_it_costs():
    assert alternatives(manifest()) == (
        "2 models, each judged out of fold and on 5,000 test clients by what it saves and by the ratio of approvals. "
        "Trained was number 1, model 1: point 1, as named. Beyond the usual training it saves, in points: out of fold "
        "-0.4 (-1.1 to +0.2), on test clients too few defaults to tell."
    )
    assert alternatives(manifest(taken=None)).endswith("ratio of approvals. None of them was chosen.")
    usual = {"number": 0, "name": "unchanged", "rule": "point 0, as named"}
    assert alternatives(manifest(taken=usual)).endswith("point 0, as named, which is the usual training.")


@pytest.mark.parametrize("without", [{}, {"fairness": {}}, {"fairness": {"gate": looked_at()["gate"]}}])
def test_without_a_look_there_is_no_answer_and_no_table(without):
    assert (alternatives(without), table_of_alternatives(without)) == ("", None)


def test_the_table_has_a_row_a_model_with_both_judgements():
    table = table_of_alternatives(manifest())
    assert table.columns == (
        *("no.", "model", "dominated by"),
        *("saves more, points, out of fold", "ratio by gender, out of fold", "ratio by age, out of fold"),
        *("saves more, points, on test clients", "ratio by gender, on test clients", "ratio by age, on test clients"),
    )
    first = ("0.900 (0.800 to 1.000)", "0.700 (0.600 to 0.800)")
    second = ("0.950 (0.850 to 1.050)", "0.800 (0.700 to 0.900)")
    assert table.rows == (
        ("0", "model 0", "-", "-", *first, "-", *first),
        ("1", "model 1", "-", "-0.4 (-1.1 to +0.2)", *second, "too few defaults to tell", *second),
    )


def test_a_dominated_model_names_the_other():
    fairness = looked_at()
    fairness["points"][0]["dominated_by"] = 1
    assert [row[2] for row in table_of_alternatives({"fairness": fairness}).rows] == ["1", "-"]


def test_the_gate_says_its_verdict_on_each_attribute():
    begin = "Fairness gate of the training (stop), ratio of approvals by the threshold, by "
    assert gate_notes(manifest()) == (
        f"{begin}gender: men against women, 0.951 (0.930 to 0.970), at or above 0.8.",
        f"{begin}age: under 25 against 55 and over, 0.740 (0.700 to 0.780), below 0.8, interval and all.",
        f"{begin}CNT_CHILDREN: no two groups could be compared.",
    )
    assert gate_notes({}) == ()


def test_a_pack_answers_where_the_manifest_keeps_them_and_says_missing_where_not(sources, pack, as_json):
    missing = line_of(pack)
    assert (missing.status, missing.text) == ("missing", "")
    assert "credit train --fairness" in missing.wanted
    assert LINE in {one["id"] for one in as_json(pack)["missing"]}
    assert "alternatives.csv" not in pack.files

    with_them = {**sources.scorer.manifest, **manifest()}
    made = make_pack(replace(sources, scorer=with_manifest(sources.scorer, with_them)))
    line = line_of(made)
    assert (line.status, line.text, line.section) == ("answered", alternatives(manifest()), "fairness")
    assert LINE not in {one["id"] for one in as_json(made)["missing"]}
    rows = list(csv.reader(io.StringIO(made.files["alternatives.csv"].decode())))
    assert [row[1] for row in rows] == ["model", "model 0", "model 1"]
    assert "the models that were looked at before one was trained" in made.page
    assert "below 0.8, interval and all" in made.page
    assert "A model is dominated where another saves at least as much" in made.page
    assert "A model is dominated" not in pack.page
