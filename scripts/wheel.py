"""Builds the wheel and uses it as somebody would who has nothing else: installed, in an empty folder.

    python scripts/wheel.py                              # with this Python; the wheel is left in dist/
    python scripts/wheel.py python3.11 python3.12        # with others
    python scripts/wheel.py --train                      # also the extra train: simulate, check, train, score

Needs nothing but Python and the package index. One line for each thing that is seen; ends with 1 where one is wrong.
"""

import argparse
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
#: What serving does without: an installation without extras has none of them.
LEAN = ("evidently", "matplotlib", "mlflow", "pandas", "psycopg", "pyarrow", "shap")
#: Seconds until a server answers, on a machine that does other work as well.
PATIENCE = 180


class Wrong(Exception):
    """Something is not as it should be: what, and what was printed."""


def run(*words: str | Path, folder: Path, fails: bool = False) -> str:
    """What a program prints, in ``folder``, with nothing of this process's Python. Raises `Wrong` where it fails, or
    does not while it should: ``fails``.
    """
    done = subprocess.run(
        [str(word) for word in words], cwd=folder, env=environment(), capture_output=True, text=True, check=False
    )
    if (done.returncode != 0) is not fails:
        raise Wrong(
            f"{' '.join(map(str, words))} ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        )
    return done.stdout + done.stderr


def environment() -> dict[str, str]:
    """This process's, without what leads a Python to the project."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}


def build(out: Path) -> Path:
    """The wheel, in ``out``. The sources are copied first, so that no build is left in the project."""
    with tempfile.TemporaryDirectory() as folder:
        sources = Path(folder) / "sources"
        named = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        for name in filter(None, named.stdout.split("\0")):
            if (ROOT / name).is_file():
                (sources / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(ROOT / name, sources / name)
        made = Path(folder) / "wheel"
        run(
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--quiet",
            "--no-deps",
            "--wheel-dir",
            made,
            sources,
            folder=Path(folder),
        )
        (wheel,) = made.glob("*.whl")
        out.mkdir(exist_ok=True)
        return Path(shutil.copy(wheel, out))


@contextlib.contextmanager
def served(credit: Path, folder: Path, *options: str) -> Iterator[str]:
    """The address of the program's server, started in ``folder``. Raises `Wrong` where none answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(
            [str(credit), "serve", "--port", str(port), *options], cwd=folder, env=environment(), stdout=log, stderr=log
        )
    try:
        until = time.monotonic() + PATIENCE
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            if process.poll() is not None or time.monotonic() > until:
                raise Wrong(f"the server does not answer:\n{(folder / 'server.log').read_text()}")
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(60)


def lean(python: Path, folder: Path) -> None:
    """The wheel without extras: its packages, its program, its model, its server."""
    code = f"import importlib.util, json; print(json.dumps([n for n in {LEAN!r} if importlib.util.find_spec(n)]))"
    if there := json.loads(run(python, "-c", code, folder=folder)):
        raise Wrong(f"an installation without extras has {', '.join(there)}")
    say(f"without extras none of {', '.join(LEAN)} is installed")
    credit = python.with_name("credit")
    say(run(credit, "--version", folder=folder).strip())
    said = run(credit, "simulate", "--out", "bank", "--clients", "100", folder=folder, fails=True)
    if "pip install 'credit[train]'" not in said or "Traceback" in said:
        raise Wrong(f"simulating without the extra says {said}")
    say(f"credit simulate: {said.strip()}")
    with served(credit, folder) as address:
        run(python, ROOT / "scripts" / "smoke.py", address, "--patience", str(PATIENCE), folder=folder)
    say("credit serve: /ready, /predict and what else scripts/smoke.py asks are right")
    amounts = '"AMT_CREDIT": 450000, "AMT_ANNUITY": 24500, "AMT_GOODS_PRICE": 450000'
    one = f'[{{"SK_ID_CURR": 5, {amounts}, "EXT_SOURCE_2": 0.5}}]'
    code = f"import credit; print(credit.load().score({one})[0].decision)"
    say(f"credit.load().score: {run(python, '-c', code, folder=folder).strip()}")


def trained(python: Path, wheel: Path, folder: Path) -> None:
    """The extra train: from nothing to a model of one's own that is served."""
    run(python, "-m", "pip", "install", "--quiet", f"{wheel}[train]", folder=folder)
    credit = python.with_name("credit")
    run(credit, "simulate", "--out", "bank", "--clients", "1500", "--seed", "7", folder=folder)
    run(credit, "check", "bank", folder=folder)
    run(credit, "train", "bank", "--trials", "1", folder=folder)
    run(credit, "score", "bank", "--out", "decisions.csv", folder=folder)
    if not (folder / "mlruns_reduced" / "model.pkl").is_file():
        raise Wrong("the training has left no model in mlruns_reduced/")
    with served(credit, folder) as address:
        run(python, ROOT / "scripts" / "smoke.py", address, "--patience", str(PATIENCE), folder=folder)
    say("with credit[train]: simulate, check, train, score, and serve with the model of that training")


def say(text: str) -> None:
    """One line, at once."""
    print(f"right  {text}", flush=True)


def main() -> int:
    """0, or 1 where anything is wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("pythons", nargs="*", default=[sys.executable], help="programs; this Python without any")
    parser.add_argument("--train", action="store_true", help="also install credit[train], and train")
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="folder of the wheel")
    given = parser.parse_args()
    try:
        wheel = build(given.out).resolve()
        print(f"{wheel.name}, {wheel.stat().st_size / 1e6:.1f} MB", flush=True)
        for name in given.pythons:
            with tempfile.TemporaryDirectory() as place:
                empty = Path(place) / "empty"
                empty.mkdir()
                run(name, "-m", "venv", Path(place) / "python", folder=empty)
                python = Path(place) / "python" / "bin" / "python"
                run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel, folder=empty)
                say(f"installed on {run(python, '--version', folder=empty).strip()}")
                lean(python, empty)
                if given.train:
                    trained(python, wheel, empty)
    except (OSError, subprocess.CalledProcessError, Wrong) as error:
        print(f"wrong  {error}", flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
