"""The waterfall of one client as an SVG picture, written without any library: for the service and for its pages.

From the base value, at the foot, each bar carries the log odds on by the contribution of a feature, the largest on top,
or of all others of one source, until the client's score is reached. Both ends say the probability of default that they
stand for. The picture speaks to screen readers by its <title> and <desc>, and tells up from down by shape and sign, not
by colour alone.
"""

import math
import textwrap
import zlib
from dataclasses import dataclass
from html import escape

from scipy.special import expit

from credit.explain.explanation import Explanation
from credit.explain.waterfall_bars import SHOWN, rows
from credit.i18n.numbers import number, percent

#: Towards default, and away from it.
UP, DOWN = "#c62f4b", "#1f5a94"


@dataclass(frozen=True)
class _Layout:
    """Lengths in the picture's own units (pixels where it is shown at its full size): its ``width``, where the bars
    begin (``left``) and the room at their ``right``, above and below, the height of a ``row`` and of its ``bar``, how
    many ``letters`` of a wide font a label has for a line and what goes ``across`` the picture, how much of the bars'
    room the numbers ``beside`` them need, and the size of the ``title``.
    """

    width: int
    left: int
    right: int
    row: int
    bar: int
    letters: int
    across: int
    beside: float
    title: int
    top: int = 84
    foot: int = 92

    @property
    def above(self) -> bool:
        """Whether labels stand above their bars, not before them."""
        return self.left < self.width / 4


_WIDE = _Layout(width=900, left=380, right=24, row=40, bar=24, letters=50, across=90, beside=0.14, title=17)
#: For a window of 360 pixels.
_NARROW = _Layout(width=320, left=8, right=8, row=62, bar=18, letters=40, across=38, beside=0.2, title=13, foot=112)
_INK, _GREY, _FAINT = "#1c1c1c", "#5f5f5f", "#d9d9d9"

_WORDS = {
    "en": {
        "title": "Why the probability of default is {p}",
        "score": "this client: {z} = {p}",
        "base": "base value: {z} = {p}",
        "axis": "risk on the model's scale, and the probability of default that it stands for",
        "desc": "Risk on the model's scale, from the base value {base} (probability {base_p}) to this client's {z} "
        "(probability {p}). Effects on it, the largest features first: {rows}.",
        "row": "{label}: {by}",
    },
    "fr": {
        "title": "Pourquoi la probabilité de défaut est de {p}",
        "score": "ce client\u00a0: {z} = {p}",
        "base": "valeur de base\u00a0: {z} = {p}",
        "axis": "risque sur l'échelle du modèle, et la probabilité de défaut correspondante",
        "desc": "Risque sur l'échelle du modèle, de la valeur de base {base} (probabilité {base_p}) à ce client, {z} "
        "(probabilité {p}). Effets, les plus grandes variables d'abord\u00a0: {rows}.",
        "row": "{label}\u00a0: {by}",
    },
}


def svg(
    explanation: Explanation, language: str = "en", most: int = SHOWN, *, narrow: bool = False, protected: bool = True
) -> str:
    """The picture, an <svg> element in UTF-8 text that stands alone or in a page.

    ``explanation``: of one client. ``language``: en or fr. ``most``: so many features get a bar of their own.
    ``narrow``: for a phone, with labels above their bars. ``protected``: as of `rows`. Its parts have classes, so that
    a page can give them other colours. Raises ValueError for another language.
    """
    if language not in _WORDS:
        raise ValueError(f"a waterfall is drawn in {' or '.join(_WORDS)}, not in {language!r}")
    layout = _NARROW if narrow else _WIDE
    words, bars = _WORDS[language], rows(explanation, language, most, protected)
    ends = _ends(explanation, bars)
    scale = _Scale(layout, min(ends), max(ends))
    z, p = number(explanation.log_odds, 2, language), percent(explanation.probability, language)
    base, base_p = number(explanation.base_value, 2, language), percent(explanation.base_probability, language)
    told = "; ".join(words["row"].format(label=text, by=number(by, 2, language, sign=True)) for text, by in bars)
    title, desc = words["title"].format(p=p), words["desc"].format(base=base, base_p=base_p, z=z, p=p, rows=told)
    foot = layout.top + layout.row * len(bars)
    width, height = layout.width, layout.top + layout.row * len(bars) + layout.foot
    # Several pictures may stand in one page, and both forms of one.
    mark = f"waterfall-{zlib.crc32(desc.encode()):08x}{'-narrow' if narrow else ''}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" lang="{language}" role="img" '
        f'aria-labelledby="{mark}-title {mark}-desc" font-family="system-ui, sans-serif" font-size="13" fill="{_INK}">',
        f'<title id="{mark}-title">{escape(title)}</title>',
        f'<desc id="{mark}-desc">{escape(desc)}</desc>',
        f'<rect class="ground" width="{width}" height="{height}" fill="#ffffff"/>',
        *(
            _text(layout.right, 30 - 16 * i, line, size=layout.title, weight="600")
            for i, line in enumerate(reversed(textwrap.wrap(title, layout.across)))
        ),
        *_axis(layout, scale, foot, language, words["axis"]),
        _dashed(scale(explanation.log_odds), layout.top - 12, foot),
        _dashed(scale(explanation.base_value), layout.top, foot + 8),
        _end(layout, scale(explanation.log_odds), layout.top - 20, words["score"].format(z=z, p=p)),
        _end(layout, scale(explanation.base_value), foot + 22, words["base"].format(z=base, p=base_p)),
    ]
    for i, (text, by) in enumerate(bars):
        said = number(by, 2, language, sign=True)
        parts += _row(layout, layout.top + i * layout.row, text, by, scale(ends[i + 1]), scale(ends[i]), said)
    return "\n".join([*parts, "</svg>"])


