"""Reasons as the decision log keeps them, in another language: the log has the sentence of the language of the request.

Only sentences that this project says itself, or said in an earlier version, are found again: those of the groups in
reasons.json, those of its retired codes, and those that name a feature of the group. So what is said of a logged reason
is never free text, and never speaks of a protected attribute.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from credit.explain.reasons import GROUPS, LANGUAGES, NAMED, PROTECTED, RETIRED, group_of


def in_language(code: str, kind: str, text: str, language: str) -> str | None:
    """The reason that was logged under ``code`` and ``kind`` with ``text``, in ``language``.

    None for a sentence that is not known: it was changed, is of another version, or names a feature that the tables do
    not make. Raises ``ValueError`` for a language that reasons are not given in.
    """
    if language not in LANGUAGES:
        raise ValueError(f"reasons are given in {' and '.join(LANGUAGES)}, not in {language!r}")
    pairs = _named(code) if kind == "named" else _sentences(code, kind)
    found = pairs.get(text)
    return None if found is None else found[LANGUAGES.index(language)]


def in_words(logged: Mapping[str, Any], language: str) -> tuple[str, str | None]:
    """The sentence of a reason as the log has it (code, kind, text), and its language.

    In ``language`` where `in_language` finds it; else as it was told, and its language is None. Raises as that does.
    """
    told = str(logged["text"])
    found = in_language(logged.get("code", ""), logged.get("kind", ""), told, language)
    return (told, None) if found is None else (found, language)


def _sentences(code: str, kind: str) -> dict[str, tuple[str, str]]:
    """Each sentence of the group, of today and of earlier versions -> the same in English and French."""
    found: dict[str, tuple[str, str]] = {}
    if kind in ("known", "fact", "unknown"):
        for version in (GROUPS, RETIRED):
            if pair := version.get(code, {}).get(kind):
                found |= dict.fromkeys(pair, tuple(pair))
        if kind == "known":
            for _, _, _, en, fr, *_ in GROUPS.get(code, {}).get("ways", ()):
                found |= dict.fromkeys((en, fr), (en, fr))
    return found


@cache
def _named(code: str) -> dict[str, tuple[str, str]]:
    """Each sentence that names a feature of the group, or one that it once had -> the same in English and French."""
    from credit.features import FEATURES  # the whole recipe: only who translates waits for it

    codes = {code, *RETIRED.get(code, {}).get("now", ())} - {PROTECTED}
    found: dict[str, tuple[str, str]] = {}
    for feature in FEATURES:
        if group_of(feature.name) in codes:
            for en, fr in NAMED.values():
                pair = en.format(en=feature.en), fr.format(fr=feature.fr)
                found.setdefault(pair[0], pair)
                found.setdefault(pair[1], pair)
    return found
