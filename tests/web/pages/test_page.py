"""What people see and do on the page, in a real browser with the shipped model."""

import hashlib
import json
import re

import pytest
from support.loans import LOAN
from support.pictures import draw
from support.reader import EXAMPLES, Reader
from support.server import ROOT, Server

from credit.decision import cost
from credit.decision.cost import Costs
from credit.decision.exposure import Exposure
from credit.decision.review import Review
from credit.model import adopt_bundle, rewrite_bundle
from credit.model.manifest import read
from credit.tables import HISTORIES
from credit.tables.value_forms import GAP_WORDS
from credit.web.pages.known_sources import table_words

KEY = "open sesame"
PHONE = {"viewport": {"width": 360, "height": 740}, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}
#: What Chromium itself writes to the console about an answer that a test provokes.
REFUSED = ("the server responded with a status of 4",)


def answered(server, route, body):
    status, answer = server.ask(route, body)
    assert status == 200, answer
    return answer


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_scored_and_explained(reader, server, columns, name):
    tab = reader()
    page = tab.open()
    tab.pick(name)
    client = EXAMPLES[name]["application"]["SK_ID_CURR"]
    probability = answered(server, "/predict_proba", EXAMPLES[name])["prediction"][f"client n° {client}"]
    assert tab.decision() == decided(server, name)
    assert f"Client {client}" in page.inner_text("#verdict")
    assert f"{100 * probability:.1f}\u00a0%" in page.inner_text("#numbers")
    assert page.get_attribute("#scale svg", "aria-label").startswith("Probability of default ")
    assert page.locator("#waterfall svg polygon").count() == 11
    assert page.locator("#reasons li").count() in (1, 2, 3, 4)
    assert f"of {columns:,} features are known" in page.inner_text("#missing")
    assert "Not known, though it matters" in page.inner_text("#missing")
    assert tab.answer() == pytest.approx(probability, abs=1e-12)
    assert tab.errors() == ""


def decided(server, name):
    """What the server decides about an example."""
    return answered(server, "/score", EXAMPLES[name])["scores"][0]["decision"]


def test_the_buttons_say_what_the_model_says(reader, server):
    page = reader().open()
    titles = {one.get_attribute("data-example"): one.inner_text() for one in page.locator("#examples button").all()}
    beginnings = {
        "accept": "Clearly accepted\nAccepted, ",
        "refer": "Borderline\nA person decides, ",
        "refuse": "Clearly refused\nRefused, ",
    }
    for name in ("accepted", "borderline", "refused"):
        assert titles[name].startswith(beginnings[decided(server, name)])
    assert (decided(server, "accepted"), decided(server, "refused")) == ("accept", "refuse")
    assert titles["no_history"].startswith("No history\n")
    assert titles["history_unknown"].startswith("History unknown\n")


def test_the_same_client_without_history_and_with_one_that_is_not_known(reader):
    none, unknown = EXAMPLES["no_history"], EXAMPLES["history_unknown"]
    assert none["application"] == unknown["application"]
    assert {table: rows for table, rows in none.items() if table != "application"} == {table: [] for table in HISTORIES}
    assert list(unknown) == ["application"]
    tab = reader()
    page = tab.open()
    tab.pick("no_history")
    assert "Not sent" not in page.inner_text("#missing")
    page.evaluate("document.getElementById('result').dataset.client = ''")  # it is the same client
    tab.pick("history_unknown")
    missing = page.inner_text("#missing")
    assert all(words in missing.partition("Not sent, and so not known: ")[2] for words in table_words("en").values())


@pytest.fixture(scope="module")
def pasting(chromium, server):
    """A tab in which one wrong client after the other is pasted."""
    tab = Reader(chromium, server)
    tab.open()
    yield tab
    tab.finish(expected=REFUSED)


