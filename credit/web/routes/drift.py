"""The answer of GET /drift: the clients of the log beside those of the training, as JSON and as a page."""

from dataclasses import replace

from werkzeug.exceptions import BadRequest, NotFound

from credit.i18n.dates import clock
from credit.i18n.numbers import number
from credit.i18n.page_text import WORDS
from credit.monitoring.alarms import alarms, split_muted
from credit.monitoring.background import PATIENCE, Look
from credit.monitoring.population_stability import Comparison
from credit.monitoring.report_page import Shown, body
from credit.monitoring.review_figures import ReviewFigures
from credit.monitoring.weekly_shares import FollowedShare
from credit.monitoring.window import LAST, LONGEST, MOST, Window
from credit.web import requests
from credit.web.answers.drift import Drift, DriftLevels, PopulationDrift, Thresholds
from credit.web.error_codes import coded
from credit.web.prometheus import Gauge, escaped
from credit.web.roles import is_shown_rates
from credit.web.service import Service


def window() -> Window:
    """What ?last= or ?days= asks for; 400 for what is none."""
    last, days = (_whole(name, most) for name, most in (("last", MOST), ("days", LONGEST)))
    return Window(last, float(days)) if days is not None else Window(last or LAST)


def look(service: Service, wanted: Window) -> Look | None:
    """What was found last; None where that is still being worked out. 404 without a log."""
    if service.log is None:
        sentence = "This server was started without a decision log, so there is nothing to compare."
        raise coded(NotFound(sentence), "no-log")
    return service.watch.ask(wanted, PATIENCE)


def answer(service: Service, wanted: Window, found: Look | None, roles: frozenset[str]) -> Drift:
    """``drift`` and ``costs`` are null where there is nothing to tell, and ``note`` says why. ``service``: of the
    server. ``wanted``: the window that was asked for. ``found``: what was found in it, None until it is. ``roles``:
    those of the caller.
    """
    raised, muted = split_muted(() if found is None else found.alarms, service.muted_alarms)
    return Drift(
        status="computing" if found is None else "ready",
        time=None if found is None else found.time,
        window=wanted,
        model=service.model,
        note=_note(service, found, "en") or None,
        drift=None if found is None or found.drift is None else _drift(found.drift),
        costs=None if found is None else found.costs,
        reviews=None if found is None else _shown(found.reviews, roles),
        weekly=() if found is None else _with_decisions(found),
        alarms=raised,
        muted_alarms=muted,
    )


def _with_decisions(found: Look) -> tuple[FollowedShare, ...]:
    """The weekly shares, none where the window has no decision that says anything of them."""
    return tuple(one for one in found.weekly if any(week.clients for week in one.weeks))


def _shown(found: ReviewFigures | None, roles: frozenset[str]) -> ReviewFigures | None:
    """What people made of the decisions, as far as a key with ``roles`` is shown it."""
    return found if found is None or is_shown_rates(roles) else replace(found, reasons=None, reviewers=None)


def as_page(service: Service, wanted: Window, found: Look | None, language: str, roles: frozenset[str]) -> str:
    """The same for people, as a part of a page, in ``language``.

    ``service``, ``wanted``, ``found``, ``roles``: as of `answer`.
    """
    words = WORDS[language]["drift"]
    which = words["of_last" if wanted.days is None else "of_days"].format(
        last=number(wanted.limit, 0, language), days="" if wanted.days is None else f"{wanted.days:g}"
    )
    about = words["about"].format(window=which, name=service.model.name, hash=service.model.hash[:12])
    about += "." if found is None else words["looked_at"].format(time=clock(found.time))
    note = _note(service, found, language)
    if found is None:
        return body(Shown(about, None, None, without=note, waiting=True), language)
    if service.watch.outdated(found):
        note = f"{note} {words['outdated']}".strip()
    looked, muted = split_muted(alarms(found.drift, found.costs, language, found.weekly), service.muted_alarms)
    if muted:
        note = f"{note} {words['muted'].format(codes=', '.join(muted))}".strip()
    return body(
        Shown(
            about,
            found.drift,
            found.costs,
            looked,
            without=note,
            reviews=_shown(found.reviews, roles),
            weekly=_with_decisions(found),
        ),
        language,
    )


def gauges(service: Service, roles: frozenset[str]) -> list[Gauge]:
    """What Prometheus is told, of the default window; nothing before the first look is done. ``roles``: those of the
    caller.
    """
    found = service.watch.ask()
    if found is None:
        return []
    told: list[Gauge] = []
    if found.drift is not None:
        drift = found.drift
        told += [
            Gauge("credit_drift_decisions", "Clients of the log that were compared.", {"": drift.clients}),
            Gauge("credit_drift_score", "The verdict: the higher of the two indices below.", {"": drift.score}),
            Gauge("credit_drift_features_weighted", "PSI of the features by importance.", {"": drift.weighted}),
            Gauge(
                "credit_drift_features",
                "Features by what became of them.",
                {f'level="{name}"': count for name, count in drift.counted().items()},
            ),
        ]
        if drift.probability is not None:
            told.append(
                Gauge("credit_drift_probability", "PSI of the probability of default.", {"": drift.probability})
            )
    if found.costs is not None:
        total = found.costs.total
        told.append(
            Gauge("credit_expected_default_rate", "Of all clients in the window.", {"": total.default_rate.value})
        )
        if total.saving is not None:
            told.append(
                Gauge("credit_expected_saving", "Share of accepting everybody's cost.", {"": total.saving.value})
            )
        if (mature := found.costs.mature) is not None:
            what = "Of weeks whose outcomes are nearly complete."
            told.append(Gauge("credit_realised_default_rate", what, {"": mature.default_rate}))
    if found.reviews is not None:
        told += _of_reviews(_shown(found.reviews, roles) or found.reviews)
    told += _of_weeks(found)
    raised, muted = split_muted(found.alarms, service.muted_alarms)
    told.append(Gauge("credit_drift_alarms", "Things to look at, see /drift.", {"": len(raised)}))
    told.append(Gauge("credit_drift_muted_alarms", "Alarms that MUTED_ALARMS mutes.", {"": len(muted)}))
    return told


