"""The model card in French, from the English text that training writes.

The card is made of sentences that training knows, with gaps for figures and names; ``model_card_french.json`` has each
of them in both languages. So the card of a model that is served reads in French without training it again, and both
have the same figures. A sentence that is not known here, of another version, stays in English between `ENGLISH` marks.

A gap is named by what is in it: ``n`` a number, ``g`` a group of clients, ``a`` an attribute, ``p`` attributes with
their columns, ``o`` groups with rates, ``m`` a rule that decides, ``v`` a model that was looked at as a less
discriminatory alternative, ``t`` anything else, which stays as it is.
"""

import json
import re
from functools import cache
from pathlib import Path

from credit.i18n.numbers import number

#: Around what is not known in French, until the page marks it for screen readers.
ENGLISH = ("\ue000", "\ue001")

_TEXTS = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
_WORDS: dict[str, str] = _TEXTS["words"]
_WITH_ARTICLE: dict[str, str] = _TEXTS["with_article"]
_TOO_FEW = "too few defaults to tell"
_NOT_MEASURED = _WORDS["not measured"]
_RULES = {" at its threshold": " à son seuil", " as served": " tel que servi"}

_FIGURE = r"[-+]?\d[\d,]*(?:\.\d+)?(?:e[-+]\d+)?%?"
_ALTERNATIVES = [(re.compile(english), french) for english, french in _TEXTS["alternatives"]]
_NUMBERED = re.compile(r"\d+: .+")
_RATIO = re.compile(r"ratio by (.+)")
_NUMBER = re.compile(rf"(?<![\w.]){_FIGURE}(?!\w)")
_GAP = re.compile(r"\{([a-z])\d?\}")
_MARKED = re.compile(r"(- |#+ |)(.*)")
_RATES = re.compile(r"(?:^|, | et )([a-z ]+?): ([^()]+?) \(predicted ([^,]+), observed ([^)]+)\)")


def in_french(card: str) -> str:
    """The card, Markdown without its head, line by line; what is not known in French between `ENGLISH`."""
    return "\n".join(_line(line) for line in card.split("\n"))


def _line(line: str) -> str:
    if not line.strip() or line.startswith("|---"):
        return line
    if line.startswith("|"):
        return f"| {' | '.join(_cell(one.strip()) for one in line.strip('|').split(' | '))} |"
    if (told := _sentences(line.removeprefix("- "))) is not None:
        return f"- {told}" if line.startswith("- ") else told
    found = _MARKED.fullmatch(line)
    return line if found is None else f"{found[1]}{ENGLISH[0]}{found[2]}{ENGLISH[1]}"


def _sentences(text: str) -> str | None:
    """The sentences of a line one after the other; None where one is not known."""
    rest, told = text, ""
    while rest:
        found, gaps, french = next(
            ((match, gaps, french) for pattern, gaps, french in _patterns() if (match := pattern.match(rest))),
            (None, (), ""),
        )
        if found is None:
            return None
        for gap in gaps:
            french = french.replace(f"{{{gap}}}", _value(gap[0], found[gap]))
        rest = rest[found.end() :]
        told += french
        if rest.startswith(" "):
            told, rest = f"{told} ", rest[1:]
    return told


@cache
def _patterns() -> list[tuple[re.Pattern[str], tuple[str, ...], str]]:
    """Pattern, names of its gaps and the French sentence, the longest first: a short one may begin a long one."""
    found = []
    for english, french in sorted(_TEXTS["sentences"], key=lambda one: -len(one[0])):
        gaps = tuple(gap[0][1:-1] for gap in _GAP.finditer(english))
        pattern = re.escape(english)
        for gap in gaps:
            inside = f"{_FIGURE}|not measured" if gap.startswith("n") else ".+?"
            pattern = pattern.replace(re.escape(f"{{{gap}}}"), f"(?P<{gap}>{inside})")
        # A text at the end reaches to the end of the line.
        found.append((re.compile(pattern + ("$" if pattern.endswith(".+?)") else "")), gaps, french))
    return found


def _value(kind: str, text: str) -> str:
    if kind == "n":
        return _numbers(text)
    if kind == "g":
        return _WORDS.get(text, text)
    if kind == "a":
        return _WITH_ARTICLE.get(text, text)
    if kind == "p":
        for name, french in _WITH_ARTICLE.items():
            text = text.replace(f"{name} (", f"{french} (")
        return text.replace(") and ", ") et ")
    if kind == "o":
        return _RATES.sub(_rates, text.replace(") and ", ") et "))
    if kind == "m":
        return _rule(text)
    if kind == "v":
        return _alternative(text)
    return _NOT_MEASURED if text == "not measured" else text


def _rates(found: re.Match[str]) -> str:
    """gender: men (predicted 9.1%, observed 8.0%)"""
    attribute, group, predicted, observed = found.groups()
    before = found[0][: found.start(1) - found.start()]
    return f"{before}{_group(attribute, group)} (prédit {_numbers(predicted)}, observé {_numbers(observed)})"


def _group(attribute: str, group: str) -> str:
    return f"{_WORDS[attribute]}\u00a0: {_WORDS[group]}"


def _rule(text: str) -> str:
    """A rule that decides, or the name of a model, which is a name in every language."""
    for english, french in _RULES.items():
        if text.endswith(english):
            return text.removesuffix(english) + french
    return _WORDS.get(text, text)


def _alternative(text: str) -> str:
    """The name of an alternative: what it is without, or how it is weighed."""
    for english, french in _ALTERNATIVES:
        text = english.sub(french, text)
    return _numbers(text)


def _cell(text: str) -> str:
    if _NUMBERED.fullmatch(text):
        place, _, name = text.partition(": ")
        return f"{place}\u00a0: {_alternative(name)}"
    if (found := _RATIO.fullmatch(text)) is not None:
        return f"rapport selon {_WITH_ARTICLE.get(found[1], found[1])}"
    if text.startswith("everything but ") and text not in _WORDS:
        return f"tout sauf {text.removeprefix('everything but ')}"
    attribute, _, group = text.partition(": ")
    if attribute in _WITH_ARTICLE and group in _WORDS:
        return _group(attribute, group)
    if (rule := _rule(text)) != text or text in _WORDS:
        return rule
    return _numbers(text.replace(f"({_TOO_FEW})", f"({_WORDS[_TOO_FEW]})"))


def _numbers(text: str) -> str:
    """0.804 (0.797 to 0.810) as 0,804 (0,797 à 0,810), 24.8% as 24,8 %, 307,511 as 307 511."""
    if text in _WORDS:
        return _WORDS[text]
    return _NUMBER.sub(_number, re.sub(r"(?<=[\d%]) to (?=[-+\d])", " à ", text))


def _number(found: re.Match[str]) -> str:
    text = found[0]
    share, bare = text.endswith("%"), text.rstrip("%").replace(",", "")
    if "e" in bare:
        return number(float(bare), 0, "fr")
    decimals = len(bare.partition(".")[2])
    return number(float(bare), decimals, "fr", sign=bare.startswith("+")) + ("\u00a0%" if share else "")