@pytest.mark.parametrize(
    ("pasted", "told"),
    [
        ('{"SK_ID_CURR": 1, "AMT_CREDT": 5}', "'AMT_CREDT' is not a feature; did you mean 'AMT_CREDIT'?"),
        ('{"SK_ID_CURR": 1, "AMT_CREDIT": "much", "DAYS_BIRTH": 3}', "AMT_CREDIT must be an amount above 0"),
        ('{"SK_ID_CURR": 1}', "AMT_CREDIT is missing: a loan without its amount cannot be decided on; send it"),
        (
            "SK_ID_CURR,AMT_CREDIT,AMT_ANNUITY,NAME_CONTRACT_TYPE\n1,450000.0,24500.0,Cash loans",
            "AMT_GOODS_PRICE is missing: a loan without the price of its goods cannot be decided on",
        ),
        ('{"SK_ID_CURR": 1', "The body is not JSON: truncated in line 1, column 17"),
        ("1,M,450000", "it is CSV without a header"),
        ("SK_ID_CURR,CODE_GENDER\n1,M\n2,F", "This field holds 2 clients: paste one."),
        ("SK_ID_CURR,CODE_GENDER\n1,M,5", "Row 1 has 3 fields, and the header has 2 names."),
        ("SK_ID_CURR;CODE_GENDER;AMT_CREDIT\n1;M;5\n2;F", "Row 2 has 2 fields, and the header has 3 names."),
        ("SK_ID_CURR\tCODE_GENDER\n", "There is a header, but no row below it."),
        ("CODE_GENDER,AMT_CREDIT\nM,450000", "The first row holds names, but not SK_ID_CURR"),
        ("SK_ID_CURR\tAMT_CREDIT\n1\t1,234", "AMT_CREDIT in row 1 is 1,234: its mark may part thousands"),
        ('SK_ID_CURR,AMT_CREDIT\n1,"1,234"', "AMT_CREDIT in row 1 is 1,234: its mark may part thousands"),
        ("SK_ID_CURR;AMT_CREDIT;EXT_SOURCE_1\n1;450.000;0,5", "AMT_CREDIT in row 1 is 450.000: its mark may part"),
        ("SK_ID_CURR;AMT_CREDIT;DAYS_BIRTH\n1;450.000;-14600", "AMT_CREDIT in row 1 is 450.000: its mark may part"),
        ("SK_ID_CURR\tAMT_CREDIT\n1.01E+05\t450000", "SK_ID_CURR in row 1 is 1.01E+05: a spreadsheet has shortened it"),
        ("SK_ID_CURR;AMT_CREDIT\n1;45.00,5", "AMT_CREDIT must be an amount above 0, not a text"),
        ('[{"SK_ID_CURR": 1}, {"SK_ID_CURR": 2}]', "This field holds 2 clients: paste one."),
        ("  ", "Paste a client first."),
    ],
)
def test_an_error_in_what_was_pasted_is_shown(pasting, pasted, told):
    tab, page = pasting, pasting.page
    if tab.errors():  # the test before has failed
        tab.open()
    page.fill("#body", pasted)
    page.click("#paste button")
    page.wait_for_selector("#paste-errors p")
    assert told in tab.errors()
    assert page.get_attribute("#paste-errors", "role") == "alert"
    assert page.evaluate("document.activeElement.id") == "body"
    assert page.get_attribute("#body", "aria-invalid") == "true"
    assert "paste-errors" in page.get_attribute("#body", "aria-describedby")
    page.click("#paste-errors button")
    assert tab.errors() == ""
    assert page.get_attribute("#body", "aria-invalid") is None


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_row_of_csv_with_its_header_is_a_client(reader, server, separator):
    row = {
        "SK_ID_CURR": 9_007_199_254_740_993,
        "NAME_TYPE_SUITE": '"Spouse, partner"',
        "CODE_GENDER": "F",
        "AMT_CREDIT": "450000.0",
        "AMT_ANNUITY": "24500.0",
        "AMT_GOODS_PRICE": "450000.0",
        "DAYS_EMPLOYED": 365243,
        "EXT_SOURCE_1": "",
        "EXT_SOURCE_2": "NA",
    }
    known = {"CODE_GENDER": "F", "DAYS_EMPLOYED": 365243, "NAME_TYPE_SUITE": "Spouse, partner"}
    body = {"SK_ID_CURR": row["SK_ID_CURR"], **LOAN, **known}
    expected = answered(server, "/predict_proba", body)["prediction"][f"client n° {row['SK_ID_CURR']}"]
    tab = reader()
    page = tab.open()
    page.fill("#body", "\r\n".join(separator.join(map(str, part)) for part in (row, row.values())) + "\r\n")
    page.click("#paste button")
    tab.wait(row["SK_ID_CURR"])
    assert f"{100 * expected:.1f}\u00a0%" in page.inner_text("#numbers")
    assert tab.errors() == ""


NAMES = ["SK_ID_CURR", "TARGET", "AMT_CREDIT", "EXT_SOURCE_1", "NAME_CONTRACT_TYPE_Cash_loans", "CODE_GENDER"]


def from_table(page, text):
    """What the script makes of a pasted text, and how often it asked for the names that a body may use."""
    return page.evaluate(
        """async ([text, names]) => {
            const script = document.querySelector("script[type=module]").src.replace("page.js", "csv.js");
            const {fromTable} = await import(script);
            let asked = 0;
            return [await fromTable(text, async () => { asked += 1; return names; }), asked];
        }""",
        [text, NAMES],
    )


@pytest.fixture(scope="module")
def page(chromium, server):
    """A page that nothing is done with but to call its scripts."""
    tab = Reader(chromium, server)
    yield tab.open()
    assert tab.faults == []
    tab.close()


@pytest.mark.parametrize("separator", [";", "\t", "|", ","])
@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("450000", "450000"),
        ("450000.0", "450000.0"),
        ("-3648.0", "-3648.0"),
        ("0,57", "0.57"),
        ("-0,570", "-0.570"),
        ("1234,5", "1234.5"),
        ("1234,567", "1234.567"),
        ("4,5E+05", "4.5E+05"),
        ("450.000,00", "450000.00"),
        ("1.234,5", "1234.5"),
        ("-1.234.567,89", "-1234567.89"),
        ("1,234.5", "1234.5"),
        ("1,234,567", "1234567"),
        ("1.234.567", "1234567"),
        ("450 000", "450000"),
        ("450\u00a0000,5", "450000.5"),
        ("1\u202f450\u202f000,25", "1450000.25"),
        ("1'450'000.25", "1450000.25"),
        ("TRUE", "true"),
        ("faux", "false"),
        # No number in any of these forms: the server says what it must be.
        ("45.00,5", '"45.00,5"'),
        ("1,23,456", '"1,23,456"'),
        ("1.234.56", '"1.234.56"'),
        ("1 23", '"1 23"'),
        ("007", '"007"'),
        ("constructor", '"constructor"'),
    ],
)
def test_a_number_is_taken_as_spreadsheets_write_it(page, separator, written, number):
    row = f'"{written}"' if separator in written else written
    text, _ = from_table(page, f"SK_ID_CURR{separator}AMT_CREDIT\n7{separator}{row}")
    assert text == f'{{"SK_ID_CURR":7,"AMT_CREDIT":{number}}}'


