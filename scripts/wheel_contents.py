"""What the build puts into the wheel beside the package's own files: the shipped model, as credit/shipped_model/.

pyproject.toml names the class below as setuptools' build_py. In the repository the model lies in mlruns_reduced/ alone,
where Heroku, the container and an export look for it; an editable installation goes on reading it there.
"""

import shutil
from pathlib import Path

from setuptools.command.build_py import build_py

ROOT = Path(__file__).parents[1]
MODEL, IN_PACKAGE = "mlruns_reduced", "credit/shipped_model"


class BuildWithModel(build_py):
    """setuptools' own, and a copy of the model's folder."""

    def run(self) -> None:
        """Copy both; the model not into an editable installation. Raises FileNotFoundError where there is no model."""
        super().run()
        if self.editable_mode:
            return
        target = Path(self.build_lib) / IN_PACKAGE
        shutil.rmtree(target, ignore_errors=True)  # what an earlier build has left
        for name in self._of_model():
            copy = target / Path(name).relative_to(MODEL)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, copy)

    def get_source_files(self) -> list[str]:
        """Also for an archive of the sources, from which the same wheel is built."""
        return [*super().get_source_files(), *self._of_model(), "scripts/wheel_contents.py"]

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        """What is written."""
        copies = (Path(self.build_lib) / IN_PACKAGE / Path(name).relative_to(MODEL) for name in self._of_model())
        written: list[str] = super().get_outputs(include_bytecode)
        return written if self.editable_mode else [*written, *map(str, copies)]

    @staticmethod
    def _of_model() -> list[str]:
        """The files of the model as paths from the project's folder."""
        files = sorted(path for path in (ROOT / MODEL).rglob("*") if path.is_file() and path.suffix != ".pyc")
        if not files:
            raise FileNotFoundError(f"there is no model in {ROOT / MODEL} to put into the wheel: make run trains one")
        return [path.relative_to(ROOT).as_posix() for path in files]
