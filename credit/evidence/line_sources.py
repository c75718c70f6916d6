"""From what the lines are answered: the model at hand, what its card says, and what the environment and the log say."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from credit.evidence.card_section import Card
from credit.evidence.contents import MISSING, NOT_APPLICABLE, Line
from credit.evidence.log_facts import LogFacts
from credit.evidence.registry_versions import RegisteredVersion
from credit.evidence.service_settings import ServiceSettings


@dataclass(frozen=True)
class LineSources:
    """``manifest``, ``columns``, ``threshold``: of the model. ``card``: of the bundle. ``settings``: of the service.
    ``facts``: of the log, None without. ``registry``: versions, or why there are none. ``requirements``: the name of
    the file of pinned packages, empty without. ``explains``: whether the model's contributions are exact, so that it
    gives reasons.
    """

    manifest: Mapping[str, Any]
    columns: tuple[str, ...]
    threshold: float
    card: Card
    settings: ServiceSettings
    facts: LogFacts | None
    registry: tuple[RegisteredVersion, ...] | str
    requirements: str
    explains: bool = True

    @property
    def simulated(self) -> bool:
        """Whether the model learnt from a simulated bank."""
        return bool(self.manifest["data"]["simulated"])


def answer(id: str, what: str, annex: str, guidance: str, text: str, source: str, section: str = "") -> Line:
    """A line that the product answers.

    ``id``, ``what``, ``annex``, ``guidance``, ``text``, ``source``, ``section``: the fields of `Line`.
    """
    return Line(id, what, annex, guidance, text, source, section)


def answer_or_missing(
    id: str, what: str, annex: str, guidance: str, text: str, source: str, section: str, wanted: str
) -> Line:
    """The same, missing where ``text`` is empty; ``wanted``: what has to be done then.

    ``id``, ``what``, ``annex``, ``guidance``, ``source``, ``section``: the fields of `Line`; a missing line has no
    source and no section.
    """
    if text:
        return answer(id, what, annex, guidance, text, source, section)
    return missing(id, what, annex, guidance, wanted)


def missing(id: str, what: str, annex: str, guidance: str, wanted: str) -> Line:
    """A line that nothing answers.

    ``id``, ``what``, ``annex``, ``guidance``: the fields of `Line`. ``wanted``: what has to be done, and where.
    """
    return Line(id, what, annex, guidance, status=MISSING, wanted=wanted)


def not_applicable(id: str, what: str, annex: str, why: str, source: str) -> Line:
    """A line that is not asked of such a system.

    ``id``, ``what``, ``annex``: the fields of `Line`. ``why``: a sentence. ``source``: from which that follows.
    """
    return Line(id, what, annex, "", why, source, status=NOT_APPLICABLE)
