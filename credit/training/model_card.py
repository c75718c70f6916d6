"""The model card: what a model is, what it is for, what was measured of it, and where to be careful.

Sections and their order are those of M. Mitchell and others, Model Cards for Model Reporting, FAT* 2019. Every number
comes from the arguments; what a manifest does not say is "not measured".
"""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from credit.decision.client_groups import FEWEST_SHOWN
from credit.decision.points import Scale
from credit.explain.reasons import PROTECTED, group_of
from credit.training.approval_ratios import LEAST_SHARE
from credit.training.fairness import Groups
from credit.training.model_card_fairness import alternatives
from credit.training.model_card_figures import (
    NOT_MEASURED,
    NOT_RECORDED,
    Facts,
    by_group,
    by_known,
    compared,
    gained,
    overall,
    rivals,
)
from credit.training.model_card_head import head
from credit.training.training_command import training_command

NAME = "MODEL_CARD.md"


def card(
    manifest: Mapping[str, Any],
    groups: Groups | None = None,
    closing: pl.DataFrame | None = None,
    columns: Sequence[str] | None = None,
    command: str | None = None,
) -> str:
    """The card in Markdown, with a head of YAML for hubs (`credit.training.model_card_head`).

    ``manifest``: as ``credit.model.manifest.read`` gives it; parts that an older one lacks, and numbers that are null,
    are "not measured". ``groups``: of the test clients, at the manifest's threshold. ``closing``: the closing table of
    the training, one row a decision rule. ``columns``: the model's, of which the protected ones are named. ``command``:
    what trains this model again, if it is more than the manifest says.
    """
    facts = Facts(manifest)
    name = facts.text("model", "name")
    beside = "\n\n".join(part for part in (compared(closing), gained(facts), rivals(facts, closing)) if part)
    sections = {
        "Model details": _details(facts),
        "Intended use": _use(facts),
        "Factors": _factors(columns),
        "Metrics": _metrics(facts),
        "Evaluation data": _evaluation(facts),
        "Training data": _training(facts),
        "Quantitative analyses": (
            f"### All test clients\n\n{overall(facts)}\n\n### Beside other rules\n\n{beside}\n\n"
            f"### By what is known of a client\n\n{by_known(facts)}\n\n"
            f"### By gender and age\n\n{by_group(groups, facts.get('metrics', 'test_clients'))}\n\n"
            f"### Less discriminatory alternatives\n\n{alternatives(facts)}"
        ),
        "Ethical considerations": _ethics(facts, columns),
        "Caveats and recommendations": _caveats(facts, command),
    }
    body = "\n\n".join(f"## {heading}\n\n{text}" for heading, text in sections.items())
    return (
        f"{head(manifest)}\n"
        f"# Model card: {name}\n\nWritten when the model was exported, from what was measured; after M. Mitchell and "
        f"others, *Model Cards for Model Reporting*, FAT\\* 2019.\n\n{body}\n"
    )


def _details(facts: Facts) -> str:
    slope, intercept = facts.get("calibration", "slope"), facts.get("calibration", "intercept")
    if slope is None or intercept is None:
        calibration = NOT_MEASURED
    elif (slope, intercept) == (1, 0):
        calibration = "none: no line could be fitted, for the model ranks no better than chance in some fold"
    else:
        calibration = f"log odds = {intercept:.4g} + {slope:.4g} x log odds of the model, fitted out of fold"
    parameters = facts.get("model", "parameters")
    if parameters is None:
        settings = NOT_MEASURED
    else:
        settings = ", ".join(f"{key} {value}" for key, value in parameters.items()) or "none were searched"
    versions = facts.get("versions") or {}
    made_with = ", ".join(f"{package} {number}" for package, number in versions.items()) or NOT_MEASURED
    return _listed(
        ("Name", facts.text("model", "name")),
        ("Kind", "a classifier whose answer is the probability that a loan is not repaid"),
        ("Version", f"SHA-256 of model.pkl: {facts.text('files', 'model.pkl')}"),
        ("Exported", facts.text("created")),
        ("Columns", facts.text("model", "columns", form=",")),
        ("Trees", facts.text("model", "trees", form=",")),
        ("Settings", settings),
        ("Calibration", calibration),
        ("Threshold", f"{facts.text('threshold', 'best', form='.4g')}: refused from this probability of default on"),
        ("Why this threshold", _why(facts)),
        ("Referred to a person", _referred(facts)),
        ("Points", _points(facts)),
        ("Held to sense", _signs(facts)),
        ("Made with", made_with),
    )


