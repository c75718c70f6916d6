"""Codes that a person names, of findings, warnings or alarms: an unknown one is answered with those that come near."""

import difflib
from collections.abc import Iterable, Sequence


def codes_in(text: str, known: Sequence[str], of: str) -> frozenset[str]:
    """The codes in a list with commas, such as "features,texts". ``known``, ``of``, errors: as `refuse_unknown`."""
    found = frozenset(filter(None, (part.strip() for part in text.split(","))))
    refuse_unknown(sorted(found), known, of)
    return found


def refuse_unknown(codes: Iterable[str], known: Sequence[str], of: str) -> None:
    """Raise ``ValueError`` for a code that is none of ``known``, with the nearest of them, or all where none is near.

    ``of``: whose codes they are, such as "a finding".
    """
    for code in codes:
        if code not in known:
            near = difflib.get_close_matches(code, known, n=3)
            which = f"did you mean {' or '.join(near)}?" if near else f"the codes are {', '.join(known)}"
            raise ValueError(f"{code[:40]!r} is no code of {of}; {which}")
