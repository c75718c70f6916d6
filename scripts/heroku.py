"""Releases of a Heroku app, by its platform API: which one runs, whether a new one came about, and back to another.

    python scripts/heroku.py current             # the number of the release whose code runs, 0 where there is no code
    python scripts/heroku.py newest              # the number of the newest release
    python scripts/heroku.py address             # where the app is
    python scripts/heroku.py wait --after 41     # until a release after v41 runs; its number
    python scripts/heroku.py wait --after 41 --commit 1f0c...    # until one of that commit runs
    python scripts/heroku.py back 41             # runs what v41 ran, as a new release

A new app has releases without code: its first, and one for each add-on and setting. Their slug is null.

HEROKU_APP names the app, HEROKU_API_KEY holds an authorization of the account, which is never printed. Needs nothing
but Python. The API: Heroku Platform API, version 3, /apps/{app}/releases and /apps/{app}/slugs/{slug}.
"""

import argparse
import json
import os
import sys
import time
import urllib.error
import urllib.request
from typing import Any


class Refused(Exception):
    """Heroku does not do what was asked."""


class App:
    """An app of Heroku's. ``api``: where the platform API is."""

    def __init__(self, name: str, key: str, api: str) -> None:
        self._url = f"{api}/apps/{name}"
        self._head = {
            "Accept": "application/vnd.heroku+json; version=3",
            "Authorization": f"Bearer {key}",
            "Content-Type": "application/json",
        }
        self._commits: dict[str, str | None] = {}

    def address(self) -> str:
        """Where the app is."""
        return self._ask("")["web_url"]

    def releases(self) -> list[dict[str, Any]]:
        """The newest releases, the newest first; each with version, status, current, id and slug."""
        found = self._ask("/releases", range_="version ..; order=desc, max=20")
        return sorted(found, key=lambda one: -one["version"])

    def current(self) -> int:
        """The version of the release whose code runs, 0 where none does: before the first deployment."""
        return next((one["version"] for one in self.releases() if one["current"] and one["slug"]), 0)

    def newest(self) -> int:
        """The version of the newest release, whether it runs or not; 0 where there is none."""
        return max((one["version"] for one in self.releases()), default=0)

    def commit(self, release: dict[str, Any]) -> str | None:
        """The commit that a release is made of; None where it has no code."""
        if not release["slug"]:
            return None
        slug = release["slug"]["id"]
        if slug not in self._commits:
            self._commits[slug] = self._ask(f"/slugs/{slug}")["commit"]
        return self._commits[slug]

    def wait(self, after: int, commit: str | None, patience: float, pause: float) -> int:
        """The newest release, once it runs: one after ``after``, or one of ``commit`` where that is given, which may
        run already. Raises `Refused` where it failed, or where none comes about in ``patience`` seconds.
        """
        until = time.monotonic() + patience
        while True:
            newest = max(self.releases(), key=lambda one: one["version"], default=None)
            if newest is None:
                told = "there is no release"
            elif commit is not None and self.commit(newest) != commit:
                told = f"the newest release, v{newest['version']}, is not of commit {commit}"
            elif newest["status"] == "failed" and newest["version"] > after:
                raise Refused(f"release v{newest['version']} failed: its release phase could not migrate the log")
            elif newest["status"] != "succeeded" or not newest["current"]:
                told = f"release v{newest['version']} is {newest['status']}"
            elif newest["version"] <= after and commit is None:
                told = f"there is no release after v{after}"
            else:
                return newest["version"]
            if time.monotonic() > until:
                raise Refused(f"{told} after {patience:g} s")
            time.sleep(pause)

    def back(self, version: int) -> int:
        """Run what ``version`` ran; the version of the release that does. Raises `Refused`."""
        known = {one["version"]: one["id"] for one in self.releases() if one["slug"]}
        if version not in known:
            names = ", ".join(f"v{one}" for one in known) or "none"
            raise Refused(f"v{version} is none of the newest releases that have code: {names}")
        return self._ask("/releases", {"release": known[version]})["version"]

    def _ask(self, path: str, body: Any = None, range_: str | None = None) -> Any:
        head = {**self._head, **({"Range": range_} if range_ else {})}
        asked = urllib.request.Request(self._url + path, None if body is None else json.dumps(body).encode(), head)
        try:
            with urllib.request.urlopen(asked, timeout=30) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as refused:
            with refused:
                text = refused.read().decode("utf-8", "replace")[:300]
            raise Refused(f"Heroku answers {refused.code}: {text}") from None
        except OSError as error:
            raise Refused(f"Heroku cannot be reached: {error}") from None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    jobs = parser.add_subparsers(dest="job", required=True)
    jobs.add_parser("current")
    jobs.add_parser("newest")
    jobs.add_parser("address")
    wait = jobs.add_parser("wait")
    wait.add_argument("--after", type=int, required=True, help="the newest release from before")
    wait.add_argument("--commit", help="what was pushed")
    wait.add_argument("--patience", type=float, default=300, help="seconds [300]")
    wait.add_argument("--pause", type=float, default=5, help="seconds between two looks [5]")
    back = jobs.add_parser("back")
    back.add_argument("version", type=int)
    chosen = parser.parse_args()
    name, key = os.environ.get("HEROKU_APP", ""), os.environ.get("HEROKU_API_KEY", "")
    if not name or not key:
        sys.exit("HEROKU_APP and HEROKU_API_KEY are needed in the environment.")
    app = App(name, key, os.environ.get("HEROKU_API", "https://api.heroku.com"))
    try:
        if chosen.job == "current":
            print(app.current())
        elif chosen.job == "newest":
            print(app.newest())
        elif chosen.job == "address":
            print(app.address())
        elif chosen.job == "wait":
            print(app.wait(chosen.after, chosen.commit, chosen.patience, chosen.pause))
        else:
            print(app.back(chosen.version))
    except Refused as refused:
        sys.exit(str(refused))


if __name__ == "__main__":
    main()
