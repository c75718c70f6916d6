"""The waterfall of one client as an SVG picture, written without any library: for the service and for its pages.

From the base value, at the foot, each bar carries the log odds on by one feature's contribution, the largest on top,
until the client's score is reached. Both ends say the probability of default that they stand for. The picture speaks
to screen readers by its <title> and <desc>, and tells up from down by shape and sign, not by colour alone.
"""

import math
import textwrap
import zlib
from html import escape

from scipy.special import expit

from credit.explain.explanation import Contribution, Explanation
from credit.explain.numbers import number, percent, value

#: Towards default, and away from it.
UP, DOWN = "#c62f4b", "#1f5a94"

#: Features that get a bar of their own; all others share one.
SHOWN = 10

# Lengths in the picture's own units (pixels where it is shown at its full size).
_WIDTH, _LABELS, _RIGHT, _TOP, _ROW, _BAR, _FOOT = 900, 380, 24, 84, 40, 24, 92
_LETTERS = 50  # of a wide font in the column of the labels
_INK, _GREY, _FAINT = "#1c1c1c", "#5f5f5f", "#d9d9d9"

_WORDS = {
    "en": {
        "title": "Why the probability of default is {p}",
        "score": "this client: {z} = {p}",
        "base": "base value: {z} = {p}",
        "others": "{n} other features",
        "axis": "log odds of default, and the probability of default that they stand for",
        "desc": "Log odds of default, from the base value {base} (probability {base_p}) to this client's {z} "
        "(probability {p}). Contributions, the largest first: {rows}.",
        "is": "{name} = {value}",
        "row": "{label}: {by}",
    },
    "fr": {
        "title": "Pourquoi la probabilité de défaut est de {p}",
        "score": "ce client : {z} = {p}",
        "base": "valeur de base : {z} = {p}",
        "others": "{n} autres variables",
        "axis": "log-cotes de défaut, et la probabilité de défaut correspondante",
        "desc": "Log-cotes de défaut, de la valeur de base {base} (probabilité {base_p}) à celles de ce client, {z} "
        "(probabilité {p}). Contributions, les plus grandes d'abord : {rows}.",
        "is": "{name} = {value}",
        "row": "{label} : {by}",
    },
}


def label(one: Contribution, language: str) -> str:
    """What the feature is and the client's value of it."""
    french = language == "fr"
    told = "(0 =" in one.en  # what 0 and 1 stand for is in the words: neither is a yes
    words = value(one.value, "" if told else one.unit, one.unit_fr if french else one.unit, language)
    return _WORDS[language]["is"].format(name=one.fr if french else one.en, value=words)


def rows(explanation: Explanation, language: str, most: int = SHOWN) -> list[tuple[str, float]]:
    """The bars, the largest first: (label, contribution in log odds); the features without one share the last."""
    shown, rest = explanation.largest(most)
    found = [(label(one, language), one.contribution) for one in shown]
    others = len(explanation.contributions) - len(shown)
    if others:
        found.append((_WORDS[language]["others"].format(n=number(others, 0, language)), rest))
    return found


def svg(explanation: Explanation, language: str = "en", most: int = SHOWN) -> str:
    """The picture, an <svg> element in UTF-8 text that stands alone or in a page.

    ``language``: en or fr. ``most``: so many features get a bar of their own. Raises ValueError for another language.
    """
    if language not in _WORDS:
        raise ValueError(f"a waterfall is drawn in {' or '.join(_WORDS)}, not in {language!r}")
    words, bars = _WORDS[language], rows(explanation, language, most)
    ends = _ends(explanation, bars)
    scale = _Scale(min(ends), max(ends))
    z, p = number(explanation.log_odds, 2, language), percent(explanation.probability, language)
    base, base_p = number(explanation.base_value, 2, language), percent(explanation.base_probability, language)
    told = "; ".join(words["row"].format(label=text, by=number(by, 2, language, sign=True)) for text, by in bars)
    title, desc = words["title"].format(p=p), words["desc"].format(base=base, base_p=base_p, z=z, p=p, rows=told)
    foot = _TOP + _ROW * len(bars)
    mark = f"waterfall-{zlib.crc32(desc.encode()):08x}"  # several pictures may stand in one page
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {foot + _FOOT}" width="{_WIDTH}" '
        f'height="{foot + _FOOT}" lang="{language}" role="img" '
        f'aria-labelledby="{mark}-title {mark}-desc" font-family="system-ui, sans-serif" font-size="13" fill="{_INK}">',
        f'<title id="{mark}-title">{escape(title)}</title>',
        f'<desc id="{mark}-desc">{escape(desc)}</desc>',
        f'<rect width="{_WIDTH}" height="{foot + _FOOT}" fill="#ffffff"/>',
        _text(24, 30, title, size=17, weight="600"),
        *_axis(scale, foot, language, words["axis"]),
        _dashed(scale(explanation.log_odds), _TOP - 12, foot),
        _dashed(scale(explanation.base_value), _TOP, foot + 8),
        _end(scale(explanation.log_odds), _TOP - 20, words["score"].format(z=z, p=p)),
        _end(scale(explanation.base_value), foot + 22, words["base"].format(z=base, p=base_p)),
    ]
    for i, (text, by) in enumerate(bars):
        parts += _row(_TOP + i * _ROW, text, by, scale(ends[i + 1]), scale(ends[i]), number(by, 2, language, sign=True))
    return "\n".join([*parts, "</svg>"])


