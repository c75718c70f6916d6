"""What a training costs and what its model is worth, beside the training of an earlier revision, on the same bank.

python benchmarks/training.py                               50,000 simulated clients, this build alone
python benchmarks/training.py --against 21f923f             and the build of that revision, one after the other
python benchmarks/training.py --clients 5000 --growth 1,2,4,8   this build on so many times the clients

Each training is `python -m credit train` in a process of its own, started in an empty folder: features, five models,
champion, predecessor, states of knowledge, threshold, export. Counted are the processor time of it and of all its
processes, and the most memory that they held together (pages that they share count once). The model is judged on fresh
clients of the same bank, whom no training has seen, by their true probabilities: its saving at its own threshold as a
share of what the truth itself saves at break-even, and its AUC, in which every client counts as a default with the true
probability. Exits with 1 where this build needs more than a third of the other's processor time, or saves less.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from earlier_build import checkout
from numpy.typing import NDArray

from credit.decision import cost as money
from credit.decision.cost import Costs
from credit.model import load_bundle
from credit.simulate import simulate
from credit.training.dataset import Dataset
from credit.training.knowledge_states import fresh

Floats = NDArray[np.float64]

ROOT = Path(__file__).resolve().parents[1]
SEED = 7
#: So many fresh clients judge.
JUDGES = 20_000
#: The most that this build may need of the other's processor time.
SHARE = 1 / 3
#: Seconds between two looks at the memory.
_LOOK = 1.0


@dataclass(frozen=True)
class Cost:
    """``processor``: seconds of the training and all its processes; ``wall``: seconds; ``memory``: GB at most."""

    processor: float
    wall: float
    memory: float


def main(clients: int, against: str | None, growth: list[int], trials: int | None) -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        options = [] if trials is None else ["--trials", str(trials)]
        if growth:
            return _grown(folder, clients, growth, options)
        bank = simulate(folder / "bank", clients, seed=SEED)
        judges: Dataset | None = None
        found = {}
        builds = {"this build": ROOT} | ({} if against is None else {against: checkout(against, folder / "other")})
        print(f"{clients:,} clients of a simulated bank\n")
        print(f"{'':<12}{'processor s':>12}{'wall s':>8}{'GB':>6}{'AUC':>8}{'of the truth':>14}{'trees':>7}")
        for build, code in builds.items():
            bundle, cost = train(code, bank, folder / f"run of {build}", options)
            model = load_bundle(bundle)
            if judges is None:
                judges = fresh({"simulated": True}, JUDGES, SEED, model.columns)
                assert judges is not None  # the bank is a simulated one
            area, share = worth(model.probability(_columns(judges, model.columns)), model.threshold, judges)
            trees = model.manifest["model"].get("trees", 0)
            found[build] = cost, share
            print(
                f"{build:<12}{cost.processor:>12,.0f}{cost.wall:>8,.0f}{cost.memory:>6.1f}{area:>8.4f}{share:>14.1%}"
                f"{trees:>7}",
                flush=True,
            )
        if against is None:
            return 0
        (ours, saved), (theirs, before) = found["this build"], found[against]
        print(f"\nprocessor time: {ours.processor / theirs.processor:.2f} of that of {against}")
        return int(ours.processor > SHARE * theirs.processor or saved < before)


def _grown(folder: Path, clients: int, growth: list[int], options: list[str]) -> int:
    print(f"{'clients':>9}{'processor s':>13}{'wall s':>8}{'GB':>6}{'ms a client':>13}")
    each = []
    for times in growth:
        size = clients * times
        bank = simulate(folder / f"bank {times}", size, seed=SEED)
        _, cost = train(ROOT, bank, folder / f"run {times}", options)
        each.append(cost.processor / size)
        print(
            f"{size:>9,}{cost.processor:>13,.0f}{cost.wall:>8,.0f}{cost.memory:>6.1f}{1000 * each[-1]:>13.1f}",
            flush=True,
        )
    return int(each[-1] > each[0])


def train(code: Path, bank: Path, folder: Path, options: list[str]) -> tuple[Path, Cost]:
    """The exported bundle of a training by the package in ``code``, and what it cost."""
    folder.mkdir()
    bundle = folder / "bundle"
    command = [sys.executable, "-m", "credit", "train", str(bank), "--seed", str(SEED), "--bundle", str(bundle)]
    environment = {**os.environ, "PYTHONPATH": str(code)}
    began, used = time.perf_counter(), _children()
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(
            [*command, *options], cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT
        ) as running,
    ):
        most = 0.0
        while running.poll() is None:
            most = max(most, _memory(running.pid))
            time.sleep(_LOOK)
    if running.returncode:
        raise RuntimeError(f"the training in {code} ended with {running.returncode}:\n{(folder / 'log').read_text()}")
    return bundle, Cost(_children() - used, time.perf_counter() - began, most / 1e9)


def _children() -> float:
    """Processor seconds of all ended processes that this one has started, and that these have waited for."""
    times = os.times()
    return times.children_user + times.children_system


def _memory(process: int) -> float:
    """Bytes that a process and all below it hold, as Linux counts them: a page that n share counts one n-th for each.

    0 where there is no /proc.
    """
    total, family = 0.0, [process]
    while family:
        place = Path("/proc") / str(family.pop())
        try:
            held = (place / "smaps_rollup").read_text()
            family += [int(one) for task in place.glob("task/*/children") for one in task.read_text().split()]
        except OSError:
            continue  # it has ended since
        total += 1024 * sum(int(line.split()[1]) for line in held.splitlines() if line.startswith("Pss:"))
    return total


def _columns(judges: Dataset, columns: tuple[str, ...]) -> Floats:
    places = {name: number for number, name in enumerate(judges.columns)}
    return judges.x[:, [places[name] for name in columns]].astype(np.float64)


def worth(p: Floats, threshold: float, judges: Dataset) -> tuple[float, float]:
    """(AUC, share of the truth's saving) of probabilities (n,) of default, both by the true probabilities.

    The AUC is the chance that, of a client who defaults and one who repays, both drawn by the true probabilities, the
    first has the higher one.
    """
    truth, costs = judges.true_probability, Costs()
    assert truth is not None  # the bank is a simulated one
    order = np.argsort(p, kind="stable")
    bad, good = truth[order], 1 - truth[order]
    area = float((bad * (np.cumsum(good) - good / 2)).sum() / (bad.sum() * good.sum()))

    def saving(refused: NDArray[np.bool_]) -> float:
        spent, everybody = (
            money.expected_cost(truth, decision, judges.amount, **costs.to_dict())
            for decision in (refused, np.zeros(len(truth)))
        )
        return money.saving(spent, everybody)

    return area, saving(p >= threshold) / saving(truth >= costs.break_even)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=50_000)
    parser.add_argument("--against", help="a revision of this repository, such as a tag or a commit")
    parser.add_argument("--growth", type=lambda text: [int(one) for one in text.split(",")], default=[])
    parser.add_argument("--trials", type=int, help="of the champion's search; what train does by itself without")
    asked = parser.parse_args()
    sys.exit(main(asked.clients, asked.against, asked.growth, asked.trials))
