"""A comparison of two policies as a page for people, without anything from elsewhere: the command's file, in English,
and what GET /policy shows, in the reader's language.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, Template
from markupsafe import Markup, escape

from credit.decision.approval_frontier import Approvals, Frontier
from credit.i18n.numbers import number, percent
from credit.i18n.page_text import WORDS
from credit.i18n.plural import form
from credit.monitoring.policy_comparison import PolicyComparison

#: Of the frontier every so many points are in the table; the picture has all.
_EVERY = 10

#: Room around the picture, for the labels of its axes. Units of its view box.
_LEFT, _RIGHT, _TOP, _BOTTOM = 70.0, 16.0, 24.0, 44.0


def page(found: PolicyComparison, about: str = "") -> str:
    """HTML, complete, with its own styles: a file."""
    return _rendered("policy_page.html", found, about, "en")


def body(found: PolicyComparison, about: str, language: str = "en") -> str:
    """The same as a part of a page that brings the styles, in ``language``. ``about``: what is compared, a sentence."""
    return _rendered("policy_body.html", found, about, language)


def _rendered(template: str, found: PolicyComparison, about: str, language: str) -> str:
    texts = WORDS[language]["policy"]

    def say(key: str, **values: str) -> Markup:
        return escape(texts[key]).format(**values)

    def count(key: str, n: int, **values: str) -> Markup:
        return escape(texts[key][form(n, language)]).format(n=number(n, 0, language), **values)

    def money(amount: float) -> str:
        return number(amount, 0, language)

    def points(share: float) -> str:
        return f"{'+' if share > 0 else ''}{number(100 * share, 1, language)}"

    words = WORDS[language]
    return _template(template).render(
        say=say,
        count=count,
        found=found,
        about=about,
        changed=sum(one.clients for one in found.moves),
        money=money,
        points=points,
        percent=lambda share: percent(share, language),
        number=lambda value, decimals=0: number(value, decimals, language),
        decisions=texts["decisions"],
        attributes=texts["attributes"],
        groups={**words["model"]["groups"], **texts["groups"]},
        drawn=drawn(found.frontier, found.everybody),
        table=_table(found.frontier),
        read=_read(found.frontier, language),
    )


def drawn(found: Frontier, most: float, width: float = 640, height: float = 300) -> dict[str, Any]:
    """The frontier as points of an SVG: to the right the share of approvals, upwards the expected loss, 0 to ``most``,
    that of accepting everybody.

    ``found``: the frontier, with both policies on it. ``most``: in the currency of AMT_CREDIT. ``width``, ``height``:
    of the SVG, in its units.
    """
    top = most or 1.0

    def x(share: float) -> float:
        return round(_LEFT + (width - _LEFT - _RIGHT) * share, 1)

    def y(loss: float) -> float:
        return round(height - _BOTTOM - (height - _TOP - _BOTTOM) * min(loss / top, 1.0), 1)

    return {
        "width": width,
        "height": height,
        "line": " ".join(f"{x(one.share)},{y(one.loss)}" for one in found.points),
        "marks": {name: (x(one.share), y(one.loss)) for name, one in (("old", found.old), ("new", found.new))},
        "shares": [(x(step / 5), step / 5) for step in range(6)],
        "losses": [(y(top * step / 4), top * step / 4) for step in range(5)],
        "left": _LEFT,
        "right": width - _RIGHT,
        "bottom": height - _BOTTOM,
    }


def at_as_many(found: Frontier, clients: int) -> Approvals:
    """The point of the frontier with the fewest approvals that are as many as ``clients``, or the last."""
    return next((one for one in found.points if one.clients >= clients), found.points[-1])


def _read(found: Frontier, language: str) -> str:
    """What the picture comes to, in one sentence."""
    texts, new = WORDS[language]["policy"], found.new
    best = at_as_many(found, new.clients)
    told = {
        "share": percent(new.share, language),
        "loss": number(new.loss, 0, language),
        "old_share": percent(found.old.share, language),
        "old_loss": number(found.old.loss, 0, language),
        "best_share": percent(best.share, language),
        "best_loss": number(best.loss, 0, language),
    }
    return str(texts["frontier_read"].format(**told))


def _table(found: Frontier) -> Sequence[tuple[str, Approvals]]:
    listed = [("", one) for one in found.points[::_EVERY]]
    marked = [("old", found.old), ("new", found.new), ("best", found.best)]
    return sorted([*listed, *marked], key=lambda pair: pair[1].clients)


@cache
def _template(name: str) -> Template:
    return Environment(
        loader=PackageLoader("credit.monitoring", "."), autoescape=True, trim_blocks=True, lstrip_blocks=True
    ).get_template(name)
