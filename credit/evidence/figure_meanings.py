"""What the fields of the manifest's figures mean, where their names do not say it, for those who read figures.csv."""

import re

_POINTS = "a fraction of what accepting everybody costs: 0.01 is one point"

#: Pattern of a whole path -> meaning; the first that fits.
_MEANINGS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), meaning)
    for pattern, meaning in (
        (r"calibration\.slope", "of the line in log odds that is laid over the model's raw score; part of the model"),
        (r"calibration\.intercept", "of the same line"),
        (r"calibration\.out_of_fold\..*", "of the calibrated probabilities of training clients, out of fold: a check"),
        (r"metrics\.calibration_slope(_low|_high)?", "of the calibrated probabilities of test clients; 1 is perfect"),
        (r".*calibration_error(_low|_high)?", "mean predicted less observed default rate of who is predicted in "
                                              "[0.10, 0.25], around the usual threshold"),
        (r"(gains\..*|threshold\.gain)\.(points|low|high)", _POINTS),
        (r"gains\..*\.share", "saving of the model over the saving of the other rule"),
        (r"gains\..*\.expected_points", f"by the true probabilities of a simulated bank: {_POINTS}"),
        (r"gains\..*\.expected_share", "the share by the true probabilities of a simulated bank"),
        (r"served\.expected_saving", "the saving by the true probabilities of a simulated bank"),
        (r"served\.saving.*", "reviews included, at the assumed skill of the reviewer"),
        (r"points\.points", "points of the score at the odds of points.odds, no fraction"),
        (r"groups\[\d+\]\.amount_approved", "share of the amount asked for that is below the threshold"),
        (r"groups\[\d+\]\.approved.*", "share of the group below the threshold"),
        (r"groups\[\d+\]\.ratio.*", "approved, over that of the group in which it is highest"),
        (r"groups\[\d+\]\.accepted_ratio.*", "accepted, over that of the group in which it is highest"),
        (r"groups\[\d+\]\.accepted.*", "share of the group accepted by the rule that is served, without a person"),
        (r"groups\[\d+\]\.judged", "whether it has 2 % of the clients, so that it is compared"),
        (r"groups\[\d+\]\.false_negative_rate", "share of those who defaulted that is below the threshold"),
        (r"groups\[\d+\]\.false_positive_rate", "share of those who repaid that is refused by the threshold"),
        (r"groups\[\d+\]\.predicted", "mean probability of default"),
        (r"groups\[\d+\]\.defaulted.*", "observed default rate"),
        (r"known\[\d+\]\.\w+_alone", "of a model trained for just this state of what is known"),
        (r"known\[\d+\]\.\w+_free", "of a model that is held to no direction"),
        (r"review\.cost", "a setting, or what follows from the capacity; in the currency of AMT_CREDIT"),
        (r"review\.skill", "a setting: the share of wrong decisions that a reviewer is assumed to put right"),
        (r"review\.capacity", "a setting: the share of the training clients that people can review"),
        (r"threshold\.alike\..*", "thresholds between them cannot be told apart from the exported one by their cost"),
        (r"threshold\.searched\..*", "of a search over 0.01 to 0.99"),
    )
)  # fmt: skip


def meaning_of(path: str) -> str:
    """Of a field, such as ``gains.predecessor at 0.48.points``; empty where its name says it.

    >>> meaning_of("points.points"), meaning_of("metrics.ks")
    ('points of the score at the odds of points.odds, no fraction', '')
    """
    return next((meaning for pattern, meaning in _MEANINGS if pattern.fullmatch(path)), "")
