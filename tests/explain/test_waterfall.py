"""The waterfall of the service: geometry, words, and what a screen reader is told."""

from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest

from credit.explain import Contribution, Explanation
from credit.explain.feature_texts import about
from credit.explain.spoken_values import label
from credit.explain.waterfall import DOWN, UP, svg
from credit.explain.waterfall_bars import rows
from credit.features import instalments
from credit.i18n.numbers import number, percent, value

SVG = "{http://www.w3.org/2000/svg}"


def contribution(name: str, known: float | None, by: float, unit: str = "score 0-1") -> Contribution:
    return Contribution(name, known, by, f"{name} in English", f"{name} en français", unit, unit, False)


@pytest.fixture
def explained() -> Explanation:
    """-2 + 1.0 - 0.5 + 0.25 + 0.15 + 0.1 = -1."""
    contributions = (
        contribution("A < B & C", 0.1, 1.0),
        contribution("B", None, -0.5),
        contribution("C", 1234567.0, 0.25, "currency"),
        contribution("D", 0.5, 0.15),
        contribution("E", 0.5, 0.1),
    )
    return Explanation(-2.0, 1 / (1 + np.exp(2)), -1.0, 1 / (1 + np.exp(1)), contributions, ())


def shapes(picture: str) -> list[tuple[str, float, float]]:
    """Each bar: (colour, where it starts, where its tip is)."""
    found = []
    for bar in ElementTree.fromstring(picture).iter(f"{SVG}polygon"):
        points = [tuple(map(float, pair.split(","))) for pair in bar.attrib["points"].split()]
        found.append((bar.attrib["fill"], points[0][0], points[2][0]))
    return found


def test_bars_lead_from_the_base_value_to_the_score(explained):
    picture = svg(explained, most=3)
    bars = shapes(picture)
    assert [colour for colour, _, _ in bars] == [UP, DOWN, UP, UP]  # three, and one for the two others
    for above, below in pairwise(bars):
        assert above[1] == pytest.approx(below[2])  # starts where the one below has ended
    length = bars[0][2] - bars[0][1]  # of 1.0
    assert length > 0
    assert bars[1][2] - bars[1][1] == pytest.approx(-0.5 * length, abs=0.11)
    assert bars[0][2] - bars[-1][1] == pytest.approx(length, abs=0.11)  # from -2 to -1
    dashed = [
        p.attrib["d"] for p in ElementTree.fromstring(picture).iter(f"{SVG}path") if "stroke-dasharray" in p.attrib
    ]
    assert [float(line[1:].split()[0]) for line in dashed] == [bars[0][2], bars[-1][1]]  # the score, the base value


def test_the_features_without_a_bar_share_one(explained):
    assert rows(explained, "en", 3) == [
        ("A < B & C in English = 0.100", 1.0),
        ("B in English = not known", -0.5),
        ("C in English = 1,234,567", 0.25),
        ("2 other features", pytest.approx(0.25)),
    ]
    assert rows(explained, "fr", 5)[2] == ("C en français = 1\u202f234\u202f567", 0.25)
    assert len(rows(explained, "en", 5)) == 5


def test_the_picture_tells_screen_readers_what_it_shows(explained):
    picture = ElementTree.fromstring(svg(explained, "en", 3))
    title, desc = picture.find(f"{SVG}title"), picture.find(f"{SVG}desc")
    assert picture.attrib["role"] == "img"
    assert picture.attrib["aria-labelledby"].split() == [title.attrib["id"], desc.attrib["id"]]
    assert title.text == "Why the probability of default is 26.9\u00a0%"
    assert "from the base value \u22122.00 (probability 11.9\u00a0%)" in desc.text
    assert "A < B & C in English = 0.100: +1.00; B in English = not known: \u22120.50" in desc.text


def test_the_picture_speaks_french(explained):
    picture = ElementTree.fromstring(svg(explained, "fr", 3))
    words = [text.text for text in picture.iter(f"{SVG}text")]
    assert picture.attrib["lang"] == "fr"
    assert words[0] == "Pourquoi la probabilité de défaut est de 26,9\u00a0%"
    assert "ce client\u00a0: \u22121,00 = 26,9\u00a0%" in words
    assert "valeur de base\u00a0: \u22122,00 = 11,9\u00a0%" in words
    assert "2 autres variables" in words


def test_pictures_in_one_page_have_their_own_names(explained):
    assert svg(explained).split('id="')[1] != svg(explained, "fr").split('id="')[1]


def test_a_long_description_is_cut_and_its_value_kept():
    one = contribution("Description " * 20, 0.25, 0.3)
    picture = svg(Explanation(-1.0, 0.27, -0.7, 0.33, (one,), ()))
    lines = [text.text for text in ElementTree.fromstring(picture).iter(f"{SVG}text")]
    (last,) = [line for line in lines if "0.250" in line]
    assert last.endswith("…\u00a0=\u00a00.250") or last.endswith("… =\u00a00.250")
    assert max(len(line) for line in lines if "Description" in line) <= 50


