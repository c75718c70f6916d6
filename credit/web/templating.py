"""A page as an answer: its template, its words, the version of the files that it fetches."""

from typing import Any

from flask import Response, render_template

from credit.i18n.page_text import WORDS
from credit.web import requests
from credit.web.roles import may, who_may
from credit.web.service import service
from credit.web.static_files import files

#: Pages of the menu for which a role is wanted.
_POLICY = "/policy"
_KEYED = ("/reviews", "/data", "/drift", _POLICY)


def html(template: str, language: str, status: int = 200, **shown: Any) -> Response:
    """The page of ``template`` in ``language`` (en or fr)."""
    other = "en" if language == "fr" else "fr"
    frame = {
        "language": language,
        "other": other,
        "words": WORDS[language],
        "release": files().version,
        "menu": menu(),
    }
    text = render_template(template, **frame, status=status, **shown)
    headers = {"Content-Language": language, "Vary": "Accept, Accept-Language"}
    return Response(text + "\n", status, headers, mimetype="text/html")


def menu() -> dict[str, dict[str, Any]]:
    """The entries of the menu that lead to routes for keys: path -> the roles that may use it, and whether to show it.

    A key that came with the request sees what it may use; a page without one shows all, and its scripts hide what the
    key that is given then may not use. Where there are no two policies to compare there is no entry for them.
    """
    here = service()
    caller = requests.caller() if here.callers.known else None
    return {
        path: {
            "roles": " ".join(who_may("GET", path)),
            "shown": caller is None or may(here.callers.roles(caller), "GET", path),
        }
        for path in _KEYED
        if path != _POLICY or here.compares_policies
    }


def for_script(language: str, **told: Any) -> dict[str, Any]:
    """What a page's scripts work with: their words, whether requests want a key, and the values of ``told``."""
    return {"language": language, "words": WORDS[language]["script"], "keyed": False, **told}
