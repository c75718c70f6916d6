"""What a training came to, for the report: kept in a folder between the notebooks and the command line."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl

from credit.decision.intervals import Interval
from credit.model.manifest import bundle_option
from credit.program import PROGRAM
from credit.training.evaluation import Gain

CLOSING_TABLE, FACTS = "closing_table.parquet", "outcome.json"


def force_command(bundle: str | Path) -> str:
    """How a person overrules what the judgements say."""
    return f"{PROGRAM} promote --force{bundle_option(bundle)}"


@dataclass(frozen=True)
class Outcome:
    """``closing``: the closing table with the best model at its threshold. ``gains``: beside the predecessor and the
    truth. ``notes``: sentences about the threshold and who is referred. ``shipped``: whether the model was exported,
    and the ``reason``. ``allowed``: whether it may be, a challenger that was not included. ``equal``: it was not
    exported because the model that is there is the same.
    """

    closing: pl.DataFrame
    gains: list[Gain]
    notes: tuple[str, ...]
    shipped: bool
    reason: str
    allowed: bool = True
    equal: bool = False

    def standing(self, bundle: str | Path) -> str:
        """Where the model is now, why, and the command that serves it. ``bundle``: the folder that it was made for."""
        serve = f"{PROGRAM} serve{bundle_option(bundle)}"
        if self.shipped:
            asked = "" if self.allowed else ", as forced, though "
            return f"Exported to {bundle}{asked or ': '}{self.reason}. Serve it with: {serve}"
        if self.equal:
            return f"Unchanged in {bundle}: {self.reason}. Serve it with: {serve}"
        return (
            f"Not exported to {bundle}: {self.reason}. The new model is kept in MLflow as the challenger. To "
            f"serve it anyway: {force_command(bundle)}, then: {serve}"
        )

    def write(self, folder: str | Path) -> None:
        """Keep it in ``folder``, which is made where there is none."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self.closing.write_parquet(folder / CLOSING_TABLE)
        facts = {
            "gains": [asdict(gain) for gain in self.gains],
            "notes": self.notes,
            "shipped": self.shipped,
            "reason": self.reason,
            "allowed": self.allowed,
            "equal": self.equal,
        }
        (folder / FACTS).write_text(json.dumps(facts, indent=2), encoding="utf-8")

    @classmethod
    def read(cls, folder: str | Path) -> "Outcome":
        """What ``write`` kept. Raises ``FileNotFoundError`` where nothing was."""
        folder = Path(folder)
        facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        gains = [
            Gain(**{**one, "points": None if one["points"] is None else Interval(**one["points"])})
            for one in facts["gains"]
        ]
        closing = pl.read_parquet(folder / CLOSING_TABLE)
        return cls(
            closing, gains, tuple(facts["notes"]), facts["shipped"], facts["reason"], facts["allowed"], facts["equal"]
        )
