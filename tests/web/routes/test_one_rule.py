"""Whichever way in: the same client gets the same decision, and the log says it in the same words."""

import json

import polars as pl
import pytest
from click.testing import CliRunner
from sqlalchemy import text
from support.bank_rules import segment, written

from credit.cli import main
from credit.decision.policy import Policy
from credit.decision.portfolio import decide, read_for
from credit.decision_log import Log, audit
from credit.decision_log.encoding import read as numbers
from credit.model import adopt_bundle, load_bundle, rewrite_bundle
from credit.simulate import simulate
from credit.web.application import create_app
from credit.web.pages.example_clients import examples

#: The same scores for loans of 100,000 to 500,000: of the smallest none is worth a review of 15,000.
BODY = [
    {"SK_ID_CURR": n, "AMT_CREDIT": 1e5 * (1 + n % 5), "EXT_SOURCE_2": n // 5 / 40 + 0.1, "CODE_GENDER": 0}
    for n in range(1, 160)
]
WAYS = ("/predict", "/predict_proba", "/score")


def logged(client, n):
    """The caller's n newest rows of the log, the oldest first."""
    pages = (client.get(f"/data?page={page}").json["data"] for page in range(1, n // 20 + 2))
    return [row for page in pages for row in page][:n][::-1]


@pytest.mark.parametrize("route", ["/predict", "/predict_proba"])
def test_the_log_has_the_decisions_of_score(client, route):
    wanted = {one["client"]: one["decision"] for one in client.post("/score", json=BODY).json["scores"]}
    assert set(wanted.values()) == {"accept", "refer", "refuse"}
    answer = client.post(route, json=BODY).json
    rows = logged(client, 2 * len(BODY))
    assert [(row["client"], row["decision"]) for row in rows] == [*wanted.items()] * 2
    assert [row["route"] for row in rows] == ["/score"] * len(BODY) + [route] * len(BODY)
    assert answer["refer"] == [f"client n° {n}" for n, decision in wanted.items() if decision == "refer"]


def test_yes_and_no_are_the_thresholds_and_who_is_referred_is_said_beside_them(client):
    answer = client.post("/predict", json=BODY).json
    probability = client.post("/predict_proba", json=BODY).json["prediction"]
    for body in BODY:
        name, amount = f"client n° {body['SK_ID_CURR']}", body["AMT_CREDIT"]
        p = probability[name]
        assert answer["prediction"][name] == ("No" if p >= 0.16 else "Yes")
        # Half of the wrong decisions are found: 0.5 of the loan is lost, or 0.19 of it forgone.
        assert (name in answer["refer"]) == (0.5 * amount * min(0.5 * p, 0.19 * (1 - p)) > 15_000)


def test_a_probability_is_referred_for_a_large_loan_and_not_for_a_small_one(client):
    scores = client.post("/score", json=BODY).json["scores"]
    small = {one["client"]: one for one in scores if one["client"] % 5 == 0}
    assert {one["decision"] for one in small.values()} == {"accept", "refuse"}
    assert all(one["refer"] is None for one in small.values())
    largest = [one for one in scores if one["client"] % 5 == 4]
    assert {one["decision"] for one in largest} == {"accept", "refer", "refuse"}
    for one in largest:
        # 15,000 / (0.5 * 500,000) = 0.06: over 0.5 of it, and over 0.19.
        assert one["refer"] == {"low": pytest.approx(0.12), "high": pytest.approx(1 - 0.06 / 0.19)}
        assert (one["decision"] == "refer") == (one["refer"]["low"] < one["probability"] < one["refer"]["high"])


def test_no_client_is_referred_without_a_review(bare):
    assert "refer" not in bare.post("/predict", json=BODY).json


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    return simulate(tmp_path_factory.mktemp("rule") / "bank", 300, seed=6)


@pytest.fixture(scope="module")
def tables(bundle, bank):
    """The bodies of the bank's clients: client -> raw tables."""
    found = read_for(load_bundle(bundle), bank, "application_train")
    loans = found["bureau"].collect().partition_by("SK_ID_CURR", as_dict=True)
    none = found["bureau"].head(0).collect()
    return {
        row["SK_ID_CURR"]: {"application": row, "bureau": loans.get((row["SK_ID_CURR"],), none).to_dicts()}
        for row in found["application_train"].drop("TARGET").sort("SK_ID_CURR").collect().to_dicts()
    }


def test_every_way_in_decides_the_same_about_every_client(bundle, bank, tables, tmp_path):
    path = tmp_path / "decisions.db"
    app = create_app(bundle, database=path)
    client, model = app.test_client(), load_bundle(bundle)
    everybody = {
        "application": [one["application"] for one in tables.values()],
        "bureau": [loan for one in tables.values() for loan in one["bureau"]],
    }
    scored = {one["client"]: one for one in client.post("/score", json=everybody).json["scores"]}
    wanted = {number: one["decision"] for number, one in scored.items()}
    assert list(wanted) == list(tables)
    assert {"accept", "refer", "refuse"} == set(wanted.values())

    referred = [f"client n° {number}" for number, decision in wanted.items() if decision == "refer"]
    yes_or_no = client.post("/predict", json=everybody).json
    assert yes_or_no["refer"] == client.post("/predict_proba", json=everybody).json["refer"] == referred
    for number, decision in wanted.items():
        if decision != "refer":
            assert yes_or_no["prediction"][f"client n° {number}"] == ("Yes" if decision == "accept" else "No")

    start = {number: client.post("/what-if", json=body).json["before"] for number, body in tables.items()}
    assert {number: one["decision"] for number, one in start.items()} == wanted
    assert [one["refer"] for one in start.values()] == [one["refer"] for one in scored.values()]
    # Alone, a client's probability may have another last bit than among others.
    for name in ("at_stake", "review_worth"):
        assert [one[name] for one in start.values()] == pytest.approx([one[name] for one in scored.values()])

    some = dict(list(tables.items())[:50])
    shown = examples(app.extensions["service"], json.dumps(some).encode())
    assert {int(one.name): one.decision for one in shown} == {number: wanted[number] for number in some}

    done = CliRunner().invoke(
        main,
        ["score", str(bank), "--application", "application_train", "--bundle", str(bundle), "--out",
         str(tmp_path / "decided.parquet")],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert dict(pl.read_parquet(tmp_path / "decided.parquet")["SK_ID_CURR", "DECISION"].iter_rows()) == wanted

    log, policy = Log(path), Policy(model)
    with log.reading() as connection:
        rows = connection.execute(text("SELECT id, client, route, decision FROM decisions ORDER BY id")).all()
    assert [(row.client, row.decision) for row in rows] == [*wanted.items()] * 3
    assert {row.route for row in rows} == set(WAYS)
    for row in rows:
        inputs, raw = audit.replay(log, row.id, model.columns, model.model_hash)
        X = numbers(inputs)[None, :]
        rule, on = audit.rule_of(log, raw)
        assert rule.decide(X, model.probability(X), policy.amounts(X), on).decisions == [row.decision]
    assert audit.verify(log).whole
    log.close()


#: By the model's own costs, of 0.19 and 0.5, a loan is refused from 0.16 on.
LARGE = segment(
    name="large", when={"column": "AMT_CREDIT", "op": ">", "value": 250_000}, margin=0.1, loss_given_default=0.9
)


def test_a_segment_decides_by_its_own_terms_whichever_way_in(bundle, tmp_path):
    path, rules = tmp_path / "decisions.db", written(tmp_path / "rules.toml", LARGE)
    client = create_app(bundle, database=path, rules=rules).test_client()
    scored = {one["client"]: one for one in client.post("/score", json=BODY).json["scores"]}
    answer = client.post("/predict", json=BODY).json
    large = {body["SK_ID_CURR"] for body in BODY if body["AMT_CREDIT"] > 250_000}
    terms = {"name": "large", "threshold": pytest.approx(0.1), "margin": 0.1, "loss_given_default": 0.9}
    amounts = {body["SK_ID_CURR"]: body["AMT_CREDIT"] for body in BODY}
    for number, one in scored.items():
        assert one["segment"] == (terms if number in large else None)
        p, (threshold, margin, loss) = one["probability"], (0.1, 0.1, 0.9) if number in large else (0.16, 0.19, 0.5)
        stake = amounts[number] * min(p * loss, (1 - p) * margin)
        assert one["at_stake"] == pytest.approx(stake, abs=0.01)
        wanted = "refer" if stake / 2 > 15_000 else "refuse" if p >= threshold else "accept"
        assert one["decision"] == wanted
        assert answer["prediction"][f"client n° {number}"] == ("No" if p >= threshold else "Yes")
        assert one["expected_loss"] == pytest.approx(amounts[number] * p * loss, abs=0.01)
    assert {scored[number]["decision"] for number in large} == {"accept", "refer", "refuse"}

    before = client.post("/what-if", json={"client": BODY[3], "changes": {"AMT_CREDIT": 100_000.0}}).json
    assert (before["before"]["segment"], before["after"]["segment"]) == (terms, None)

    log, model = Log(path), load_bundle(bundle)
    rows = logged(client, 2 * len(BODY))
    for row in rows:
        bank = row["rule"]["bank_rules"]
        assert bank["segment"] == ("large" if row["client"] in large else None)
        assert row["threshold"] == pytest.approx(0.1 if row["client"] in large else 0.16)
        assert row["rule"]["margin"] == (0.1 if row["client"] in large else 0.19)
        _, raw = audit.replay(log, row["id"], model.columns, model.model_hash)
        rule, _ = audit.rule_of(log, raw)
        assert audit.segment_of(raw) == bank["segment"]
        assert rule.costs.to_dict() == {name: row["rule"][name] for name in ("margin", "loss_given_default")}
    assert audit.verify(log).whole
    # Another file decides by now: the decision is still worked out by that of then.
    (number, *_) = [row["id"] for row in rows if row["client"] in large]
    again = ["log", "replay", str(number), "--database", str(path), "--bundle", str(bundle)]
    done = CliRunner().invoke(main, again)
    assert done.exit_code == 0, done.output
    assert "in segment 'large': the same" in done.output
    with log.writing() as connection:
        connection.execute(text("UPDATE decisions SET threshold = 0.2"))
    log.close()
    done = CliRunner().invoke(main, again)
    assert (done.exit_code, done.output.endswith("NOT THE SAME\n")) == (1, True)


def test_a_decision_is_worked_out_again_by_the_rule_that_was_in_force(bundle, tmp_path):
    path, mine = tmp_path / "decisions.db", tmp_path / "bundle"
    adopt_bundle(mine, bundle)
    client = create_app(mine, database=path).test_client()
    client.post("/score", json=BODY)
    (number, *_) = [row["id"] for row in logged(client, len(BODY)) if row["decision"] == "refer"]
    rewrite_bundle(mine, 0.3, lambda manifest: {**manifest, "review": None})
    again = ["log", "replay", str(number), "--database", str(path), "--bundle", str(mine)]
    done = CliRunner().invoke(main, again)
    assert done.exit_code == 0, done.output
    assert f"decision {number}: refer in the log, refer by its threshold, costs and review: the same" in done.output
    log = Log(path)
    with log.writing() as connection:
        connection.execute(text("UPDATE decisions SET decision = 'accept'"))
    done = CliRunner().invoke(main, again)
    assert (done.exit_code, "accept in the log, refer by its" in done.output) == (1, True)
    assert done.output.endswith("NOT THE SAME\n")
    with log.writing() as connection:
        connection.execute(text("UPDATE decisions SET rule = NULL"))
    log.close()
    done = CliRunner().invoke(main, again)
    assert (done.exit_code, "only the probability is compared" in done.output) == (0, True)


def test_what_if_decides_by_the_amount_that_is_tried(client):
    # The same probability: this model's trees were grown on other amounts, and do not split there.
    body = {"SK_ID_CURR": 1, "AMT_CREDIT": 100_000.0, "EXT_SOURCE_2": 0.48, "CODE_GENDER": 1}
    answer = client.post("/what-if", json={"client": body, "changes": {"AMT_CREDIT": 500_000.0}}).json
    assert answer["before"]["probability"] == answer["after"]["probability"]
    assert answer["review"] == {"cost": 15_000.0, "skill": 0.5, "capacity": None}
    assert (answer["before"]["refer"], answer["after"]["refer"]["low"]) == (None, pytest.approx(0.12))
    assert answer["after"]["decision"] == "refer" != answer["before"]["decision"]
    assert answer["after"]["at_stake"] == pytest.approx(5 * answer["before"]["at_stake"], abs=0.03)
    assert answer["after"]["review_worth"] == pytest.approx(answer["after"]["at_stake"] / 2, abs=0.01)


def test_the_smallest_change_of_a_referred_client_may_be_a_smaller_loan(client):
    # At this probability the threshold accepts, and only a large loan is worth a review.
    body = {"SK_ID_CURR": 1, "AMT_CREDIT": 500_000.0, "EXT_SOURCE_2": 0.6, "CODE_GENDER": 1}
    answer = client.post("/what-if", json=body).json
    assert answer["before"]["decision"] == "refer"
    assert (p := answer["before"]["probability"]) < 0.16
    found = answer["smallest"]
    assert (found["status"], found["after"]["decision"]) == ("found", "accept")
    assert found["after"]["probability"] == p
    (change,) = found["changes"]
    # 0.5 * 0.5 * p of the loan is worth 15,000 at 60,000 / p.
    assert (change["feature"], change["to"] <= 60_000 / p) == ("AMT_CREDIT", True)


@pytest.mark.parametrize("route", [*WAYS, "/what-if"])
@pytest.mark.parametrize("body", [{"SK_ID_CURR": 1}, {"application": {"SK_ID_CURR": 1}}, [{"SK_ID_CURR": 1}]])
def test_a_client_of_whom_not_even_the_loan_is_known_gets_no_decision(client, route, body):
    response = client.post(route, json=body)
    assert response.status_code == 422
    assert "Yes" not in response.text
    assert client.get("/data").json["total"] == 0


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_folder_is_decided_on_as_the_same_clients_are_one_by_one(client, bundle, bank, tables, language):
    model = load_bundle(bundle)
    found = decide(read_for(model, bank, "application_train"), model, "application_train", reasons_in=language)
    for row, body in list(zip(found.to_dicts(), tables.values(), strict=True))[:120]:
        (one,) = client.post(f"/score?lang={language}", json=body).json["scores"]
        assert row["SK_ID_CURR"] == one["client"]
        assert row["DECISION"] == one["decision"]
        assert row["PROBABILITY_OF_DEFAULT"] == pytest.approx(one["probability"], abs=1e-12)
        assert (row["POINTS"], row["EXPECTED_LOSS"]) == (one["points"], one["expected_loss"])
        assert row["REVIEW_WORTH"] == pytest.approx(one["review_worth"], abs=0.011)
        texts = "; ".join(reason["text"] for reason in one["reasons"])
        assert row["REASONS"] == (None if one["decision"] == "accept" else texts)


def test_reasons_are_asked_for(bundle, bank):
    model = load_bundle(bundle)
    assert "REASONS" not in decide(read_for(model, bank, "application_train"), model, "application_train").columns
