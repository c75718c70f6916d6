"""Reasons that were logged, in another language than the one in which they were told.

The log keeps a reason's code, its kind and the sentence that was told. A sentence of a group is the same for every
client, so its code and kind give it in the other language. One that names a feature is found again by the sentence:
each feature has one of its own in either language.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from credit.explain.reasons import GROUPS, LANGUAGES, NAMED


def in_words(logged: Mapping[str, Any], language: str) -> tuple[str, str | None]:
    """The sentence of a reason as the log has it (code, kind, text), and its language.

    In ``language`` where today's sentences hold it; else as it was told, and its language is None: an earlier version
    told it in other words. Raises ValueError for a language that reasons are not given in.
    """
    if language not in LANGUAGES:
        raise ValueError(f"reasons are given in {' and '.join(LANGUAGES)}, not in {language!r}")
    told = str(logged["text"])
    pair = GROUPS.get(logged.get("code", ""), {}).get(logged.get("kind", ""))
    if pair is None:
        pair = _named().get(told)
    elif told not in pair:
        pair = None
    return (told, None) if pair is None else (pair[LANGUAGES.index(language)], language)


@cache
def _named() -> dict[str, tuple[str, str]]:
    """Every sentence that names a feature, in either language -> both."""
    from credit.features import FEATURES

    found: dict[str, tuple[str, str]] = {}
    for en, fr in NAMED.values():
        for feature in FEATURES:
            pair = en.format(en=feature.en), fr.format(fr=feature.fr)
            found |= dict.fromkeys(pair, pair)
    return found
