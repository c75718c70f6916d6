"""The pack: complete by both orders, honest about what is missing, the same bytes for the same sources, no client."""

import hashlib
import html
import io
import re
import zipfile
from dataclasses import replace

import pytest
from support.evidence import AMOUNT, CLIENT, WORD, altered, with_manifest

from credit.decision_log import Log
from credit.evidence import annex_iv, risk_guidance
from credit.evidence.bank_statements import Statement, Statements
from credit.evidence.group_figures import fairness
from credit.evidence.log_facts import log_facts
from credit.evidence.pack import line_ids, make_pack, zipped
from credit.evidence.service_settings import ServiceSettings


def words(page):
    return " ".join(html.unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.S)).split())


def first_page(page):
    return words(page[: page.index('<section id="missing">')])


def test_every_point_of_the_annex_is_there_in_order_and_every_item_has_a_line(pack):
    points = [int(one) for one in re.findall(r'id="point-(\d)"', pack.page)]
    assert points == list(range(1, 10))
    assert {one.point for one in annex_iv.ITEMS} == set(points)
    asked = [one.id for one in annex_iv.ITEMS]
    assert {one.annex for one in pack.lines} - {""} == set(asked)
    found = re.findall(r"<caption>(\d[a-h]?): ", pack.page)
    assert found == asked


def test_every_topic_of_the_guidance_has_a_line_and_no_line_belongs_to_another(pack):
    assert {one.guidance for one in pack.lines} - {""} == set(risk_guidance.TOPICS)
    assert {topic.partition(".")[0] for topic in risk_guidance.TOPICS} == set(risk_guidance.PARTS)
    assert all(one.annex or one.guidance for one in pack.lines)


def test_every_answer_names_its_source_and_every_missing_one_what_is_wanted(pack, without_log):
    for made in (pack, without_log):
        assert len({one.id for one in made.lines}) == len(made.lines)
        for line in made.lines:
            assert (line.status == "missing") == bool(line.wanted) == (not line.text), line
            assert bool(line.source) == (line.status != "missing"), line
            assert not line.section or f'<section id="{line.section}">' in made.page, line


def test_what_is_missing_is_listed(pack, without_log, as_json):
    for made in (pack, without_log):
        listed = made.page[made.page.index('<section id="missing">') : made.page.index('<section id="annex">')]
        of_lines = [one.id for one in made.lines if one.status == "missing"]
        assert {"1a.provider", "2g.signed", "5.risk-management", "8.declaration", "9.persons"} <= set(of_lines)
        assert re.findall(r'<td class="id">([^<]+)</td>', listed) == of_lines
        assert len(re.findall(r"<tr><td", listed)) == len(made.missing) == len(as_json(made)["missing"])
        for _, what, wanted in made.missing:
            assert what in words(listed)
            assert wanted in words(listed)
    assert "Decision log" in {what for _, what, _ in without_log.missing}
    assert "log_proof.json" not in without_log.files
    assert any("no decision log in this pack" in one for one in without_log.warnings)


def test_a_model_of_a_simulated_bank_says_so_on_the_first_page(pack, sources):
    assert "The model learnt from a SIMULATED bank" in first_page(pack.page)
    manifest = {**sources.scorer.manifest, "data": {**sources.scorer.manifest["data"], "simulated": False}}
    real = make_pack(replace(sources, scorer=with_manifest(sources.scorer, manifest)))
    assert "SIMULATED" not in real.page
    assert "their rows are about real people" in words(real.page)


def test_a_broken_chain_is_said_first_and_no_figure_of_the_log_is_given(sources, written_log, tmp_path):
    copy = altered(written_log, tmp_path / "decisions.db")
    log = Log(copy)
    facts = log_facts(log, sources.scorer.model_hash, sources.scorer.threshold)
    log.close()
    broken = make_pack(replace(sources, facts=facts))
    assert broken.warnings[0].startswith("THE CHAIN OF THE DECISION LOG IS BROKEN: 1 problem")
    page = first_page(broken.page)
    assert page.index("THE CHAIN OF THE DECISION LOG IS BROKEN") < page.index("Model: Small")
    assert "Decision 5 is not what was written" in words(broken.page)
    assert not {"quarters.csv", "changes.csv"} & set(broken.files)
    (records,) = [one for one in broken.lines if one.id == "9.records"]
    assert (records.status, "BROKEN" in records.wanted) == ("missing", True)
    assert b'"whole": false' in broken.files["log_proof.json"]


def test_a_whole_chain_is_proved_with_its_hashes_and_counts(pack, sources, as_json):
    proof = sources.facts.proof
    assert (proof.whole, proof.decisions, proof.reviews, proof.database) == (True, 900, 0, "sqlite")
    assert proof.end == f"900:{proof.last}"
    for digest in (proof.first, proof.last):
        assert digest in pack.page
    assert "BROKEN" not in pack.page
    (records,) = [one for one in pack.lines if one.id == "9.records"]
    assert records.text == "The chain of 900 decisions and 0 reviews is whole."


def test_quarters_are_those_of_the_log(pack, as_json):
    lines = pack.files["quarters.csv"].decode().splitlines()
    head, rows = lines[0].split(","), [line.split(",") for line in lines[1:]]
    assert [row[0] for row in rows] == ["2026-Q1", "2026-Q2", "2026-Q3"]
    assert [row[head.index("decided")] for row in rows] == ["300"] * 3
    assert [row[head.index("ROC AUC")] == "not enough outcomes" for row in rows] == [False, False, True]
    assert [row[head.index("stability")] for row in rows] == ["stable"] * 3
    assert "not enough outcomes" in pack.page


