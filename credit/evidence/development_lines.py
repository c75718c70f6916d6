"""The lines of point 2 of annex IV: how the system was developed, from what, and how it was tested."""

from collections.abc import Mapping
from typing import Any

from credit.decision.cost import break_even_probability
from credit.evidence.alternative_models import alternatives
from credit.evidence.contents import Line, at, figure, plural
from credit.evidence.data_sheet import left_out, protected_columns, summary
from credit.evidence.group_figures import judged_of, near_columns
from credit.evidence.line_sources import LineSources, answer, answer_or_missing, missing
from credit.training.training_command import training_command


def development_lines(sources: LineSources) -> tuple[Line, ...]:
    """In the order of the annex."""
    return (*_design(sources), *_data(sources), *_control(sources))


def _design(sources: LineSources) -> tuple[Line, ...]:
    manifest = sources.manifest
    margin, loss = at(manifest, "costs", "margin"), at(manifest, "costs", "loss_given_default")
    signs, command = at(manifest, "features", "signs"), at(manifest, "model", "command")
    parameters = at(manifest, "model", "parameters")
    trees = at(manifest, "model", "trees")
    costs = ""
    if margin is not None and loss is not None:
        costs = (
            f"What wrong decisions cost: an accepted loan that defaults loses {loss:.4g} of its amount, a refused "
            "one that "
            f"would have been repaid {margin:.4g}. At these costs both decisions cost the same at a probability of "
            f"{break_even_probability(margin, loss):.4f}."
        )
    held = f"{len(signs):,} columns are held to a direction in every tree, as the export has shown. " if signs else ""
    return (
        answer(
            "2a.methods",
            "methods and steps",
            "2a",
            "development.design",
            "Features by one definition for training and service; several kinds of models compared by cost, out of "
            "fold; "
            "the champion calibrated out of fold; threshold by cost; test clients set apart before. Third parties: "
            "the libraries of the bill of materials. No pre-trained system is used.",
            "docs/training.md; MODEL_CARD.md, Beside other rules",
            "card",
        ),
        answer_or_missing(
            "2a.command",
            "the training that gave this model",
            "2a",
            "development.testing",
            "" if command is None and at(manifest, "model", "seed") is None else training_command(manifest),
            "manifest.json, data, model, costs, review" if command is None else "manifest.json, model.command",
            "validation",
            "manifest.json has neither command nor seed of the training, so no command gives this model again.",
        ),
        answer(
            "2b.logic",
            "general logic",
            "2b",
            "development.design",
            f"{manifest['model']['name']}"
            + (f" of {figure(trees)} trees" if trees is not None else "")
            + f" over {len(sources.columns):,} columns gives a probability of default; "
            f"from {sources.threshold:.6g} on a "
            "loan is refused, unless a review by a person is worth more than it costs or a rule of the bank decides.",
            "manifest.json, model; best_threshold; docs/policy.md, docs/bank-rules.md",
        ),
        answer_or_missing(
            "2b.optimises",
            "what it is designed to optimise",
            "2b",
            "development.design",
            costs,
            "manifest.json, costs",
            "validation",
            "manifest.json has no costs; a training with this version writes them.",
        ),
        answer_or_missing(
            "2b.choices",
            "key choices and settings",
            "2b",
            "validation.soundness",
            held
            + (
                f"Settings: {', '.join(f'{name} {value}' for name, value in parameters.items())}." if parameters else ""
            ),
            "manifest.json, features.signs, model.parameters, threshold.rule; docs/training.md",
            "card",
            "manifest.json has neither signs nor settings.",
        ),
        answer(
            "2b.output",
            "expected output and its quality",
            "2b",
            "development.use",
            "A probability in [0, 1], points, accept, refer or refuse, and up to four reasons in words; quality as "
            "measured "
            "on test clients.",
            "docs/api.md; manifest.json, metrics",
            "validation",
        ),
        missing(
            "2b.costs",
            "where margin, loss given default, review cost and skill come from",
            "2b",
            "validation.soundness",
            _origin_of_costs(manifest),
        ),
        missing(
            "2b.tradeoffs",
            "trade-offs that were accepted, by whom",
            "2b",
            "",
            "The figures are in validation and fairness; who weighed saving against differences between groups, and "
            "how, "
            "is the bank's to state.",
        ),
        answer(
            "2c.architecture",
            "architecture",
            "2c",
            "development.design",
            "Tables become features, features a probability, probability and costs a decision, which is logged "
            "before the "
            "answer leaves.",
            "docs/architecture.md",
        ),
        missing(
            "2c.resources",
            "computational resources of training and validation",
            "2c",
            "",
            "The manifest keeps neither time nor memory of the training; state them.",
        ),
    )