def _signs(facts: Facts) -> str:
    """Which features move the probability one way only, as the export has shown it tree by tree."""
    signs = facts.get("features", "signs")
    if signs is None:
        return NOT_MEASURED
    if not signs:
        return "nothing is shown: the model is not made of trees under constraints"
    ways = {
        "more": [name for name, way in signs.items() if way > 0],
        "less": [name for name, way in signs.items() if way < 0],
    }
    lists = "; ".join(f"never safer with {way} of {', '.join(names)}" for way, names in ways.items() if names)
    return (
        f"{len(signs)} features that its trees read move the probability one way only, whatever their values and those "
        f"of the others; each tree was walked at the export. {lists[:1].upper()}{lists[1:]}"
    )


def _why(facts: Facts) -> str:
    """Why the exported number is the theory's, or the search's."""
    rule, low, high = (facts.get("threshold", *path) for path in (("rule",), ("searched", "low"), ("searched", "high")))
    if rule is None or low is None or high is None:
        return NOT_MEASURED
    said = [
        "it was searched." if rule == "search" else "it is break-even, which costs least for right probabilities.",
        f"A search over 0.01 to 0.99 finds {facts.text('threshold', 'searched', 'best', form='.2f')} (95% interval "
        f"{low:.2f} to {high:.2f}).",
    ]
    points, least, most = (facts.get("threshold", "gain", name) for name in ("points", "low", "high"))
    if points is not None and least is not None and most is not None:
        way = "less" if points < 0 else "more"
        said.append(
            f"Refusing from a searched threshold saves {100 * abs(points):.2f} points {way} than break-even on clients "
            f"that took no part in the search (95% interval of the difference {100 * least:+.2f} to {100 * most:+.2f})."
        )
    if rule == "search":
        said.append("That is more than its noise, so the search is taken in place of break-even.")
    alike = (facts.get("threshold", "alike", name) for name in ("low", "high"))
    first, last = alike
    if first is not None and last is not None:
        said.append(f"Thresholds from {first:.4g} to {last:.4g} cannot be told apart from it by what they cost.")
    warning = facts.get("threshold", "warning")
    return " ".join((*said, *(() if warning is None else (f"**Warning: {warning}**",))))


def _referred(facts: Facts) -> str:
    """Who is referred, and how many of the test clients that were."""
    review = facts.get("review")
    if review is None:
        return f"no one: what a review costs is {NOT_MEASURED}"
    if review["cost"] is None:
        return "no one: the capacity for reviews is nothing"
    share = facts.get("served", "referred")
    whom = (
        "clients of whom a review is expected to save more than it costs, skill x amount x min(probability x loss, "
        f"(1 - probability) x margin) above {review['cost']:,.4g} in the currency of AMT_CREDIT, where the skill, the "
        f"share of wrong decisions that a reviewer is assumed to put right, is {review['skill']:.4g}"
    )
    if review["capacity"] is not None:
        whom += f"; the cost was worked out so that {review['capacity']:.4g} of the training clients are referred"
    return whom if share is None else f"{whom}; of the test clients, {share:.1%} were"


def _points(facts: Facts) -> str:
    written = facts.get("points")
    if not written:
        return NOT_MEASURED
    scale = Scale.read(written)
    text = (
        f"{scale.points:g} at odds of {scale.odds:g} to 1 of repaying, {scale.double:g} more double the odds; more "
        "points are better"
    )
    threshold = facts.get("threshold", "best")
    if threshold is None:
        return text
    return (
        f"{text}; refused with fewer than {scale.cut_off(threshold):g} points: the threshold itself is at "
        f"{float(scale.of(threshold)):.2f}, and points are shown to a tenth"
    )


def _use(facts: Facts) -> str:
    simulated = (
        " It was trained on a simulated bank: it shows how the system works, and is not to decide about real people."
        if facts.get("data", "simulated")
        else ""
    )
    return (
        "To decide applications for consumer loans at a lender whose data have the shape of the Home Credit tables: a "
        "probability of default, a decision by what errors cost, and the reasons for it. For credit officers, risk "
        f"analysts and those who check them.{simulated}\n\n"
        "Not for:\n\n"
        "- other decisions about people, such as hiring, letting or insurance;\n"
        "- loans to companies, mortgages, or limits of cards that are already in use;\n"
        "- lenders, countries or years other than those of the training data, without measuring again;\n"
        "- refusing without a way to a person who can overrule it;\n"
        "- setting prices: the threshold takes the margin as given."
    )