def _ends(explanation: Explanation, bars: list[tuple[str, float]]) -> list[float]:
    """The log odds above every bar, from the score at the top to the base value at the foot."""
    ends = [explanation.log_odds]
    for _, by in bars:
        ends.append(ends[-1] - by)
    return ends


class _Scale:
    """From log odds to places; ``step`` between ticks is 1, 2 or 5 times a power of ten."""

    def __init__(self, layout: _Layout, low: float, high: float) -> None:
        span = max(high - low, 0.2)
        self.low, self.high = low - layout.beside * span, high + layout.beside * span
        self._left, self._room = layout.left, layout.width - layout.right - layout.left
        tenth = (self.high - self.low) / 6
        power = 10 ** math.floor(math.log10(tenth))
        self.step = next(times * power for times in (1, 2, 5, 10) if times * power >= tenth)

    def __call__(self, log_odds: float) -> float:
        return self._left + (log_odds - self.low) / (self.high - self.low) * self._room

    @property
    def ticks(self) -> list[float]:
        first = math.ceil(self.low / self.step)
        return [k * self.step for k in range(first, math.floor(self.high / self.step) + 1)]


def _axis(layout: _Layout, scale: _Scale, foot: float, language: str, name: str) -> list[str]:
    line, end = foot + 34, layout.width - layout.right
    parts = [f'<path class="axis" d="M{layout.left} {line}H{end}" stroke="{_GREY}"/>']
    decimals = max(0, -math.floor(math.log10(scale.step)))
    for tick in scale.ticks:
        at = scale(tick)
        parts += [
            f'<path class="grid" d="M{at:.1f} {layout.top}V{foot}" stroke="{_FAINT}" stroke-width="0.6"/>',
            f'<path class="axis" d="M{at:.1f} {line}v4" stroke="{_GREY}"/>',
            _text(at, line + 17, number(tick, decimals, language), anchor="middle", size=12),
            _text(at, line + 32, percent(float(expit(tick)), language), anchor="middle", size=11, fill=_GREY),
        ]
    told = textwrap.wrap(name, layout.across)
    return [
        *parts,
        *(_text(end, line + 50 + 16 * i, one, anchor="end", size=12, fill=_GREY) for i, one in enumerate(told)),
    ]


def _row(layout: _Layout, top: float, text: str, by: float, start: float, end: float, said: str) -> list[str]:
    half, foot = layout.bar / 2, top + layout.row
    middle = foot - half - 4 if layout.above else top + layout.row / 2
    tip = math.copysign(min(8.0, abs(end - start)), by)
    points = [(start, -half), (end - tip, -half), (end, 0), (end - tip, half), (start, half)]
    shape = " ".join(f"{x:.1f},{middle + y:.1f}" for x, y in points)
    lines = _lines(text, layout.letters)
    if layout.above:
        at, first, anchor = layout.left, middle - half - 8 - 16 * (len(lines) - 1), "start"
    else:
        at, first, anchor = layout.left - 14, middle + 4.5 - 8 * (len(lines) - 1), "end"
    below = middle + half
    return [
        f'<path class="axis" d="M{start:.1f} {below}v{layout.row - layout.bar}" stroke="{_GREY}" stroke-width="0.6"/>',
        f'<polygon class="{"up" if by > 0 else "down"}" points="{shape}" fill="{UP if by > 0 else DOWN}"/>',
        _text(end + math.copysign(6, by), middle + 4.5, said, anchor="start" if by > 0 else "end", weight="600"),
        *(_text(at, first + 16 * i, line, anchor=anchor) for i, line in enumerate(lines)),
    ]


def _lines(text: str, letters: int) -> list[str]:
    """A label in at most two lines; where it is too long its words are cut, never the value."""
    name, equals, known = text.rpartition(" = ")
    if not equals:
        return textwrap.wrap(text, letters)
    tail = f" =\u00a0{known.replace(' ', chr(0xA0))}"
    lines, words = textwrap.wrap(name + tail, letters), name.split()
    while len(lines) > 2 and len(words) > 1:
        words.pop()
        lines = textwrap.wrap(" ".join(words) + "\u00a0…" + tail, letters)
    return lines


def _dashed(at: float, top: float, foot: float) -> str:
    return f'<path class="guide" d="M{at:.1f} {top}V{foot}" stroke="{_GREY}" stroke-dasharray="3 3"/>'


def _end(layout: _Layout, at: float, y: float, text: str) -> str:
    """One end's words, kept inside the picture."""
    half = 3.6 * len(text)
    left = layout.right if layout.above else layout.left / 2
    return _text(min(max(at, left + half), layout.width - layout.right - half), y, text, anchor="middle", weight="600")


def _text(
    x: float, y: float, text: str, anchor: str = "start", size: int = 13, weight: str = "400", fill: str = _INK
) -> str:
    soft = ' class="soft"' if fill == _GREY else ""
    return (
        f'<text{soft} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" font-weight="{weight}" '
        f'fill="{fill}">{escape(text)}</text>'
    )
