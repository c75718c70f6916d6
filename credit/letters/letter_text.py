"""From a refusal to a letter as HTML: the templates of this package, or the bank's own in a folder.

A template is named by profile and language, such as ``eu.fr.html``, that of a counteroffer ``eu.offer.fr.html``;
``frame.html`` is the sheet around them. One that the bank's folder holds takes the place of the package's. Templates
are Jinja2 in its sandbox; every value is escaped, and a name that is not there is an error. All letters of the bank's
own are written once of an invented client when the writer is made: what is wrong with them is said then, and not when a
client waits.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from jinja2 import BaseLoader, ChoiceLoader, FileSystemLoader, PackageLoader, StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from credit.i18n.currencies import money
from credit.i18n.dates import day
from credit.i18n.numbers import percent
from credit.letters.bank_details import BankDetails, LetterError
from credit.letters.profiles import PROFILES, Profile
from credit.letters.refusal import CitedRule, LoggedInterval, OfferedTerms, Refusal

LANGUAGES = ("en", "fr")
FRAME = "frame.html"

#: An invented refusal, of which templates are tried.
_SAMPLE = Refusal(
    decision=1,
    client=2,
    applied=date(2026, 1, 30),
    decided=date(2026, 1, 31),
    language="en",
    reasons=("A reason.",),
    used=("your application",),
    bureau=True,
    by_person=False,
    own_reason=False,
    rules=(),
    probability=0.3,
    threshold=0.16,
    model="0" * 64,
)

_RULES: tuple[tuple[CitedRule, ...], ...] = ((), (CitedRule("a_rule", "a law"),), (CitedRule("a_rule", None),))

#: The ways to a refusal: by the model or by rules, of the machine or confirmed by a person; by a person's own reason.
_SAMPLES = (
    *(replace(_SAMPLE, by_person=by_person, rules=rules) for by_person in (False, True) for rules in _RULES),
    replace(_SAMPLE, by_person=True, own_reason=True),
)

#: How sure an estimate is, for a client.
_HOW_SURE = {
    "en": {
        "truth": "No estimate is exact: of ten applicants of whom we know as much and who get this estimate, about "
        "nine have a likelihood between {low} and {high}.",
        "fuller": "No estimate is exact: with everything that we could know of you, it would lie between {low} and "
        "{high} in about nine cases out of ten.",
    },
    "fr": {
        "truth": "Aucune estimation n'est exacte\u00a0: sur dix demandeurs dont nous savons autant et qui reçoivent "
        "cette estimation, neuf environ ont une probabilité comprise entre {low} et {high}.",
        "fuller": "Aucune estimation n'est exacte\u00a0: avec tout ce que nous pourrions savoir de vous, elle se "
        "situerait entre {low} et {high} dans environ neuf cas sur dix.",
    },
}

#: A person alone makes counteroffers: of each term, of all, and for each kind of reason.
_OFFERS = tuple(
    replace(_SAMPLE, by_person=True, offer=OfferedTerms(*terms), **more)
    for terms in ((123_456.0, None, None), (None, 7_891.0, None), (None, None, 37), (123_456.0, 7_891.0, 37))
    for more in ({}, {"own_reason": True}, {"rules": _RULES[1]})
)


class LetterWriter:
    """Writes letters of ``bank``, by the templates in ``folder`` and those of this package.

    ``profile``: the one that is taken where none is asked for. Raises `LetterError` for an unknown profile, a folder
    that is not there, a file in it that is no template of a letter, and a template that cannot be used.
    """

    def __init__(self, bank: BankDetails, folder: str | Path | None = None, profile: str = "neutral") -> None:
        self.bank, self.profile = bank, known_profile(profile).name
        loaders: list[BaseLoader] = [PackageLoader("credit.letters")]
        own = _own_templates(folder)
        if folder is not None:
            loaders.insert(0, FileSystemLoader(folder))
        self._templates = SandboxedEnvironment(
            loader=ChoiceLoader(loaders),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        for name in own:
            for profile_name, language, offer in _letters_with(name):
                self._try(name, PROFILES[profile_name], language, offer)

    def write(self, refused: Refusal, on: date, profile: str | None = None) -> str:
        """The letter as a page of HTML that needs nothing from anywhere else. ``on``: the day that it bears.

        Raises `LetterError` where the bank has not said what the profile's letters say of it, and for a template that
        cannot be used.
        """
        chosen = self.check(refused, profile)
        return self._written(refused, on, chosen, self.bank)

    def check(self, refused: Refusal, profile: str | None = None) -> Profile:
        """The profile of a letter; raises `LetterError` where the bank has not said what its letters say of it."""
        chosen = known_profile(self.profile if profile is None else profile)
        needs = (*chosen.required, *(("credit_bureau",) if chosen.bureau and refused.bureau else ()))
        self.bank.require(needs, f"A letter of the profile {chosen.name}")
        return chosen

    def _written(self, refused: Refusal, on: date, profile: Profile, bank: BankDetails) -> str:
        language, offer = refused.language, refused.offer
        name = _template(profile.name, language, offer is not None)
        due = profile.due(refused.applied)
        accept_by = on + timedelta(days=bank.offer_days) if offer is not None and bank.offer_days else None
        try:
            return self._templates.get_template(name).render(
                refusal=refused,
                bank=bank,
                language=language,
                decided=day(refused.decided, language),
                written=day(on, language),
                due=None if due is None else day(due, language),
                probability=percent(refused.probability, language),
                threshold=percent(refused.threshold, language),
                how_sure=_how_sure(refused.interval, language),
                offer=None if offer is None else _in_words(offer, language, bank.currency),
                accept_by=None if accept_by is None else day(accept_by, language),
            )
        except TemplateError as error:
            where = f", line {line}" if (line := getattr(error, "lineno", None)) else ""
            raise LetterError(f"The template {name}{where} cannot be used: {error}") from None

    def _try(self, name: str, profile: Profile, language: str, offer: bool) -> None:
        every = BankDetails("...", "...", "...", "...", "...", "...", offer_days=30, currency=self.bank.currency)
        for one in _OFFERS if offer else _SAMPLES:
            sample = replace(one, language=language)
            try:
                text = self._written(sample, sample.decided, profile, every)
            except LetterError as error:
                raise LetterError(f"{error} (of the folder with the bank's templates: {name})") from None
            letter = _template(profile.name, language, offer)
            if sample.reasons[0] not in text:
                raise LetterError(
                    f"The letter {letter} says no reasons: put {{{{ reason }}}} of refusal.reasons into {name}."
                )
            terms = () if sample.offer is None else _in_words(sample.offer, language, every.currency).values()
            if any(term is not None and term not in text for term in terms):
                raise LetterError(
                    f"The letter {letter} says not all terms: put offer.amount, offer.annuity and offer.months into "
                    f"{name}."
                )


def _template(profile: str, language: str, offer: bool) -> str:
    return f"{profile}{'.offer' if offer else ''}.{language}.html"


def _how_sure(interval: LoggedInterval | None, language: str) -> str | None:
    """A sentence that follows the estimate; None where it was not measured how sure it is."""
    if interval is None:
        return None
    told = _HOW_SURE[language]["truth" if interval.of_truth else "fuller"]
    return told.format(low=percent(interval.low, language), high=percent(interval.high, language))


def _in_words(offer: OfferedTerms, language: str, currency: str) -> dict[str, str | None]:
    """The terms in the form of the language; None where they are those that were applied for."""
    terms = {"amount": (offer.amount, currency), "annuity": (offer.annuity, currency), "months": (offer.months, "")}
    return {name: None if value is None else money(value, unit, language) for name, (value, unit) in terms.items()}


def known_profile(name: str) -> Profile:
    """The profile of that name. Raises `LetterError` for one that there is not."""
    if name not in PROFILES:
        raise LetterError(f"A letter's profile is one of {', '.join(PROFILES)}, not {name[:40]!r}.")
    return PROFILES[name]


def _own_templates(folder: str | Path | None) -> list[str]:
    """The names of the bank's templates. Raises `LetterError` for a file that no letter would use."""
    if folder is None:
        return []
    if not Path(folder).is_dir():
        raise LetterError(f"There is no folder {folder} with templates of letters: correct LETTER_TEMPLATES.")
    known = {FRAME, *(_template(*one) for one in _every_letter())}
    found = sorted(file.name for file in Path(folder).glob("*.html"))
    if unused := [name for name in found if name not in known]:
        raise LetterError(
            f"{folder} holds {', '.join(unused)}, which no letter uses: letters are {', '.join(sorted(known))}."
        )
    return found


def _every_letter() -> list[tuple[str, str, bool]]:
    """Profile, language, and whether it is of a counteroffer."""
    return [(profile, language, offer) for profile in PROFILES for language in LANGUAGES for offer in (False, True)]


def _letters_with(name: str) -> Iterable[tuple[str, str, bool]]:
    """The letters that a template is part of."""
    return [one for one in _every_letter() if name in (FRAME, _template(*one))]