def _factors(columns: Sequence[str] | None) -> str:
    return (
        "Figures are given for all test clients together, by gender, and by age at the application in fixed bands. "
        f"Groups of less than {LEAST_SHARE:.0%} of the clients are shown and not judged; figures of fewer than "
        f"{FEWEST_SHOWN} clients are withheld. No column says a client's origin, religion or health, so nothing is "
        "measured by them; some columns come near religion and health, such as a religious organisation as the "
        "employer or a loan for medicine, and those are protected columns.\n\n"
        f"{_protected(columns)}"
    )


def _protected(columns: Sequence[str] | None) -> str:
    """The protected columns of a model, by the one list that reasons, levers and ``--without protected`` go by."""
    if columns is None:
        return f"Whether the model reads protected columns: {NOT_MEASURED}."
    used = [name for name in columns if group_of(name) == PROTECTED]
    if not used:
        return (
            "The model reads no protected column, none made from gender, age, family, religion or health; others may "
            "stand in for them."
        )
    return (
        f"**Protected columns, made from gender, age, family, religion or health, that the model reads: "
        f"{len(used):,}.** A reason never names one: {', '.join(f'`{name}`' for name in used)}. Other columns may "
        "stand in for them too."
    )


def _metrics(facts: Facts) -> str:
    return (
        "A client is refused if the probability of default is at or above the threshold, "
        f"{facts.text('threshold', 'best', form='.4g')}. An approved client who defaults loses the bank "
        f"{facts.percent('costs', 'loss_given_default')} of the loan; a refused client who would have repaid loses it "
        f"the margin, {facts.percent('costs', 'margin')} of the loan. At these costs approving and refusing cost the "
        f"same at a probability of {facts.text('threshold', 'break_even', form='.4f')}. Threshold and "
        "reviews were chosen on predictions for training clients by models that had not seen them, never on the test "
        "clients. *Approved* is who is below the threshold; *accepted* is who is accepted by the rule that is served, "
        "without a person. In the row *as served* a reviewer is assumed to put right the share of wrong decisions that "
        "is the skill, and the cost of each review is added.\n\n"
        "*Saving*: by how much the decisions cost less than approving everybody, as a share of what that costs. *ROC "
        "AUC*, *Gini* (twice "
        "the AUC less one) and *KS* say how well clients are ranked; *Brier*, *calibration slope* (1 is perfect), "
        "*intercept at slope 1* (0 is perfect: as many default as predicted) and *error* (predicted less observed "
        "default rate, among clients predicted within 0.10 to 0.25) how far probabilities can be taken at their word."
    )


def _evaluation(facts: Facts) -> str:
    return (
        f"Test clients: {facts.text('metrics', 'test_clients', form=',')}. They were set apart from the same data "
        "before training, person by person: who applied twice stands on one side only. Model, settings, calibration "
        "and threshold were chosen without them."
    )


def _training(facts: Facts) -> str:
    origin = {
        True: "simulated: no row belongs to a real client, and every client's true probability is known",
        False: "given: tables of a lender",
    }.get(facts.get("data", "simulated"), NOT_MEASURED)
    missing = facts.get("features", "missing")
    return _listed(
        ("Origin", origin),
        ("Folder", facts.text("data", "folder", unknown=NOT_RECORDED)),
        *(
            (("Seed of the simulation", facts.text("data", "simulation_seed")),)
            if facts.get("data", "simulated")
            else ()
        ),
        (
            "Seed of the training",
            f"{facts.text('model', 'seed', unknown=NOT_RECORDED)} (of the folds and of the models; not of the test "
            "clients)",
        ),
        *((("Left out on request", left_out),) if (left_out := _left_out(facts)) else ()),
        *((("Without any value", no_values),) if (no_values := _unread(facts, "no_values")) else ()),
        *((("Not in the log of the champion before", unlogged),) if (unlogged := _unread(facts, "not_in_log")) else ()),
        *((("Refused clients of the log", drawn),) if (drawn := _explored(facts)) else ()),
        ("Clients", facts.text("data", "clients", form=",")),
        ("Of these in training", facts.text("model", "training_clients", form=",")),
        ("Default rate", facts.percent("data", "default_rate")),
        ("Fingerprint", f"{facts.text('data', 'fingerprint')} (of columns, clients, outcomes and features)"),
        ("Missing values", f"shares for {len(missing):,} columns in manifest.json" if missing else NOT_MEASURED),
    )


