"""A slug of Heroku's as a folder, a Python beside it that has requirements.txt alone, and processes of the Procfile."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import venv
from functools import cached_property
from importlib.metadata import Distribution, distribution
from pathlib import Path

import psutil
import pytest
from packaging.requirements import Requirement

from support.ports import free_port

ROOT = Path(__file__).parents[2]


def required(file):
    """The requirements of a pinned file that apply to this Python on this system."""
    text = (ROOT / file).read_text()
    found = [Requirement(line.removesuffix("\\").strip()) for line in text.splitlines() if re.match(r"\w", line)]
    return [one for one in found if one.marker is None or one.marker.evaluate()]


def serving():
    """The installed distributions that requirements.txt names."""
    return [distribution(one.name) for one in required("requirements.txt")]


def files(one: Distribution):
    """A distribution's files in site-packages, without what Python or an installer adds."""
    for file in one.files or ():
        if not file.parts[0].startswith("..") and "__pycache__" not in file.parts:
            yield file


def procfile():
    """Kind of process -> its line."""
    lines = (ROOT / "Procfile").read_text().splitlines()
    return dict(re.fullmatch(r"([a-z]+): (\S.*)", line).groups() for line in lines)


def tracked():
    """The files of the repository, new ones included, as paths from its root."""
    words = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    return [Path(name) for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def ignored(file):
    """Whether .slugignore leaves a file out. Its patterns here: a file or a folder, seen from the root."""
    lines = (ROOT / ".slugignore").read_text().splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"/[\w./-]+", pattern) for pattern in patterns)
    return any(f"/{file}" == pattern or f"/{file}".startswith(f"{pattern}/") for pattern in patterns)


class Slug:
    """``folder``: where the app is; ``bin``: the programs that it may call."""

    def __init__(self, place):
        self.folder = place / "app"
        for file in tracked():
            if not ignored(file):
                (self.folder / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(ROOT / file, self.folder / file)
        self._python = place / "python"
        self._home = place / "home"
        self._home.mkdir()

    @cached_property
    def bin(self):
        """Made without copying: links to what is installed here, for the distributions of requirements.txt alone."""
        venv.create(self._python, symlinks=True)
        (site,) = self._python.glob("lib/python*/site-packages")
        for one in serving():
            for name in {file.parts[0] for file in files(one)}:
                target = Path(one.locate_file(name))
                if target.exists() and not (site / name).exists():
                    (site / name).symlink_to(target)
        program = self._python / "bin" / "gunicorn"
        program.write_text(f"#!{self._python}/bin/python\nimport gunicorn.app.wsgiapp as app\napp.run()\n")
        program.chmod(0o755)
        return self._python / "bin"

    def environ(self, **settings):
        """Nothing but where programs and a home are, beside ``settings``."""
        return {"PATH": f"{self.bin}:/usr/bin:/bin", "HOME": str(self._home), **settings}

    def start(self, kind, log, folder=None, **settings):
        """A process of the Procfile's, started by a shell as Heroku does it."""
        with log.open("w") as written:
            return subprocess.Popen(
                ["/bin/sh", "-c", f"exec {procfile()[kind]}"],
                cwd=folder or self.folder,
                env=self.environ(**settings),
                stdout=written,
                stderr=written,
                start_new_session=True,
            )

    def python(self, code, **settings):
        """What a Python of the slug's prints."""
        words = [self.bin / "python", "-c", code]
        done = subprocess.run(words, cwd=self.folder, env=self.environ(**settings), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout


@contextlib.contextmanager
def running(slug, folder, **settings):
    """The web process on a free port, with a log of its own; (process, port, seconds that it took to bind the port).

    The seconds are of the processor, the children's that have ended by then included.
    """
    port = free_port()
    began = time.perf_counter()
    base = {"PORT": str(port), "DATABASE_URL": f"sqlite:///{folder}/decisions.db"}
    process = slug.start("web", folder / "web.log", **{**base, **settings})
    try:
        while True:
            assert process.poll() is None, (folder / "web.log").read_text()
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            assert time.perf_counter() - began < 120, (folder / "web.log").read_text()
            time.sleep(0.01)
        yield process, port, sum(psutil.Process(process.pid).cpu_times()[:4])
    finally:
        if process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


def memory(pid):
    """MB of a process and its children: memory of their own (what they share among them once), and pages of files once.

    Not the sum of PSS: of a file's pages that counts less while any other process on the machine has them, too.
    """
    if not Path("/proc/self/smaps_rollup").exists():
        pytest.skip("a process's share of memory is read where Linux tells it")
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    own, of_files = 0, {}
    for one in (pid, *map(int, children)):
        rollup = Path(f"/proc/{one}/smaps_rollup").read_text()
        own += sum(map(int, re.findall(r"^Pss_(?:Anon|Shmem): +(\d+)", rollup, re.MULTILINE)))
        place = None
        here = {}
        for line in Path(f"/proc/{one}/smaps").read_text().splitlines():
            if mapping := re.match(r"[0-9a-f]+-[0-9a-f]+ \S+ ([0-9a-f]+) \S+ [1-9]\d* +(/\S.*)", line):
                place = mapping.groups()
            elif re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
                place = None
            elif place is not None and (counted := re.match(r"(Rss|Anonymous): +(\d+)", line)):
                sign = 1 if counted[1] == "Rss" else -1
                here[place] = here.get(place, 0) + sign * int(counted[2])
        for place, kilobytes in here.items():
            of_files[place] = max(of_files.get(place, 0), kilobytes)
    return own / 1000, sum(of_files.values()) / 1000


def tool(name):
    """The path of a linter beside this Python; skips where there is none for this system."""
    path = Path(sys.executable).with_name(name)
    if not path.exists():
        pytest.skip(f"there is no {name} for this system: requirements-dev.txt brings it for Linux on x86-64")
    return str(path)
