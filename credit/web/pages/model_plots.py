"""Pictures of the model for the page, as SVG without any style of its own: the stylesheet knows light and dark."""

from collections.abc import Mapping, Sequence
from html import escape

from credit.i18n.numbers import percent

# Lengths in pixels: on a phone of 360 pixels the picture still fits.
_SIZE, _LEFT, _BOTTOM, _GAP = 300, 52, 44, 12


def reliability(rows: Sequence[Mapping[str, float]], title: str, across: str, up: str, language: str) -> str:
    """Predicted against observed default rates, one point with its interval for each group of clients.

    ``rows``: predicted, observed, low, high, each in [0, 1]. ``title``, ``across``, ``up``: words for it and its axes.
    ``language``: of the numbers, en or fr.
    """
    most = _ceiling(max(value for row in rows for value in row.values() if value <= 1))
    side = _SIZE - _LEFT - _GAP

    def x(value: float) -> float:
        return _LEFT + value / most * side

    def y(value: float) -> float:
        return _SIZE - _BOTTOM - value / most * (_SIZE - _BOTTOM - _GAP)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIZE} {_SIZE}" width="{_SIZE}" height="{_SIZE}" '
        f'class="chart" role="img" aria-label="{escape(title)}">',
        f'<path class="axis" d="M{_LEFT} {_GAP}V{_SIZE - _BOTTOM}H{_SIZE - _GAP}"/>',
        f'<path class="guide" d="M{x(0):.1f} {y(0):.1f}L{x(most):.1f} {y(most):.1f}"/>',
    ]
    for tick in (0.0, most / 2, most):
        told = percent(tick, language).replace(".0", "").replace(",0", "")
        parts.append(f'<text x="{x(tick):.1f}" y="{_SIZE - _BOTTOM + 16}" text-anchor="middle">{told}</text>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y(tick) + 4:.1f}" text-anchor="end">{told}</text>')
    for row in rows:
        at = x(row["predicted"])
        parts.append(f'<path class="range" d="M{at:.1f} {y(row["low"]):.1f}V{y(row["high"]):.1f}"/>')
        parts.append(f'<circle class="point" cx="{at:.1f}" cy="{y(row["observed"]):.1f}" r="4"/>')
    parts.append(f'<text x="{_SIZE - _GAP}" y="{_SIZE - 8}" text-anchor="end">{escape(across)}</text>')
    parts.append(f'<text transform="translate(12 {_GAP}) rotate(-90)" text-anchor="end">{escape(up)}</text>')
    return "\n".join([*parts, "</svg>"])


def _ceiling(value: float) -> float:
    """The next round share above ``value``."""
    return next(step for step in (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0) if value <= step)
