"""Execute the notebooks in order, with their progress on the terminal; do again only what has changed."""

import errno
import hashlib
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from credit.simulate import simulate
from credit.training import tracking
from credit.training.result import FACTS, Outcome
from credit.training.search_study import check_storage
from credit.training.shipped import check
from credit.training.training_terms import Terms, terms_of

ROOT = Path(__file__).parents[2]
#: From tables to an exported, explained and watched model.
TRAINING = ("1_features", "2_models", "3_threshold", "4_explanations", "5_drift")
_STAMP, _LOCK = "stamp.json", "lock"


class NotebookError(ValueError):
    """A cell of a notebook has failed, or the notebooks cannot be run."""


def run(
    clients: int,
    seed: int,
    force: bool = False,
    console: Console | None = None,
    terms: Terms | None = None,
    without: Sequence[str] = (),
) -> Outcome:
    """A simulated bank in data/bank, the training notebooks executed on it, the model in mlruns_reduced/.

    Executed copies, features and the closing table are kept in run/. What is there from the same clients, seed and code
    is used again, and the console says so. A model that equals the one in mlruns_reduced/ leaves that folder as it is.
    ``clients``, ``seed``: of the bank, and of the draws of the training. ``console``: on which progress is shown, the
    terminal where None. ``force``: export a model that equals it, or is not shown to be as good. ``terms``: costs and
    reviews; without, as ``terms_of`` the model in mlruns_reduced/. ``without``: columns that no model may learn from.
    Raises ``NotebookError`` where a cell fails, and where another run works in the same folders; before the first cell,
    what ``tracking.open_store``, ``shipped.check`` and ``search_study.check_storage`` raise.
    """
    with _alone(ROOT / "run"):
        return _run(clients, seed, force, console or Console(), terms, without)


def _run(
    clients: int, seed: int, force: bool, console: Console, given: Terms | None, without: Sequence[str]
) -> Outcome:
    bank, kept, bundle = ROOT / "data" / "bank", ROOT / "run", ROOT / "mlruns_reduced"
    terms = given or terms_of(bundle)
    wanted = {"clients": clients, "seed": seed, "code": _code(), "terms": terms.options, "without": [*without]}
    stamp = _read(kept / _STAMP)
    if bank.exists() and all(stamp.get("bank", {}).get(name) == wanted[name] for name in ("clients", "seed")):
        console.print(f"bank: data/bank is there ({clients:,} simulated clients, seed {seed}); used again")
    else:
        with _bar(console) as bar:
            task = bar.add_task("bank: simulating clients", total=clients)
            simulate(
                bank,
                clients,
                seed=seed,
                overwrite=True,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )
        stamp = {"bank": wanted}
        _write(kept / _STAMP, stamp)
    model = _hash(bundle / "model.pkl")
    if stamp.get("training") == {**wanted, "model": model} and (kept / FACTS).exists():
        console.print("notebooks: their model is in mlruns_reduced/ and nothing has changed since; used again")
        return Outcome.read(kept)
    # The first notebooks need none of these, and a later one would fail after minutes of work.
    tracking.open_store(ROOT)
    check(bundle)
    check_storage(ROOT / "optuna.db")
    console.print(terms.sentence)
    special: dict[str, dict[str, Any]] = {
        "2_models": {
            "MARGIN": terms.costs.margin,
            "LOSS_GIVEN_DEFAULT": terms.costs.loss_given_default,
            **({"WITHOUT": [*without]} if without else {}),
        },
        "3_threshold": {
            "REVIEW_COST": terms.plan.cost,
            "REVIEW_SKILL": terms.plan.skill,
            "REVIEW_CAPACITY": terms.plan.capacity,
            **({"FORCE": True} if force else {}),
        },
    }
    for name in TRAINING:
        parameters = {"SEED": seed, **special.get(name, {})}
        execute(name, parameters, kept / "notebooks", console)
    outcome = Outcome.read(kept)
    where = "exported to mlruns_reduced/" if outcome.shipped else "not exported, see below"
    where = "the same as in mlruns_reduced/, where nothing was changed" if outcome.equal else where
    console.print(f"model: {where}; executed notebooks are in run/notebooks/")
    _write(kept / _STAMP, {**stamp, "training": {**wanted, "model": _hash(bundle / "model.pkl")}})
    return outcome


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Nobody else runs the notebooks in ``folder`` meanwhile: each would take the other's features and models.

    The lock ends with the process, however that ends. Raises ``NotebookError`` where another has it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _LOCK).open("a", encoding="utf-8") as file:
        try:
            _lock(file.fileno())
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES, errno.EDEADLK):
                raise
            raise NotebookError(
                f"another run is at work in {folder}: wait until it has ended, or run in another copy of the project"
            ) from None
        yield


