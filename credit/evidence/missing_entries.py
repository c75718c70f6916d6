"""The list of what is missing, the weightiest first: what a validator cannot go on without stands above hardware."""

from collections.abc import Sequence

import msgspec

from credit.evidence.contents import MISSING, Line, Section

#: The lines that weigh most where they are missing, in this order; then all others in the order of the annex, without
#: those of ``_LEAST``, which come last.
_FIRST = (
    *("g.validation", "2g.signed", "2g.validation", "g.outcomes", "2d.label", "2d.period", "2b.costs"),
    *("2g.discrimination", "2g.alternatives", "2b.tradeoffs", "5.risk-management", "1a.provider", "8.declaration"),
    *("9.records", "9.persons", "9.frequency", "9.noted-end", "g.vendor-assessment", "2e.assessment", "3.oversight"),
    *("2h.keys", "2h.limits", "2h.assessment", "6.approvals", "1a.previous", "g.materiality", "g.policies"),
)
_LEAST = ("1a.deployer", "1e.processor", "1e.hardware", "2c.resources", "7.standards")


class Missing(msgspec.Struct, frozen=True):
    """``id``: of a line, or of a section with a number, such as quarters.1. ``what`` is missing, what is ``wanted``.
    ``place``: on the page, to which the entry links. ``line``: whether a statement of the bank can answer it.
    """

    id: str
    what: str
    wanted: str
    place: str
    line: bool


def missing_list(lines: Sequence[Line], sections: Sequence[Section]) -> tuple[Missing, ...]:
    """All that is missing: lines by their weight, then what sections lack."""
    of_lines = [Missing(one.id, one.what, one.wanted, f"line-{one.id}", True) for one in lines if one.status == MISSING]
    of_sections = [
        Missing(f"{section.id}.{number}", what, wanted, section.id, False)
        for section in sections
        for number, (what, wanted) in enumerate(section.missing, 1)
    ]
    return (*sorted(of_lines, key=lambda one: _weight(one.id)), *of_sections)


def _weight(id: str) -> int:
    """0 comes first; the order within a weight is that of the annex."""
    if id in _FIRST:
        return _FIRST.index(id)
    return len(_FIRST) + (1 if id in _LEAST else 0)
