"""/explain and /model: why a client got this probability, and what stands behind all of them."""

import math
import struct
from xml.etree import ElementTree

import pytest
from support.loans import CREDIT

KNOWN = {"SK_ID_CURR": 7, "CODE_GENDER": 1, "AMT_CREDIT": 2000.0, "EXT_SOURCE_2": 0.3, "DAYS_BIRTH": -9000}


def test_base_value_and_contributions_add_up_to_the_probability(client):
    answer = client.post("/explain", json=KNOWN).json
    expected = client.post("/predict_proba", json=KNOWN).json["prediction"]["client n° 7"]
    z = answer["base_value"] + sum(one["contribution"] for one in answer["contributions"])
    assert 1 / (1 + math.exp(-z)) == pytest.approx(expected, abs=1e-9)
    assert answer["probability"] == pytest.approx(expected, abs=1e-9)


def test_every_feature_is_explained_the_largest_first(client):
    contributions = client.post("/explain", json=KNOWN).json["contributions"]
    sizes = [abs(one["contribution"]) for one in contributions]
    assert len(contributions) == 5
    assert sizes == sorted(sizes, reverse=True)
    by_name = {one["feature"]: one for one in contributions}
    assert by_name["AMT_CREDIT"]["value"] == 2000.0
    assert by_name["BUREAU_DAYS_CREDIT_MAX"]["value"] is None
    assert by_name["CODE_GENDER"]["protected"]
    assert not by_name["AMT_CREDIT"]["protected"]


def test_an_explanation_speaks_french(client):
    answer = client.post("/explain?lang=fr", json=KNOWN).json
    words = {one["feature"]: one["description"] for one in answer["contributions"]}
    assert words["AMT_CREDIT"] == "Montant du prêt demandé"


def test_an_explanation_is_no_decision_and_not_logged(client):
    client.post("/explain", json=KNOWN)
    assert client.get("/data").json["total"] == 0


def test_tables_of_one_client_are_explained(client):
    answer = client.post("/explain", json={"application": [{"SK_ID_CURR": 9, **CREDIT, "EXT_SOURCE_2": 0.5}]}).json
    assert answer["client"] == 9
    assert answer["missing_tables"] == ["bureau"]


def test_two_clients_are_not_explained_at_once(client):
    response = client.post("/explain", json=[KNOWN, {**KNOWN, "SK_ID_CURR": 8}])
    assert response.status_code == 422
    assert response.json["error"] == "/explain takes one client at a time, and this body holds 2."


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_waterfall_is_an_svg_picture(client, lang):
    response = client.post(f"/explain?lang={lang}", json=KNOWN, headers={"Accept": "image/svg+xml"})
    assert response.mimetype == "image/svg+xml"
    root = ElementTree.fromstring(response.text)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.get("lang") == lang


def test_the_waterfall_is_a_png_picture_twice_as_large(client):
    drawn = client.post("/explain", json=KNOWN, headers={"Accept": "image/svg+xml"}).text
    response = client.post("/explain", json=KNOWN, headers={"Accept": "image/png, application/json;q=0.5"})
    assert response.mimetype == "image/png"
    assert response.data.startswith(b"\x89PNG\r\n\x1a\n")
    root = ElementTree.fromstring(drawn)
    width, height = struct.unpack(">II", response.data[16:24])
    assert (width, height) == (2 * int(root.get("width")), 2 * int(root.get("height")))


def test_a_picture_has_letters_without_any_font_of_the_system():
    from credit.web.routes.waterfall_png import png

    def drawn(text):
        start = '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="40" font-family="system-ui, sans-serif">'
        return png(f'{start}<text x="5" y="25">{text}</text></svg>')

    assert len({drawn(text) for text in ("", "e", "é", "\u2212", "\u202f…", "«œ»")}) == 6


def test_a_form_that_there_is_not_is_refused_with_those_that_there_are(client):
    response = client.post("/explain", json=KNOWN, headers={"Accept": "image/gif"})
    assert response.status_code == 406
    assert "application/json, image/svg+xml, image/png" in response.json["error"]


def test_global_importance_gives_shares_of_gain(client):
    features = client.get("/explain").json["features"]
    gains = [one["gain"] for one in features]
    assert gains == sorted(gains, reverse=True)
    assert sum(gains) == pytest.approx(1)
    by_name = {one["feature"]: one for one in features}
    assert by_name["EXT_SOURCE_2"]["contribution"] == 0.75  # as the manifest says
    assert by_name["AMT_CREDIT"]["contribution"] is None


def test_another_make_of_model_is_not_explained(other_make):
    for response in (other_make.post("/explain", json=KNOWN), other_make.get("/explain")):
        assert response.status_code == 501
        assert response.json["error"].startswith("This server's model cannot be explained. A Constant has no exact")
        assert response.json["details"] == []


def test_the_model_shows_manifest_and_card(client):
    answer = client.get("/model").json
    assert answer["manifest"]["review"] == {"cost": 15_000.0, "skill": 0.5, "capacity": None}
    assert answer["card"] == "# Model card: Small\n"
    alone = client.get("/model", headers={"Accept": "text/markdown"})
    assert (alone.mimetype, alone.text) == ("text/markdown", "# Model card: Small\n")


def test_a_model_without_a_card_says_so(bare):
    assert bare.get("/model").json["card"] is None
    assert bare.get("/model", headers={"Accept": "text/markdown"}).status_code == 404
