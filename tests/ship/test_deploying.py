"""scripts/smoke.py against servers, whole and broken; scripts/heroku.py against a platform API of the tests' own."""

import hashlib
import os
from http.server import BaseHTTPRequestHandler

import pytest
from support.ports import free_port
from support.pretended import KEY, Heroku, Service, called, run, served
from support.shipped import running


@pytest.fixture(scope="module")
def open_service(slug, tmp_path_factory):
    with running(slug, tmp_path_factory.mktemp("open"), WEB_CONCURRENCY="1") as (_, port, _seconds):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def closed_service(slug, tmp_path_factory):
    keys = f"smoke:{hashlib.sha256(KEY.encode()).hexdigest()}"
    with running(slug, tmp_path_factory.mktemp("closed"), WEB_CONCURRENCY="1", API_KEYS=keys) as (
        _,
        port,
        _seconds,
    ):
        yield f"http://127.0.0.1:{port}"


@pytest.mark.skipif(os.name != "posix", reason="gunicorn runs on POSIX systems only")
class TestSmoke:
    def test_a_service_that_works_passes(self, open_service):
        code, said = run("smoke.py", open_service)
        assert (code, said.count("right  ")) == (0, 11), said

    def test_with_keys_it_is_seen_to_be_closed_and_with_one_to_work(self, closed_service):
        code, said = run("smoke.py", closed_service)
        assert (code, "closed scoring wants a key" in said) == (0, True), said
        code, said = run("smoke.py", closed_service, SMOKE_KEY=KEY)
        assert (code, said.count("right  "), KEY in said) == (0, 12, False), said

    def test_a_wrong_key_is_told_without_being_shown(self, closed_service):
        code, said = run("smoke.py", closed_service, SMOKE_KEY="not this one")
        assert (code, "the key in SMOKE_KEY is not one of the service's" in said, "not this one" in said) == (
            1,
            True,
            False,
        )

    def test_a_service_without_its_log_does_not_pass(self, slug, tmp_path):
        (tmp_path / "directory").mkdir()
        settings = {"WEB_CONCURRENCY": "1", "DATABASE_URL": f"sqlite:///{tmp_path}/directory"}
        with running(slug, tmp_path, **settings) as (_, port, _seconds):
            code, said = run("smoke.py", f"http://127.0.0.1:{port}", "--patience", "1")
        assert code == 1
        assert "wrong  GET /ready: answers 503" in said

    def test_nobody_there_is_told(self):
        code, said = run("smoke.py", f"http://127.0.0.1:{free_port()}", "--patience", "0.1")
        assert (code, "no answer from" in said) == (1, True)

    def test_somebody_else_there_is_told(self):
        class Else(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"[]")

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                self.do_GET()

            def log_message(self, *_):
                pass

        with served(Else) as address:
            code, said = run("smoke.py", address)
        assert code == 1
        assert "Traceback" not in said
        assert said.count("wrong  ") >= 8

    def test_what_is_no_address_is_told(self):
        code, said = run("smoke.py", "example.org")
        assert (code, "'example.org' is not an address" in said) == (1, True)


