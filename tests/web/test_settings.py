import hashlib

import pytest

from credit.web.auth import KeysError
from credit.web.rate_limit import Rate
from credit.web.settings import SettingError, Settings, idle_seconds, whole

ANN = hashlib.sha256(b"key of ann").hexdigest()


def test_an_empty_environment_gives_the_defaults():
    settings = Settings.from_environment({})
    assert (settings.bundle, settings.database, settings.trust_proxy) == ("mlruns_reduced", "decisions.db", False)
    assert (settings.rate, settings.origins, settings.log_requests) == (None, frozenset(), True)
    assert settings.time_requests is False
    assert settings.rules is None
    assert not settings.callers.known
    assert settings.four_eyes is False


def test_four_eyes_want_callers_that_can_be_told_apart():
    assert Settings.from_environment({"API_KEYS": f"ann:{ANN}:review", "FOUR_EYES": "1"}).four_eyes is True
    with pytest.raises(
        SettingError, match="FOUR_EYES=1 tells who sent a client from who reviews it, and without API_KEYS"
    ):
        Settings.from_environment({"FOUR_EYES": "1"})
    with pytest.raises(SettingError, match="FOUR_EYES is 1 where nobody may review what they sent, else 0, not 'yes'"):
        Settings.from_environment({"FOUR_EYES": "yes"})


def test_protected_attributes_are_shown_on_request_alone():
    assert Settings.from_environment({}).show_protected is False
    assert Settings.from_environment({"SHOW_PROTECTED": "1"}).show_protected is True
    with pytest.raises(SettingError, match=r"SHOW_PROTECTED is 1 where those who decide are shown age, .*, not 'yes'"):
        Settings.from_environment({"SHOW_PROTECTED": "yes"})


def test_alarms_are_muted_by_their_codes():
    assert Settings.from_environment({"MUTED_ALARMS": "texts, features"}).muted_alarms == {"texts", "features"}
    assert Settings.from_environment({}).muted_alarms == frozenset()
    with pytest.raises(SettingError, match=r"'feature' is no code of an alarm; did you mean features\?"):
        Settings.from_environment({"MUTED_ALARMS": "texts,feature"})


def test_warnings_about_bodies_are_muted_by_their_codes():
    muted = Settings.from_environment({"MUTED_WARNINGS": "out-of-range,ignored"}).muted_warnings
    assert muted == {"out-of-range", "ignored"}
    assert Settings.from_environment({}).muted_warnings == frozenset()
    with pytest.raises(SettingError, match=r"'out of range' is no code of a warning .*; did you mean out-of-range\?"):
        Settings.from_environment({"MUTED_WARNINGS": "out of range"})


def test_the_environment_is_understood():
    environ = {
        "BUNDLE": "a model",
        "DATABASE_URL": "postgres://host/name",
        "API_KEYS": f"ann:{ANN}",
        "TRUST_PROXY": "1",
        "RATE_LIMIT": " 600 per minute ",
        "RATE_LIMIT_STORAGE": "memory://",
        "CORS_ORIGINS": "https://a.example  http://localhost:3000",
        "LOG_REQUESTS": "0",
        "SERVER_TIMING": "1",
        "BANK_RULES": "rules.toml",
        "NEXT_RULES": "next.toml",
    }
    settings = Settings.from_environment(environ)
    assert (settings.bundle, settings.database, settings.trust_proxy) == ("a model", "postgres://host/name", True)
    assert settings.callers.named("Bearer key of ann") == "ann"
    assert settings.rate == Rate("600 per minute", "memory://")
    assert settings.origins == {"https://a.example", "http://localhost:3000"}
    assert (settings.log_requests, settings.time_requests) == (False, True)
    assert (settings.rules, settings.next_rules) == ("rules.toml", "next.toml")


