"""The site that `make docs` builds: every page is in its table of contents, every package has a page of its own.

Sphinx itself fails on a broken link; ci.yml runs it. These tests need no Sphinx.
"""

import ast
import importlib.util
import re
import sys
import types

import pytest
from support.shipped import ROOT

DOCS = ROOT / "docs"
INDEX = (DOCS / "index.md").read_text(encoding="utf-8")

#: The pages that lead through the docs, in the order in which a reader meets them.
ORDER = [
    *("installation", "api", "training", "decisions-by-cost", "decision-log", "monitoring", "deployment", "security"),
    *("scale", "simulator", "troubleshooting", "licences", "architecture", "comparison"),
]


def contents():
    """The names in the table of contents, in its order."""
    entries = []
    for block in re.findall(r"^```\{toctree\}\n(.+?)^```$", INDEX, re.MULTILINE | re.DOTALL):
        entries += [line for line in block.splitlines() if line and not line.startswith(":")]
    return [re.sub(r".+<(.+)>", r"\1", entry) for entry in entries]


@pytest.fixture(scope="module")
def conf():
    """docs/conf.py, where Sphinx may be missing: it is named there in an annotation alone."""
    names = ("sphinx", "sphinx.application")
    before = {name: sys.modules.get(name) for name in names}
    sys.modules["sphinx"], sys.modules["sphinx.application"] = (
        types.ModuleType("sphinx"),
        types.ModuleType("application"),
    )
    sys.modules["sphinx.application"].Sphinx = object
    spec = importlib.util.spec_from_file_location("conf", DOCS / "conf.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    for name, was in before.items():
        sys.modules.pop(name)
        if was is not None:
            sys.modules[name] = was


def test_every_page_is_in_the_table_of_contents_once():
    pages = sorted(page.stem for page in DOCS.glob("*.md") if page.name != "index.md")
    assert sorted(name for name in contents() if "/" not in name) == pages


def test_the_table_of_contents_keeps_its_order_and_the_visible_list_agrees_with_it():
    assert [name for name in contents() if name in ORDER] == ORDER
    listed = re.findall(r"^- \[.+?\]\((.+?)\.md\)", INDEX, re.MULTILINE)
    assert listed == [name for name in contents() if "/" not in name]


def test_every_public_package_has_a_page_made_from_its_docstring(conf):
    # AutoAPI makes a page of every module below autoapi_dirs that it is not told to ignore.
    assert conf.autoapi_dirs == [str(ROOT / "credit")]
    assert f"{conf.autoapi_root}/credit/index" in contents()
    packages = [file.parent for file in (ROOT / "credit").rglob("__init__.py")]
    assert len(packages) > 14
    for package in packages:
        assert "/" + package.relative_to(ROOT).as_posix() not in conf.autoapi_ignore, package
        assert not any((package / "__init__.py").match(pattern) for pattern in conf.autoapi_ignore), package
        assert ast.get_docstring(ast.parse((package / "__init__.py").read_text(encoding="utf-8"))), package


def test_a_link_to_markdown_outside_the_folder_is_a_download(conf):
    source = ["[a](../README.md), [b](api.md#the-page), [c](../Procfile)"]
    conf._links(None, "index", source)
    assert source == ["[a](path:../README.md), [b](api.md#the-page), [c](../Procfile)"]


@pytest.mark.parametrize(
    ("docstring", "expected"),
    [
        ("Less is better: l * sum, p_ and a|b.", r"Less is better: l \* sum, p\_ and a\|b."),
        ("Takes ``amount`` and `Costs`.", "Takes ``amount`` and ``Costs``."),
        ("Of several `Feature`s.", r"Of several ``Feature``\ s."),
        ("The cost:\n\n    C(t) = l * A\n\nis positive.", "The cost:\n\n::\n\n    C(t) = l * A\n\nis positive."),
    ],
)
def test_a_docstring_becomes_restructuredtext_that_says_the_same(conf, docstring, expected):
    lines = docstring.splitlines()
    conf._docstring(None, "function", "name", None, None, lines)
    assert "\n".join(lines) == expected