class TestChecks:
    """Each check of smoke.py, against a service that is right but for one answer."""

    @pytest.mark.parametrize(
        ("probability", "said", "key", "rights"),
        [(0.3, "No", None, 11), (0.1, "Yes", None, 11), (0.19, "No", None, 11), (0.3, "No", KEY, 12)],
    )
    def test_a_service_that_is_right_passes(self, probability, said, key, rights):
        answers = {
            "/predict_proba": (200, {"prediction": {"client n° 0": probability}}),
            "/predict": (200, {"prediction": {"client n° 0": said}}),
        }
        with served(Service(answers, key).handler()) as address:
            code, told = called("smoke.py", address, **({"SMOKE_KEY": key} if key else {}))
        assert (code, told.count("right  "), told.count("wrong  ")) == (0, rights, 0), told

    @pytest.mark.parametrize(
        ("check", "case", "status", "content"),
        [
            ("GET /health", "/health", 500, {}),
            ("GET /health", "/health", 200, "alive"),
            ("GET /ready", "/ready", 500, {"log": True}),
            ("GET /ready", "/ready", 200, {"status": "ready", "log": False}),
            ("GET / for a browser", "/", 500, "<html>"),
            ("GET / for a browser", "/", 200, "plain text"),
            ("GET /features", "/features", 200, {"columns": []}),
            ("GET /features", "/features", 200, {"columns": ["A", "A"]}),
            ("GET /openapi.json", "/openapi.json", 200, {"openapi": "2.0", "paths": {"/predict": {}}}),
            ("GET /openapi.json", "/openapi.json", 200, {"openapi": "3.1.0", "paths": {"/other": {}}}),
            ("POST /predict with a wrong key", "wrong key", 200, {"prediction": {"client n° 0": "No"}}),
            ("POST /predict with a wrong key", "wrong key", 500, {}),
            ("POST /predict with a wrong key", "wrong key", 403, {}),
            ("POST /predict and /predict_proba", "/predict_proba", 200, {"prediction": {"client n° 0": 1.5}}),
            ("POST /predict and /predict_proba", "/predict", 200, {"prediction": {"client n° 0": "Yes"}}),
            ("POST /predict and /predict_proba", "/predict", 200, {"prediction": {"client n° 1": "No"}}),
            ("POST /score", "/score", 200, {"clients": [{}]}),
            ("POST /score", "/score", 503, {"decision_id": 1}),
            ("POST /predict_proba with tables", "tables", 500, {}),
            ("POST /predict with what is wrong", "field", 200, {"prediction": {"client n° 0": "No"}}),
            ("POST /predict with what is wrong", "field", 422, {"details": [{"field": "SK_ID_CURR"}]}),
            ("POST /predict with what is wrong", "broken", 500, {}),
            ("DELETE /data/0", "/data/0", 500, {}),
        ],
    )
    def test_one_wrong_answer_is_found_and_named(self, check, case, status, content):
        with served(Service({case: (status, content)}, KEY).handler()) as address:
            code, told = called("smoke.py", address, "--patience", "0", SMOKE_KEY=KEY)
        assert code == 1
        assert [line.partition(":")[0] for line in told.splitlines() if line.startswith("wrong")] == [f"wrong  {check}"]

    @pytest.mark.parametrize(("at", "said"), [(0, "No"), (1, "Yes"), (-0.1, "No")])
    def test_a_threshold_that_is_none_is_found(self, at, said):
        answers = {
            "/best_threshold": (200, {"best_threshold": at}),
            "/predict": (200, {"prediction": {"client n° 0": said}}),
        }
        with served(Service(answers).handler()) as address:
            code, told = called("smoke.py", address)
        assert (code, told.count("wrong  "), "wrong  GET /best_threshold: is no probability" in told) == (1, 1, True)

    def test_a_negative_probability_is_found_though_it_is_below_the_threshold(self):
        answers = {
            "/predict_proba": (200, {"prediction": {"client n° 0": -0.1}}),
            "/predict": (200, {"prediction": {"client n° 0": "Yes"}}),
        }
        with served(Service(answers).handler()) as address:
            code, told = called("smoke.py", address)
        assert (code, "is no probability" in told) == (1, True)

    def test_an_open_service_fails_whoever_has_a_key_for_it(self):
        with served(Service().handler()) as address:
            code, told = called("smoke.py", address, SMOKE_KEY=KEY)
        assert (code, "POST /predict with a wrong key: answers 200 to a key that is nobody's" in told) == (1, True)

    def test_a_service_that_wants_a_key_and_takes_any_fails_without_a_key_of_ours(self):
        class Any(Service):
            def case(self, method, path, authorization, data):
                return (
                    "wrong key"
                    if method == "POST" and not authorization
                    else Service.case(self, method, path, "", data)
                )

        with served(Any().handler()) as address:
            code, told = called("smoke.py", address)
        assert (code, "answers 200 to a key that is nobody's" in told) == (1, True)


