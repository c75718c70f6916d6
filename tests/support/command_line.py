"""The command line as a user types it."""

from click.testing import CliRunner

from credit.cli import main

#: A file that Git LFS has not fetched, and what is said of it.
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 166133370\n"
FETCH = "is a Git LFS pointer and not the file itself: run git lfs pull"


def credit(*arguments, code=0) -> str:
    """What the command prints, standard error included."""
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result.output
