"""Git LFS pointers are recognised by their first bytes."""

import sys
from pathlib import Path
from subprocess import run

import pytest

from credit.files import git_lfs

POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{64 * '0'}\nsize 166133370\n"


def test_a_pointer_is_recognised_whatever_the_file_is_called(tmp_path: Path) -> None:
    for name in ("application_train.csv", "model.pkl", "mlflow.db"):
        (tmp_path / name).write_text(POINTER)
        assert git_lfs.is_pointer(tmp_path / name)


@pytest.mark.parametrize("content", [b"", b"version", b"SK_ID_CURR,TARGET\n1,0\n", b"SQLite format 3\0", b"\0" * 200])
def test_another_file_is_no_pointer(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    assert not git_lfs.is_pointer(tmp_path / "file")


def test_a_folder_and_a_missing_file_are_no_pointers(tmp_path: Path) -> None:
    assert not git_lfs.is_pointer(tmp_path)
    assert not git_lfs.is_pointer(tmp_path / "missing.csv")


def test_the_master_may_import_it_since_no_numerical_library_comes_with_it() -> None:
    code = "import sys, credit.files.git_lfs; print({'numpy', 'polars'} & set(sys.modules))"
    asked = run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert asked.stdout.strip() == "set()"
