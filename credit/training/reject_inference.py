"""Reject inference: what a model learns from where the outcomes of refused applicants are missing.

Of n applicants the outcome is known where the loan was given. Each method makes a `Sample` of them: which applicants a
model learns from, with which label and weight. With x what the bank knows of an applicant, and a whether it accepted:

    accepted_only    the accepted as they are. Right for P(default | x, a = 1), which is P(default | x) where a depends
                     on x and on chance alone
    reweighted       each accepted one stands for 1 / P(a = 1 | x) applicants (D. Horvitz and D. Thompson, Journal of
                     the American Statistical Association 47, 1952). Where a depends on x and on chance alone, and
                     nobody is refused for sure, the weighted accepted are as all applicants are
    fuzzy            each refused one twice: as a defaulter with weight p and as a good client with weight 1 - p, p by a
                     model of the accepted. What that model does not know is not in p either
    parcelled        the same, with the default rate of the accepted in the applicant's band of p, times a factor that
                     the bank assumes: how much worse the refused are than the accepted of equal score
    extrapolated     the refused with the highest p are taken for defaulters, as many as p expects, the others for good
                     clients
    explored         a share s of the refused, drawn at random, was accepted all the same: their outcomes are known, and
                     each of them stands for 1 / s. No assumption is needed, and the loans cost money

No method can know from the accepted alone whether the refused differ from them beyond x: the distribution of the
refused does not help without a further assumption (D. Hand and W. Henley, Can reject inference ever work?, IMA Journal
of Mathematics Applied in Business and Industry 5, 1993). J. Crook and J. Banasik, Does reject inference really improve
the performance of application scoring models?, Journal of Banking and Finance 28, 2004, examine such methods on a rare
sample that includes applicants who would normally be refused. ``credit.training.hidden_outcomes`` grades them where the
truth is known.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

#: No accepted applicant stands for more than so many: an estimated chance of acceptance near 0 is mostly its error, and
#: one client would outweigh hundreds.
MOST = 20.0
#: Bands of equal numbers of accepted applicants for `parcelled`.
BANDS = 10


@dataclass(frozen=True)
class Sample:
    """What a model learns from: arrays (m,).

    - ``rows``: positions of applicants; one may stand in several rows
    - ``label``: 1 for a default, 0 for a loan that was repaid, known or assumed
    - ``weight``: of each row, >= 0
    - ``known``: whether the label is an outcome; only these rows may judge or calibrate a model
    """

    rows: Integers
    label: Integers
    weight: Floats
    known: Flags

    def __len__(self) -> int:
        return len(self.rows)


def accepted_only(outcome: ArrayLike) -> Sample:
    """Do nothing about the refused. ``outcome``: (n,) 1 defaulted, 0 repaid, NaN not known.

    >>> accepted_only([0, 1, float("nan")]).rows.tolist()
    [0, 1]

    Raises ``ValueError`` for another outcome, and where none is known.
    """
    y = _outcomes(outcome)
    return _of_known(y, np.ones(len(y)))


def reweighted(outcome: ArrayLike, acceptance: ArrayLike, most: float = MOST) -> Sample:
    """Each accepted applicant with weight 1 / P(accepted | x), at most ``most``, and 1 in the mean.

    ``acceptance``: (n,) that chance, in (0, 1], estimated without the applicant itself. The mean of 1 keeps the
    penalties of a model as strong as without weights.

    Two accepted of chances 1/2 and 1/4 stand for 2 and 4 applicants, so their weights are 2/3 and 4/3:

    >>> reweighted([0, 1, float("nan")], [0.5, 0.25, 0.1]).weight.round(3).tolist()
    [0.667, 1.333]

    Raises ``ValueError`` as `accepted_only`, and for a chance outside (0, 1] of an accepted applicant.
    """
    y, chance = _outcomes(outcome), _same_length(outcome, acceptance, "chance of acceptance")
    known = ~np.isnan(y)
    if not ((chance[known] > 0) & (chance[known] <= 1)).all():
        raise ValueError("the chance of acceptance of an accepted applicant must be above 0 and at most 1")
    stands_for = np.ones(len(y))
    stands_for[known] = np.minimum(1 / chance[known], most)
    return _of_known(y, stands_for / stands_for[known].mean())


def fuzzy(outcome: ArrayLike, probability: ArrayLike) -> Sample:
    """The accepted as they are; each refused applicant as a defaulter with weight p, as a good client with 1 - p.

    ``probability``: (n,) p of default by a model of the accepted, in [0, 1].

    >>> sample = fuzzy([0, float("nan")], [0.1, 0.3])
    >>> sample.rows.tolist(), sample.label.tolist(), sample.weight.tolist()
    ([0, 1, 1], [0, 1, 0], [1.0, 0.3, 0.7])

    Raises ``ValueError`` as `accepted_only`, and for a probability outside [0, 1] of a refused applicant.
    """
    y, p = _outcomes(outcome), _same_length(outcome, probability, "probability of default")
    refused = np.flatnonzero(np.isnan(y))
    if not ((p[refused] >= 0) & (p[refused] <= 1)).all():
        raise ValueError("the probability of default of a refused applicant must be between 0 and 1")
    known = accepted_only(y)
    return Sample(
        np.concatenate([known.rows, refused, refused]),
        np.concatenate([known.label, np.ones_like(refused), np.zeros_like(refused)]),
        np.concatenate([known.weight, p[refused], 1 - p[refused]]),
        np.concatenate([known.known, np.zeros(2 * len(refused), dtype=bool)]),
    )


def parcelled(outcome: ArrayLike, probability: ArrayLike, factor: float = 1.0, bands: int = BANDS) -> Sample:
    """As `fuzzy`, with the default rate of the accepted in the band of the applicant's p, times ``factor``, at most 1.

    ``outcome``: (n,) 0/1, NaN where refused. ``probability``: as of `fuzzy`. ``bands`` of equal numbers of accepted
    applicants, by their p; a refused one above all of them is in the last. The factor is an assumption of the bank, and
    no data of the accepted can check it.

    Raises ``ValueError`` as `fuzzy`, for a factor that is not above 0, and for more bands than accepted applicants.
    """
    if not factor > 0:
        raise ValueError(f"the factor by which the refused are worse must be above 0, not {factor}")
    y, p = _outcomes(outcome), _same_length(outcome, probability, "probability of default")
    known = np.flatnonzero(~np.isnan(y))
    if bands > len(known):
        raise ValueError(f"{bands} bands need as many accepted applicants, and there are {len(known)}")
    parts = np.array_split(known[np.argsort(p[known], kind="stable")], bands)
    starts = np.array([p[part[0]] for part in parts[1:]])
    rates = np.array([y[part].mean() for part in parts])
    return fuzzy(y, np.minimum(1.0, factor * rates[np.searchsorted(starts, p, side="right")]))


def extrapolated(outcome: ArrayLike, probability: ArrayLike) -> Sample:
    """The accepted as they are; of the refused those with the highest p as defaulters, as many as p expects.

    Three refused of 0.9, 0.5 and 0.6 expect two defaults:

    >>> sample = extrapolated([0, float("nan"), float("nan"), float("nan")], [0.1, 0.9, 0.5, 0.6])
    >>> sample.label.tolist()
    [0, 1, 0, 1]

    Raises ``ValueError`` as `fuzzy`.
    """
    both = fuzzy(outcome, probability)
    p = np.asarray(probability, dtype=np.float64)
    refused = np.flatnonzero(np.isnan(np.asarray(outcome, dtype=np.float64)))
    label = np.zeros(len(refused), dtype=np.int64)
    label[np.argsort(-p[refused], kind="stable")[: round(float(p[refused].sum()))]] = 1
    return Sample(
        np.concatenate([both.rows[both.known], refused]),
        np.concatenate([both.label[both.known], label]),
        np.ones(int(both.known.sum()) + len(refused)),
        np.concatenate([both.known[both.known], np.zeros(len(refused), dtype=bool)]),
    )


def explored(outcome: ArrayLike, drawn: ArrayLike, share: float) -> Sample:
    """The accepted with weight 1 and the refused who were drawn and accepted with 1 / ``share``; 1 in the mean.

    ``drawn``: (n,) whether a refused applicant was accepted at random, each with the chance ``share``, in (0, 1]. Their
    outcomes are among ``outcome``.

    Of an accepted and a drawn applicant, at a share of a third, the second stands for three:

    >>> explored([0, 1, float("nan")], [False, True, False], share=1 / 3).weight.tolist()
    [0.5, 1.5]

    Raises ``ValueError`` as `accepted_only`, for a share outside (0, 1], and where the outcome of a drawn one is
    missing.
    """
    if not 0 < share <= 1:
        raise ValueError(
            f"the share of the refused that is accepted at random must be above 0 and at most 1, not {share}"
        )
    y, chosen = _outcomes(outcome), _same_length(outcome, drawn, "draw").astype(bool)
    if np.isnan(y[chosen]).any():
        raise ValueError("an applicant who was accepted at random has no outcome yet; wait until all of them have")
    stands_for = np.where(chosen, 1 / share, 1.0)
    return _of_known(y, stands_for / stands_for[~np.isnan(y)].mean())


def _of_known(y: Floats, weight: Floats) -> Sample:
    rows = np.flatnonzero(~np.isnan(y))
    return Sample(rows, y[rows].astype(np.int64), weight[rows], np.ones(len(rows), dtype=bool))


def _outcomes(outcome: ArrayLike) -> Floats:
    y = np.asarray(outcome, dtype=np.float64)
    known = y[~np.isnan(y)]
    if y.ndim != 1 or not len(known):
        raise ValueError("outcomes are one value an applicant, and at least one of them must be known")
    if not np.isin(known, (0.0, 1.0)).all():
        raise ValueError("an outcome must be 0 (repaid), 1 (defaulted) or NaN (not known)")
    return y


def _same_length(outcome: ArrayLike, values: ArrayLike, name: str) -> Floats:
    found = np.asarray(values, dtype=np.float64)
    if found.shape != np.shape(outcome):
        raise ValueError(f"there must be one {name} an applicant: {np.shape(outcome)} outcomes, {found.shape} values")
    return found
