"""What the environment says about a server; read here and nowhere else."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from credit.codes import codes_in
from credit.features import data_warnings
from credit.i18n.currencies import currency_code
from credit.letters import BankDetails, LetterError, LetterWriter
from credit.letters.letter_text import known_profile
from credit.model.manifest import usual_bundle
from credit.monitoring import alarms
from credit.web import cors as origins
from credit.web.auth import Callers
from credit.web.rate_limit import Rate

#: So long a connection may be idle before the server closes it. A proxy that sends a request into the very closing
#: loses it, and does not send a POST again: so the server waits longer than Heroku's router, which waits for 90 s.
#: Without a proxy it waits as long as nginx by default. An idle connection holds no thread. Seconds.
IDLE_BEHIND_A_PROXY, IDLE = 95, 75

#: Each worker counts for /metrics in a stretch of memory of its own, and there are so many.
MOST_WORKERS = 64


_SHOW_PROTECTED = "1 where those who decide are shown age, family status and gender, else 0"


class SettingError(ValueError):
    """A variable of the environment has a value that means nothing."""


@dataclass(frozen=True)
class Settings:
    """What an app is made with, each named as the argument of `create_app` that it is.

    ``bundle`` (BUNDLE): the folder with the model, by default `credit.model.manifest.usual_bundle`. ``database``
    (DATABASE_URL): the decision log's file or address.
    ``callers`` (API_KEYS): who may do what. ``trust_proxy`` (TRUST_PROXY=1): the one proxy in front says who calls, as
    Heroku's does. ``rate`` (RATE_LIMIT, RATE_LIMIT_STORAGE): how many requests a caller may send, None for any number.
    ``origins`` (CORS_ORIGINS): whose pages may read answers. ``log_requests`` (LOG_REQUESTS=0 for none): a line each.
    ``four_eyes`` (FOUR_EYES=1): nobody reviews a client whom they have sent, or a case again.
    ``muted_alarms`` (MUTED_ALARMS=features,texts): codes of alarms that /drift and /metrics count apart.
    ``muted_warnings`` (MUTED_WARNINGS=out-of-range): codes of warnings about bodies that answers count apart.
    ``time_requests`` (SERVER_TIMING=1): answers say where the time went.
    ``show_protected`` (SHOW_PROTECTED=1): facts, waterfall and what-if show a client's protected attributes.
    ``next_rules`` (NEXT_RULES): the file of a policy that /policy compares with the one that decides, None without one.
    ``rules`` (BANK_RULES): the file of the bank's rules, None without any. ``letters``: who writes letters to clients,
    and by which templates (see `letter_writer`).
    """

    bundle: str
    database: str = field(repr=False)  # an address may hold a password
    callers: Callers
    trust_proxy: bool
    rate: Rate | None
    origins: frozenset[str]
    log_requests: bool
    four_eyes: bool
    letters: LetterWriter
    rules: str | None = None
    muted_alarms: frozenset[str] = frozenset()
    time_requests: bool = False
    show_protected: bool = False
    muted_warnings: frozenset[str] = frozenset()
    next_rules: str | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "Settings":
        """Read them. Raises `KeysError` or `SettingError`."""
        trust = _trusts_a_proxy(environ)
        log = _switch(environ, "LOG_REQUESTS", "0 for a log without a line for each request, else 1", default=True)
        timed = _switch(environ, "SERVER_TIMING", "1 where answers say where the time went, else 0", default=False)
        callers, eyes = Callers.parse(environ.get("API_KEYS", "")), four_eyes(environ)
        if eyes and not callers.known:
            raise SettingError(
                "FOUR_EYES=1 tells who sent a client from who reviews it, and without API_KEYS all callers are one: "
                "set both, or unset FOUR_EYES."
            )
        try:
            rate = Rate.parse(environ.get("RATE_LIMIT", ""), environ.get("RATE_LIMIT_STORAGE", ""))
            named = origins.parse(environ.get("CORS_ORIGINS", ""))
            muted = codes_in(environ.get("MUTED_ALARMS", ""), alarms.CODES, "an alarm")
            unsaid = codes_in(environ.get("MUTED_WARNINGS", ""), data_warnings.CODES, "a warning about a body")
        except ValueError as error:
            raise SettingError(str(error)) from None
        return cls(
            bundle=environ.get("BUNDLE") or str(usual_bundle()),
            database=environ.get("DATABASE_URL") or "decisions.db",
            callers=callers,
            trust_proxy=trust,
            rate=rate,
            origins=named,
            log_requests=log,
            four_eyes=eyes,
            rules=environ.get("BANK_RULES") or None,
            letters=letter_writer(environ),
            muted_alarms=muted,
            time_requests=timed,
            show_protected=_switch(environ, "SHOW_PROTECTED", _SHOW_PROTECTED, default=False),
            muted_warnings=unsaid,
            next_rules=environ.get("NEXT_RULES") or None,
        )


def letter_writer(environ: Mapping[str, str] = os.environ) -> LetterWriter:
    """Who writes the letters to clients: the bank as BANK_NAME, BANK_ADDRESS, BANK_CONTACT, BANK_DATA_PROTECTION,
    BANK_SUPERVISOR, BANK_CREDIT_BUREAU, BANK_OFFER_DAYS and BANK_CURRENCY say it, by the templates of LETTER_TEMPLATES
    and the profile LETTER_PROFILE.

    What is not said is not made up: a letter that wants it is refused. Raises `SettingError`.
    """
    try:
        currency = currency_code(environ.get("BANK_CURRENCY", ""), "BANK_CURRENCY")
    except ValueError as error:
        raise SettingError(str(error)) from None
    bank = BankDetails(
        name=environ.get("BANK_NAME", ""),
        address=environ.get("BANK_ADDRESS", ""),
        contact=environ.get("BANK_CONTACT", ""),
        data_protection=environ.get("BANK_DATA_PROTECTION", ""),
        supervisor=environ.get("BANK_SUPERVISOR", ""),
        credit_bureau=environ.get("BANK_CREDIT_BUREAU", ""),
        offer_days=whole("BANK_OFFER_DAYS", 0, 1, 365, environ),
        currency=currency,
    )
    try:
        profile = known_profile(environ.get("LETTER_PROFILE") or "neutral").name
        return LetterWriter(bank, environ.get("LETTER_TEMPLATES") or None, profile)
    except LetterError as error:
        raise SettingError(str(error)) from None


def idle_seconds(environ: Mapping[str, str] = os.environ) -> int:
    """How long a connection may be idle: longer where a proxy stands in front, by TRUST_PROXY=1 or on Heroku, whose
    machines know themselves by DYNO. Raises `SettingError`.
    """
    return IDLE_BEHIND_A_PROXY if _trusts_a_proxy(environ) or environ.get("DYNO") else IDLE


def whole(name: str, default: int, least: int, most: int, environ: Mapping[str, str] = os.environ) -> int:
    """The whole number ``name`` of ``environ``, from ``least`` to ``most``; ``default``, which may lie outside, where
    it is not set. Raises `SettingError`.
    """
    text = environ.get(name, "").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and least <= int(text[:9]) <= most):
        raise SettingError(
            f"{name} is a whole number from {least} to {most}, not {text[:40]!r}: set it so, or unset it."
        )
    return int(text)


def four_eyes(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether nobody may review a client whom they have sent, or a case again (FOUR_EYES=1). Raises `SettingError`."""
    return _switch(environ, "FOUR_EYES", "1 where nobody may review what they sent, else 0", default=False)


def _trusts_a_proxy(environ: Mapping[str, str]) -> bool:
    return _switch(environ, "TRUST_PROXY", "1 where one proxy in front is to be trusted, else 0", default=False)


def _switch(environ: Mapping[str, str], name: str, rule: str, *, default: bool) -> bool:
    text = environ.get(name, "")
    if text not in ("", "0", "1"):
        raise SettingError(f"{name} is {rule}, not {text[:40]!r}.")
    return default if not text else text == "1"
