"""The pack: complete by both orders, honest about what is missing, the same bytes for the same sources, no client."""

import csv
import hashlib
import html
import io
import json
import re
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from support.evidence import AMOUNT, CLIENT, WORD, altered, with_manifest

from credit.decision_log import Log
from credit.evidence import annex_iv, risk_guidance
from credit.evidence.bank_statements import Statement, Statements
from credit.evidence.group_figures import fairness
from credit.evidence.log_facts import LogFacts, log_facts
from credit.evidence.pack import line_ids, make_pack, zipped
from credit.evidence.service_settings import ServiceSettings
from credit.monitoring.alarms import CODES


def words(page):
    return " ".join(html.unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.S)).split())


def sections(pack, name):
    """The tables of a section, as programs read them."""
    (found,) = [one for one in json.loads(pack.files["evidence.json"])["sections"] if one["id"] == name]
    return found["tables"]


def notes(pack, name):
    (found,) = [one for one in json.loads(pack.files["evidence.json"])["sections"] if one["id"] == name]
    return found["notes"]


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
        entries = re.findall(r'<td class="id"><a href="#[^"]+">([^<]+)</a></td>', listed)
        assert entries == [one.id for one in made.missing]
        assert sorted(one.id for one in made.missing if one.line) == sorted(of_lines)
        assert [one["id"] for one in as_json(made)["missing"]] == entries
        for one in made.missing:
            assert one.what in words(listed)
            assert one.wanted in words(listed)
    assert "Decision log" in {one.what for one in without_log.missing}
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
    assert page.index("THE CHAIN OF THE DECISION LOG IS BROKEN") < page.index("Small gives the probability of default")
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
    for row in rows:
        index, chance, average, judged = (float(row[k]) for k in range(head.index("PSI"), head.index("PSI") + 4))
        assert average < chance
        assert judged == pytest.approx(max(index - average, 0) if index > chance else 0, abs=2e-6)
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
    assert not {"1a.provider", "8.declaration"} & {one.id for one in made.missing}
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
    assert shown["not given"] == ("1", *["withheld"] * 7)
    assert section.tables[1].rows[-1] == ("gender", "not given", "1", *["withheld"] * 5)


def test_the_verdict_names_every_group_that_is_not_shown_to_keep_four_fifths():
    def band(name, ratio, ends):
        row = {"attribute": "age", "group": name, "clients": 500, "judged": True, "accepted": 0.5 * ratio}
        row |= {"false_positive_rate": 0.185, "false_negative_rate": 0.429, "approved": 0.77}
        return row | {"accepted_ratio": ratio, "accepted_ratio_low": ends[0], "accepted_ratio_high": ends[1]}

    rows = [
        band("under 25", 0.774, (0.740, 0.807)),
        band("25 to 34", 0.797, (0.781, 0.813)),
        band("35 to 44", 0.878, (0.864, 0.892)),
        band("55 and over", 1.0, (None, None)),
    ]
    metrics = {"test_clients": 4000}
    section = fairness({"data": {"simulated": True}, "groups": rows, "metrics": metrics}, ("DAYS_BIRTH",), None)
    assert (
        "By age, the lowest ratio is that of under 25, 0.774 (0.740 to 0.807). The four-fifths rule is open: the "
        "interval holds 0.8. Nor is it shown to be kept for 25 to 34, 0.797 (0.781 to 0.813), too few to tell."
    ) in section.notes
    assert any(note.startswith("Measured on 2,000 of the 4,000 test clients") for note in section.notes)
    lines = section.files["fairness.csv"].decode().splitlines()
    head, first = lines[0].split(","), lines[1].split(",")
    assert first[head.index("good clients refused by the threshold")] == "18.5%"
    assert first[head.index("defaulters approved by the threshold")] == "42.9%"
    assert [line.split(",")[head.index("four fifths")] for line in lines[1:]] == ["too few to tell"] * 2 + ["kept", "-"]


def test_ratios_in_service_have_an_interval_and_a_verdict(pack):
    section = pack.page[pack.page.index('<section id="fairness">') : pack.page.index('<section id="explanations">')]
    assert "95 % interval of the ratio" in section


def test_findings_stand_first_and_every_link_leads_somewhere(pack, without_log):
    page = first_page(pack.page)
    matters = ["ranking", "calibration", "saving against", "fairness by gender", "in service", "alarms", "chain of the"]
    places = [page.index(one, page.index("Findings")) for one in matters]
    assert places == sorted(places)
    assert "ROC AUC 0.713 (0.650 to 0.770) ranks better than chance" in page
    assert page.index("g.validation") < page.index("About this pack")
    for made in (pack, without_log):
        places = re.findall(r' id="([^"]+)"', made.page)
        assert len(places) == len(set(places))
        assert set(re.findall(r'href="#([^"]+)"', made.page)) <= set(places)
    assert "there is no log" in first_page(without_log.page)


def test_what_weighs_most_is_missing_first(pack):
    order = [one.id for one in pack.missing]
    assert order[0] == "g.validation"
    assert order.index("g.validation") < order.index("1a.provider") < order.index("1e.hardware")
    assert [one.line for one in pack.missing] == sorted((one.line for one in pack.missing), reverse=True)


def test_the_second_order_refers_to_the_first_and_repeats_none_of_its_answers(pack):
    first, second = pack.page.index('<section id="annex">'), pack.page.index('<section id="guidance">')
    guidance = words(pack.page[second : pack.page.index('<section id="card">')])
    annex = words(pack.page[first:second])
    of_both = [one for one in pack.lines if one.annex and one.guidance and one.text]
    assert len(of_both) > 10
    for line in of_both:
        assert line.text in annex
        assert line.text not in guidance
        assert f"{line.id} : {line.what}" in guidance  # the id is a link


