"""The model card says what was measured, that it was not where it was not, and reads its own figures."""

import re

import polars as pl
import pytest
from support.frontier import looked_at
from support.model_cards import CLOSING, clients, manifest

from credit.decision.intervals import Interval
from credit.model.card_file import without_head
from credit.training.approval_ratios import FourFifths
from credit.training.decision_figures import groups_as_rows
from credit.training.fairness import Groups, by_group
from credit.training.model_card import card
from credit.training.model_card_figures import reading

#: What a row of groups keeps where its figures are withheld.
KEPT = ("attribute", "group", "clients", "judged")

HEADINGS = [
    "Model details",
    "Intended use",
    "Factors",
    "Metrics",
    "Evaluation data",
    "Training data",
    "Quantitative analyses",
    "Ethical considerations",
    "Caveats and recommendations",
]


def whole():
    columns = ["CODE_GENDER", "DAYS_BIRTH", "EXT_SOURCE_1", "NAME_FAMILY_STATUS_Married"]
    return card(manifest(), by_group(clients(), 0.17), CLOSING, columns)


def section(text, heading):
    return text.split(f"## {heading}\n")[1].split("\n## ")[0]


def test_sections_stand_in_the_order_of_mitchell_and_others():
    assert re.findall(r"^## (.+)$", whole(), re.MULTILINE) == HEADINGS


def test_what_the_model_is_worth_for_what_is_known_stands_in_a_row():
    assert "| application | 8.10% | 8.04% | 0.98 | 0.7521 | 0.7514 | 0.7523 | 16.9% | 16.6% | 17.1% |" in whole()
    assert "The same 20,000 fresh simulated clients" in whole()
    of_a_bank = card(manifest(data={"simulated": False}), None, CLOSING, ["EXT_SOURCE_1"])
    assert "The same 20,000 test clients, with tables and columns hidden" in of_a_bank


def test_a_whole_manifest_leaves_nothing_unmeasured():
    assert "not measured" not in whole()
    assert "None" not in whole()
    assert "nan" not in whole()


@pytest.mark.parametrize(
    "line",
    [
        "- Version: SHA-256 of model.pkl: " + "ab" * 32,
        "- Exported: 2031-02-03T04:05:06+00:00",
        "- Columns: 795",
        "- Trees: 321",
        "- Settings: num_leaves 6",
        "- Calibration: log odds = 0.25 + 1.1 x log odds of the model, fitted out of fold",
        "- Threshold: 0.17: refused from this probability of default on",
        "- Why this threshold: it was searched. A search over 0.01 to 0.99 finds 0.17 (95% interval 0.17 to 0.19). "
        "Refusing from a searched threshold saves 1.23 points more than break-even on clients that took no part in the "
        "search (95% interval of the difference +0.11 to +2.35). That is more than its noise, so the search "
        "is taken in place of break-even. Thresholds from 0.1625 to 0.18 cannot be told apart from it by what they "
        "cost. **Warning: the probabilities are off**",
        "- Referred to a person: clients of whom a review is expected to save more than it costs, skill x amount x "
        "min(probability x loss, (1 - probability) x margin) above 1,234 in the currency of AMT_CREDIT, where the "
        "skill, the share of wrong decisions that a reviewer is assumed to put right, is 0.4; the cost was worked "
        "out so that 0.1 of the training clients are referred; of the test clients, 12.3% were",
        # 600 + 20 / ln 2 * (ln(0.83 / 0.17) - ln 50) = 600 + 28.854 * (1.5856 - 3.9120) = 532.9
        "- Points: 600 at odds of 50 to 1 of repaying, 20 more double the odds; more points are better; "
        "refused with fewer than 532.9 points: the threshold itself is at 532.87, and points are shown to a tenth",
        "- Held to sense: 3 features that its trees read move the probability one way only, whatever their values and "
        "those of the others; each tree was walked at the export. Never safer with more of INSTALMENTS_OVERDUE_SHARE, "
        "ENQUIRIES; never safer with less of EXT_SOURCE_2",
        "loses the bank 60% of the loan",
        "the margin, 19.5% of the loan",
        "at a probability of 0.1597.",
        "Test clients: 2,469.",
        "- Clients: 12,345",
        "- Of these in training: 9,876",
        "- Default rate: 7.65%",
        "- Missing values: shares for 3 columns in manifest.json",
        "| ROC AUC | 0.750 (0.700 to 0.800) |",
        "| Gini | 0.500 (0.400 to 0.600) |",  # twice the ends of the area, less one
        "| KS | 0.370 |",
        "| Brier | 0.0654 |",
        "| Calibration error, 0.10 to 0.25 | -0.0041 |",
        "| Saving against approving everybody | 16.0% (9.0% to 23.0%) |",
        "`python -m credit train bank --clients 12345 --seed 11 --margin 0.195 --lgd 0.6 --review-capacity 0.1 "
        "--review-skill 0.4`",
    ],
)
def test_the_card_tells_what_the_manifest_says(line):
    assert line in whole()


