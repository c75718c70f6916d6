"""Who may do what: one table of routes and roles, and the server's answers held against it, route by route."""

import hashlib

import pytest

from credit.web.application import create_app
from credit.web.auth import Callers, KeysError
from credit.web.openapi.operations import ROUTES
from credit.web.roles import ACCESS, ADMIN, READ, REVIEW, ROLES, SCORE, USUAL, may, wants_key, who_may

DIGEST = {name: hashlib.sha256(name.encode()).hexdigest() for name in ("ann", *ROLES)}


def test_roles_stand_behind_a_key_with_plus_between():
    callers = Callers.parse(f"ann:{DIGEST['ann']},bob:{DIGEST['read']}:review+read")
    assert callers.roles("ann") == USUAL == {"score", "read"}
    assert callers.roles("bob") == {"review", "read"}
    assert callers.named("Bearer read") == "bob"


def test_where_no_keys_are_configured_everybody_has_every_role():
    assert Callers.parse("").roles("anyone") == set(ROLES)


@pytest.mark.parametrize(
    ("behind", "words"),
    [
        (":boss", "Entry 2 of API_KEYS has a role that there is not; roles are score, review, read, admin"),
        (":read+secret", "Entry 2 of API_KEYS has a role that there is not"),
        (":", "Entry 2 of API_KEYS is not name:sha256"),
        (":read+", "Entry 2 of API_KEYS is not name:sha256"),
        (":read:score", "Entry 2 of API_KEYS is not name:sha256"),
        (":READ", "Entry 2 of API_KEYS is not name:sha256"),
    ],
)
def test_what_is_no_role_is_told_without_repeating_it(behind, words):
    with pytest.raises(KeysError, match=words) as caught:
        Callers.parse(f"ann:{DIGEST['ann']},bob:{DIGEST['read']}{behind}")
    assert "boss" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_the_table_names_routes_that_there_are_and_the_documentation_is_made_from_it():
    there = {(route.method.upper(), route.path) for route in ROUTES}
    assert set(ACCESS) <= there
    assert {(route.method.upper(), route.path) for route in ROUTES if route.keyed} == set(ACCESS)
    assert not wants_key("get", "/health")


def test_whoever_scored_before_there_were_roles_still_may_and_nobody_reviews_unasked():
    usual = {route for route in ACCESS if may(USUAL, *route)}
    assert {route for route in ACCESS if not route[1].startswith("/reviews")} <= usual
    assert ("POST", "/reviews/{decision_id}") not in usual
    assert ("GET", "/reviews") not in usual


@pytest.fixture(scope="module")
def keyed(bundle, tmp_path_factory):
    callers = Callers(DIGEST, {name: frozenset({name}) for name in ROLES})
    return create_app(bundle, database=tmp_path_factory.mktemp("roles") / "decisions.db", callers=callers).test_client()


@pytest.mark.parametrize("role", ["ann", *ROLES])
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_every_route_lets_in_whom_the_table_lets_in_and_nobody_else(keyed, route, role):
    path = route.path.replace("{client}", "5").replace("{decision_id}", "5").replace("{version}/{name}", "0/page.js")

    def ask(key):
        return keyed.open(path, method=route.method.upper(), json={}, headers=key)

    status = ask({"Authorization": f"Bearer {role}"}).status_code
    nobody = ask({"Authorization": "Bearer nobody"}).status_code
    if not route.keyed:
        assert 401 not in (status, nobody)
        assert status != 403
        return
    assert nobody == 401
    roles = USUAL if role == "ann" else {role}
    allowed = bool(roles & set(who_may(route.method, route.path)))
    assert allowed == (ADMIN in roles or bool(roles & ACCESS[route.method.upper(), route.path]))
    assert (status == 403) != allowed


def test_who_may_not_is_told_which_roles_may(keyed):
    answer = keyed.post("/score", json={}, headers={"Authorization": "Bearer review"})
    assert answer.status_code == 403
    assert answer.json["error"] == (
        "The key of review has no role for POST /score, which takes score or admin: use another key, or ask the "
        "operator of this server for the role."
    )
    assert keyed.head("/drift", headers={"Authorization": "Bearer review"}).status_code == 403


def test_the_roles_are_four():
    assert (SCORE, REVIEW, READ, ADMIN) == ROLES