def _of_weeks(found: Look) -> list[Gauge]:
    """Shares of the newest week with enough clients, and those of the training; nothing without such a week."""
    judged = [(one, week) for one in _with_decisions(found) if (week := one.judged) is not None]
    now = {f'of="{one.of}",name="{escaped(one.name)}"': week.share for one, week in judged if week.share is not None}
    before = {f'of="{one.of}",name="{escaped(one.name)}"': one.before for one, _ in judged if one.before is not None}
    gauges = (
        ("credit_weekly_share", "How often a reason was given, or something known, in the newest week.", now),
        ("credit_training_share", "The same in the training.", before),
    )
    return [Gauge(name, text, values) for name, text, values in gauges if values]


def _of_reviews(found: ReviewFigures) -> list[Gauge]:
    """What people made of the decisions: counts and shares, never of fewer decisions than one."""
    money, parts = found.money, (found.total, *(found.reasons or ()), *(found.reviewers or ()), *found.groups)
    labels = [f'by="{one.by}",name="{escaped(one.name)}"' for one in parts]

    def shares(name: str, text: str, of: str) -> Gauge:
        rates = [getattr(one, of) for one in parts]
        told = {label: rate.share for label, rate in zip(labels, rates, strict=True) if rate.share is not None}
        return Gauge(name, text, told)

    def bounds(name: str, text: str, of: str) -> Gauge:
        rates = {label: getattr(one, of) for label, one in zip(labels, parts, strict=True)}
        ends = {
            f'{label},bound="{end}"': getattr(rate, end) for label, rate in rates.items() for end in ("low", "high")
        }
        return Gauge(name, text, {label: end for label, end in ends.items() if end is not None})

    return [
        Gauge("credit_open_cases", "Cases of the window that wait for a person.", {"": found.open}),
        Gauge(
            "credit_reviews",
            "Verdicts of people in the window, on referred clients and in place of automatic decisions.",
            {
                'kind="referred"': found.total.agreement.of,
                'kind="override"': found.total.overrides.count,
            },
        ),
        Gauge(
            "credit_reviews_without_money",
            "Verdicts that are in none of the money of reviews: erased, or of a loan whose amount was never known.",
            {'why="erased"': money.erased, 'why="amount_unknown"': money.without_amount},
        ),
        shares("credit_review_agreement", "Share of the reviews that agree with the threshold.", "agreement"),
        bounds("credit_review_agreement_bound", "Ends of its 95 % interval (Wilson).", "agreement"),
        shares("credit_review_lending", "Share of the reviews that give a loan.", "lending"),
        shares("credit_override_share", "Share of the automatic decisions that people have changed.", "overrides"),
        bounds("credit_override_share_bound", "Ends of its 95 % interval (Wilson).", "overrides"),
        Gauge(
            "credit_review_money",
            "What reviews earned and cost, in the currency of the loans.",
            {
                'what="expected"': money.expected,
                'what="by_probability"': money.by_probability,
                'what="cost"': money.cost,
                'what="referred_cost"': money.referred_cost,
                # Nothing is realised before an outcome is known.
                **({'what="realised"': money.realised, 'what="known_cost"': money.known_cost} if money.known else {}),
            },
        ),
    ]


def _note(service: Service, found: Look | None, language: str) -> str:
    words = WORDS[language]["drift"]
    if found is None:
        return str(words["waiting"])
    if service.watch.profile is None:
        return str(words["without"].format(why=service.watch.without))
    return str(words["nothing"]) if found.drift is None else ""


def _drift(found: Comparison) -> PopulationDrift:
    return PopulationDrift(
        clients=found.clients,
        before=found.before,
        enough=found.enough,
        level=found.level,
        score=found.score,
        weighted=found.weighted,
        probability=found.probability,
        importance_known=found.importance_known,
        thresholds=Thresholds(found.some, found.much, found.some, found.much),
        counted=DriftLevels(**found.counted()),
        features=found.features,
        texts=found.texts,
    )


def _whole(name: str, most: int) -> int | None:
    text = requests.parameter(name, "")
    if not text and name not in requests.parameters():
        return None
    number = requests.whole_number(text, 1, most)
    if number is None:
        raise BadRequest(f"{name} must be a whole number from 1 to {most}, not {text[:40]!r}.")
    return number
