"""The parts of a manifest: the shipped one has the types that code relies on, and one of few parts has them, too."""

import msgspec
import pytest
from support.server import ROOT

from credit.model.manifest_parts import Data, Features, Manifest, Model

SHIPPED = ROOT / "mlruns_reduced" / "manifest.json"
PARTS = {"data": Data, "model": Model, "features": Features}
FEW = {
    "format": 1,
    "created": "2026-11-24T06:45:00+00:00",
    "files": {"model.pkl": "0" * 64},
    "versions": {"python": "3.11.7"},
    "data": {"simulated": True},
    "model": {"name": "Small"},
}


def test_the_shipped_manifest_has_the_types_that_are_declared():
    msgspec.json.decode(SHIPPED.read_bytes(), type=Manifest)


def test_every_part_that_a_training_writes_is_declared():
    written = msgspec.json.decode(SHIPPED.read_bytes())
    for part, declared in ((written, Manifest), *((written[name], one) for name, one in PARTS.items())):
        assert part.keys() <= declared.__annotations__.keys()


def test_what_a_bundle_must_say_is_enough():
    assert msgspec.convert(FEW, Manifest) == FEW
    assert Manifest.__required_keys__ == FEW.keys()


@pytest.mark.parametrize("name", FEW)
def test_a_required_part_that_is_missing_is_noticed(name):
    with pytest.raises(msgspec.ValidationError, match=name):
        msgspec.convert({key: value for key, value in FEW.items() if key != name}, Manifest)