def test_every_rule_of_the_closing_table_stands_beside_the_model():
    table = section(whole(), "Quantitative analyses")
    assert "| decision by | threshold | test cost, millions | saving | ROC AUC | slope |" in table
    assert "| accept everybody | 1 | 1.5 | 0.0% | 0.500 | - |" in table
    assert "| Champion at its threshold | 0.17 | 1.3 | 16.0% (9.0% to 23.0%) | 0.750 | 1.02 |" in table


def test_gains_are_told_in_points_with_their_intervals():
    gains = {
        "the rule before": {"points": 0.172, "low": 0.08, "high": 0.26, "share": 3.1},
        "the true probability": {"points": -0.06, "low": -0.1, "high": -0.01, "share": 0.79},
        "a rule that saves nothing": {"points": None, "low": None, "high": None, "share": None},
    }
    text = card(manifest(gains=gains), closing=CLOSING)
    assert (
        "- Beside the rule before, the model at its threshold saves +17.2 points of the cost of approving everybody "
        "(95% interval +8.0 to +26.0).\n"
    ) in text
    assert (
        "saves -6.0 points of the cost of approving everybody (95% interval -10.0 to -1.0), 79% of what it saves."
        in text
    )
    assert "- Beside a rule that saves nothing: too few defaults to tell.\n" in text


def test_a_card_says_where_too_few_defaulted_for_an_interval():
    given = manifest()
    given["metrics"] |= {"saving": 0.16, "saving_low": None, "saving_high": None}
    assert "| Saving against approving everybody | 16.0% (too few defaults to tell) |" in card(given, closing=CLOSING)


def test_groups_are_told_with_their_figures():
    # Women who defaulted were all approved; men who did were all refused.
    text = whole()
    assert re.search(
        r"\| gender: women \| 400 \| 100.0% \(99.0% to 100.0%\) \| 1.000 \| 5.0% \| 50.0% \(.+ 100.0% \| 0.0% \|", text
    )
    assert re.search(r"\| gender: men \| 400 \| 50.0% .+\| 0.500 \(0.4.+\| 22.5% \| .+\| 0.0% \| 0.0% \|", text)
    assert "| age: under 25 | 0 | - | - | - | - | - | - |" in text


def test_groups_say_where_not_all_test_clients_were_measured():
    drawn = f"Measured on {len(clients()):,} of the 1,234 test clients, by a fixed draw."
    some = manifest()
    some["metrics"]["test_clients"] = 1234
    assert drawn in card(some, by_group(clients(), 0.17))
    some["metrics"]["test_clients"] = len(clients())
    assert "by a fixed draw" not in card(some, by_group(clients(), 0.17))


def test_groups_are_told_by_the_rule_that_is_served():
    text = section(whole(), "Quantitative analyses")
    assert "| group | accepted | referred | refused | accepted / highest |" in text
    assert re.search(r"\| gender: women \| 100.0% \(99.0% to 100.0%\) \| 0.0% \| 0.0% \| 1.000 \|", text)
    assert re.search(r"\| gender: men \| 50.0% \(.+\) \| 25.0% \| 25.0% \| 0.500 \(0.4.+\) \|", text)
    assert "By gender, the lowest rate of acceptance is 50.0% (men) and the highest 100.0% (women)" in text


def test_a_model_that_decides_at_break_even_says_why():
    threshold = manifest()["threshold"] | {"rule": "break-even", "best": 0.1597, "warning": None}
    text = card(manifest(threshold=threshold))
    assert "- Why this threshold: it is break-even, which costs least for right probabilities. A search over" in text
    assert "Warning" not in text
    never = card(manifest(review={"cost": None, "skill": 0.5, "capacity": 0.0}))
    assert "- Referred to a person: no one: the capacity for reviews is nothing" in never


def test_a_ratio_is_read_in_a_sentence():
    assert (
        "By gender, the lowest approval rate is 50.0% (men) and the highest 100.0% (women): a ratio of 0.500" in whole()
    )
    assert "the four-fifths rule is broken." in whole()


