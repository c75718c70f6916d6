"""Whether a deployed service works: a dozen requests to its address, one line each; ends with 1 where any is wrong.

    python scripts/smoke.py https://example.herokuapp.com
    SMOKE_KEY=... python scripts/smoke.py https://example.herokuapp.com    # a service with API_KEYS

Needs nothing but Python. A service that has just been started gets ``--patience`` seconds until its first answer. With
keys, the environment variable SMOKE_KEY holds that of a caller; without it scoring is only seen to be closed. What is
scored is a client of number 0, whose inputs are erased from the log at the end where a key allows it. With SMOKE_KEY a
service that takes any other key, too, is wrong. Neither the key nor any answer about a client is printed.
"""

import argparse
import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

KEY = "SMOKE_KEY"
CLIENT = {
    "SK_ID_CURR": 0,
    "AMT_CREDIT": 450000.0,
    "AMT_ANNUITY": 24500.0,
    "AMT_GOODS_PRICE": 450000.0,
    "AMT_INCOME_TOTAL": 180000.0,
    "EXT_SOURCE_2": 0.57,
}
NAME = "client n° 0"


class Wrong(Exception):
    """An answer is not what it ought to be."""


class Service:
    """``address``: where it is. ``key``: of a caller, or "" for none. ``shut``: it ought to refuse unknown keys."""

    def __init__(self, address: str, key: str, patience: float) -> None:
        if urlsplit(address).scheme not in ("http", "https"):
            raise Wrong(f"{address!r} is not an address: it begins with http:// or https://")
        self._address = address.rstrip("/")
        self._key = {"Authorization": f"Bearer {key}"} if key else {}
        self._until = time.monotonic() + patience
        self.shut = bool(key)

    def ask(
        self, method: str, route: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        """Status and text. Raises `Wrong` where no answer comes."""
        data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        head = {"User-Agent": "smoke", "Content-Type": "application/json", **self._key, **(headers or {})}
        asked = urllib.request.Request(self._address + route, data, head, method=method)
        while True:
            try:
                with urllib.request.urlopen(asked, timeout=30) as answer:
                    return answer.status, answer.read().decode()
            except urllib.error.HTTPError as refused:
                with refused:
                    status, text = refused.code, refused.read().decode("utf-8", "replace")
                # A platform's router answers so while the service behind it starts.
                if status not in (502, 503, 504) or time.monotonic() > self._until:
                    return status, text
            except OSError as error:
                if time.monotonic() > self._until:
                    raise Wrong(f"no answer from {self._address}{route}: {error}") from None
            time.sleep(1)


def expect(right: bool, what: str) -> None:
    """Raises `Wrong` with ``what`` unless ``right``."""
    if not right:
        raise Wrong(what)


def decoded(answer: tuple[int, str], status: int = 200) -> Any:
    """The JSON of an answer with ``status``. Raises `Wrong`."""
    expect(answer[0] == status, f"answers {answer[0]}, not {status}")
    try:
        return json.loads(answer[1])
    except ValueError:
        raise Wrong("answers something that is no JSON") from None


def alive(service: Service) -> None:
    decoded(service.ask("GET", "/health"))


def ready(service: Service) -> None:
    status, text = service.ask("GET", "/ready")
    expect(status == 200, f"answers {status}: the model is not loaded or the log cannot be written")
    expect(json.loads(text)["log"] is True, "no log is kept")


def page(service: Service) -> None:
    status, text = service.ask("GET", "/", headers={"Accept": "text/html"})
    expect(status == 200 and "<html" in text, f"answers {status} without a page")


def columns(service: Service) -> None:
    found = decoded(service.ask("GET", "/features"))["columns"]
    expect(len(found) > 0 and len(set(found)) == len(found), "names no features, or one twice")


def threshold(service: Service) -> None:
    expect(0 < decoded(service.ask("GET", "/best_threshold"))["best_threshold"] < 1, "is no probability")


def documented(service: Service) -> None:
    document = decoded(service.ask("GET", "/openapi.json"))
    expect(document["openapi"].startswith("3.") and "/predict" in document["paths"], "is no OpenAPI document of ours")


def closed(service: Service) -> None:
    status, _ = service.ask("POST", "/predict", CLIENT, {"Authorization": "Bearer no key of anybody's"})
    expect(status == 401 or (status == 200 and not service.shut), f"answers {status} to a key that is nobody's")


def scored(service: Service) -> None:
    p = decoded(service.ask("POST", "/predict_proba", CLIENT))["prediction"][NAME]
    expect(0 <= p <= 1, "is no probability")
    said = decoded(service.ask("POST", "/predict", CLIENT))["prediction"][NAME]
    at = decoded(service.ask("GET", "/best_threshold"))["best_threshold"]
    expect(said == ("No" if p >= at else "Yes"), "/predict does not decide as /predict_proba and /best_threshold say")


def logged(service: Service) -> None:
    text = service.ask("POST", "/score", CLIENT)
    expect("decision_id" in json.dumps(decoded(text)), "tells no number in the log")


def tables(service: Service) -> None:
    body = {"application": CLIENT, "bureau": [{"SK_ID_CURR": 0, "SK_ID_BUREAU": 1, "DAYS_CREDIT": -100}]}
    decoded(service.ask("POST", "/predict_proba", body))


def refused(service: Service) -> None:
    violation = decoded(service.ask("POST", "/predict", {"SK_ID_CURR": 0, "AMT_CREDT": 1}), 422)
    expect(violation["details"][0]["field"] == "AMT_CREDT", "does not say which field is wrong")
    decoded(service.ask("POST", "/predict", b"{"), 400)


def erased(service: Service) -> None:
    status, _ = service.ask("DELETE", "/data/0")
    expect(status in (200, 204), f"answers {status}")


OPEN: list[tuple[str, Callable[[Service], None]]] = [
    ("GET /health", alive),
    ("GET /ready", ready),
    ("GET / for a browser", page),
    ("GET /features", columns),
    ("GET /best_threshold", threshold),
    ("GET /openapi.json", documented),
    ("POST /predict with a wrong key", closed),
]
SCORING: list[tuple[str, Callable[[Service], None]]] = [
    ("POST /predict and /predict_proba", scored),
    ("POST /score", logged),
    ("POST /predict_proba with tables", tables),
    ("POST /predict with what is wrong", refused),
]


def check(service: Service, key: bool) -> int:
    """Ask all; the number of those that were wrong."""
    checks = [*OPEN]
    wrong = 0
    try:
        status, _ = service.ask("POST", "/predict", CLIENT)
    except Wrong as found:
        print(f"wrong  {found}")
        return 1
    service.shut = service.shut or status == 401
    if status == 401 and key:
        print(f"wrong  the key in {KEY} is not one of the service's")
        wrong += 1
    elif status == 401:
        print(f"closed scoring wants a key: set {KEY} to see more")
    else:
        checks += SCORING
    if key and status != 401:
        checks.append(("DELETE /data/0", erased))
    for name, one in checks:
        began = time.perf_counter()
        try:
            one(service)
        except (Wrong, KeyError, TypeError, IndexError, ValueError) as found:
            told = str(found) if isinstance(found, Wrong) else "is not of the shape that it ought to be"
            print(f"wrong  {name}: {told}")
            wrong += 1
        else:
            print(f"right  {name}, {1000 * (time.perf_counter() - began):.0f} ms")
    return wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("address", help="where the service is, such as https://example.herokuapp.com")
    parser.add_argument("--patience", type=float, default=60, help="seconds until the first answer [60]")
    chosen = parser.parse_args()
    key = os.environ.get(KEY, "").strip()
    try:
        wrong = check(Service(chosen.address, key, chosen.patience), bool(key))
    except Wrong as found:
        sys.exit(f"wrong  {found}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