HEROKUS_ROUTER = 90  # seconds that it keeps an idle connection


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [({}, 75), ({"TRUST_PROXY": "0"}, 75), ({"TRUST_PROXY": "1"}, 95), ({"DYNO": "web.1"}, 95)],
)
def test_behind_a_proxy_connections_are_kept_for_longer_than_it_keeps_them(environ, seconds):
    assert idle_seconds(environ) == seconds
    assert (seconds > HEROKUS_ROUTER) == (environ not in ({}, {"TRUST_PROXY": "0"}))
    with pytest.raises(SettingError, match="TRUST_PROXY is 1 where"):
        idle_seconds({"TRUST_PROXY": "yes", **{name: environ[name] for name in environ if name == "DYNO"}})


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"TRUST_PROXY": "yes"}, "TRUST_PROXY is 1 where one proxy in front is to be trusted, else 0, not 'yes'"),
        ({"LOG_REQUESTS": "no"}, "LOG_REQUESTS is 0 for a log without a line for each request, else 1, not 'no'"),
        *(
            ({"RATE_LIMIT": text}, 'RATE_LIMIT is a number of requests such as "600 per minute" or .*, not ')
            for text in ("many", "600", "-5/minute", "600 per fortnight", "1e3/minute", "600 per minute;")
        ),
        ({"RATE_LIMIT": "0 per minute"}, "RATE_LIMIT lets no request in with '0 per minute'"),
        ({"RATE_LIMIT": "10/second; 00/day"}, "RATE_LIMIT lets no request in with"),
        *(
            ({"RATE_LIMIT": "1/day", "RATE_LIMIT_STORAGE": address}, "RATE_LIMIT_STORAGE is neither an address such as")
            for address in ("hush", "sql://u:hush@h", "redis://", "memory", "async+memory://hush", "memcached://hush")
        ),
        *(
            ({"CORS_ORIGINS": text}, "CORS_ORIGINS names origins as browsers send them, .*; not ")
            for text in (
                "*",
                "null",
                "a.example",
                "https://a.example/",
                "https://A.example",
                "https://*.example",
                "https://a.example:443",
                "http://a.example:80",
                "https://a.example,https://b.example",
                "ftp://a.example",
                "https://user@a.example",
            )
        ),
    ],
)
def test_a_setting_that_means_nothing_is_refused_in_one_sentence(environ, words):
    with pytest.raises(SettingError, match=words) as caught:
        Settings.from_environment(environ)
    assert "hush" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_storage_whose_package_is_not_installed_is_said_to_want_it():
    with pytest.raises(
        SettingError, match=r"RATE_LIMIT_STORAGE wants the package \w+, which is not installed"
    ) as caught:
        Settings.from_environment({"RATE_LIMIT": "1/day", "RATE_LIMIT_STORAGE": "valkey://u:hush@host:1"})
    assert "hush" not in str(caught.value)


def test_keys_that_cannot_be_read_are_refused():
    with pytest.raises(KeysError, match="Entry 1 of API_KEYS"):
        Settings.from_environment({"API_KEYS": "ann"})


def test_settings_repeat_no_secret_where_they_are_printed():
    environ = {"DATABASE_URL": "postgres://u:hush@host/x", "RATE_LIMIT": "1/day", "API_KEYS": f"ann:{ANN}"}
    shown = repr(Settings.from_environment(environ))
    assert not any(secret in shown for secret in ("hush", ANN))


@pytest.mark.parametrize(("text", "found"), [("", 7), (" ", 7), ("1", 1), ("64", 64), (" 8 ", 8)])
def test_a_whole_number_is_read_and_has_a_default(text, found):
    assert whole("N", 7, 1, 64, {"N": text}) == found
    assert whole("N", 7, 1, 64, {}) == 7


@pytest.mark.parametrize("text", ["0", "65", "-1", "1.5", "x", "²", "99999999999999999999"])
def test_what_is_no_whole_number_or_lies_beyond_is_refused(text):
    with pytest.raises(SettingError, match="N is a whole number from 1 to 64, not"):
        whole("N", 7, 1, 64, {"N": text})


def test_the_currency_of_letters_is_a_code_or_the_service_does_not_start():
    assert Settings.from_environment({"BANK_CURRENCY": "EUR"}).letters.bank.currency == "EUR"
    assert Settings.from_environment({}).letters.bank.currency == ""
    with pytest.raises(SettingError, match=r"BANK_CURRENCY is one currency code of ISO 4217 .*, not 'Euro'\."):
        Settings.from_environment({"BANK_CURRENCY": "Euro"})