@pytest.mark.parametrize("row", ["7,1.234", "7|1.234", "7;1.234;0.5", "7\t1.234\t-3648.0"])
def test_a_point_is_a_decimal_mark_where_another_field_or_the_separator_says_so(page, row):
    separator = next(one for one in ";\t|," if one in row)
    names = ["SK_ID_CURR", "AMT_CREDIT", "DAYS_BIRTH"][: row.count(separator) + 1]
    text, _ = from_table(page, f"{separator.join(names)}\n{row}")
    assert '"AMT_CREDIT":1.234' in text


@pytest.mark.parametrize(
    "header",
    [
        "sk_id_curr;amt_credit;name_contract_type_cash_loans;target",
        "Sk_Id_Curr;Amt_Credit;Name_Contract_Type_Cash_Loans;Target",
        ' SK_ID_CURR ;"amt_credit"; NAME_CONTRACT_TYPE_Cash_loans;TARGET ',
        "\ufeffsk_id_curr;'AMT_CREDIT';`NAME_CONTRACT_TYPE_CASH_LOANS`;target",
    ],
)
def test_names_are_known_in_any_letters(page, header):
    text, asked = from_table(page, f"{header}\n7;5;1;0")
    assert text == '{"SK_ID_CURR":7,"AMT_CREDIT":5,"NAME_CONTRACT_TYPE_Cash_loans":1,"TARGET":0}'
    assert asked == 1


def test_published_names_need_no_question_and_unknown_ones_stay(page):
    assert from_table(page, "SK_ID_CURR,AMT_CREDT\n7,5") == ['{"SK_ID_CURR":7,"AMT_CREDT":5}', 0]
    assert from_table(page, "SK_ID_CURR,Amt_Credt\n7,5") == ['{"SK_ID_CURR":7,"Amt_Credt":5}', 1]


ROW = '{"SK_ID_CURR":7,"CODE_GENDER":"F","AMT_CREDIT":5}'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sep=;\r\nSK_ID_CURR;CODE_GENDER;AMT_CREDIT\r\n7;F;5\r\n", ROW),
        ('"sep=;"\nSK_ID_CURR;CODE_GENDER;AMT_CREDIT\n7;F;5', ROW),
        ("SEP=^\nSK_ID_CURR^CODE_GENDER^AMT_CREDIT\n7^F^5", ROW),
        ("SK_ID_CURR|CODE_GENDER|AMT_CREDIT\n7|F|5\n\n", ROW),
        ("\n\nSK_ID_CURR,CODE_GENDER,AMT_CREDIT\r7,F,5\r\r", ROW),
        ("SK_ID_CURR;CODE_GENDER;AMT_CREDIT;\n7;F;5;\n", ROW),
        ("SK_ID_CURR;CODE_GENDER;AMT_CREDIT;;;\n7;F;5;\n;;;;;\n", ROW),
        ("SK_ID_CURR;CODE_GENDER;AMT_CREDIT\n7;F;5;;\n", ROW),
        ("SK_ID_CURR;CODE_GENDER;AMT_CREDIT;\n7;F;5\n", ROW),
        ('"SK_ID_CURR,CODE_GENDER,AMT_CREDIT"\n"7,""F"",5"', ROW),
        ('SK_ID_CURR,CODE_GENDER,AMT_CREDIT\n"7,""F"",5"\n', ROW),
        ("SK_ID_CURR\tCODE_GENDER\tAMT_CREDIT\n7\tF\t\n", '{"SK_ID_CURR":7,"CODE_GENDER":"F","AMT_CREDIT":null}'),
        ("\tSK_ID_CURR\tCODE_GENDER\n0\t7\tF\n", '{"":0,"SK_ID_CURR":7,"CODE_GENDER":"F"}'),
        ("SK_ID_CURR\n7", '{"SK_ID_CURR":7}'),
        ("SK_ID_CURR,AMT_CREDIT\n7,5\n8,6", '[{"SK_ID_CURR":7,"AMT_CREDIT":5},{"SK_ID_CURR":8,"AMT_CREDIT":6}]'),
        (' \ufeff{"SK_ID_CURR": 7, "AMT_CREDIT": 5}\n', '{"SK_ID_CURR": 7, "AMT_CREDIT": 5}'),
        ("7,F,5", "7,F,5"),
    ],
)
def test_a_table_is_read_as_programs_write_it(page, text, expected):
    assert from_table(page, text)[0] == expected


def test_a_row_of_a_french_spreadsheet_with_names_in_small_letters_is_a_client(reader, server):
    body = {
        "SK_ID_CURR": 100983,
        "AMT_CREDIT": 450000.5,
        "AMT_ANNUITY": 24500,
        "AMT_GOODS_PRICE": 450000,
        "EXT_SOURCE_2": 0.57,
        "CODE_GENDER": "F",
    }
    expected = answered(server, "/predict_proba", body)["prediction"]["client n° 100983"]
    tab = reader()
    page = tab.open()
    page.fill(
        "#body",
        "sep=;\nsk_id_curr;amt_credit;amt_annuity;amt_goods_price;ext_source_2;code_gender;\n"
        "100 983;450.000,50;24500,0;450000;0,57;F;",
    )
    page.click("#paste button")
    tab.wait(100983)
    assert f"{100 * expected:.1f}\u00a0%" in page.inner_text("#numbers")
    assert tab.errors() == ""


