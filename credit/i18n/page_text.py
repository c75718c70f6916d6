"""The words of the page in English and French: page_text.json beside this module, the same keys for both languages.

``page`` is for the templates, ``script`` for the scripts, ``model`` for what is told of the model.
"""

import json
from importlib.resources import files
from typing import Any

from credit.program import PROGRAM

#: Language -> part -> key -> text.
WORDS: dict[str, dict[str, Any]] = json.loads(
    files(__package__).joinpath("page_text.json").read_text(encoding="utf-8").replace("{program}", PROGRAM)
)