def _left_out(facts: Facts) -> str:
    """The columns that no model was to read, and the features that are made of them."""
    named, features = facts.get("data", "without"), facts.get("data", "left_out")
    if not named:
        return ""
    return (
        f"{', '.join(named)}, and with them {len(features):,} features that no model has learnt from: "
        f"{', '.join(f'`{name}`' for name in features)}"
    )


def _explored(facts: Facts) -> str:
    """How many of the clients were refused, drawn and accepted, and what that assumes."""
    found = facts.get("data", "explored")
    if not found:
        return ""
    return (
        f"{found['clients']:,} who were drawn at random, {found['share']:.2%} of the refused, and accepted; what is "
        "learnt of the refused is right if all who were drawn were accepted"
    )


def _unread(facts: Facts, entry: str) -> str:
    """The features of an entry of the data that names some, such as those that no client had."""
    features = facts.get("data", entry)
    if not features:
        return ""
    which = "feature" if len(features) == 1 else "features"
    return f"{len(features):,} {which}, which no model has learnt from: {', '.join(f'`{name}`' for name in features)}"


def _ethics(facts: Facts, columns: Sequence[str] | None) -> str:
    real = {
        True: "The bank is simulated: the figures say nothing about any real person, nor about how fair the model "
        "would be to real applicants.",
        False: "The data are about real people: keep them, and what is sent to the service, as the law asks.",
    }.get(facts.get("data", "simulated"), f"Whether the data are about real people: {NOT_MEASURED}.")
    return (
        f"- {real}\n"
        f"- {_reads_protected(columns)} Many countries restrict or forbid the use of gender, age or family status in "
        "granting credit (in the United States the Equal Credit Opportunity Act and Regulation B; in the European "
        "Union Directive 2004/113/EC for gender). Whether this model may be used is a question of law that no figure "
        "here answers. Leaving the columns out (`train --without`) would not make a model fair by itself.\n"
        "- Scoring the credit of people is a high-risk use under the European Union's Artificial Intelligence Act "
        "(Regulation 2024/1689, annex III, point 5 b), which asks for documentation, human oversight and monitoring.\n"
        "- The model was made for calibration and low cost, not for equal approval rates. Where groups default at "
        "different rates, calibration in every group and equal error rates cannot both hold (J. Kleinberg, S. "
        "Mullainathan and M. Raghavan, ITCS 2017).\n"
        "- What a refusal costs the client is not in the costs above."
    )


def _reads_protected(columns: Sequence[str] | None) -> str:
    if columns is not None and any(group_of(name) == PROTECTED for name in columns):
        return "**The model reads protected columns; they are listed under Factors.**"
    return _protected(columns)


def _caveats(facts: Facts, command: str | None) -> str:
    command = command or training_command(facts.manifest, "python -m credit")
    return (
        "- Only clients who were granted a loan have an outcome. Who was refused in the past is not in the data, and "
        "no reject inference was done: figures hold for clients like those who were granted one.\n"
        "- Outcomes, prices and people change, and the model does not notice: compare new clients with the training "
        "clients, and predicted with observed default rates, and retrain where they part.\n"
        "- Intervals say what the draw of test clients leaves open, not what another year would bring.\n"
        "- Groups were compared by one attribute at a time: young men, for instance, were not looked at alone.\n"
        "- Threshold and reviews follow the costs: with another margin or loss both change (`python -m credit "
        "threshold`).\n\n"
        f"To retrain on the same tables: `{command}`, with the folder's path. Same data, seed and package versions "
        "give the same fingerprint and the same model. To check that a folder holds the model of this card, compare "
        "`sha256sum model.pkl` with the version above. The service compares every hash in manifest.json before it "
        "loads anything, and refuses to start where one differs."
    )


def _listed(*items: tuple[str, str]) -> str:
    return "\n".join(f"- {name}: {value}" for name, value in items)