def test_a_pasted_row_may_end_in_a_gap(reader):
    tab = reader()
    page = tab.open()
    page.fill(
        "#body", "SK_ID_CURR\tAMT_CREDIT\tAMT_ANNUITY\tAMT_GOODS_PRICE\tEXT_SOURCE_1\n7\t450000.0\t24500.0\t450000.0\t"
    )
    page.click("#paste button")
    tab.wait(7)
    assert tab.errors() == ""


@pytest.mark.parametrize(
    ("pasted", "told"),
    [
        ("SK_ID_CURR;CODE_GENDER\n1;M;5", "La ligne 1 a 3 champs, et l'en-tête a 2 noms."),
        ("SK_ID_CURR;CODE_GENDER\n", "Il y a un en-tête, mais aucune ligne en dessous."),
        ("CODE_GENDER;AMT_CREDIT\nM;5", "La première ligne contient des noms, mais pas SK_ID_CURR"),
        (
            "SK_ID_CURR;AMT_CREDIT\n1;1,234",
            "AMT_CREDIT à la ligne 1 vaut 1,234\u00a0: ce signe peut séparer les milliers",
        ),
    ],
)
def test_what_is_wrong_with_a_table_is_said_in_french(reader, pasted, told):
    tab = reader(locale="fr-FR")
    page = tab.open()
    page.fill("#body", pasted)
    page.click("#paste button")
    page.wait_for_selector("#paste-errors p")
    assert told in tab.errors()
    assert page.locator("#paste-errors [lang=en]").count() == 0
    assert page.get_attribute("#body", "aria-invalid") == "true"


def test_warnings_about_a_row_are_in_the_language_of_the_page(reader):
    header = "SK_ID_CURR,AMT_CREDIT,AMT_ANNUITY,AMT_GOODS_PRICE,TARGET,CODE_GENDER,NAME_INCOME_TYPE,DAYS_REGISTRATION,"
    header += "AMT_INCOME_TOTAL"
    tab = reader(locale="fr-FR")
    page = tab.open()
    page.fill("#body", f"{header}\n7,450000,24500,450000,1,X,Pirate,-3648.0,5.5")
    page.click("#paste button")
    tab.wait(7)
    missing = page.inner_text("#missing").replace("\u00a0", " ")
    assert "'TARGET' est le résultat et non une donnée ; cette colonne est ignorée." in missing
    assert "NAME_INCOME_TYPE « Pirate » ne fait pas partie des valeurs publiées" in missing
    assert "AMT_INCOME_TOTAL 5,5 sort des valeurs publiées" in missing
    assert " row" not in missing
    assert page.locator("#missing [lang]").count() == 0


def test_the_field_says_in_both_languages_what_it_takes(reader):
    assert "a row of the published table" in reader().open().inner_text("label[for=body]")
    french = reader(locale="fr-FR").open().inner_text("label[for=body]")
    assert "une ligne de la table publiée, des variables par leur nom, ou des tables brutes" in french


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_file_of_csv_is_read_and_scored(reader, tmp_path, encoding):
    file = tmp_path / "client.csv"
    file.write_bytes(
        "SK_ID_CURR\tAMT_CREDIT\tAMT_ANNUITY\tAMT_GOODS_PRICE\r\n7\t450000,5\t24500,5\t450000\r\n".encode(encoding)
    )
    tab = reader()
    page = tab.open()
    page.set_input_files("#file", file)
    tab.wait(7)
    assert tab.errors() == ""
    assert ".csv" in page.get_attribute("#file", "accept")