@pytest.mark.parametrize(
    ("ends", "verdict"),
    [
        ((0.80, 0.95), "the four-fifths rule is kept"),
        ((0.79, 0.95), "too few to tell"),
        ((0.79, 0.80), "too few to tell"),
        ((0.60, 0.799), "the four-fifths rule is broken"),
    ],
)
def test_the_sentence_follows_the_interval(ends, verdict):
    table = by_group(clients(), 0.17).table
    one = FourFifths("gender", "men", "women", Interval(0.8, *ends))
    assert verdict in reading(one, Groups(table, (one,), (), 0.17, 0.95))


def test_groups_whose_predictions_are_off_are_named():
    # Women: predicted 5 %, half defaulted. Men: predicted 22.5 %, half defaulted.
    assert "outside the interval of the observed default rate for gender: women (predicted 5.0%, observed 50.0%)," in (
        whole()
    )
    exact = clients().with_columns(PROBABILITY_OF_DEFAULT=pl.lit(0.1), TARGET=(pl.int_range(800) % 10 == 0).cast(int))
    assert "In every group that is judged, the mean prediction is within" in card(manifest(), by_group(exact, 0.17))


def test_where_nobody_is_approved_the_card_says_that_groups_cannot_be_compared():
    assert "No two groups could be compared." in card(manifest(), by_group(clients(), 0.01))


def test_protected_columns_are_named_by_the_list_that_reasons_go_by():
    columns = ["CODE_GENDER", "EXT_SOURCE_1", "NAME_FAMILY_STATUS_Married", "ORGANIZATION_TYPE_Religion"]
    text = card(manifest(), columns=columns)
    named = "`CODE_GENDER`, `NAME_FAMILY_STATUS_Married`, `ORGANIZATION_TYPE_Religion`."
    assert f"that the model reads: 3.** A reason never names one: {named}" in text
    assert text.count("EXT_SOURCE_1") == 0
    assert "The model reads no protected column" in card(manifest(), columns=["EXT_SOURCE_1"])


def test_figures_of_fewer_than_ten_clients_are_withheld_and_unjudged_groups_have_no_ratio():
    few = clients().head(9).with_columns(CODE_GENDER=pl.lit(None, pl.Float64))
    some = clients().head(12).with_columns(DAYS_BIRTH=pl.lit(-9000))
    groups = by_group(pl.concat([clients(), few, some]), 0.17)
    text = card(manifest(), groups)
    assert "| gender: not given | 9 | withheld | withheld | withheld | withheld | withheld | withheld |" in text
    assert "| gender: not given | withheld | withheld | withheld | withheld |" in text
    # 12 of 821 clients are below 2 %: their rates are shown, and no ratio of them.
    assert re.search(r"\| age: under 25 \| 12 \| 75.0% \(.+?\) \| - \|", text)
    rows = {row["group"]: row for row in groups_as_rows(groups)}
    assert {value for name, value in rows["not given"].items() if name not in KEPT} == {None}
    assert (rows["under 25"]["approved"], rows["under 25"]["ratio"]) == (0.75, None)
    assert rows["women"]["ratio"] == 1


def test_a_ratio_with_a_group_of_fewer_than_ten_clients_is_not_said():
    groups = by_group(pl.concat([clients().head(40), clients().filter(pl.col("CODE_GENDER") == 1).head(2)]), 0.17)
    table = groups.table.with_columns(clients=pl.when(pl.col("group") == "men").then(9).otherwise(pl.col("clients")))
    small = Groups(table, groups.four_fifths, (), groups.threshold, groups.level)
    (gender,) = groups.four_fifths
    assert reading(gender, small) == "By gender, the ratio is withheld: a group in it has fewer than 10 clients."


def test_the_predecessor_is_no_earlier_version():
    gains = {"predecessor at its best": {"points": 0.1, "low": 0.08, "high": 0.12, "share": 1.8}}
    assert "a baseline, and no earlier version of this model" in card(manifest(gains=gains), closing=CLOSING)
    assert "no earlier version" not in whole()


