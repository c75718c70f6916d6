"""Drift as a page for people, without anything from elsewhere: the command's report, in English, and what GET /drift
shows, in the reader's language.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, Template
from markupsafe import Markup, escape

from credit.decision.client_groups import AGE, GENDER
from credit.decision.review_reasons import BY_CODE
from credit.i18n.numbers import number, percent
from credit.i18n.page_text import WORDS
from credit.i18n.plural import form
from credit.monitoring.alarms import Alarm
from credit.monitoring.column_verdicts import ColumnDrift, counted
from credit.monitoring.performance import Account, Period
from credit.monitoring.population_stability import LEVEL_WORDS, STABLE, Comparison
from credit.monitoring.review_figures import ALL, REASON, REVIEWER, ReviewFigures, ReviewRates
from credit.monitoring.weekly_shares import FollowedShare

#: So many features are listed; those that moved all are.
LISTED = 30

#: So many weeks of the weekly shares are shown.
_WEEKS = 6

#: What reviews are told apart by.
_BY = {
    "en": {ALL: "all", REASON: "reason", REVIEWER: "reviewer", GENDER: "gender", AGE: "age"},
    "fr": {ALL: "tous", REASON: "motif", REVIEWER: "examinateur", GENDER: "sexe", AGE: "âge"},
}


@dataclass(frozen=True)
class Shown:
    """``about``: whose clients are compared with whose. ``drift``, ``costs``, ``reviews``: None where there are none,
    and then ``without`` says why. ``columns``: of the application, empty where they were not tested. ``waiting``: the
    page is to be asked for again. ``weekly``: shares of reasons and of what was known, empty without decisions.
    """

    about: str
    drift: Comparison | None
    costs: Account | None
    alarms: Sequence[Alarm] = ()
    columns: Sequence[ColumnDrift] = ()
    without: str = ""
    waiting: bool = False
    reviews: ReviewFigures | None = None
    weekly: Sequence[FollowedShare] = ()


def page(shown: Shown) -> str:
    """HTML, complete, with its own styles: a file."""
    return _rendered("report_page.html", shown, "en")


def body(shown: Shown, language: str = "en") -> str:
    """The same as a part of a page that brings the styles, in ``language``. The sentences of ``shown`` are in it."""
    return _rendered("report_body.html", shown, language)


def _rendered(template: str, shown: Shown, language: str) -> str:
    texts = WORDS[language]["report"]

    def say(key: str, **values: str) -> Markup:
        return escape(texts[key]).format(**values)

    def count(key: str, n: int, **values: str) -> Markup:
        return escape(texts[key][form(n, language)]).format(n=number(n, 0, language), **values)

    return _template(template).render(
        say=say,
        count=count,
        shown=shown,
        features=[] if shown.drift is None else list(_listed(shown.drift)),
        curve=None if shown.costs is None or len(shown.costs.weeks) < 2 else curve(shown.costs.weeks),
        periods=[] if shown.costs is None else [*shown.costs.weeks, shown.costs.total],
        bars=bars,
        part=lambda one: part(one, language),
        percent=lambda share: percent(share, language),
        number=lambda value, decimals=0: number(value, decimals, language),
        by=_BY[language],
        levels=LEVEL_WORDS[language],
        weeks=[one.begins for one in shown.weekly[0].weeks[-_WEEKS:]] if shown.weekly else [],
        columns_counted=counted(shown.columns, language),
    )


def part(one: ReviewRates, language: str) -> str:
    """What reviews are told apart by, in words: a reason by its name, one of another version by its code."""
    reason = BY_CODE.get(one.name) if one.by == REASON else None
    if reason is not None:
        return reason.text(language)
    if one.by == REVIEWER:
        return one.name  # as the key is called
    words = WORDS[language]["model"]["groups"]
    return _BY[language][ALL] if one.by == ALL else words.get(one.name, one.name)


def bars(shares: Sequence[float]) -> list[tuple[float, float]]:
    """Left end and height of the bars of a distribution, in a box of 100 by 24."""
    most, width = max([*shares, 1e-9]), 100 / max(len(shares), 1)
    return [(round(width * k, 2), round(24 * share / most, 2)) for k, share in enumerate(shares)]


def curve(weeks: Sequence[Period], width: float = 640, height: float = 200) -> dict[str, Any]:
    """Expected and realised default rates of the weeks as points of an SVG: in weeks whose outcomes are nearly complete
    of the clients whose outcome it is, for these are the ones that can be compared.
    """
    expected = [one.default_rate if one.realised is None else one.realised.expected_default_rate for one in weeks]
    most = max(
        max(rate.high, one.realised.default_rate if one.realised is not None else 0)
        for rate, one in zip(expected, weeks, strict=True)
    )
    most = most or 1.0

    def x(k: int) -> float:
        return round(40 + (width - 50) * k / (len(weeks) - 1), 1)

    def y(rate: float) -> float:
        return round(height - 20 - (height - 30) * rate / most, 1)

    upper = [(x(k), y(one.high)) for k, one in enumerate(expected)]
    lower = [(x(k), y(one.low)) for k, one in enumerate(expected)]
    middle = [(x(k), y(one.value)) for k, one in enumerate(expected)]
    dots = [(x(k), y(one.realised.default_rate)) for k, one in enumerate(weeks) if one.realised is not None]

    def joined(points: Sequence[tuple[float, float]]) -> str:
        return " ".join(f"{a},{b}" for a, b in points)

    return {
        "width": width,
        "height": height,
        "band": joined([*upper, *reversed(lower)]),
        "line": joined(middle),
        "dots": dots,
        "most": most,
        "first": weeks[0].begins,
        "last": weeks[-1].begins,
    }


def _listed(drift: Comparison) -> Iterator[Any]:
    for place, one in enumerate(drift.features):
        if place < LISTED or one.level != STABLE:
            yield one


@cache
def _template(name: str) -> Template:
    return Environment(
        loader=PackageLoader("credit.monitoring", "."), autoescape=True, trim_blocks=True, lstrip_blocks=True
    ).get_template(name)