@pytest.mark.parametrize("begins", [b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b"])
def test_a_workbook_is_refused_with_what_to_do(reader, tmp_path, begins):
    file = tmp_path / "client.xlsx"
    file.write_bytes(begins + bytes(100))
    tab = reader()
    page = tab.open()
    page.set_input_files("#file", file)
    page.wait_for_selector("#paste-errors p:has-text('Save it as CSV')")


def test_the_page_knows_the_words_for_a_gap_of_files():
    written = re.search(
        r"new Set\((\[.+?\])\)", (ROOT / "credit" / "web" / "static" / "csv.js").read_text(), re.DOTALL
    )[1]
    assert set(json.loads(written)) == {"", *GAP_WORDS}


@pytest.mark.parametrize("written", ["155 317", "155,317", "155\u202f317", " 155317 ", "155317.0"])
def test_a_number_is_found_however_its_thousands_are_written(reader, server, written):
    answered(server, "/predict", {"SK_ID_CURR": 155317, **LOAN})
    page = reader().open()
    page.fill("#number", written)
    page.click("#search button")
    page.wait_for_selector("#found li")
    assert "155317" in page.inner_text("#found")


def test_what_the_server_refuses_is_marked_as_english(reader):
    tab = reader(expected=REFUSED, locale="fr-FR")
    page = tab.open()
    page.fill("#body", '{"SK_ID_CURR": 1, "AMT_CREDT": 5, "AMT_ANNUITY": 1}')
    page.click("#paste button")
    page.wait_for_selector("#paste-errors p")
    assert "Le serveur a refusé ce qui a été envoyé" in tab.errors()
    assert page.locator("#paste-errors p[lang=en]").count() == 1
    assert page.locator("#paste-errors ul[lang=en] li").count() == 1


def test_a_client_number_beyond_exact_numbers_is_shown_as_it_is(reader):
    tab = reader()
    page = tab.open()
    number = 9_007_199_254_740_993  # 2**53 + 1
    page.fill("#body", json.dumps({"SK_ID_CURR": number, **LOAN}))
    page.click("#paste button")
    tab.wait(number)
    page.fill("#number", str(number))
    page.click("#search button")
    page.click("#found li button >> nth=0")
    tab.wait(number)
    assert str(number) in page.inner_text("#verdict")


def test_every_violation_is_listed(reader):
    tab = reader(expected=REFUSED)
    page = tab.open()
    page.fill("#body", '{"SK_ID_CURR": 1, "AMT_CREDT": 5, "AMT_ANUITY": 2}')
    page.click("#paste button")
    page.wait_for_selector("#paste-errors li")
    assert "did you mean 'AMT_ANNUITY'" in tab.errors()
    assert "did you mean 'AMT_CREDIT'" in tab.errors()


def test_a_file_is_read_and_scored(reader, tmp_path):
    file = tmp_path / "client.json"
    file.write_text(json.dumps(EXAMPLES["refused"]))
    tab = reader()
    page = tab.open()
    page.set_input_files("#file", file)
    tab.wait(EXAMPLES["refused"]["application"]["SK_ID_CURR"])
    assert tab.decision() == "refuse"


def test_a_file_can_be_dropped(reader):
    tab = reader()
    page = tab.open()
    transfer = page.evaluate_handle(
        "text => {const t = new DataTransfer(); t.items.add(new File([text], 'client.json')); return t}",
        json.dumps(EXAMPLES["accepted"]),
    )
    page.dispatch_event("#body", "drop", {"dataTransfer": transfer})
    tab.wait(EXAMPLES["accepted"]["application"]["SK_ID_CURR"])
    assert tab.decision() == "accept"


@pytest.fixture(scope="module")
def reviewing(server, tmp_path_factory):
    """The shipped model where a review costs a little less than one of the borderline example is worth."""
    folder = tmp_path_factory.mktemp("reviewing")
    (one,) = answered(server, "/score", EXAMPLES["borderline"])["scores"]
    review = Review(0.95 * 0.5 * one["at_stake"], 0.5, 0.1)
    bundle = adopt_bundle(folder / "bundle", ROOT / "mlruns_reduced")
    rewrite_bundle(bundle, served_threshold(), lambda manifest: {**manifest, "review": review.to_dict()})
    running = Server(folder, bundle, WEB_CONCURRENCY="1").wait()
    yield running, review
    running.stop()


def in_percent(share):
    return f"{100 * share:.1f}\u00a0%"


def test_the_band_of_the_clients_own_amount_is_shown(reader, reviewing):
    server, review = reviewing
    tab = reader(server)
    page = tab.open()
    tab.pick("borderline")
    (one,) = answered(server, "/score", EXAMPLES["borderline"])["scores"]
    assert tab.decision() == one["decision"] == "refer"
    low, high = one["refer"]["low"], one["refer"]["high"]
    numbers = page.inner_text("#numbers")
    assert f"between {in_percent(low)} and {in_percent(high)}" in numbers
    net = f"{one['review_worth'] - review.cost:,.0f}".replace("-", "\u2212")
    assert f"its cost taken off\n{net} ({one['review_worth']:,.0f} \u2212 {review.cost:,.0f})" in numbers
    assert f"A person decides between {in_percent(low)} and {in_percent(high)}" in page.get_attribute(
        "#scale svg", "aria-label"
    )
    zones = {kind: page.locator(f"#scale .zone.{kind}").bounding_box() for kind in ("accept", "refuse")}
    # The threshold lies in the band: both of its sides are a person's.
    left, right = (page.locator("#scale .zone.refer").nth(place).bounding_box() for place in (0, 1))
    assert zones["accept"]["x"] + zones["accept"]["width"] == pytest.approx(left["x"], abs=1.5)
    assert right["x"] + right["width"] == pytest.approx(zones["refuse"]["x"], abs=1.5)
    assert (left["width"] + right["width"]) / zones["accept"]["width"] == pytest.approx((high - low) / low, abs=0.1)


def test_a_loan_too_small_for_a_review_is_said_to_be_one(reader, reviewing):
    server, review = reviewing
    tab = reader(server)
    page = tab.open()
    loan = {"AMT_CREDIT": 45_000, "AMT_ANNUITY": 4_500, "AMT_GOODS_PRICE": 45_000}
    body = {**EXAMPLES["borderline"], "application": {**EXAMPLES["borderline"]["application"], **loan}}
    page.fill("#body", json.dumps(body))
    page.click("#paste button")
    tab.wait(body["application"]["SK_ID_CURR"])
    assert f"never: a review costs {review.cost:,.0f}, more than it can save" in page.inner_text("#numbers")
    assert page.locator("#scale .zone.refer").count() == 0


@pytest.mark.parametrize(
    ("locale", "sentence"),
    [
        ("en-GB", "A person decides instead where a review is expected to save more than it costs, "),
        ("fr-FR", "Une personne décide à la place là où un examen devrait épargner plus qu'il ne coûte, "),
    ],
)
def test_the_page_says_the_rule_in_words(reader, reviewing, locale, sentence):
    server, review = reviewing
    told = reader(server, locale=locale).open().inner_text("main > p >> nth=1")
    assert sentence in told
    cost = f"{review.cost:,.0f}".replace(",", "\u202f" if locale == "fr-FR" else ",")
    assert cost in told
    assert "10,0\u00a0% des demandes" in told or "10.0\u00a0% of the applications" in told


def test_the_page_speaks_french(reader, server):
    tab = reader(locale="fr-FR")
    page = tab.open()
    assert page.get_attribute("html", "lang") == "fr"
    assert page.inner_text("h1") == "Bienvenue"
    tab.pick("refused")
    assert "Refusé" in page.inner_text("#verdict")
    (probability,) = answered(server, "/predict_proba", EXAMPLES["refused"])["prediction"].values()
    in_french = [f"{100 * share:.1f}\u00a0%".replace(".", ",") for share in (probability, served_threshold())]
    assert in_french[0] in page.text_content("#scale")
    assert in_french[1] in page.text_content("#scale")
    assert in_french[1] in page.get_attribute("#scale svg", "aria-label")
    assert "Rien trouvé" in page.inner_text("#smallest")
    assert "Pourquoi la probabilité de défaut" in page.text_content("#waterfall svg title")


def test_the_language_can_be_switched(reader):
    page = reader().open()
    page.click("nav a[hreflang=fr]")
    page.wait_for_selector("html[lang=fr][data-ready]")
    assert page.inner_text("#try-title") == "Essayer un client"
    page.click("nav a[hreflang=en]")
    page.wait_for_selector("html[lang=en][data-ready]")


def test_a_slider_moves_the_answer_and_back(reader, server):
    tab = reader()
    page = tab.open()
    tab.pick("borderline")
    before = tab.answer()
    control = page.get_by_role("slider", name="Price of the goods that the loan is to pay")
    start = float(control.input_value())
    control.focus()
    for _ in range(40):
        control.press("ArrowRight")
    tab.until(lambda: tab.answer() != before)
    page.wait_for_timeout(400)
    changes = {"AMT_GOODS_PRICE": float(control.input_value())}
    assert changes["AMT_GOODS_PRICE"] > start
    moved = answered(server, "/what-if", {"client": EXAMPLES["borderline"], "changes": changes})
    assert tab.answer() == pytest.approx(moved["after"]["probability"], abs=1e-12)
    assert page.inner_text("#answer").startswith("With these changes: ")
    page.click("#reset")
    tab.until(lambda: tab.answer() == before)
    assert float(control.input_value()) == start


def test_terms_that_no_lender_grants_together_are_said(reader):
    tab = reader()
    page = tab.open()
    tab.pick("borderline")
    control = page.get_by_role("slider", name="Amount of the loan asked for")
    control.focus()
    control.press("End")
    page.wait_for_selector("#implausible li:has-text('times the price of the goods')")
    page.click("#reset")
    tab.until(lambda: page.locator("#implausible li").count() == 0)


def test_a_change_that_is_not_answered_is_said_where_it_was_made(reader):
    tab = reader(expected=("net::ERR_FAILED",))
    page = tab.open()
    tab.pick("borderline")
    before = page.inner_text("#answer")
    page.route("**/what-if", lambda route: route.abort())
    control = page.get_by_role("slider", name="Amount of the loan asked for")
    control.focus()
    control.press("ArrowRight")
    page.wait_for_selector("#what-if-errors p:has-text('cannot be reached')")
    assert page.inner_text("#answer") == "What this would change is not known: see the message below."
    assert page.get_attribute("#answer", "data-decision") == ""
    assert control.bounding_box()["y"] > 0  # nobody was moved away from it
    page.unroute("**/what-if")
    page.click("#reset")
    tab.until(lambda: page.inner_text("#answer") == before)
    assert tab.errors() == ""


def test_what_has_the_focus_is_not_under_the_answer(reader):
    tab = reader(**PHONE)
    page = tab.open()
    tab.pick("borderline")
    for control in page.locator(".lever input, .lever select, #reset").all()[::-1]:
        control.focus()
        top = page.evaluate("document.activeElement.getBoundingClientRect().top")
        assert top >= page.evaluate("document.querySelector('.answer').getBoundingClientRect().bottom"), control


def test_a_list_moves_the_answer(reader, server):
    tab = reader()
    page = tab.open()
    # A text, and no flag: a list of more than two values, of those that matter most for one of the examples.
    texts = page.locator('.lever[data-feature][data-locked="no"]:has(option:nth-child(4))')
    example = next(one for one in EXAMPLES if (tab.pick(one), texts.count())[1])
    lever = texts.first
    name, control = lever.get_attribute("data-feature"), lever.locator("select")
    values = [one.get_attribute("value") for one in control.locator("option").all()]
    own = control.input_value()
    other = next(value for value in values if value not in ("", own))
    control.select_option(value=other)
    tab.until(lambda: page.inner_text("#answer").startswith("With"))
    moved = answered(server, "/what-if", {"client": EXAMPLES[example], "changes": {name: other}})
    assert tab.answer() == pytest.approx(moved["after"]["probability"], abs=1e-12)


def test_what_is_protected_or_past_is_locked(reader):
    tab = reader()
    page = tab.open()
    for name in EXAMPLES:
        tab.pick(name)
        held = page.locator('.lever:not([data-locked="no"])')
        assert held.count() > 0
        assert held.locator("input, select").count() == 0
        assert all("Locked: " in text for text in held.all_inner_texts())
        assert page.locator('.lever[data-locked="no"]').count() >= 4


def test_the_smallest_change_leads_to_acceptance(reader):
    tab = reader()
    page = tab.open()
    tab.pick("borderline")
    assert page.get_attribute("#smallest", "data-status") == "found"
    page.click("#smallest button")
    page.wait_for_selector('#answer[data-decision="accept"]')
    tab.pick("refused")
    assert page.get_attribute("#smallest", "data-status") == "none"
    tab.pick("accepted")
    assert page.get_attribute("#smallest", "data-status") == "accepted"


def test_an_example_is_a_trial_and_leads_to_its_page(reader, server):
    tab = reader()
    page = tab.open()
    tab.pick("accepted")
    assert "This is a trial" in page.inner_text("#made")
    assert page.is_checked("#trial")
    assert "Amount of the loan" in page.inner_text("#application")
    number = int(page.get_attribute("#made a", "href").split("/")[2].split("?")[0])
    assert server.ask(f"/reviews/{number}")[1]["decision"]["trial"]
    page.uncheck("#trial")
    page.evaluate("document.getElementById('result').dataset.client = ''")
    page.click("#paste button")
    tab.wait(EXAMPLES["accepted"]["application"]["SK_ID_CURR"])
    assert "trial" not in page.inner_text("#made")
    page.click("#made a")
    page.wait_for_selector("#decision")
    assert "trial" not in page.inner_text("#decision .verdict")


def test_a_client_is_found_in_the_log_and_scored_again(reader):
    tab = reader()
    page = tab.open()
    client = EXAMPLES["accepted"]["application"]["SK_ID_CURR"]
    tab.pick("accepted")
    page.fill("#number", str(client))
    page.click("#search button")
    page.wait_for_selector("#found li")
    assert f"Client {client}: " in page.inner_text("#found")
    page.evaluate("document.getElementById('result').dataset.client = ''")
    page.click("#found li button >> nth=0")
    tab.wait(client)
    assert tab.decision() == "accept"
    page.fill("#number", "4711")
    page.click("#search button")
    page.wait_for_selector("#found p:has-text('nothing about client 4711')")
    page.fill("#number", "-1")
    page.click("#search button")
    page.wait_for_selector("#search-errors p")
    assert "whole number" in tab.errors()
    assert page.get_attribute("#number", "aria-invalid") == "true"


def test_margin_and_loss_move_the_threshold_that_pays(reader):
    page = reader().open()
    exposure = Exposure.read(read_manifest()["exposure"])
    for margin, loss in ((0.19, 1.0), (0.1, 0.5), (0.4, 0.6)):
        for name, share in (("margin", margin), ("loss", loss)):
            page.evaluate(
                "([id, to]) => {const one = document.getElementById(id); one.value = to; "
                "one.dispatchEvent(new Event('input'))}",
                [name, 100 * share],
            )
        costs = exposure.curve(Costs(margin, loss))
        best, least = cost.best_threshold(costs)
        told = page.inner_text("#money-told")
        assert f"below a probability of default of {100 * margin / (margin + loss):.1f}\u00a0%" in told
        assert f"is {100 * best:.1f}\u00a0%: {least:,.0f}" in told
        without_review = f"{exposure.cost(served_threshold(), Costs(margin, loss)):,.0f}"
        assert f"threshold of {100 * served_threshold():.1f}\u00a0%, if no person decided on any client" in told
        assert f"decisions would cost {without_review}" in told
    assert page.locator("#curve svg path.curve").count() == 1
    # The last ones: a margin of 0.4 and a loss of 0.6.
    places = {"served": read_manifest()["threshold"]["best"], "best": best, "break-even": 0.4}
    for name, expected in places.items():
        assert mark(page, name) == pytest.approx(at(page, expected), abs=2), name


def at(page, share):
    """Where a threshold belongs on the curve's axis, by its ticks."""
    left, right = (tick(page, text) for text in ("0\u00a0%", "60\u00a0%"))
    return left + share / 0.6 * (right - left)


def tick(page, text):
    for one in page.locator("#curve svg text").all():
        if one.text_content() == text:
            box = one.bounding_box()
            return box["x"] + box["width"] / 2
    raise AssertionError(f"no tick {text}")


def mark(page, name):
    return page.locator(f"#curve svg .mark.{name}").bounding_box()["x"]


def test_a_break_even_point_far_out_is_drawn_where_it_is(reader):
    page = reader().open()
    page.evaluate(
        "for (const [id, to] of [['margin', 60], ['loss', 20]]) {const one = document.getElementById(id); "
        "one.value = to; one.dispatchEvent(new Event('input'))}"
    )
    assert "probability of default of 75.0\u00a0%" in page.inner_text("#money-told")
    assert mark(page, "break-even") == pytest.approx(at(page, 0.75), abs=2)


def read_manifest():
    from support.server import ROOT

    return read(ROOT / "mlruns_reduced" / "manifest.json")


def served_threshold():
    return read_manifest()["threshold"]["best"]


def test_the_model_is_described(reader):
    page = reader().open()
    assert page.locator("#model .bars li").count() == 15
    assert page.locator("#model circle.point").count() == 10
    rows = page.locator("#model table tbody tr").all_inner_texts()
    (women,) = (one for one in read_manifest()["groups"] if one["group"] == "women")
    assert any("women" in row and f"{100 * women['approved']:.1f}" in row for row in rows)
    assert read_manifest()["data"]["fingerprint"] in page.inner_text("#model .facts")


@pytest.mark.parametrize("language", ["en-GB", "fr-FR"])
def test_nothing_scrolls_sideways_on_a_phone(reader, language):
    tab = reader(locale=language, expected=("the server responded with a status of 404",), **PHONE)
    tab.open()
    for name in EXAMPLES:
        tab.pick(name)
        wide, window = tab.width()
        assert wide <= window == 360
        picture, room = (tab.page.locator(one).bounding_box() for one in ("#waterfall svg", "#waterfall"))
        assert picture["width"] <= room["width"]
    tab.open("/features")
    assert tab.width()[0] <= 360
    for path in ("/data", "/model", "/nothing"):
        tab.page.goto(tab.home + path)
        assert tab.width()[0] <= 360, path


@pytest.mark.parametrize(
    "settings",
    [{}, {"color_scheme": "dark", "locale": "fr-FR"}, {**PHONE}, {**PHONE, "color_scheme": "dark"}],
    ids=["light", "dark", "phone", "dark phone"],
)
def test_the_page_keeps_the_rules_of_accessibility(reader, settings):
    tab = reader(expected=REFUSED, **settings)
    page = tab.open()
    assert tab.violations() == []
    tab.pick("borderline")
    page.click("#contributions >> xpath=..", position={"x": 10, "y": 5})
    page.fill("#body", "{}")
    page.click("#paste button")
    page.wait_for_selector("#paste-errors p")
    assert tab.violations() == []


@pytest.mark.parametrize("path", ["/features", "/docs", "/data", "/model", "/drift", "/nothing"])
def test_the_other_pages_keep_them_too(reader, path):
    tab = reader(color_scheme="dark", expected=("the server responded with a status of 404",))
    tab.page.goto(tab.home + path)
    if path == "/features":  # the rules take half a minute for a thousand rows, and each row is as the others
        tab.page.fill("#query", "document")
        tab.page.evaluate("for (const row of document.querySelectorAll('tbody tr[hidden]')) row.remove()")
    assert tab.violations() == []


def test_features_can_be_searched(reader, columns):
    page = reader().open("/features")
    assert page.inner_text("#count") == f"{columns:,} of {columns:,} features"
    page.fill("#query", "external SCORE 2")
    shown = page.locator("#features tbody tr:visible").all_inner_texts()
    assert any(text.startswith("EXT_SOURCE_2\t") for text in shown)
    assert len(shown) < 20


def test_it_works_with_the_keyboard_alone(reader):
    tab = reader()
    page = tab.open()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.example") == "accepted":
            break
    page.keyboard.press("Enter")
    tab.wait(EXAMPLES["accepted"]["application"]["SK_ID_CURR"])
    assert page.evaluate("document.activeElement.id") == "result-title"


def test_an_error_of_the_page_itself_is_shown(reader):
    tab = reader(expected=("boom", "broken promise"))
    page = tab.open()
    page.evaluate("setTimeout(() => { throw new Error('boom') })")
    page.wait_for_selector("#errors p:has-text('boom')")
    page.evaluate("void Promise.reject(new Error('broken promise'))")
    page.wait_for_selector("#errors p:has-text('broken promise')")


def test_a_server_that_cannot_be_reached_is_said(reader):
    tab = reader(expected=("net::ERR_FAILED",))
    page = tab.open()
    page.route("**/score?trial=1", lambda route: route.abort())
    page.click('[data-example="accepted"]')
    page.wait_for_selector("#errors p:has-text('cannot be reached')")


def test_a_key_is_asked_for_once_and_kept_in_the_tab_only(reader, tmp_path):
    from support.server import ROOT

    keys = f"ann:{hashlib.sha256(KEY.encode()).hexdigest()}"
    server = Server(tmp_path, ROOT / "mlruns_reduced", WEB_CONCURRENCY="1", API_KEYS=keys).wait()
    try:
        tab = reader(server, expected=("the server responded with a status of 401",))
        page = tab.open()
        page.click('[data-example="accepted"]')
        page.wait_for_selector("#key[open]")
        assert tab.violations() == []
        page.fill("#key-text", "wr\u20acng")
        page.click("#key-form button.main")
        page.wait_for_selector("#key-wrong:has-text('letters without accents')")
        page.fill("#key-text", "wrong")
        page.click("#key-form button.main")
        page.wait_for_selector("#key-wrong:has-text('does not know')")
        assert page.locator("#forget").is_hidden()
        page.fill("#key-text", KEY)
        page.keyboard.press("Enter")
        tab.wait(EXAMPLES["accepted"]["application"]["SK_ID_CURR"])
        tab.open()
        tab.pick("refused")
        assert not page.locator("#key[open]").count()
        kept = page.evaluate("[Object.values(sessionStorage).sort(), localStorage.length, document.cookie]")
        assert kept == [[KEY, "score+read"], 0, ""]  # the key, and its roles, by which the menu is shown
        page.click("#forget")
        assert page.evaluate("sessionStorage.length") == 0
        page.click('[data-example="accepted"]')
        page.wait_for_selector("#key[open]")
        page.keyboard.press("Escape")
        page.wait_for_selector("#errors p:has-text('Without a key')")
        page.goto(tab.home + "/data")
        page.wait_for_selector("html[data-ready]")
        assert tab.violations() == []
        page.fill("#key-text", "wrong")
        page.keyboard.press("Enter")
        page.wait_for_selector("#key-wrong:has-text('does not know')")
        page.fill("#key-text", KEY)
        page.keyboard.press("Enter")
        page.wait_for_selector("h1:has-text('What you have sent')")
        assert page.locator("tbody tr").count() == 2
        with page.expect_download() as download:
            page.click("a[download]")
        assert len(download.value.path().read_text().splitlines()) == 3
        page.goto(tab.home + "/drift")
        page.wait_for_selector("h1:has-text('Drift')")
    finally:
        server.stop()


def test_the_pictures_of_the_readme_can_be_drawn(chromium, server, tmp_path):
    for path in draw(chromium, server, tmp_path):
        assert path.read_bytes().startswith(b"\x89PNG")
        assert path.stat().st_size > 50_000


def test_without_a_result_the_page_prints_what_it_says_of_the_model(reader):
    page = reader().open()
    page.emulate_media(media="print")
    assert page.locator("h1:visible, #model:visible").count() == 2
    assert page.locator("#paste:visible, #result:visible").count() == 0