def test_a_client_whom_nothing_moves_is_drawn():
    picture = svg(Explanation(-2.0, 0.12, -2.0, 0.12, (contribution("A", 1.0, 0.0),), ()))
    assert len(shapes(picture)) == 1


def test_a_real_client_is_drawn(explainer, clients):
    found = explainer.explain(clients[0])
    bars = shapes(svg(found))
    assert 7 < len(bars) <= 11
    assert bars[0][2] - bars[-1][1] == pytest.approx(sum(tip - start for _, start, tip in bars), abs=0.6)


def test_a_narrow_picture_keeps_all_that_it_says_within_a_phone(explained):
    drawn = ElementTree.fromstring(svg(explained, "fr", narrow=True))
    assert float(drawn.get("width")) <= 328
    names = {"svg": "http://www.w3.org/2000/svg"}
    wide = ElementTree.fromstring(svg(explained, "fr"))
    assert len(drawn.findall("svg:polygon", names)) == len(wide.findall("svg:polygon", names))
    assert drawn.find("svg:desc", names).text == wide.find("svg:desc", names).text
    for text in drawn.findall("svg:text", names):
        at, letters = float(text.get("x")), 6.6 * len(text.text)
        left = {"start": at, "middle": at - letters / 2, "end": at - letters}[text.get("text-anchor")]
        assert left > -12, text.text
        assert left + letters < 332, text.text


def test_another_language_is_refused(explained):
    with pytest.raises(ValueError, match="en or fr, not in 'de'"):
        svg(explained, "de")


def test_numbers_are_written_as_people_read_them():
    assert number(-1234.5, 1, "en") == "\u22121,234.5"
    assert number(-1234.5, 1, "fr") == "\u22121\u202f234,5"
    assert number(0.254, 2, "en", sign=True) == "+0.25"
    assert number(-0.001, 2, "en", sign=True) == "+0.00"
    assert percent(0.0479, "fr") == "4,8\u00a0%"


@pytest.mark.parametrize(
    ("known", "unit", "en", "fr"),
    [
        (None, "days", "not known", "valeur inconnue"),
        (1.0, "0/1", "yes", "oui"),
        (0.0, "0/1", "no", "non"),
        (0.25, "share", "25.0\u00a0%", "25,0\u00a0%"),
        (-1200.0, "days", "\u22121,200 days", "\u22121\u202f200 days"),
        (12.4, "months", "12.4 months", "12,4 months"),
        (450000.0, "currency", "450,000", "450\u202f000"),
        (0.4321, "ratio", "0.432", "0,432"),
    ],
)
def test_values_have_their_units(known, unit, en, fr):
    assert value(known, unit, unit, "en") == en
    assert value(known, unit, unit, "fr") == fr


@pytest.mark.parametrize(
    ("name", "known", "en", "fr"),
    [
        ("CODE_GENDER", 1.0, "Gender = male", "Sexe = homme"),
        ("CODE_GENDER", 0.0, "Gender = female", "Sexe = femme"),
        ("CODE_GENDER", None, "Gender = not known", "Sexe = valeur inconnue"),
        ("CODE_GENDER", 0.5, "Gender = 0.500", "Sexe = 0,500"),
        (
            "DAYS_BIRTH",
            -9000.0,
            "Date of birth = 24 years and 7 months before the application",  # 24 * 365.25 = 8,766, and 234 more
            "Date de naissance = 24 ans et 7 mois avant la demande",
        ),
        (
            "INSTALMENTS_HISTORY",
            0.0,
            f"There are {instalments.ALL.en} = no",
            f"Présence de {instalments.ALL.fr} = non",
        ),
    ],
)
def test_people_read_what_a_value_means_and_no_rule_for_programs(name, known, en, fr):
    words = about(name)
    one = Contribution(name, known, 0.1, *words, False)
    assert (label(one, "en"), label(one, "fr")) == (en, fr)


def test_protected_features_are_one_bar_where_they_are_not_shown(explained):
    gender = Contribution("CODE_GENDER", 1.0, 0.4, *about("CODE_GENDER"), True)
    age = Contribution("DAYS_BIRTH", -9000.0, -0.3, *about("DAYS_BIRTH"), True)
    both = replace(explained, contributions=(explained.contributions[0], gender, age, *explained.contributions[1:]))
    names, sizes = zip(*rows(both, "en", 3, protected=False), strict=True)
    assert names[0].endswith("= 0.100")
    assert names[-1] == "4 other features"  # 0.15, 0.1, and the two protected ones, whose sum is as small as these
    assert sum(sizes) == pytest.approx(1.1)
    names = [name for name, _ in rows(both, "fr", 10, protected=False)]
    assert "Attributs protégés, non affichés" in names
    assert not [name for name in names if "Sexe" in name or "naissance" in name]
    assert dict(rows(both, "en", protected=False))["Protected attributes, not shown"] == pytest.approx(0.1)
    assert dict(rows(both, "en"))["Gender = male"] == 0.4
    assert explained.protected_together() is explained