def _origin_of_costs(manifest: Mapping[str, Any]) -> str:
    """What is to be stated, and what the manifest says of it."""
    margin, loss = at(manifest, "costs", "margin"), at(manifest, "costs", "loss_given_default")
    text = "State from which accounts or studies they come, and who approved them; they decide threshold and referrals."
    if margin is not None and loss is not None:
        text += f" The program has them as settings: margin {margin:.4g}, loss given default {loss:.4g}"
        text += ", both shares of the loan."
    cost, skill, capacity = (at(manifest, "review", name) for name in ("cost", "skill", "capacity"))
    if cost is None:
        return text
    text += f" So is the reviewer's skill, {skill:.4g}, which nobody measured here."
    if capacity is None:
        return f"{text} So is the cost of a review, {cost:,.0f}."
    return (
        f"{text} The cost of a review, {cost:,.0f}, is no cost that was measured: it follows from the capacity of "
        f"{capacity:.0%}, as what one would have to cost so that this share of the training clients is referred."
    )


def _data(sources: LineSources) -> tuple[Line, ...]:
    manifest = sources.manifest
    return (
        answer_or_missing(
            "2d.data",
            "training data and their provenance",
            "2d",
            "development.data",
            _provenance(manifest),
            "manifest.json, data",
            "data",
            "manifest.json has no fingerprint of the training data: a training with this version writes it.",
        ),
        missing(
            "2d.period",
            "period of the training data",
            "2d",
            "development.data",
            "The tables count days from each application and have no calendar date; state from when to when clients "
            "applied.",
        ),
        answer_or_missing(
            "2d.selection",
            "selection",
            "2d",
            "development.data",
            _selection(manifest),
            "manifest.json, model.split; docs/promotion.md",
            "data",
            "manifest.json does not say how test clients were drawn.",
        ),
        missing(
            "2d.label",
            "labelling: what counts as a default",
            "2d",
            "development.data",
            "TARGET comes with the tables; state which delay within which time it stands for, and who labels.",
        ),
        answer(
            "2d.cleaning",
            "cleaning and checks",
            "2d",
            "development.data",
            "Tables are checked for missing columns, types, ranges, impossible values and doubled clients before a "
            "training; "
            "values outside their range become unknown where the table says so, and nothing is imputed.",
            "docs/tables.md, docs/codes.md; credit check DIR",
        ),
        answer(
            "2d.protected",
            "protected attributes",
            "2d",
            "development.data",
            f"{_protected(sources.columns)} {left_out(manifest)}".strip(),
            "columns.pkl; credit.explain.reasons",
            "data",
        ),
    )


def _protected(columns: tuple[str, ...]) -> str:
    protected = protected_columns(columns)
    if not protected:
        return "The model reads no protected column, none made from gender, age, family, religion or health."
    return (
        f"{len(protected):,} of {len(columns):,} columns are protected: made from one or more of gender, age, family, "
        f"religion or health. None of them is a reason. {near_columns(columns)}"
    )


def _provenance(manifest: Mapping[str, Any]) -> str:
    fingerprint, folder = at(manifest, "data", "fingerprint"), at(manifest, "data", "folder")
    if not fingerprint:
        return ""
    read = f"; read from the folder {folder}" if folder else ""
    return f"{summary(manifest).capitalize()}{read}; fingerprint {fingerprint}."


def _selection(manifest: Mapping[str, Any]) -> str:
    test = at(manifest, "model", "split", "test_share")
    if test is None:
        return ""
    drawn, there = at(manifest, "model", "clients"), at(manifest, "data", "clients")
    if drawn is None or there is None:
        which = "Clients of the tables with an outcome"
    elif drawn < there:
        which = f"A stratified sample of {drawn:,} of the {there:,} clients with an outcome"
    else:
        which = f"All {there:,} clients of the tables with an outcome"
    return (
        f"{which}; {test:.0%} of the persons are test clients, drawn by a hash of the person. Refused clients have no "
        "outcome and are not in it."
    )


