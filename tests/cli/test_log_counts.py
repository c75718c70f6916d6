"""What `log purge` says of one decision, and of two."""

from datetime import UTC, datetime

import pytest

from credit.cli.log import _would_be_erased
from credit.decision_log.erasable import Erasable

BEFORE = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        (
            (1, 1, 1, 1),
            "1 of 1 decision with inputs is older than 2026-01-02 03:04 UTC, with the words or terms of 1 review, "
            "and 1 of them waits for a person, and would leave the queue",
        ),
        (
            (2, 3, 2, 2),
            "2 of 3 decisions with inputs are older than 2026-01-02 03:04 UTC, with the words or terms of 2 reviews, "
            "and 2 of them wait for a person, and would leave the queue",
        ),
    ],
)
def test_one_is_singular_and_two_are_plural(counts, said):
    decisions, everything, reviews, waiting = counts
    assert _would_be_erased(Erasable(decisions, everything, None, None, reviews, waiting), BEFORE) == said


def test_a_purge_says_what_becomes_of_the_money_of_reviews():
    said = _would_be_erased(Erasable(20, 30, None, None, 0, 0, verdicts=12, without_outcome=3), BEFORE)
    assert said.endswith(
        "are older than 2026-01-02 03:04 UTC. A person has decided on 12 of them: what these reviews earned is kept in "
        "sums by month, of 10 verdicts at least. Of 3 no outcome is known, and what they earned never will be: record "
        "outcomes first (python -m credit outcomes)"
    )
    assert "A person has decided" not in _would_be_erased(Erasable(20, 30, None, None, 0, 0), BEFORE)
