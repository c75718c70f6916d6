"""Reasons as the decision log keeps them, in another language: the log has the sentence of the language of the request.

Only sentences that this project says itself are found again: those of the groups in reasons.json, and those that name a
feature of the group. So what is said of a logged reason is never free text, and never speaks of a protected attribute.
"""

from functools import cache

from credit.explain.reasons import GROUPS, LANGUAGES, NAMED, PROTECTED, group_of


def in_language(code: str, kind: str, text: str, language: str) -> str | None:
    """The reason that was logged under ``code`` and ``kind`` with ``text``, in ``language``.

    None for a sentence that is not known: it was changed, is of another version, or names a feature that the tables do
    not make. Raises ``ValueError`` for a language that reasons are not given in.
    """
    if language not in LANGUAGES:
        raise ValueError(f"reasons are given in {' and '.join(LANGUAGES)}, not in {language!r}")
    if code == PROTECTED or code not in GROUPS:
        return None
    pairs = _named(code) if kind == "named" else _sentences(code, kind)
    found = pairs.get(text)
    return None if found is None else found[LANGUAGES.index(language)]


def _sentences(code: str, kind: str) -> dict[str, tuple[str, str]]:
    written = GROUPS[code].get(kind)
    return {} if kind not in ("known", "fact", "unknown") or written is None else dict.fromkeys(written, tuple(written))


@cache
def _named(code: str) -> dict[str, tuple[str, str]]:
    """Each sentence that names a feature of the group -> the same in English and French."""
    from credit.features import FEATURES  # the whole recipe: only who translates waits for it

    found: dict[str, tuple[str, str]] = {}
    for feature in FEATURES:
        if group_of(feature.name) == code:
            for en, fr in NAMED.values():
                pair = en.format(en=feature.en), fr.format(fr=feature.fr)
                found.setdefault(pair[0], pair)
                found.setdefault(pair[1], pair)
    return found