def _control(sources: LineSources) -> tuple[Line, ...]:
    manifest, settings = sources.manifest, sources.settings
    cost = at(manifest, "review", "cost")
    referred = at(manifest, "served", "referred")
    oversight = (
        "No client is referred to a person by the model; people may override any decision."
        if cost is None
        else f"Clients of whom a review is worth more than its cost, {cost:,.0f}, are referred to a person"
        + (f" ({referred:.1%} of the test clients)" if referred is not None else "")
        + "; people may override any decision, and have one looked at again."
    )
    return (
        answer(
            "2e.oversight",
            "human oversight",
            "2e",
            "development.use",
            f"{oversight} Four eyes: {'on' if settings.four_eyes else 'off'}.",
            "manifest.json, review, served; docs/reviews.md; setting FOUR_EYES",
            "monitoring",
        ),
        answer_or_missing(
            "2e.interpretation",
            "means to interpret the output",
            "2e",
            "development.use",
            "Reasons in words, exact contributions of each column, the smallest change that leads to acceptance, what "
            "of a client is not known."
            if sources.explains
            else "",
            "docs/reasons.md, docs/unknown.md",
            "explanations",
            "The contributions of this model are not exact, so that it gives no reasons: state how its output is "
            "explained.",
        ),
        missing(
            "2e.assessment",
            "assessment of the oversight that is needed",
            "2e",
            "governance.roles",
            "State who reviews, how they are trained, and why that is enough (article 14).",
        ),
        answer(
            "2f.changes",
            "pre-determined changes",
            "2f",
            "governance.changes",
            "The model does not learn while it serves. A new one takes its place only where it is shown not to be "
            "worse on "
            "clients from whom neither has learnt, and on the log, or where a person promotes it by force; rollback "
            "goes "
            "back.",
            "docs/promotion.md",
            "changes",
        ),
        answer_or_missing(
            "2g.validation",
            "validation and testing: data and metrics",
            "2g",
            "validation.outcomes",
            _tested(sources),
            "manifest.json, metrics",
            "validation",
            "manifest.json has no metrics; a training with this version writes them.",
        ),
        answer_or_missing(
            "2g.discrimination",
            "potentially discriminatory impacts",
            "2g",
            "development.testing",
            "Acceptance, ratios with their verdict, error rates and calibration, by gender and by age. "
            + " ".join(judged_of(manifest))
            if manifest.get("groups")
            else "",
            "manifest.json, groups",
            "fairness",
            "manifest.json has no groups: credit threshold --apply --data FOLDER measures them.",
        ),
        answer_or_missing(
            "2g.alternatives",
            "less discriminatory alternatives that were looked at",
            "2g",
            "development.testing",
            alternatives(manifest),
            "manifest.json, fairness; MODEL_CARD.md",
            "fairness",
            "manifest.json does not say what other columns or constraints would save and how groups would fare: credit "
            "train --fairness looks at them, and with --fairness-point or --fairness-cost keeps them there; or state "
            "which were trained and why this one was taken.",
        ),
        missing(
            "2g.signed",
            "test reports, dated and signed by the responsible persons",
            "2g",
            "validation.independence",
            "A program cannot sign: give the signed report of the validation as a statement with its file.",
        ),
        answer(
            "2h.security",
            "cybersecurity measures of the program",
            "2h",
            "governance.security",
            "Bodies of requests are bounded, model files are checked by hash before they are loaded, packages can be "
            "installed by pinned hash, and a hash chain is over all decisions.",
            "docs/security.md; bill_of_materials.cdx.json",
            "materials",
        ),
        answer_or_missing(
            "2h.keys",
            "who may call the service",
            "2h",
            "governance.security",
            f"{plural(settings.keys, 'key')} with roles; a call without one is refused." if settings.keys else "",
            "setting API_KEYS",
            "monitoring",
            "API_KEYS is empty in this environment, so that everybody who reaches the service may do everything: make "
            "the pack with the service's settings, or state what stands before it.",
        ),
        answer_or_missing(
            "2h.limits",
            "limits of requests",
            "2h",
            "governance.security",
            f"Each caller may send {settings.rate}." if settings.rate else "",
            "setting RATE_LIMIT",
            "monitoring",
            "RATE_LIMIT is empty in this environment: make the pack with the service's settings, or state what stands "
            "before it.",
        ),
        missing(
            "2h.assessment",
            "assessment of the deployment's security",
            "2h",
            "governance.security",
            "State the network, TLS, who may reach the database and the model's folder, and the last penetration test.",
        ),
    )


def _tested(sources: LineSources) -> str:
    clients = at(sources.manifest, "metrics", "test_clients")
    area = at(sources.manifest, "metrics", "roc_auc")
    slope = at(sources.manifest, "metrics", "calibration_slope")
    if clients is None or area is None:
        return ""
    return (
        f"{clients:,} test clients, not seen in training: ROC AUC {area:.3f}, slope of the calibration line "
        f"{figure(slope, '.3f')}."
    )