def test_the_counts_of_the_first_page_add_up(pack):
    found = re.search(
        r"Of (\d+) questions (\d+) are answered .*?, (\d+) by statements .*?, (\d+) (?:is|are) not applicable, and "
        r"(\d+) are missing. The list of what is missing has (\d+) entries: these, and (\d+) that sections lack",
        first_page(pack.page),
    )
    every, answered, stated, other, missing, entries, of_sections = map(int, found.groups())
    assert every == answered + stated + other + missing == len(pack.lines)
    assert entries == missing + of_sections == len(pack.missing)


def test_a_line_without_content_is_missing(sources):
    """Whatever the sources lack, no line counts as answered by saying that there is nothing."""
    bare = {
        "format": 1,
        "created": "2031-02-03T04:05:06+00:00",
        "files": dict(sources.scorer.manifest["files"]),
        "versions": {"python": "3.11.7"},
        "data": {"simulated": True},
        "model": {"name": "Bare"},
    }
    made = make_pack(replace(sources, scorer=with_manifest(sources.scorer, bare), facts=None, requirements=None))
    empty = re.compile(r"\b0 (?:set|keys|quarters)|not set|not in the manifest|not enough|no person has|None|\bnan\b")
    assert [one.id for one in made.lines if one.status == "answered" and empty.search(one.text)] == []
    missing = {one.id for one in made.lines if one.status == "missing"}
    nothing = {"2a.command", "2d.data", "2d.selection", "2g.validation", "2h.keys", "2h.limits", "3.oversight"}
    assert nothing | {"g.outcomes", "2b.optimises", "9.records"} <= missing


def test_outcomes_are_answered_only_where_a_quarter_has_enough(sources, pack):
    (found,) = [one for one in pack.lines if one.id == "g.outcomes"]
    assert found.text == "Calibration and ranking with intervals, of 2 quarters of 3: 2026-Q1, 2026-Q2."
    decided = sources.facts.decided
    facts = LogFacts(
        sources.facts.proof,
        sources.facts.counts,
        sources.facts.rules,
        decided.where(decided.week >= np.datetime64("2026-08-01")),
        sources.facts.reviewed,
        sources.facts.look,
    )
    (found,) = [one for one in make_pack(replace(sources, facts=facts)).lines if one.id == "g.outcomes"]
    assert found.status == "missing"


def test_the_plan_says_of_each_alarm_its_value_and_whether_it_rings(pack, sources):
    table = next(t for t in sections(pack, "monitoring") if t["title"] == "What is watched")
    rows = {row[0]: dict(zip(table["columns"], row, strict=True)) for row in table["rows"]}
    ringing = {one.kind for one in sources.facts.look.alarms}
    assert set(rows) == {*CODES, "suddenly missing"}
    for name in CODES:
        assert (rows[name]["state now"] == "RINGS") == (name in ringing)
        assert rows[name]["muted"] == "no"
    assert re.fullmatch(
        r"features weighted \d\.\d{3}, probability \d\.\d{3}, of 900 clients", rows["model"]["value now"]
    )
    assert rows["suddenly missing"]["state now"] == "not measured"


def test_the_manifest_is_in_the_pack_and_figures_are_counted_as_figures(pack):
    manifest = json.loads(pack.files["manifest.json"])
    assert manifest["metrics"]["roc_auc"] == 0.7125
    rows = list(csv.reader(pack.files["figures.csv"].decode().splitlines()))[1:]
    numbers = [row for row in rows if re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+)?", row[1])]
    note = next(one for one in notes(pack, "validation") if "figures, and" in one)
    assert note.startswith(f"{len(numbers):,} figures, and {len(rows) - len(numbers):,} names and flags")


def test_columns_near_religion_or_health_are_named_only_where_they_are_protected():
    columns = ("ORGANIZATION_TYPE_Religion", "ORGANIZATION_TYPE_Medicine", "EXT_SOURCE_1")
    section = fairness({"data": {"simulated": True}}, columns, None)
    (wanted,) = [wanted for what, wanted in section.missing if what.startswith("Origin")]
    assert "come near religion or health (ORGANIZATION_TYPE_Religion) are among the protected columns" in wanted


def test_the_training_command_is_the_one_that_the_manifest_keeps(sources, pack, as_json):
    kept = "python -m credit challenge bank --trials 2 --explored 0.3 --log postgresql"
    manifest = dict(sources.scorer.manifest)
    manifest["model"] = {**manifest["model"], "command": kept}
    made = make_pack(replace(sources, scorer=with_manifest(sources.scorer, manifest)))
    (line,) = [one for one in made.lines if one.id == "2a.command"]
    assert (line.status, line.text, line.source) == ("answered", kept, "manifest.json, model.command")
    assert {row[3] for row in list(csv.reader(made.files["figures.csv"].decode().splitlines()))[1:]} == {kept}
    assert "The search was asked for 2 trials, by the command." in notes(made, "validation")

    def asked(one):
        return "Number of trials of the search" in json.dumps(as_json(one))

    assert asked(pack)
    assert not asked(made)


def test_protected_columns_that_were_left_out_are_named_as_such(sources, pack):
    manifest = dict(sources.scorer.manifest)
    manifest["data"] = {**manifest["data"], "without": ["CODE_GENDER", "DAYS_BIRTH"]}
    made = make_pack(replace(sources, scorer=with_manifest(sources.scorer, manifest)))
    said = "Left out on request, and nothing is made from them: CODE_GENDER, DAYS_BIRTH."
    for one, there in ((made, True), (pack, False)):
        (line,) = [line for line in one.lines if line.id == "2d.protected"]
        assert line.text.endswith(said) is there
        assert (said in notes(one, "data")) is there
