"""The entry of ``python -m credit``."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - anyone who runs an old Python should read a sentence, not a traceback
    sys.exit(f"credit needs Python 3.11 or newer, but this is {sys.version.split()[0]}; try python3.12 -m credit")

from credit.cli import main
from credit.program import PROGRAM

main(prog_name=PROGRAM)