def _lock(descriptor: int) -> None:
    """Raises OSError where another process has the file locked."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def execute(
    name: str,
    parameters: dict[str, Any],
    out: Path,
    console: Console | None = None,
    source: Path = ROOT / "notebooks",
    start: Path | None = None,
) -> Path:
    """Execute ``source``/``name``.ipynb and write the executed copy into ``out``.

    ``start``: the folder in which the kernel begins, the notebook's own without it. ``parameters``: take the place of
    those in the cell tagged "parameters". ``console``: on which the bar of progress is drawn, the terminal where None.
    Raises ``NotebookError`` naming notebook, cell and cause; what was executed until then is in the copy.
    """
    notebook = nbformat.read(source / f"{name}.ipynb", as_version=4)
    _set(notebook, parameters)
    out.mkdir(parents=True, exist_ok=True)
    copy = out / f"{name}.ipynb"
    code = [index for index, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    with _bar(console or Console()) as bar:
        task = bar.add_task(name, total=len(code))

        def begins(cell: Any, cell_index: int) -> None:
            bar.update(task, description=f"{name}: {_heading(notebook, cell_index)}")

        def ends(cell: Any, cell_index: int, **_: Any) -> None:
            bar.advance(task)

        client = NotebookClient(
            notebook,
            timeout=None,
            resources={"metadata": {"path": str(start or source)}},
            extra_arguments=["--IPKernelApp.log_level=40"],  # errors; not that loopback is unencrypted
            on_cell_start=begins,
            on_cell_executed=ends,
        )
        try:
            client.execute(env=_environment())
        except CellExecutionError as error:
            raise NotebookError(
                f"notebook {name} failed under {bar.tasks[0].description.partition(': ')[2]!r}: {error.ename}: "
                f"{error.evalue}\nWhat was executed is in {copy}"
            ) from None
        finally:
            nbformat.write(notebook, copy)
        bar.update(task, description=name)
    return copy


def keep_outputs(executed: Path = ROOT / "run" / "notebooks", source: Path = ROOT / "notebooks") -> list[Path]:
    """Take the outputs of executed copies into the notebooks they are copies of; returns those changed.

    Cells are matched by their ids; what was written to stderr is left out. Raises ``NotebookError`` for a notebook
    whose code is no longer that of its copy.
    """
    changed = []
    for copy in sorted(executed.glob("*.ipynb")):
        outputs = {cell.id: cell for cell in nbformat.read(copy, as_version=4).cells if cell.cell_type == "code"}
        notebook = nbformat.read(source / copy.name, as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                done = outputs.get(cell.id)
                if done is None or done.source != cell.source:
                    raise NotebookError(f"{copy.name} has changed since it was executed; execute it again: make run")
                # What went to stderr is bars of progress, and warnings with the paths of a machine.
                cell.outputs = [one for one in done.outputs if one.get("name") != "stderr"]
                cell.execution_count = None
        nbformat.write(notebook, source / copy.name)
        changed.append(source / copy.name)
    return changed


def _environment() -> dict[str, str]:
    """The kernel begins in another folder: it finds the package where it is not installed too."""
    found = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONPATH": found}


def _set(notebook: Any, parameters: dict[str, Any]) -> None:
    for index, cell in enumerate(notebook.cells):
        if "parameters" in cell.metadata.get("tags", []):
            lines = [f"{name} = {value!r}" for name, value in parameters.items()]
            added = nbformat.v4.new_code_cell("\n".join(["# set when the notebook was executed", *lines]))
            notebook.cells.insert(index + 1, added)
            return
    raise NotebookError("the notebook has no cell tagged 'parameters', so its data cannot be set")


def _heading(notebook: Any, index: int) -> str:
    """The last heading before the cell."""
    for cell in reversed(notebook.cells[: index + 1]):
        if cell.cell_type == "markdown":
            for line in reversed(cell.source.splitlines()):
                if line.startswith("#"):
                    return line.lstrip("# ")
    return "beginning"


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    )


def _code() -> str:
    """A hash of all that a training does: the package and the notebooks' cells, not their outputs."""
    digest = hashlib.sha256()
    for path in sorted((ROOT / "credit").rglob("*")):
        if path.suffix in (".py", ".json"):
            digest.update(path.read_bytes())
    for name in TRAINING:
        for cell in nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4).cells:
            digest.update(cell.source.encode())
    return digest.hexdigest()


def _hash(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text()) if path.exists() else {}


def _write(path: Path, value: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".part")
    beside.write_text(json.dumps(value, indent=2))
    beside.replace(path)