def _ends(explanation: Explanation, bars: list[tuple[str, float]]) -> list[float]:
    """The log odds above every bar, from the score at the top to the base value at the foot."""
    ends = [explanation.log_odds]
    for _, by in bars:
        ends.append(ends[-1] - by)
    return ends


class _Scale:
    """From log odds to places; ``step`` between ticks is 1, 2 or 5 times a power of ten."""

    def __init__(self, low: float, high: float) -> None:
        span = max(high - low, 0.2)
        self.low, self.high = low - 0.14 * span, high + 0.14 * span  # room for the numbers beside the bars
        tenth = (self.high - self.low) / 6
        power = 10 ** math.floor(math.log10(tenth))
        self.step = next(times * power for times in (1, 2, 5, 10) if times * power >= tenth)

    def __call__(self, log_odds: float) -> float:
        return _LABELS + (log_odds - self.low) / (self.high - self.low) * (_WIDTH - _RIGHT - _LABELS)

    @property
    def ticks(self) -> list[float]:
        first = math.ceil(self.low / self.step)
        return [k * self.step for k in range(first, math.floor(self.high / self.step) + 1)]


def _axis(scale: _Scale, foot: float, language: str, name: str) -> list[str]:
    line = foot + 34
    parts = [f'<path d="M{_LABELS} {line}H{_WIDTH - _RIGHT}" stroke="{_GREY}"/>']
    decimals = max(0, -math.floor(math.log10(scale.step)))
    for tick in scale.ticks:
        at = scale(tick)
        parts += [
            f'<path d="M{at:.1f} {_TOP}V{foot}" stroke="{_FAINT}" stroke-width="0.6"/>',
            f'<path d="M{at:.1f} {line}v4" stroke="{_GREY}"/>',
            _text(at, line + 17, number(tick, decimals, language), anchor="middle", size=12),
            _text(at, line + 32, percent(float(expit(tick)), language), anchor="middle", size=11, fill=_GREY),
        ]
    return [*parts, _text(_WIDTH - _RIGHT, line + 50, name, anchor="end", size=12, fill=_GREY)]


def _row(top: float, text: str, by: float, start: float, end: float, said: str) -> list[str]:
    middle, half = top + _ROW / 2, _BAR / 2
    tip = math.copysign(min(8.0, abs(end - start)), by)
    points = [(start, -half), (end - tip, -half), (end, 0), (end - tip, half), (start, half)]
    shape = " ".join(f"{x:.1f},{middle + y:.1f}" for x, y in points)
    lines = _lines(text)
    first = middle + 4.5 - 8 * (len(lines) - 1)
    return [
        f'<path d="M{start:.1f} {middle + half}v{_ROW - _BAR}" stroke="{_GREY}" stroke-width="0.6"/>',
        f'<polygon points="{shape}" fill="{UP if by > 0 else DOWN}"/>',
        _text(end + math.copysign(6, by), middle + 4.5, said, anchor="start" if by > 0 else "end", weight="600"),
        *(_text(_LABELS - 14, first + 16 * i, line, anchor="end") for i, line in enumerate(lines)),
    ]


def _lines(text: str) -> list[str]:
    """A label in at most two lines; where it is too long its words are cut, never the value."""
    name, equals, known = text.rpartition(" = ")
    if not equals:
        return textwrap.wrap(text, _LETTERS)
    tail = f" =\u00a0{known.replace(' ', chr(0xA0))}"
    lines, words = textwrap.wrap(name + tail, _LETTERS), name.split()
    while len(lines) > 2 and len(words) > 1:
        words.pop()
        lines = textwrap.wrap(" ".join(words) + "\u00a0…" + tail, _LETTERS)
    return lines


def _dashed(at: float, top: float, foot: float) -> str:
    return f'<path d="M{at:.1f} {top}V{foot}" stroke="{_GREY}" stroke-dasharray="3 3"/>'


def _end(at: float, y: float, text: str) -> str:
    """One end's words, kept inside the picture."""
    half = 3.6 * len(text)
    return _text(min(max(at, _LABELS / 2 + half), _WIDTH - _RIGHT - half), y, text, anchor="middle", weight="600")


def _text(
    x: float, y: float, text: str, anchor: str = "start", size: int = 13, weight: str = "400", fill: str = _INK
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" font-weight="{weight}" '
        f'fill="{fill}">{escape(text)}</text>'
    )