def test_the_same_sources_give_the_same_bytes_in_another_folder_and_at_another_time(
    sources, pack, monkeypatch, tmp_path
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("time.time", lambda: 4_000_000_000.0)
    again = make_pack(sources)
    assert again.page == pack.page
    first, second = (zipped({**one.files, "evidence.html": one.page.encode()}) for one in (pack, again))
    assert first == second


def test_the_order_of_files_does_not_matter_and_sums_are_right(pack):
    files = dict(pack.files)
    assert zipped(files) == zipped(dict(reversed(list(files.items()))))
    with zipfile.ZipFile(io.BytesIO(zipped(files))) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == sorted([*files, "SHA256SUMS"])
        assert {one.date_time for one in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        sums = dict(reversed(line.split("  ")) for line in archive.read("SHA256SUMS").decode().splitlines())
        assert sums == {name: hashlib.sha256(archive.read(name)).hexdigest() for name in files}


def test_no_client_no_request_and_no_place_is_in_the_pack(pack, written_log, bundle):
    every = b"".join([pack.page.encode(), *pack.files.values()])
    for secret in (str(CLIENT), str(CLIENT + 599), f"{CLIENT:,}", str(AMOUNT), f"{AMOUNT:,.0f}", WORD):
        assert secret.encode() not in every, secret
    for place in (written_log.parent, bundle.parent):
        assert str(place).encode() not in every


def test_statements_answer_what_is_missing_and_stand_after_what_is_not(sources):
    said = Statements(
        "bank.toml",
        {
            "1a.provider": Statement("Bank & Sons"),
            "1a.version": Statement("Released as 2026-3"),
            "8.declaration": Statement("Signed.", ("statements/8.declaration-d.pdf", b"%PDF-")),
        },
    )
    made = make_pack(replace(sources, statements=said))
    by_id = {one.id: one for one in made.lines if one.status != "answered" or one.id != "1a.version"}
    assert (by_id["1a.provider"].status, by_id["1a.provider"].text) == ("stated", "Bank & Sons")
    assert by_id["1a.provider"].source == "statement of the bank, bank.toml, 1a.provider"
    assert "stated by the bank: Bank &amp; Sons" in made.page
    assert [one.status for one in made.lines if one.id == "1a.version"] == ["answered", "stated"]
    assert made.files["statements/8.declaration-d.pdf"] == b"%PDF-"
    assert not {"1a.provider", "8.declaration"} & {id for id, _, _ in made.missing}
    assert set(said.by_line) <= line_ids(sources)


def test_headings_are_french_where_that_is_asked_for(sources):
    page = make_pack(replace(sources, facts=None), "fr").page
    assert '<html lang="fr">' in page
    for heading in ("Ce qui manque", "Selon l'annexe IV du règlement sur l'IA", "Fiche des données"):
        assert heading in html.unescape(page)
    assert '<main lang="en">' in page


def test_settings_are_shown_without_keys(sources):
    settings = ServiceSettings(
        bank="Bank & Sons", keys=3, roles={"score": 2, "review": 1}, four_eyes=True, muted_alarms=("texts",)
    )
    made = make_pack(replace(sources, settings=settings))
    text = words(made.page)
    assert "3: 2 score (sends clients and outcomes), 1 review" in text
    assert "Four eyes: on" in text
    (deployer,) = [one for one in made.lines if one.id == "1a.deployer"]
    assert (deployer.text, deployer.source) == ("Bank & Sons", "setting BANK_NAME")
    muted = re.search(r"<tr><td>texts</td>.*?</tr>", made.page, re.S)[0]
    assert "<td>muted</td>" in muted


@pytest.mark.parametrize("name", ["<script>alert(1)</script>"])
def test_texts_of_the_bundle_are_escaped(sources, name):
    manifest = {**sources.scorer.manifest, "model": {**sources.scorer.manifest["model"], "name": name}}
    page = make_pack(replace(sources, scorer=with_manifest(sources.scorer, manifest))).page
    assert "<script" not in page


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(0.81, 0.9, "kept"), (0.7, 0.79, "broken"), (0.75, 0.85, "open: the interval holds 0.8")],
)
def test_the_four_fifths_rule_has_a_verdict_and_a_group_of_one_is_withheld(low, high, verdict):
    def group(name, clients, ratio, ends=(None, None)):
        row = {"attribute": "gender", "group": name, "clients": clients, "judged": clients > 1, "accepted": 0.5 * ratio}
        row |= {"accepted_low": 0.4, "accepted_high": 0.6, "predicted": 0.0625, "defaulted": 0.125}
        return row | {"accepted_ratio": ratio, "accepted_ratio_low": ends[0], "accepted_ratio_high": ends[1]}

    rows = [group("women", 500, 1.0), group("men", 400, 0.8, (low, high)), group("not given", 1, 1.5)]
    section = fairness({"data": {"simulated": True}, "groups": rows}, ("CODE_GENDER",), None)
    ends = f"({low:.3f} to {high:.3f})"
    assert (
        f"By gender, the lowest ratio is that of men, 0.800 {ends}. The four-fifths rule is {verdict}." in section.notes
    )
    shown = {row[1]: row[2:] for row in section.tables[0].rows}
    assert shown["men"][1] == "40.0%"
    assert shown["not given"] == ("1", *["withheld"] * 8)
