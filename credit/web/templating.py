"""A page as an answer: its template, its words, the version of the files that it fetches."""

from typing import Any

from flask import Response, render_template

from credit.i18n.page_text import WORDS
from credit.web.static_files import files


def html(template: str, language: str, status: int = 200, **shown: Any) -> Response:
    """The page of ``template`` in ``language`` (en or fr)."""
    other = "en" if language == "fr" else "fr"
    frame = {"language": language, "other": other, "words": WORDS[language], "release": files().version}
    text = render_template(template, **frame, status=status, **shown)
    headers = {"Content-Language": language, "Vary": "Accept, Accept-Language"}
    return Response(text + "\n", status, headers, mimetype="text/html")


def for_script(language: str, **told: Any) -> dict[str, Any]:
    """What a page's scripts work with: their words, whether requests want a key, and the values of ``told``."""
    return {"language": language, "words": WORDS[language]["script"], "keyed": False, **told}
