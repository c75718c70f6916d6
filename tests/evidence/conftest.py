"""A model with a profile, a log of three quarters with outcomes, and packs of them."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from support import evidence

from credit.decision_log import Log
from credit.evidence.log_facts import log_facts
from credit.evidence.pack import PackSources, make_pack
from credit.model import load_bundle
from credit.monitoring import Profile
from credit.monitoring.background import Watch


@pytest.fixture(scope="session")
def bundle(tmp_path_factory):
    return evidence.bundle(tmp_path_factory.mktemp("evidence") / "bundle")


@pytest.fixture(scope="session")
def written_log(bundle, tmp_path_factory):
    return evidence.log_of_three_quarters(bundle, tmp_path_factory.mktemp("log") / "decisions.db")


@pytest.fixture(scope="session")
def scorer(bundle):
    return load_bundle(bundle)


@pytest.fixture(scope="session")
def sources(bundle, scorer, written_log):
    log = Log(written_log)
    profile = Profile.read((Path(bundle) / "profile.json").read_bytes())
    facts = log_facts(log, scorer.model_hash, scorer.threshold, watch=Watch(scorer, profile, log))
    log.close()
    return PackSources(bundle, scorer, profile, facts, requirements=("requirements.txt", evidence.REQUIREMENTS))


@pytest.fixture(scope="session")
def pack(sources):
    return make_pack(sources)


@pytest.fixture(scope="session")
def without_log(sources):
    return make_pack(replace(sources, facts=None, requirements=None))


@pytest.fixture
def as_json():
    """The lines and sections of a pack, as programs read them."""
    return lambda pack: json.loads(pack.files["evidence.json"])
