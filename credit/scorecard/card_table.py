"""A scorecard as a table, a row a bin: CSV with all digits for programs, a page in English or French for people."""

import csv
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader

from credit.decision.points import Scale
from credit.explain.feature_texts import about
from credit.i18n import numbers
from credit.scorecard.column_bins import Bins, Scorecard

#: The words of the bins and of the page.
_WORDS = {
    "en": {
        "gap": "not known",
        "any": "any value",
        "up_to": "up to {high}",
        "over": "over {low}",
        "between": "over {low}, up to {high}",
        "no": "no",
        "yes": "yes",
        "title": "Scorecard",
        "base": "Base",
        "base_meaning": "the average client of the training",
        "column": "Column",
        "meaning": "Meaning",
        "bin": "Value",
        "points": "Points",
        "log_odds": "Log odds of default",
        "how": "A client's points are the base and one row of each column, added up; more is better. A value that is "
        "not known has a row of its own.",
        "held": "Log odds are held within {low} and {high}.",
        "cut_off": "Below {points} points a loan is refused where no person reviews it.",
        "no_scale": "This model has no scale of points.",
    },
    "fr": {
        "gap": "inconnu",
        "any": "toute valeur",
        "up_to": "jusqu'à {high}",
        "over": "plus de {low}",
        "between": "plus de {low}, jusqu'à {high}",
        "no": "non",
        "yes": "oui",
        "title": "Grille de score",
        "base": "Base",
        "base_meaning": "le client moyen de l'apprentissage",
        "column": "Colonne",
        "meaning": "Signification",
        "bin": "Valeur",
        "points": "Points",
        "log_odds": "Log-cote de défaut",
        "how": "Les points d'un client sont la base et une ligne de chaque colonne, additionnées\u00a0; plus vaut "
        "mieux. Une valeur inconnue a sa propre ligne.",
        "held": "La log-cote est maintenue entre {low} et {high}.",
        "cut_off": "En dessous de {points} points, un prêt que personne n'examine est refusé.",
        "no_scale": "Ce modèle n'a pas d'échelle de points.",
    },
}

#: The columns of the CSV file.
HEADER = ("column", "meaning_en", "meaning_fr", "bin", "above", "up_to", "bin_en", "bin_fr", "log_odds", "points")


@dataclass(frozen=True)
class Row:
    """One bin of a column.

    ``number``: from 1 on, 0 for the gap. ``above`` (excluded) and ``up_to`` (included): its ends, None where it is open
    and for the gap. ``log_odds``: what it adds to the log odds of default. ``points``: what it adds to the points, None
    without a scale.
    """

    column: str
    number: int
    above: float | None
    up_to: float | None
    log_odds: float
    points: float | None

    def bin(self, language: str) -> str:
        """The bin in words of "en" or "fr", its ends as short as they can be told apart."""
        words, known = _WORDS[language], about(self.column)
        if self.number == 0:
            return words["gap"]
        if known.unit == "0/1" and (self.above is None) != (self.up_to is None):
            end = self.up_to if self.above is None else self.above
            assert end is not None  # one of both is there
            if 0 <= end < 1:
                return words["no" if self.above is None else "yes"]
        unit = known.unit_fr if language == "fr" else known.unit
        low, high = (_end(end, known.unit, unit, language) for end in (self.above, self.up_to))
        if low is None and high is None:
            return words["any"]
        form = "up_to" if low is None else "over" if high is None else "between"
        return words[form].format(low=low, high=high)


def rows(card: Scorecard, scale: Scale | None) -> list[Row]:
    """All bins, column by column, the gap first."""
    return [row for bins in card.columns for row in _rows_of(bins, scale)]


def base_points(card: Scorecard, scale: Scale) -> float:
    """The points to which those of the bins are added."""
    return scale.points - _per_log_odds(scale) * (card.base + math.log(scale.odds))


def as_csv(card: Scorecard, scale: Scale | None) -> str:
    """The table with `HEADER`, the base in its first row; numbers read back as the doubles that they are."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(HEADER)
    base = None if scale is None else base_points(card, scale)
    means = [_WORDS[language]["base_meaning"] for language in ("en", "fr")]
    table.writerow(["", *means, "", "", "", "", "", repr(card.base), _text(base)])
    for row in rows(card, scale):
        known = about(row.column)
        table.writerow(
            [
                *(row.column, known.en, known.fr, row.number, _text(row.above), _text(row.up_to)),
                *(row.bin("en"), row.bin("fr"), repr(row.log_odds), _text(row.points)),
            ]
        )
    return out.getvalue()


def as_html(
    card: Scorecard, scale: Scale | None, threshold: float, language: str, comparison: Sequence[str] = ()
) -> str:
    """A page in ``language``, "en" or "fr", that needs nothing else. ``card``: its bins. ``scale``: of the points; None
    shows log odds alone. ``threshold``: the probability at which a loan is refused, shown in points. ``comparison``:
    sentences about what the scorecard costs.
    """
    words = _WORDS[language]
    notes = [words["how"], words["held"].format(low=_round(card.low, language), high=_round(card.high, language))]
    if scale is None:
        notes.append(words["no_scale"])
    else:
        notes.append(words["cut_off"].format(points=numbers.number(scale.cut_off(threshold), 1, language)))
    shown = [
        {
            "column": row.column,
            "meaning": about(row.column).fr if language == "fr" else about(row.column).en,
            "first": row.number == 0,
            "bin": row.bin(language),
            "points": "" if row.points is None else numbers.number(row.points, 3, language, sign=True),
            "log_odds": numbers.number(row.log_odds, 6, language, sign=True),
        }
        for row in rows(card, scale)
    ]
    base = {
        "points": "" if scale is None else numbers.number(base_points(card, scale), 3, language),
        "log_odds": numbers.number(card.base, 6, language),
    }
    page = Environment(loader=PackageLoader("credit.scorecard", "."), autoescape=True).get_template("scorecard.html")
    return page.render(w=words, language=language, notes=notes, rows=shown, base=base, comparison=comparison)


def _rows_of(bins: Bins, scale: Scale | None) -> Iterator[Row]:
    def row(number: int, above: float | None, up_to: float | None, adds: float) -> Row:
        """Bin ``number`` of the column, ``above`` one bound and ``up_to`` the next, None where it has none; ``adds``:
        its log odds.
        """
        return Row(bins.column, number, above, up_to, adds, None if scale is None else -_per_log_odds(scale) * adds)

    yield row(0, None, None, bins.gap)
    ends = [None, *bins.upper, None]
    for number, adds in enumerate(bins.adds, 1):
        yield row(number, ends[number - 1], ends[number], adds)


def _per_log_odds(scale: Scale) -> float:
    return scale.double / math.log(2)


def _end(end: float | None, unit: str, word: str, language: str) -> str | None:
    """An end of a bin as a person reads it: whole days and amounts, shares with six decimals at most."""
    if end is None:
        return None
    if unit in ("currency", "days", "count", "months", "hours", "years", "code"):
        text = numbers.number(end, 0 if end == round(end) else 1, language)
    else:
        text = numbers.number(end, 0 if end == round(end) else 6, language)
    named = unit not in ("currency", "count", "ratio", "code", "0/1", "share", "score 0-1", "rating 1-3", "")
    return f"{text} {word}" if named else text


def _round(value: float, language: str) -> str:
    return numbers.number(value, 2, language)


def _text(value: float | None) -> str:
    return "" if value is None else repr(float(value))
