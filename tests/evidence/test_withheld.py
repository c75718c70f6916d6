"""Figures of fewer than ten clients are in no file of a pack, also where an older bundle has them."""

from dataclasses import replace
from pathlib import Path

from support.evidence import with_manifest

from credit.evidence.pack import make_pack
from credit.evidence.withheld import published, published_card

CARD = """# Model card: Small

## Intended use

To try.

### By gender and age

| group | clients | approved | approved / highest | predicted default |
|---|---:|---:|---:|---:|
| gender: women | 13,242 | 89.8% (89.3% to 90.3%) | 1.000 | 7.1% |
| gender: not given | 1 | 100.0% (20.7% to 100.0%) | 1.113 | 61.23% |

| group | accepted | referred | refused | accepted / highest |
|---|---:|---:|---:|---:|
| gender: women | 85.2% (84.5% to 85.7%) | 7.9% | 6.9% | 1.000 |
| gender: not given | 98.76% | 0.0% | 0.0% | 1.174 |
"""


def rows():
    one = {"attribute": "gender", "judged": True, "accepted": 0.8515, "accepted_ratio": 1.0, "predicted": 0.0705}
    few = {"judged": False, "accepted": 0.98761234, "accepted_ratio": 1.1741234, "predicted": 0.06123987}
    small = {"judged": False, "accepted": 0.7, "accepted_ratio": 0.82345678, "predicted": 0.1}
    return [
        {**one, "group": "women", "clients": 13242},
        {**one, **few, "group": "not given", "clients": 1},
        {**one, **small, "group": "men", "clients": 12},
    ]


def test_the_manifest_keeps_that_there_are_such_clients_and_nothing_of_them():
    found = published({"groups": rows(), "exposure": {"defaulted": [1.0]}, "metrics": {"ks": 0.4}})
    assert found["groups"][0] == rows()[0]
    assert found["groups"][1] == {
        **dict.fromkeys(rows()[1]),
        "attribute": "gender",
        "group": "not given",
        "clients": 1,
        "judged": False,
    }
    assert (found["groups"][2]["accepted"], found["groups"][2]["accepted_ratio"]) == (0.7, None)
    assert "exposure" not in found
    assert found["metrics"] == {"ks": 0.4}


def test_the_card_of_an_older_training_is_withheld_row_by_row():
    shown = published_card(CARD, {})
    assert "| gender: not given | 1 | withheld | withheld | withheld |" in shown
    assert "| gender: not given | withheld | withheld | withheld | withheld |" in shown
    assert "| gender: women | 85.2% (84.5% to 85.7%) | 7.9% | 6.9% | 1.000 |" in shown
    assert len(shown.split("\n")) == len(CARD.split("\n"))
    assert published_card(shown, {}) == shown


def test_no_file_of_the_pack_has_a_figure_of_one_client(sources, tmp_path):
    for file in Path(sources.bundle).iterdir():
        if file.is_file():
            (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "MODEL_CARD.md").write_text(CARD)
    manifest = {**sources.scorer.manifest, "groups": rows()}
    made = make_pack(replace(sources, bundle=tmp_path, scorer=with_manifest(sources.scorer, manifest)))
    every = b"".join([made.page.encode(), *made.files.values()])
    for figure in (b"0.98761234", b"1.1741234", b"0.06123987", b"61.23%", b"98.76%", b"0.82345678", b"1.113"):
        assert figure not in every
    assert b"figures of fewer than 10 clients: an earlier version wrote them" in made.page.encode()