class TestHeroku:
    @pytest.fixture
    def heroku(self):
        one = Heroku()
        with one.up() as one.environ:
            yield one

    def test_the_release_that_runs_and_the_address_are_told(self, heroku):
        assert called("heroku.py", "current", **heroku.environ) == (0, "12\n")
        assert called("heroku.py", "address", **heroku.environ) == (0, "https://bank.example/\n")
        releases = "application/vnd.heroku+json; version=3", "version ..; order=desc, max=20"
        assert heroku.asked[0] == ("GET", "/apps/bank/releases", *releases)

    def test_what_has_no_code_does_not_run_and_is_not_gone_back_to(self):
        with Heroku(code=False).up() as environ:
            assert called("heroku.py", "current", **environ) == (0, "0\n")
            assert called("heroku.py", "newest", **environ) == (0, "2\n")
            code, said = called("heroku.py", "back", "2", **environ)
        assert (code, said) == (1, "v2 is none of the newest releases that have code: none\n")

    def test_an_add_on_changes_what_is_newest_and_runs_the_same_code(self, heroku):
        heroku.push(slug={"id": "s12"})
        assert called("heroku.py", "current", **heroku.environ) == (0, "13\n")
        said = called("heroku.py", "wait", "--after", "13", "--commit", "c12", "--patience", "0", **heroku.environ)
        assert said == (0, "13\n")

    def test_a_new_release_is_waited_for(self, heroku):
        heroku.push("pending")
        words = ("wait", "--after", "12", "--commit", "c13", "--pause", "0.1")
        assert called("heroku.py", *words, **heroku.environ) == (0, "13\n")

    @pytest.mark.parametrize("commit", [(), ("--commit", "c13")])
    def test_a_release_that_is_seen_late_is_waited_for(self, heroku, commit):
        heroku.push("pending")
        heroku.slow = 2
        words = ("wait", "--after", "12", "--pause", "0.1", *commit)
        assert called("heroku.py", *words, **heroku.environ) == (0, "13\n")

    def test_somebody_elses_release_is_not_taken_for_ours(self, heroku):
        heroku.push()
        words = ("wait", "--after", "12", "--commit", "c14", "--patience", "0.2", "--pause", "0.1")
        code, said = called("heroku.py", *words, **heroku.environ)
        assert (code, said) == (1, "the newest release, v13, is not of commit c14 after 0.2 s\n")

    def test_where_what_was_pushed_runs_already_nothing_is_waited_for(self, heroku):
        words = ("wait", "--after", "12", "--commit", "c12", "--patience", "0")
        assert called("heroku.py", *words, **heroku.environ) == (0, "12\n")

    def test_where_no_release_comes_about_it_is_told(self, heroku):
        words = ("wait", "--after", "12", "--patience", "0.2", "--pause", "0.1")
        assert called("heroku.py", *words, **heroku.environ) == (1, "there is no release after v12 after 0.2 s\n")

    def test_a_release_that_failed_fails(self, heroku):
        heroku.push("failed")
        code, said = called("heroku.py", "wait", "--after", "12", "--commit", "c13", **heroku.environ)
        assert (code, said[:19]) == (1, "release v13 failed:")

    def test_back_runs_what_ran_before(self, heroku):
        heroku.push()
        assert called("heroku.py", "back", "12", **heroku.environ) == (0, "14\n")
        assert heroku.releases[-1]["slug"] == {"id": "s12"}
        assert called("heroku.py", "wait", "--after", "13", **heroku.environ) == (0, "14\n")
        assert called("heroku.py", "back", "99", **heroku.environ)[0] == 1

    def test_a_wrong_key_is_told_without_being_shown(self, heroku):
        code, said = called("heroku.py", "current", **{**heroku.environ, "HEROKU_API_KEY": "another key"})
        assert (code, "Heroku answers 401" in said, "another key" in said) == (1, True, False)

    def test_without_settings_it_says_which(self):
        assert run("heroku.py", "current") == (1, "HEROKU_APP and HEROKU_API_KEY are needed in the environment.\n")