def test_an_older_manifest_gives_a_card_that_says_what_was_not_measured():
    bare = {"data": {"simulated": True}, "model": {"name": "Old"}, "metrics": {"roc_auc": 0.7, "ks": None}}
    text = card(bare)
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS
    for line in (
        "- Trees: not measured",
        "- Points: not measured",
        "- Why this threshold: not measured",
        "- Referred to a person: no one: what a review costs is not measured",
        "- Clients: not measured",
    ):
        assert line in text
    assert "| ROC AUC | 0.700 |" in text
    assert "| KS | not measured |" in text
    assert "### By gender and age\n\nnot measured" in text
    assert "### Beside other rules\n\nnot measured" in text
    assert "`python -m credit train FOLDER`" in text


def test_the_seed_of_the_bank_stands_apart_from_that_of_the_training():
    section = card(manifest()).split("## Training data")[1].split("## ")[0]
    assert "- Seed of the simulation: 5\n" in section
    assert "- Seed of the training: 11 (" in section
    old = manifest()
    old["data"] = {**old["data"], "seed": 11}  # the training's, as version 0.1 wrote it
    del old["data"]["simulation_seed"]
    assert "- Seed of the simulation: not measured\n" in card(old)
    real = manifest()
    real["data"]["simulated"] = False
    assert "Seed of the simulation" not in card(real)


def test_a_number_that_is_none_is_not_measured():
    metrics = manifest()["metrics"] | {"calibration_slope": float("nan")}
    assert "| Calibration slope | not measured |" in card(manifest(metrics=metrics))


def test_a_simulated_bank_claims_nothing_about_people_and_a_given_one_is_told_apart():
    assert "nothing about any real person" in whole()
    assert "is not to decide about real people" in whole()
    given = card(manifest(data={"simulated": False}))
    assert "The data are about real people" in given
    assert "simulated" not in without_head(given)


def test_a_model_without_constraints_claims_none():
    assert "- Held to sense: nothing is shown" in card(manifest(features={"missing": {}, "signs": {}}))


def test_a_model_that_no_line_could_calibrate_says_so():
    assert "- Calibration: none" in card(manifest(calibration={"slope": 1.0, "intercept": 0.0}))


def test_the_command_that_trains_can_be_given():
    assert "`python -m credit train bank --trials 40`" in card(
        manifest(), command="python -m credit train bank --trials 40"
    )


def test_features_that_no_model_has_learnt_from_are_told_with_the_cause():
    data = manifest()["data"] | {"no_values": ["FLAG_MOBIL"], "not_in_log": ["OWN_CAR_AGE", "AMT_GOODS_PRICE"]}
    section = card(manifest(data=data)).split("## Training data")[1].split("## ")[0]
    assert "- Without any value: 1 feature, which no model has learnt from: `FLAG_MOBIL`\n" in section
    assert (
        "- Not in the log of the champion before: 2 features, which no model has learnt from: `OWN_CAR_AGE`, "
        "`AMT_GOODS_PRICE`\n"
    ) in section
    assert "Not in the log" not in card(manifest())


def test_a_card_says_that_no_alternatives_were_looked_at():
    text = card(manifest())
    assert "### Less discriminatory alternatives\n\nNo other model was looked at; `train --fairness` does that." in text
    assert "Fairness gate: off" in text


def test_a_card_lists_the_alternatives_what_they_cost_and_the_gate():
    text = card(manifest(fairness=looked_at()))
    assert "2 models were looked at before this one was trained, each a quick one of 20,000 training clients" in text
    assert "| model | saves more, points | ratio by gender | ratio by age | on test clients | ratio by gender |" in text
    assert "| 0: model 0 | - | 0.900 (0.800 to 1.000) | 0.700 (0.600 to 0.800) | - |" in text
    assert "| 1: model 1 | too few defaults to tell | 0.950 (0.850 to 1.050) |" in text
    assert "Model 1 was trained in full (point 1, as named): `model 1`." in text
    assert "Fairness gate (stop), the least ratio of approval rates by the threshold: 0.8." in text
    assert "- By gender: men against women, 0.951 (0.930 to 0.970): at or above the least ratio." in text
    assert "- By age: under 25 against 55 and over, 0.740 (0.700 to 0.780): the whole interval is below the" in text
    assert "- By CNT_CHILDREN: no two groups could be compared." in text


def test_the_card_says_whom_the_bank_had_refused_and_accepted_at_random():
    data = manifest()["data"] | {"explored": {"clients": 1312, "share": 0.05}}
    assert (
        "- Refused clients of the log: 1,312 who were drawn at random, 5.00% of the refused, and accepted; what is "
        "learnt of the refused is right if all who were drawn were accepted"
    ) in card(manifest(data=data))
    assert "Refused clients of the log" not in card(manifest())
